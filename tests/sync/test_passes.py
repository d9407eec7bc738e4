"""Later runs ask for changes only, and what a complete pass over everything no longer brings is gone."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.connections.models import Connection
from apps.sync import actions, progress
from apps.sync.models import SyncChange, SyncMark, SyncRun, SyncSeen, SyncStep
from tests.claims.given import claims_of
from tests.fhir.stub import Stub, bundle, reply
from tests.quirks import set_quirks
from tests.sync.changing import DAY, LOADED, OUTCOME, Changing, plan
from tests.sync.conftest import an_eob
from tests.sync.looking import claim_of, gone, key_of, mirrored, row_of, step, tried

__all__ = ["plan"]
Bring = Callable[..., SyncRun]
EOB = "ExplanationOfBenefit"
BUSY = reply("", 429, Retry_After="60")


@pytest.fixture
def everything(connection: Connection, door: Any) -> Bring:
    """Return a verb that does a run over everything at *at*."""

    def verb(*, at: datetime) -> SyncRun:
        run = actions.start(connection=connection, now=at)
        SyncRun.objects.filter(pk=run.pk).update(asks_everything=True)
        tried(run, at, door)
        return run

    return verb


def key(connection: Connection, number: int) -> bytes:
    return key_of(connection, f"{EOB}/eob-{number}")


def test_the_second_run_asks_for_what_changed_since_a_day_before_the_newest_stamp(
    bring: Bring, plan: Changing, now: datetime
) -> None:
    bring()
    run = bring(at=now + DAY)
    assert plan.since == ["", "ge2026-10-31T08:00:00Z"]
    claims = step(run, EOB)
    assert (claims.is_full, claims.since) == (False, LOADED - DAY)
    assert (claims.new, claims.changed, claims.gone) == (0, 0, 0)


def test_few_coverages_are_asked_for_in_full_every_time(
    bring: Bring, plan: Changing, stub: Stub, now: datetime
) -> None:
    bring()
    assert step(bring(at=now + DAY), "Coverage").is_full
    assert not [url for url in stub.asked if url.startswith("Coverage") and "_lastUpdated" in url]


@pytest.mark.parametrize(
    ("first", "second"),
    [(timedelta(minutes=10), timedelta(minutes=10, seconds=-1)), (timedelta(minutes=5), timedelta(hours=12))],
    ids=["its clock is slow", "it loads for hours"],
)
def test_what_a_plan_stamps_before_it_can_be_seen_is_not_missed(
    bring: Bring, connection: Connection, plan: Changing, now: datetime, first: timedelta, second: timedelta
) -> None:
    """R-26, R-43: its stamps are its own clock's, and so is the mark; that is why the overlap is a day."""
    plan.put(1, at=now - first)
    bring()
    plan.put(6, at=now - second)
    run = bring(at=now + timedelta(minutes=2))
    assert not step(run, EOB).is_full
    assert len(claims_of(connection)) == 6


def test_a_stamp_from_the_future_hides_no_later_change(
    bring: Bring, connection: Connection, plan: Changing, now: datetime
) -> None:
    plan.put(1, at=now + 400 * DAY)
    bring()
    plan.put(6, at=now + timedelta(hours=1))
    bring(at=now + DAY)
    assert len(claims_of(connection)) == 6


@pytest.mark.parametrize("is_said", [True, False], ids=["by its profile", "by a record without a stamp"])
def test_a_plan_without_stamps_is_asked_for_everything(
    bring: Bring, plan: Changing, now: datetime, is_said: bool
) -> None:
    if is_said:
        set_quirks(updated_since="never")
    else:
        del plan.claims[3]["meta"]
    bring()
    bring(at=now + DAY)
    assert plan.since == ["", ""]


@pytest.mark.parametrize("status", [400, 404])
def test_a_plan_that_refuses_the_question_is_asked_for_everything_in_the_same_run_and_ever_after(
    bring: Bring, connection: Connection, plan: Changing, now: datetime, status: int
) -> None:
    bring()
    plan.refuses_changes = reply(OUTCOME, status)
    plan.put(6, at=now)
    run = bring(at=now + DAY)
    assert run.state == SyncRun.State.FINISHED
    assert (step(run, EOB).is_full, step(run, EOB).since) == (True, None)
    assert len(claims_of(connection)) == 6
    bring(at=now + 2 * DAY)
    assert [bool(moment) for moment in plan.since] == [False, True, False, False]
    bring(at=now + 95 * DAY)
    bring(at=now + 96 * DAY)
    assert bool(plan.since[-2]), "after three months it may have learnt it"


