"""S-03: no token is handed out or renewed for a paused plan or a suspended member; revocations go on."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections import access as access_room
from apps.connections import trips
from apps.connections.access import Access
from apps.connections.errors import AskingStopped, PlanBusy
from apps.connections.models import Connection
from apps.plans.models import Plan
from tests.connections.conftest import come_back, later, leave
from tests.connections.leaving import text
from tests.connections.stub_plan import StubPlan
from tests.connections.test_cut_short import STOPS as ALL_STOPS
from tests.connections.test_cut_short import Stop
from tests.connections.test_visitors import sign_in

STOPS = ALL_STOPS[:2]


@pytest.mark.parametrize("stop", STOPS)
def test_s_03_whoever_is_stopped_neither_reads_nor_renews(
    quiet: Connection, stub: StubPlan, stop: Stop
) -> None:
    """S-03: opened before or after, with a fresh token or a stale one; the permission stays as it is."""
    before = bytes(quiet.sealed_tokens)
    fresh, stale = Access(quiet, clock=timezone.now), Access(quiet, clock=later(3600))
    stop.do()
    for access in (fresh, stale):
        with pytest.raises(AskingStopped, match=stop.why):
            access.ask("Patient/p-1")
    with pytest.raises(AskingStopped, match=stop.why):
        Access(quiet, clock=timezone.now)
    assert not stub.asked
    quiet.refresh_from_db()
    assert quiet.is_active
    assert bytes(quiet.sealed_tokens) == before


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


def test_s_03_who_is_suspended_comes_in_by_no_plan_and_nothing_is_asked_for_them(
    plan: Plan, stub: StubPlan
) -> None:
    sign_in(Client(), plan, stub)
    Member.objects.update(is_active=False)
    stub.asked.clear()
    assert sign_in(Client(), plan, stub).status_code == 403
    assert stub.people_asked_for() == []
    assert stub.requests_to("/revoke"), "what the plan gave is given back"


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": True}])
@pytest.mark.parametrize("fails", [False, True])
def test_s_03_who_is_suspended_while_the_plan_is_asked_comes_in_by_it_no_more(
    plan: Plan, stub: StubPlan, monkeypatch: pytest.MonkeyPatch, change: dict[str, bool], *, fails: bool
) -> None:
    """Nor does an operator, whether the plan answers or not."""
    sign_in(Client(), plan, stub)
    version, real = Connection.objects.get().tokens_version, trips.people_of

    def meanwhile(*asked: Any, **more: Any) -> Any:
        Member.objects.update(**change)
        if fails:
            raise PlanBusy
        return real(*asked, **more)

    monkeypatch.setattr(trips, "people_of", meanwhile)
    assert sign_in(Client(), plan, stub).status_code == 403
    assert Connection.objects.get().tokens_version == version


@pytest.mark.usefixtures("shared_database")
@pytest.mark.parametrize("stop", STOPS)
def test_s_03_no_token_is_renewed_where_the_stop_came_while_documents_were_asked_for(
    quiet: Connection, stub: StubPlan, monkeypatch: pytest.MonkeyPatch, stop: Stop
) -> None:
    """S-03: a plan may take a minute over its documents; the refresh after them would be a new question."""
    real = access_room.endpoints_for

    def slowly(plan: Plan, **more: Any) -> Any:
        endpoints = real(plan, **more)
        stop.do()
        return endpoints

    monkeypatch.setattr(access_room, "endpoints_for", slowly)
    stub.asked.clear()
    with pytest.raises(AskingStopped, match=stop.why):
        Access(quiet, clock=later(3600)).ask("Patient/p-1")
    assert not stub.requests_to("/token")
    quiet.refresh_from_db()
    assert quiet.refresh_lease_until is None, "whoever may ask later finds it free"
