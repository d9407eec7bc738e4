"""S-03: no token is handed out or renewed for a paused plan or a suspended member; revocations go on."""

from typing import Any

import pytest
from django.db import connections as databases
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections import access as access_room
from apps.connections.access import open_access
from apps.connections.errors import AskingStopped
from apps.connections.models import Connection
from apps.plans.models import Plan
from tests.connections.conftest import come_back, later, leave
from tests.connections.leaving import UP, asked_of, end, text, the_revocation
from tests.connections.stub_plan import StubPlan

STOPS: list[tuple[type[Any], dict[str, object], str]] = [
    (Plan, {"status": "paused"}, "paused"),
    (Member, {"is_active": False}, "suspended"),
]


@pytest.mark.parametrize(("model", "change", "why"), STOPS)
def test_s_03_whoever_is_stopped_neither_reads_nor_renews(
    quiet: Connection, stub: StubPlan, *, model: type[Any], change: dict[str, object], why: str
) -> None:
    """S-03: opened before or after, with a fresh token or a stale one; the permission stays as it is."""
    before = bytes(quiet.sealed_tokens)
    fresh, stale = open_access(quiet, clock=timezone.now), open_access(quiet, clock=later(3600))
    model.objects.update(**change)
    for access in (fresh, stale):
        with pytest.raises(AskingStopped, match=why):
            access.get("Patient/p-1")
    with pytest.raises(AskingStopped, match=why):
        open_access(quiet, clock=timezone.now)
    assert not stub.asked
    quiet.refresh_from_db()
    assert quiet.is_active
    assert bytes(quiet.sealed_tokens) == before


@pytest.mark.usefixtures("shared_database")
@pytest.mark.parametrize(("model", "change", "why"), STOPS)
def test_s_03_a_refresh_under_way_is_saved_and_nothing_is_read_with_it(
    quiet: Connection, stub: StubPlan, *, model: type[Any], change: dict[str, object], why: str
) -> None:
    """S-03: a rotated token that came just then is not lost."""

    version = quiet.tokens_version

    def answer() -> Any:
        model.objects.update(**change)
        databases.close_all()
        return stub._token(stub.asked[-1])

    stub.override["/token"] = answer
    with pytest.raises(AskingStopped, match=why):
        open_access(quiet, clock=later(3600)).get("Patient/p-1")
    assert [request.path for request in stub.asked if request.path != "/jwks"] == ["/token"]
    quiet.refresh_from_db()
    assert quiet.tokens_version == version + 1
    model.objects.update(**({"status": "confirmed"} if model is Plan else {"is_active": True}))
    assert open_access(quiet, clock=timezone.now).get("Patient/p-1").status == 200


def test_s_03_an_answer_that_comes_back_to_a_paused_plan_is_not_taken_up(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    back = stub.sign_in(leave(alice_client, plan))
    stub.asked.clear()
    Plan.objects.update(status="paused")
    page = come_back(alice_client, back)
    assert page.status_code == 409
    assert "Connecting this plan is paused" in text(page)
    assert not stub.asked


def test_s_03_a_paused_plan_is_still_asked_to_forget(
    alice_client: Client, quiet: Connection, stub: StubPlan
) -> None:
    Plan.objects.update(status="paused")
    end(alice_client, quiet)
    assert len(asked_of(stub)) == 2
    assert the_revocation().state == "confirmed"


@pytest.mark.usefixtures("shared_database")
@pytest.mark.parametrize(("model", "change", "why"), STOPS)
def test_s_03_no_token_is_renewed_where_the_stop_came_while_documents_were_asked_for(
    quiet: Connection,
    stub: StubPlan,
    monkeypatch: pytest.MonkeyPatch,
    *,
    model: type[Any],
    change: dict[str, object],
    why: str,
) -> None:
    """S-03: a plan may take a minute over its documents; the refresh after them would be a new question."""
    real = access_room.endpoints_for

    def slowly(plan: Plan, **more: Any) -> Any:
        endpoints = real(plan, **more)
        model.objects.update(**change)
        return endpoints

    monkeypatch.setattr(access_room, "endpoints_for", slowly)
    stub.asked.clear()
    with pytest.raises(AskingStopped, match=why):
        open_access(quiet, clock=later(3600)).get("Patient/p-1")
    assert not stub.requests_to("/token")
    quiet.refresh_from_db()
    assert quiet.refresh_lease_until is None, "whoever may ask later finds it free"


@pytest.mark.usefixtures("shared_database")
@pytest.mark.parametrize(("model", "change", "status"), [(*STOPS[0][:2], 409), (*STOPS[1][:2], 403)])
def test_s_03_a_trip_ends_where_the_stop_came_while_its_code_was_exchanged(
    alice_client: Client,
    plan: Plan,
    stub: StubPlan,
    *,
    model: type[Any],
    change: dict[str, object],
    status: int,
) -> None:
    """S-03: nothing is read with the new tokens, and they are given back at once."""
    back = stub.sign_in(leave(alice_client, plan))
    stub.asked.clear()

    def answer() -> Any:
        model.objects.update(**change)
        databases.close_all()
        return stub._token(stub.asked[-1])

    stub.override["/token"] = answer
    page = come_back(alice_client, back)
    assert page.status_code == status
    assert [request.path for request in stub.asked][:2] == ["/token", "/revoke"]
    assert not Connection.objects.exists()


@pytest.mark.usefixtures("shared_database")
def test_s_03_no_proof_is_asked_for_where_the_pause_came_while_the_plan_was_asked_to_forget(
    alice_client: Client, quiet: Connection, stub: StubPlan
) -> None:
    def answer() -> Any:
        Plan.objects.update(status="paused")
        databases.close_all()
        return UP

    stub.override["/revoke"] = answer
    stub.asked.clear()
    end(alice_client, quiet)
    assert (the_revocation().state, the_revocation().proof) == ("confirmed", "")
    assert not [request for request in stub.asked if request.path.startswith("/fhir/Patient")]
