"""A long fetch of claims in windows of dates takes fewer rounds; when it is used, and where it is cut."""

import threading
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connections as databases

from apps.connections.models import Connection
from apps.sync import windows
from apps.sync.models import PlanPace, SyncRun, SyncSeen
from tests.connections.conftest import shared_database
from tests.fhir.stub import Query, Reply, Stub, bundle, reply
from tests.quirks import set_quirks
from tests.sync.changing import stamp
from tests.sync.conftest import PRACTITIONER
from tests.sync.dated import CLAIMS, PAGES, SIZE, Dated, Json, is_complete, numbers_of, plan
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


def test_windows_bring_everything_in_fewer_rounds(bring: Bring, connection: Connection, plan: Dated) -> None:
    run = bring()
    assert (run.state, connection.claims.count()) == (State.FINISHED, CLAIMS)
    assert is_complete(connection)
    assert plan.plainly == 1
    assert len(plan.in_windows) == 3
    assert plan.rounds <= PAGES // 2 + 1
    assert numbers_of(run) == (CLAIMS, CLAIMS, CLAIMS)
    assert not SyncSeen.objects.exists()


def test_windows_leave_no_day_out(bring: Bring, plan: Dated) -> None:
    bring()
    first, second, third = sorted(plan.in_windows, key=lambda one: one[0][2:])
    assert [len(each) for each in plan.in_windows].count(1) == 2
    ends = sorted(each[2:] for one in (first, second, third) for each in one)
    assert ends[0] == ends[1] < ends[2] == ends[3]


def test_claims_are_on_screen_before_any_window_came(
    bring: Bring, connection: Connection, plan: Dated
) -> None:
    seen: list[int] = []

    def look(query: Query) -> None:
        waiting = threading.Event()
        for _ in range(1000 if "service-date" in query else 0):
            if connection.claims.exists():
                break
            waiting.wait(0.02)
        seen.append(connection.claims.count())
        databases.close_all()

    plan.before = look
    bring()
    assert seen[:2] == [0, SIZE]


def test_people_are_asked_for_while_windows_come(
    bring: Bring, connection: Connection, plan: Dated, stub: Stub
) -> None:
    named = threading.Event()
    patience = threading.Event()

    def practitioners(_query: Query) -> Reply:
        named.set()
        return reply(bundle(PRACTITIONER))

    def before(query: Query) -> None:
        if "offset" in query and not named.wait(20):
            patience.set()

    plan.before = before
    stub.on("Practitioner", practitioners)
    assert bring().state == State.FINISHED
    assert named.is_set()
    assert not patience.is_set()


@pytest.mark.parametrize(
    "says", [lambda _number: {}, lambda _number: {"total": SIZE}, lambda _number: {"total": 8}]
)
def test_without_many_pages_to_come_there_are_no_windows(
    bring: Bring, connection: Connection, plan: Dated, says: Callable[[int], Json]
) -> None:
    plan.says = says
    assert bring().state == State.FINISHED
    assert connection.claims.count() == CLAIMS
    assert plan.in_windows == []


def test_a_plan_of_which_nothing_is_known_is_asked_page_by_page(bring: Bring, plan: Dated) -> None:
    set_quirks(window_by="")
    bring()
    assert (plan.plainly, plan.in_windows) == (PAGES, [])


@pytest.mark.parametrize("lanes", [1, 2])
def test_without_lanes_to_spare_there_are_no_windows(
    bring: Bring, connection: Connection, plan: Dated, settings: Any, lanes: int
) -> None:
    settings.SYNC_LANES = lanes
    bring()
    assert (plan.plainly, plan.in_windows) == (PAGES, [])
    assert connection.claims.count() == CLAIMS


def test_a_plan_with_a_pace_is_asked_nothing_twice(bring: Bring, plan: Dated) -> None:
    set_quirks(requests_per_minute=120)
    bring()
    assert plan.in_windows == []


def test_a_plan_that_was_too_busy_is_asked_nothing_twice(
    bring: Bring, connection: Connection, plan: Dated, now: datetime
) -> None:
    PlanPace.objects.create(plan=connection.plan, learned_per_minute=400, slowed_at=now)
    bring()
    assert plan.in_windows == []


def test_changes_are_asked_for_without_windows(
    bring: Bring, connection: Connection, plan: Dated, now: datetime
) -> None:
    for claim in plan.claims:
        claim.update(stamp(now - timedelta(days=3)))
    bring()
    plan.asked.clear()
    run = bring(at=now + timedelta(days=1))
    assert not step_of(run, "ExplanationOfBenefit").is_full
    assert plan.asked
    assert plan.in_windows == []


TODAY = date(2026, 11, 25)
ON = date(2020, 1, 1)


def test_a_page_in_no_order_is_a_sample_of_all() -> None:
    days = [ON + timedelta(days=each) for each in (8, 3, 5, 1, 2, 7, 4, 6, 0)]
    assert windows.cuts(days, left=100, number=3, today=TODAY) == [
        ON + timedelta(days=3),
        ON + timedelta(days=6),
    ]


@pytest.mark.parametrize("turn", [1, -1])
def test_a_page_in_order_of_time_goes_on_at_its_rate(turn: int) -> None:
    days = [ON + timedelta(days=each * turn) for each in range(10)]
    found = windows.cuts(days, left=40, number=3, today=TODAY)
    assert found == sorted(ON + timedelta(days=(9 + each) * turn) for each in (12, 24))


@pytest.mark.parametrize("days", [[], [ON] * 9, [date(1, 1, 1), date(9999, 12, 31)]])
def test_without_days_to_go_by_it_is_a_year_each(days: list[date]) -> None:
    found = windows.cuts(days, left=100, number=4, today=TODAY)
    assert found == [TODAY - windows.YEAR * each for each in (3, 2, 1)]


def test_the_ends_of_windows_meet() -> None:
    found = windows.between([date(2024, 1, 1), date(2025, 6, 1)])
    assert found == [("lt2024-01-01",), ("ge2024-01-01", "lt2025-06-01"), ("ge2025-06-01",)]