def test_a_plan_that_breaks_on_the_question_is_asked_for_everything_at_the_next_try(
    bring: Bring, connection: Connection, plan: Changing, now: datetime
) -> None:
    bring()
    plan.refuses_changes = reply("", 500)
    plan.put(6, at=now)
    run = bring(at=now + DAY)
    assert run.state == SyncRun.State.WAITING
    run = bring(at=run.next_try_at)
    assert run.state == SyncRun.State.FINISHED
    assert step(run, EOB).is_full
    assert len(claims_of(connection)) == 6


def test_everything_is_asked_for_again_after_thirty_days(bring: Bring, plan: Changing, now: datetime) -> None:
    bring()
    bring(at=now + 29 * DAY)
    bring(at=now + 30 * DAY)
    bring(at=now + 31 * DAY)
    assert [bool(moment) for moment in plan.since] == [False, True, False, True]


def test_a_claim_that_a_complete_pass_no_longer_brings_is_gone_and_its_records_stay(
    bring: Bring, everything: Bring, connection: Connection, plan: Changing, now: datetime
) -> None:
    """R-24: marked, not deleted."""
    bring()
    del plan.claims[2]
    assert step(bring(at=now + DAY), EOB).gone == 0, "changes only: it cannot know"
    assert gone(connection) == set()
    run = everything(at=now + 2 * DAY)
    assert step(run, EOB).gone == 1
    assert gone(connection) == {key(connection, 2)}
    assert len(claims_of(connection)) == 5
    assert (row_of(connection, 2).gone_at, claim_of(connection, 2).entry.gone_at) == (now + 2 * DAY,) * 2
    assert not SyncSeen.objects.exists()


def test_a_pass_that_stopped_at_any_page_marks_nothing_before_its_last_page_came(
    bring: Bring, everything: Bring, connection: Connection, plan: Changing, now: datetime
) -> None:
    """R-24: stopped at every page; the pass that goes on counts what it saw before."""
    bring()
    del plan.claims[1]
    plan.put(7)
    at = now + DAY
    run = everything(at=at)
    assert gone(connection) == {key(connection, 1)}
    for page in (1, 2, 3):
        plan.put(1, at=at)
        bring(at=at + DAY)
        assert gone(connection) == set()
        del plan.claims[1]
        plan.before_page = lambda number, stop=page: BUSY if number == stop else None
        run = everything(at=at + 2 * DAY)
        assert (run.state, gone(connection)) == (SyncRun.State.WAITING, set())
        plan.before_page = lambda _number: None
        run = bring(at=run.next_try_at)
        assert (run.state, gone(connection)) == (SyncRun.State.FINISHED, {key(connection, 1)})
        assert step(run, EOB).pages == 3
        at += 3 * DAY


def test_a_pass_that_began_anew_does_not_count_what_it_saw_before(
    bring: Bring, everything: Bring, connection: Connection, plan: Changing, now: datetime
) -> None:
    """R-18, R-24: the claim of page 1 left before the link of page 2 died."""
    bring()
    plan.before_page = lambda number: BUSY if number == 2 else None
    run = everything(at=now + DAY)
    assert SyncSeen.objects.count() == 1
    assert "2 so far, of about 5." in progress.of(run=run, now=now).steps[2].words
    del plan.claims[1]
    expired = [reply(OUTCOME, 410)]
    plan.before_page = lambda number: expired.pop() if number == 2 and expired else None
    run = bring(at=run.next_try_at)
    assert run.state == SyncRun.State.FINISHED
    assert gone(connection) == {key(connection, 1)}
    assert (step(run, EOB).pages, step(run, EOB).received) == (2, 4)


@pytest.mark.parametrize(
    "odd",
    [
        {"no": "type"},
        {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "incomplete"}]},
        an_eob(8, patient={"reference": "Patient/somebody-else"}),
    ],
    ids=["unreadable", "warned", "misdirected"],
)
def test_a_pass_with_a_gap_marks_nothing_and_the_next_asks_everything(
    bring: Bring, connection: Connection, stub: Stub, now: datetime, odd: Any
) -> None:
    stub.on(EOB, bundle(an_eob(1), an_eob(2)))
    bring()
    stub.on(EOB, bundle(an_eob(1), odd))
    run = bring(at=now + DAY)
    assert [line.state for line in progress.of(run=run, now=now).steps].count("problem") == 1
    assert gone(connection) == set()
    mark = SyncMark.objects.get(resource_type=EOB)
    assert mark.complete_at == now
    stub.on(EOB, bundle(an_eob(1)))
    bring(at=now + 2 * DAY)
    assert gone(connection) == {key(connection, 2)}


