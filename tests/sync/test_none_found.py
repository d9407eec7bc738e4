"""Servers that answer "not found" where a member has no records of a type (LibreHealth, and façades)."""

from collections.abc import Callable
from datetime import datetime
from threading import Event
from time import sleep
from typing import Any

import pytest
from django.test import Client

from apps.connections.models import Connection
from apps.sync.models import PlanPace, SyncRun
from tests.fhir.stub import Reply, Stub, bundle, reply
from tests.sync.changing import DAY, Changing, plan
from tests.sync.conftest import COVERAGE, an_eob
from tests.sync.looking import EOB, gone, mirrored, step

__all__ = ["plan"]
Bring = Callable[..., SyncRun]
State = SyncRun.State
TYPES = ("Patient", "Coverage", EOB, "Observation")
NOT_FOUND = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "not-found"}]}


def stated(*types: str) -> dict[str, Any]:
    """Return what a server that has these types says of itself."""
    resources = [{"type": name} for name in types]
    return {"resourceType": "CapabilityStatement", "rest": [{"mode": "server", "resource": resources}]}


@pytest.mark.parametrize("answer", [reply("", 404), reply(NOT_FOUND, 404), reply(NOT_FOUND)])
@pytest.mark.parametrize("lanes", [0, 4])
def test_a_plan_that_has_the_type_and_knows_the_person_has_none_of_theirs(
    shared_database: None,
    bring: Bring,
    stub: Stub,
    settings: Any,
    alice_client: Client,
    answer: Reply,
    lanes: int,
) -> None:
    """The page said "Your plan does not offer this part", and the update had gaps for ever."""
    settings.SYNC_LANES = lanes
    stub.on("metadata", stated(*TYPES))
    stub.on("Coverage", bundle(COVERAGE))
    stub.on(EOB, answer)
    run = bring()
    assert (run.state, step(run, EOB).state, step(run, EOB).problem) == (State.FINISHED, "done", "")
    assert "Your plan sent none." in alice_client.get(run.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("statement", "person", "answer", "problem"),
    [
        (stated("Patient"), 200, reply(NOT_FOUND, 404), "not_offered"),
        (stated(), 200, reply(NOT_FOUND, 404), "none_found"),
        (reply("", 404), 200, reply(NOT_FOUND, 404), "none_found"),
        (reply("<html>"), 200, reply(NOT_FOUND, 404), "none_found"),
        (reply("{}", 500), 200, reply(NOT_FOUND, 404), "none_found"),
        (stated(*TYPES), 404, reply(NOT_FOUND, 404), "none_found"),
        (stated(*TYPES), 200, reply("<html>no such page</html>", 404), "not_offered"),
    ],
)
def test_what_may_as_well_not_be_offered_stays_a_gap_that_claims_neither(
    bring: Bring, stub: Stub, alice_client: Client, statement: Any, person: int, answer: Reply, problem: str
) -> None:
    stub.on("metadata", statement)
    for place in ("Coverage", EOB):
        stub.on(place, answer)
    if person != 200:
        stub.on("Patient/alice", reply(NOT_FOUND, person))
    run = bring()
    assert (run.state, step(run, EOB).problem) == (State.FAILED, problem)
    page = alice_client.get(run.get_absolute_url()).content.decode()
    assert ("your plan does not offer it, or has none of yours" in page) is (problem == "none_found")
    assert ("Your plan does not offer this part." in page) is (problem == "not_offered")


def test_nothing_becomes_gone_by_it_before_it_is_said_twice(
    bring: Bring, connection: Connection, stub: Stub, now: datetime
) -> None:
    """As with an empty answer."""
    stub.on("metadata", stated(*TYPES))
    stub.on(EOB, bundle(an_eob(1), an_eob(2)), reply("", 404))
    bring()
    run = bring(at=now + DAY)
    assert (run.state, step(run, EOB).holds_back, gone(connection)) == (State.PARTIAL, True, set())
    bring(at=now + 2 * DAY)
    assert len(gone(connection)) == 2


