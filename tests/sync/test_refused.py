"""Runs that a plan refuses: what they are called, and what operators read of why (C-05, C-12)."""

import logging
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape

import pytest
from django.test import Client

from apps.connections.models import Connection
from apps.sync import wording
from apps.sync.models import PlanPace, SyncRun
from apps.sync.models.paces import REFUSED_FOR
from config.logs import masked
from tests.claims.given import claims_of
from tests.fhir.stub import Query, Reply, Stub, bundle, reply
from tests.sync.conftest import COVERAGE, an_eob
from tests.sync.looking import step

Bring = Callable[..., SyncRun]
State = SyncRun.State
EOB = "ExplanationOfBenefit"
NO = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": "invalid", "diagnostics": "unknown parameter for Rosa Quill"}],
}


def test_c_05_a_run_whose_coverage_and_claims_are_both_refused_has_failed(
    bring: Bring, stub: Stub, alice_client: Client
) -> None:
    """C-05: a person's name alone is nothing a member came for; the page says why claims did not come."""
    stub.on(EOB, reply(NO, 400))
    stub.on("Coverage", reply(NO, 403))
    run = bring()
    assert (run.state, run.problem) == (State.FAILED, "rejected")
    page = alice_client.get(run.get_absolute_url()).content.decode()
    assert "We could not bring your records from Harborlight Health" in page
    assert "did not accept our question for this part" in page


@pytest.mark.parametrize("kind", [EOB, "Coverage"])
def test_c_05_one_of_both_is_worth_having(bring: Bring, stub: Stub, kind: str) -> None:
    """C-05: the other may even be empty: then the plan has said so."""
    stub.on(kind, reply(NO, 400))
    assert bring().state == State.PARTIAL


def test_a_part_that_asks_for_another_sign_in_is_no_end_of_the_permission(
    bring: Bring, stub: Stub, alice_client: Client
) -> None:
    """A 401 that is left beside newer tokens: the other parts go on, and nothing has ended."""
    stub.on("Coverage", reply(NO, 401))
    run = bring()
    assert step(run, "Coverage").problem == "sign_in"
    page = unescape(alice_client.get(f"/sync/{run.pk}/").content.decode())
    assert "asks you to sign in again before it shares this" in page
    assert "permission has ended" not in page


def test_c_05_operators_read_the_names_of_parameters_and_the_plans_words_masked(
    bring: Bring, stub: Stub, caplog: pytest.LogCaptureFixture, admin_client: Client
) -> None:
    """C-05, C-12: in the step, its page in the admin, and the log, whose own masking leaves it readable."""
    caplog.set_level(logging.INFO)
    stub.on(EOB, reply(NO, 400))
    stub.on("Patient/alice", reply(NO, 403))
    run = bring()
    told = 'asked: ExplanationOfBenefit by patient; the server says "unknown parameter for *"'
    assert step(run, EOB).detail == told
    assert "Patient by its id" in step(run, "Patient").detail
    lines = [masked(line) for line in caplog.messages if "sync run" in line]
    assert any(f"step {EOB} failed, rejected 400" in line and told in line for line in lines)
    assert any("step Patient failed, not_allowed 403" in line for line in lines)
    assert not re.search("Quill|alice", "".join(lines) + step(run, EOB).detail)
    page = admin_client.get(f"/admin/sync/syncrun/{run.pk}/change/").content.decode()
    assert "unknown parameter for *" in page
    SyncRun.objects.filter(pk=run.pk).update(problem="not_allowed")
    for address in ("/admin/sync/syncrun/", f"/admin/sync/syncrun/{run.pk}/change/"):
        told = unescape(admin_client.get(address).content.decode())
        assert f"{wording.problem('not_allowed')} (not_allowed)" in told, address