def test_after_something_was_called_gone_everything_is_asked_for_once_more_and_it_may_come_back(
    bring: Bring, everything: Bring, connection: Connection, plan: Changing, now: datetime
) -> None:
    bring()
    left = plan.claims.pop(2)
    everything(at=now + DAY)
    assert gone(connection) == {key(connection, 2)}
    plan.claims[2] = left
    run = bring(at=now + 2 * DAY)
    assert gone(connection) == set()
    assert step(run, EOB).back == 1
    assert [change.what for change in SyncChange.objects.order_by("pk")] == ["gone", "back"]
    bring(at=now + 3 * DAY)
    assert [bool(moment) for moment in plan.since] == [False, False, False, True]


def delete_while_paging(plan: Changing) -> None:
    """Let the plan delete its first claim before it answers with page 2."""

    def deletes(number: int) -> None:
        if number == 2:
            plan.claims.pop(1, None)

    plan.before_page = deletes


@pytest.mark.parametrize("plan", [True, False], indirect=True)
def test_a_claim_that_slipped_between_two_pages_is_there_after_the_next_run(
    bring: Bring, everything: Bring, connection: Connection, plan: Changing, now: datetime
) -> None:
    """R-23: a claim of page 1 is deleted while page 2 is asked for, so that claim 3 moves to page 1."""
    bring()
    delete_while_paging(plan)
    everything(at=now + DAY)
    bring(at=now + 2 * DAY)
    assert gone(connection) == {key(connection, 1)}


def test_a_claim_that_slipped_away_in_the_very_first_run_comes_with_the_second(
    bring: Bring, connection: Connection, plan: Changing, now: datetime
) -> None:
    """R-23: never seen, and stamped long ago, so that only the plan's total tells of it."""
    plan.put(5, at=now - DAY)
    delete_while_paging(plan)
    bring()
    assert not mirrored(connection).filter(source_key=key(connection, 3)).exists()
    bring(at=now + DAY)
    assert claim_of(connection, 3)


def test_a_claim_inserted_while_paging_comes_with_the_next_run(
    bring: Bring, connection: Connection, plan: Changing, now: datetime
) -> None:
    """R-23."""

    def inserts(number: int) -> None:
        if number == 2:
            plan.put(0, at=now)

    plan.before_page = inserts
    bring()
    bring(at=now + DAY)
    assert len(claims_of(connection)) == 6
    assert gone(connection) == set()


def test_a_plan_that_always_miscounts_is_not_asked_for_everything_for_ever(
    bring: Bring, stub: Stub, plan: Changing, now: datetime
) -> None:
    """R-30: totals may be wrong."""
    stub.on(EOB, lambda query: _miscounted(plan(query)))
    for days in range(4):
        bring(at=now + days * DAY)
    assert [bool(moment) for moment in plan.since] == [False, False, True, True]


def _miscounted(answer: Any) -> Any:
    return reply(answer.body.replace(b'"total": 5', b'"total": 999'))


def test_an_answer_without_any_record_must_be_said_twice_before_all_is_called_gone(
    bring: Bring, everything: Bring, connection: Connection, plan: Changing, now: datetime
) -> None:
    """An outage that answers 200 with empty pages is real."""
    bring()
    kept, plan.claims = plan.claims, {}
    run = everything(at=now + DAY)
    assert gone(connection) == set()
    assert (step(run, EOB).holds_back, run.state) == (True, SyncRun.State.PARTIAL)
    plan.claims = kept
    run = bring(at=now + DAY + timedelta(minutes=2))
    assert (step(run, EOB).is_full, step(run, EOB).holds_back) == (True, False)
    assert SyncMark.objects.get(resource_type=EOB).empty_at is None
    plan.claims = {}
    everything(at=now + 2 * DAY)
    assert step(bring(at=now + 2 * DAY + timedelta(minutes=5)), EOB).holds_back, "the same outage"
    run = bring(at=now + 3 * DAY)
    assert len(gone(connection)) == 5
    assert (step(run, EOB).gone, step(run, EOB).holds_back) == (5, False)


def test_a_worker_that_died_right_after_the_last_page_does_not_read_it_all_again(
    bring: Bring, plan: Changing, now: datetime
) -> None:
    run = bring()
    SyncStep.objects.filter(run=run, resource_type=EOB).update(state="doing")
    SyncRun.objects.filter(pk=run.pk).update(state="waiting", next_try_at=now, finished_at=None)
    plan.asked.clear()
    run = bring(at=now)
    assert (run.state, plan.asked) == (SyncRun.State.FINISHED, [])
    assert step(run, EOB).received == 5


def test_what_an_unfinished_pass_saw_is_forgotten_when_the_next_begins(
    bring: Bring, everything: Bring, plan: Changing, now: datetime
) -> None:
    plan.before_page = lambda number: reply(OUTCOME, 403) if number == 2 else None
    run = bring()
    assert step(run, EOB).state == SyncStep.State.REFUSED
    assert SyncSeen.objects.count() == 1
    plan.before_page = lambda _number: None
    bring(at=now + DAY)
    assert not SyncSeen.objects.exists()