@pytest.mark.parametrize("lanes", [0, 4])
def test_of_a_member_who_is_not_found_any_more_nothing_becomes_gone(
    shared_database: None,
    bring: Bring,
    connection: Connection,
    stub: Stub,
    settings: Any,
    now: datetime,
    lanes: int,
) -> None:
    """A plan gave them another id: each "not found" was an empty page, and by the third day all was gone."""
    settings.SYNC_LANES = lanes
    stub.on("metadata", stated(*TYPES))
    bring()
    for place in ("Patient/alice", "Coverage", EOB):
        stub.on(place, reply(NOT_FOUND, 404))
    for day in (1, 2, 3):
        run = bring(at=now + day * DAY)
        assert (run.state, step(run, EOB).state, step(run, EOB).problem) == (
            State.FAILED, "refused", "none_found",
        )  # fmt: skip
    assert connection.records.exclude(gone_at=None).count() == 0


def test_where_a_plan_wants_a_wait_before_it_says_what_it_has_nothing_that_came_is_lost(
    shared_database: None, bring: Bring, connection: Connection, stub: Stub, settings: Any
) -> None:
    """Answers that were on their way were let go."""
    settings.SYNC_LANES = 4
    is_asked, is_on_its_way = Event(), Event()

    def barred(_query: dict[str, str]) -> Reply:
        is_on_its_way.wait(10)  # claims that were not asked for yet are rightly not asked for any more
        is_asked.set()
        return reply("", 429, Retry_After="600")

    def slow(_query: dict[str, str]) -> Reply:
        is_on_its_way.set()
        is_asked.wait(10)
        sleep(0.3)
        return reply(bundle(an_eob(1)))

    stub.on("metadata", barred)
    stub.on("Coverage", reply(NOT_FOUND, 404))
    stub.on(EOB, slow)
    assert bring().state == State.WAITING
    assert mirrored(connection).count() == 1


@pytest.mark.parametrize("code", [404, 200])
def test_that_nothing_changed_is_no_refusal_of_the_question_for_changes(
    bring: Bring, connection: Connection, stub: Stub, plan: Changing, now: datetime, code: int
) -> None:
    """For ninety days every update asked for everything."""
    stub.on("metadata", stated(*TYPES))
    plan.refuses_changes = reply(NOT_FOUND, code)
    bring()
    plan.asked.clear()
    for day in (1, 2):
        assert bring(at=now + day * DAY).state == State.FINISHED
    first, everything, again, _ = plan.since
    assert first and not everything and again
    pace = PlanPace.objects.filter(plan=connection.plan).first()
    assert pace is None or pace.without_changes_until is None


@pytest.mark.parametrize("unread", [reply("", 404), reply("{}", 500), stated()])
def test_what_is_not_found_is_held_against_no_plan_whose_statement_lacks_nothing(
    bring: Bring, stub: Stub, consented: Connection, alice_client: Client, unread: Any
) -> None:
    """One failed question for the statement, and for thirty days nobody of the plan was asked."""
    stub.on("metadata", unread)
    assert bring().state == State.FINISHED
    pace = PlanPace.objects.filter(plan=consented.plan).first()
    assert pace is None or pace.met == {}
    assert stub.asked.count("metadata") == 1
    page = alice_client.get(consented.get_absolute_url()).content.decode()
    assert 'data-state="empty"' in page and 'data-state="not_offered"' not in page


def test_one_member_without_records_of_a_type_does_not_keep_it_from_the_others_of_the_plan(
    bring: Bring, stub: Stub, consented: Connection
) -> None:
    """For thirty days nobody of the plan was asked for it: it was held to be a plan that lacks it."""
    stub.on("metadata", stated(*TYPES))
    stub.on("Observation", reply(NOT_FOUND, 404))
    stub.on("Goal", reply(NOT_FOUND, 404))
    assert bring().state == State.FINISHED
    pace = PlanPace.objects.get(plan=consented.plan)
    assert "Observation" not in pace.met and pace.met["Goal"]["state"] == "not_offered"
    assert stub.asked.count("metadata") == 1