def test_a_plan_that_speaks_xml_alone_is_told_to_the_member_and_to_the_operator(
    bring: Bring, stub: Stub, alice_client: Client
) -> None:
    """It was "something that is not a record", asked for again and again, and operators read "not_fhir"."""
    xml = reply('<Bundle xmlns="http://hl7.org/fhir"><type value="searchset"/></Bundle>')
    for place in ("Coverage", EOB, "Patient/alice"):
        stub.on(place, xml)
    run = bring()
    assert (run.state, run.problem) == (State.FAILED, "other_format")
    assert "it does not answer in JSON" in step(run, EOB).detail
    page = unescape(alice_client.get(run.get_absolute_url()).content.decode())
    assert "Your plan's system sends records in a form that we do not read" in page


def test_c_05_what_is_answered_later_is_no_complaint_any_more(bring: Bring, stub: Stub) -> None:
    """C-05: a step that came through in the end says nothing of its tries."""
    stub.on("Coverage", reply(NO, 500), bundle(COVERAGE))
    run = bring()
    assert step(run, "Coverage").detail
    assert not step(bring(at=run.next_try_at), "Coverage").detail


@pytest.mark.parametrize("status", [405, 414, 501])
def test_c_01_a_plan_that_refuses_get_is_searched_by_post_and_that_is_remembered(
    bring: Bring,
    stub: Stub,
    connection: Connection,
    now: datetime,
    status: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """C-01, FHIR R4 http.html#search: pages after the first are links, and asked for as they are."""

    def claims(query: Query) -> Reply:
        assert query["patient"] == "alice" and query["_count"] == "100"
        return reply(bundle(an_eob(1), next=f"{EOB}?page=2"))

    def links_only(query: Query) -> Reply:
        return reply(bundle(an_eob(2))) if "page" in query else reply("", status)

    stub.on(EOB, links_only)
    stub.on(f"{EOB}/_search", claims)
    run = bring()
    assert (run.state, len(claims_of(connection))) == (State.FINISHED, 2)
    assert "refuses searches by GET: they are sent by POST from now on" in caplog.text
    assert PlanPace.objects.get().searches_by_post(now=now + timedelta(days=60))
    stub.on("Coverage", reply("", 405))
    stub.on("Coverage/_search", bundle(COVERAGE))
    stub.asked.clear()
    assert bring(at=now + timedelta(hours=3)).state == State.FINISHED
    assert not [asked for asked in stub.asked if "?patient" in asked and "_search" not in asked]


def test_c_01_a_plan_that_takes_get_again_is_asked_so(
    bring: Bring, stub: Stub, connection: Connection, now: datetime
) -> None:
    """C-01: what is remembered is only where to begin."""
    PlanPace.objects.create(plan=connection.plan, by_post_until=now + REFUSED_FOR)
    for kind in (EOB, "Coverage", "Organization", "Practitioner"):
        stub.on(f"{kind}/_search", reply("", 405))
    assert bring().state == State.FINISHED
    assert not PlanPace.objects.get().searches_by_post(now=now)


def test_c_01_a_plan_that_refuses_last_updated_is_asked_for_everything_and_that_is_remembered_for_all(
    bring: Bring, stub: Stub, connection: Connection, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    """C-01: once the whole question was answered, that is known to have been the reason."""
    sent: list[bool] = []

    def claims(query: Query) -> Reply:
        sent.append("_lastUpdated" in query)
        return (
            reply(NO, 400)
            if sent[-1]
            else reply(bundle(an_eob(1, meta={"lastUpdated": "2026-03-10T00:00:00Z"})))
        )

    stub.on(EOB, claims)
    bring()
    assert bring(at=now + timedelta(days=1)).state == State.FINISHED
    assert sent == [False, True, False]
    assert "plan stub refuses _lastUpdated: it is asked for everything from now on" in caplog.text
    connection.marks.update(refused_at=None)  # another member's connection knows nothing of it
    bring(at=now + timedelta(days=2))
    assert sent == [False, True, False, False]
    assert PlanPace.objects.get().asks_for_changes(now=now + timedelta(days=100)), "plans change"
