"""What windows of dates miss or get wrong still comes, page by page; nothing is called gone."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.connections.errors import PermissionEnded
from apps.connections.models import Connection
from apps.outbound.door import Answer
from apps.sync import actions, running
from apps.sync.models import SyncRun
from tests.connections.conftest import shared_database
from tests.fhir.stub import Door, Query, Reply, reply
from tests.sync.changing import OUTCOME
from tests.sync.clockwork import Clock
from tests.sync.dated import CLAIMS, PAGES, SIZE, Dated, a_day, is_complete, numbers_of, plan
from tests.sync.looking import key_of
from tests.sync.looking import step as step_of

__all__ = ["plan", "shared_database"]
Bring = Callable[..., SyncRun]
State = SyncRun.State


@pytest.fixture(autouse=True)
def _at_once(shared_database: None, settings: Any) -> Iterator[None]:
    """Ask in four lanes, and leave no thread behind."""
    settings.SYNC_LANES = 4
    yield
    assert [one.name for one in threading.enumerate() if one.name.startswith("ask ")] == []


def gone(connection: Connection) -> list[Any]:
    """Return the claims that the plan no longer sends."""
    return list(connection.claims.exclude(gone_at=None))


def test_claims_without_dates_still_come(bring: Bring, connection: Connection, plan: Dated) -> None:
    for claim in plan.claims[5:7]:
        del claim["billablePeriod"]
    run = bring()
    assert (run.state, connection.claims.count()) == (State.FINISHED, CLAIMS)
    assert plan.in_windows
    assert plan.plainly == PAGES
    assert is_complete(connection)
    assert numbers_of(run) == (CLAIMS, CLAIMS, CLAIMS)


def test_a_plan_that_ignores_the_dates_is_noticed_at_once(
    bring: Bring, connection: Connection, plan: Dated
) -> None:
    plan.knows_dates = False
    run = bring()
    assert (run.state, connection.claims.count()) == (State.FINISHED, CLAIMS)
    assert plan.plainly == PAGES
    assert len(plan.asked) - PAGES <= 3 * 4  # what the lanes had asked ahead, not the whole three times
    assert is_complete(connection)
    assert numbers_of(run) == (CLAIMS, CLAIMS, CLAIMS)


@pytest.mark.parametrize("status", [400, 404, 403, 401, 500])
def test_a_refused_window_is_no_trouble(
    bring: Bring, connection: Connection, plan: Dated, status: int
) -> None:
    plan.before = lambda query: reply("", status) if "service-date" in query else None
    run = bring()
    assert (run.state, connection.claims.count()) == (State.FINISHED, CLAIMS)
    assert plan.plainly == PAGES
    assert is_complete(connection)


def test_a_window_that_breaks_off_is_no_trouble(bring: Bring, connection: Connection, plan: Dated) -> None:
    def break_off(query: Query) -> Reply | None:
        return reply("", 500) if "service-date" in query and "offset" in query else None

    plan.before = break_off
    run = bring()
    assert (run.state, connection.claims.count()) == (State.FINISHED, CLAIMS)
    assert is_complete(connection)
    assert numbers_of(run) == (CLAIMS, CLAIMS, CLAIMS)


@pytest.mark.parametrize("wrong", [-1, 1, 5])
def test_a_total_that_is_wrong_costs_questions_and_no_claims(
    bring: Bring, connection: Connection, plan: Dated, wrong: int
) -> None:
    plan.says = lambda number: {"total": number + wrong if number == CLAIMS else number}
    run = bring()
    assert (run.state, connection.claims.count()) == (State.FINISHED, CLAIMS)
    assert plan.in_windows
    assert plan.plainly == PAGES
    assert numbers_of(run) == (CLAIMS, CLAIMS, CLAIMS + wrong)


def test_windows_that_hold_too_much_twice_are_given_up(
    bring: Bring, connection: Connection, plan: Dated
) -> None:
    """Stays that never ended are in every later window."""
    plan.says = lambda number: {"total": number if number == CLAIMS else CLAIMS - 1}
    assert bring().state == State.FINISHED
    assert connection.claims.count() == CLAIMS
    assert plan.plainly == PAGES


def test_a_gap_in_a_window_is_no_gap_where_the_pages_have_none(
    bring: Bring, connection: Connection, plan: Dated
) -> None:
    """A source that did not answer for a moment: anything may lack, so the pages are gone through."""
    warning = {**OUTCOME, "issue": [{"severity": "warning", "code": "incomplete"}]}
    plan.adds = lambda query: (warning,) if "service-date" in query else ()
    run = bring()
    assert plan.in_windows
    assert plan.plainly == PAGES
    assert not step_of(run, "ExplanationOfBenefit").has_gaps
    assert is_complete(connection)


def test_nothing_is_called_gone_by_windows(
    bring: Bring, connection: Connection, plan: Dated, now: datetime
) -> None:
    """What a pass in windows did not bring is looked for page by page, and only then gone."""
    bring()
    taken = plan.claims.pop(4)
    plan.asked.clear()
    run = bring(at=now + timedelta(days=40))
    assert plan.in_windows
    assert plan.plainly == PAGES
    assert step_of(run, "ExplanationOfBenefit").gone == 1
    assert [one.source_key for one in gone(connection)] == [
        key_of(connection, f"ExplanationOfBenefit/{taken['id']}")
    ]


def test_a_claim_that_windows_cannot_find_is_not_gone(
    bring: Bring, connection: Connection, plan: Dated, now: datetime
) -> None:
    for claim in plan.claims[5:9]:
        del claim["billablePeriod"]
    bring()
    run = bring(at=now + timedelta(days=40))
    assert step_of(run, "ExplanationOfBenefit").gone == 0
    assert gone(connection) == []
    assert is_complete(connection)


def test_a_record_of_somebody_else_in_a_window_is_refused_and_counted_once(
    bring: Bring, connection: Connection, plan: Dated
) -> None:
    """R-29."""
    plan.claims[7]["patient"] = {"reference": "Patient/bob"}
    run = bring()
    step = step_of(run, "ExplanationOfBenefit")
    assert (step.misdirected, step.received, connection.claims.count()) == (1, CLAIMS - 1, CLAIMS - 1)
    assert plan.plainly == PAGES
    assert not connection.marks.get(resource_type="ExplanationOfBenefit").complete_at


def test_what_cannot_be_read_is_counted_once(bring: Bring, connection: Connection, plan: Dated) -> None:
    plan.claims[3] = {"resourceType": "ExplanationOfBenefit", "id": "eob-3", "use": "preauthorization"} | {
        "billablePeriod": {"start": a_day(3)}
    }
    del plan.claims[8]["billablePeriod"]  # so that the pages are gone through as well
    run = bring()
    step = step_of(run, "ExplanationOfBenefit")
    assert (step.set_aside, step.received) == (1, CLAIMS)
    assert plan.plainly == PAGES


def test_a_busy_plan_is_asked_nothing_more_and_goes_on_page_by_page(
    connection: Connection, plan: Dated, clock: Clock
) -> None:
    """R-13."""

    def work() -> None:
        running.run(run_id=run.pk, now_fn=clock, stop=clock, connect=lambda *_, **__: Door())
        run.refresh_from_db()

    plan.before = lambda query: (
        reply("", 429, Retry_After="600") if "service-date" in query and "offset" in query else None
    )
    run = actions.start(connection=connection, now=clock())
    work()
    assert (run.state, run.problem, run.attempts) == (State.WAITING, "busy", 0)
    assert connection.claims.count() > SIZE
    plan.before = lambda _query: None
    plan.asked.clear()
    for _ in range(20):
        clock.moment = max(clock.moment, run.next_try_at)
        work()
        if not run.is_active:
            break
    assert (run.state, connection.claims.count()) == (State.FINISHED, CLAIMS)
    assert plan.in_windows == []
    assert plan.plainly == PAGES - 1
    assert is_complete(connection)
    assert numbers_of(run) == (CLAIMS, CLAIMS, CLAIMS)


def test_a_permission_that_ends_in_a_window_ends_the_run(
    bring: Bring, connection: Connection, plan: Dated
) -> None:
    class Ending(Door):
        def get(self, url: str) -> Answer:
            if "service-date" in url:
                raise PermissionEnded
            return super().get(url)

    assert bring(through=Ending()).state == State.ENDED
    assert connection.claims.count() == SIZE
    assert plan.plainly == 1


def test_a_first_link_that_dies_while_windows_are_asked_is_asked_anew(
    bring: Bring, connection: Connection, plan: Dated
) -> None:
    """R-18: a server that knows one search at a time; windows are not tried again, or it would never end."""
    died: list[bool] = []

    def once(query: Query) -> Reply | None:
        if "service-date" in query:
            return reply("", 400)
        if "offset" in query and not died:
            died.append(True)
            return reply("", 410)
        return None

    plan.before = once
    run = bring()
    assert (run.state, connection.claims.count()) == (State.FINISHED, CLAIMS)
    assert plan.plainly == PAGES + 2
    assert numbers_of(run)[0] == CLAIMS
