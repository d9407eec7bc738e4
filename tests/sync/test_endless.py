"""Searches that never end, those that are only long, and pages too large for a plan (R-21, R-27, R-44)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.connections.models import Connection
from apps.outbound.door import Answer
from apps.outbound.errors import TooSlow
from apps.sync import actions, leases, marks, runner, schedule
from apps.sync.models import PlanPace, Refresh, SyncRun
from tests.claims.given import claims_of
from tests.fhir.stub import Door, Stub, bundle, reply
from tests.sync.clockwork import START, Clock
from tests.sync.conftest import an_eob
from tests.sync.looking import step, tried

Bring = Callable[..., SyncRun]
State = SyncRun.State
EOB = "ExplanationOfBenefit"


class Slow(Door):
    """A door behind which each answer takes a while."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        super().__init__()
        self.clock, self.seconds = clock, seconds

    def ask(self, url: str, form: str | None = None) -> Answer:
        self.clock.wait(self.seconds)
        return super().ask(url, form)


@pytest.fixture(params=[1, 4], ids=["in turn", "at once"])
def lanes(request: pytest.FixtureRequest, settings: Any, shared_database: None) -> int:
    """Ask with and without threads."""
    settings.SYNC_LANES = request.param
    return int(request.param)


def turns(run: SyncRun, clock: Clock, door: Callable[[], Door], *, most: int) -> SyncRun:
    """Do the run again and again while somebody else waits for the worker, until it is over."""
    for _turn in range(most):
        tried(run, clock, door(), stop=clock)
        if not run.is_active:
            break
    return run


@pytest.mark.parametrize(("ring", "lead"), [(1, 0), (8, 5)])
def test_pages_in_a_ring_end_also_while_others_wait_for_the_worker(
    members: Any, clock: Clock, stub: Stub, ring: int, lead: int
) -> None:
    """R-21: every slice of a run sees three pages; what was met before is stored with the step."""

    def page(query: Any) -> Any:
        number = int(query.get("page", "0"))
        following = number + 1 if number + 1 < lead + ring else lead
        return reply(bundle(an_eob(number), next=f"{EOB}?page={following}"))

    stub.on(EOB, page)
    loop, small = members(1, "loop")[0], members(1, "small")[0]
    run = actions.start(connection=loop, now=clock())
    actions.start(connection=small, now=START + timedelta(seconds=1))
    run = turns(run, clock, lambda: Slow(clock, 2), most=200)
    claims = step(run, EOB)
    assert (run.state, claims.problem) == (State.PARTIAL, "endless")
    assert len(claims_of(loop)) == lead + ring
    assert claims.pages <= 4 * (lead + ring) + 2


def test_links_without_end_that_bring_nothing_new_end(
    lanes: int, members: Any, clock: Clock, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R-21: each link is new, each page holds one of three claims."""
    monkeypatch.setattr(marks, "MOST_IN_VAIN", 30)

    def page(query: Any) -> Any:
        number = int(query.get("page", "0"))
        return reply(bundle(an_eob(number % 3), next=f"{EOB}?page={number + 1}"))

    stub.on(EOB, page)
    member = members(1, "loop")[0]
    run = actions.start(connection=member, now=clock())
    tried(run, clock, stop=clock)
    claims = step(run, EOB)
    assert (run.state, claims.problem, claims.pages) == (State.PARTIAL, "endless", 30)
    assert len(claims_of(member)) == 3
    assert len([url for url in stub.asked if EOB in url]) <= 30 + 3, "nothing is asked after that"


def test_a_member_with_more_pages_than_any_other_gets_all_claims(
    members: Any, clock: Clock, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that gives one record a page; the same again a day later is no search without end."""
    pages = 25
    monkeypatch.setattr(marks, "MOST_IN_VAIN", 10)

    def page(query: Any) -> Any:
        number = int(query.get("page", "0"))
        return reply(bundle(an_eob(number), next=f"{EOB}?page={number + 1}" if number + 1 < pages else None))

    stub.on(EOB, page)
    member = members(1, "big")[0]
    for _update in range(2):
        run = actions.start(connection=member, now=clock(), everything=True)
        runner.run(run_id=run.pk, now_fn=clock, stop=clock, connect=lambda *_, **__: Door())
        clock.moment += timedelta(days=1)
        run.refresh_from_db()
        assert (run.state, step(run, EOB).state, len(claims_of(member))) == (State.FINISHED, "done", pages)


def test_an_update_that_gives_way_and_gives_way_ends_after_a_week(
    members: Any, clock: Clock, stub: Stub
) -> None:
    """R-44: no state without an end, whatever the plan makes up."""
    stub.on(EOB, lambda query: reply(_invented(int(query.get("page", "0")))))
    loop, small = members(1, "loop")[0], members(1, "small")[0]
    run = actions.start(connection=loop, now=clock())
    actions.start(connection=small, now=START + timedelta(seconds=1))
    run = turns(run, clock, lambda: Slow(clock, 36_000), most=60)
    assert (run.state, run.problem) == (State.PARTIAL, "endless")
    assert clock() - START < leases.LONGEST_RUN + timedelta(days=1)


def _invented(number: int) -> Any:
    return bundle(an_eob(number), next=f"{EOB}?page={number + 1}")


class OnlySmall(Door):
    """A plan that fails where more than so many records are asked for at once."""

    most = 12

    def __init__(self, fails: Callable[[str], Answer]) -> None:
        super().__init__("alice")
        self.fails = fails
        self.counts: list[int | None] = []

    def ask(self, url: str, form: str | None = None) -> Answer:
        if EOB not in url:
            return super().ask(url, form)
        count = url.partition("_count=")[2].partition("&")[0]
        self.counts.append(int(count) if count else None)
        return self.fails(url) if (self.counts[-1] or 10**6) > self.most else super().ask(url, form)


def _status(status: int) -> Callable[[str], Answer]:
    return lambda url: Answer(status, {}, b'{"resourceType":"OperationOutcome","issue":[]}', url)


def _raises(error: Exception) -> Callable[[str], Answer]:
    def fails(_url: str) -> Answer:
        raise error

    return fails


@pytest.mark.parametrize(
    "fails",
    [_status(413), _raises(TooSlow("x"))],
    ids=["413", "too slow"],
)
def test_a_plan_that_fails_on_large_pages_is_asked_for_smaller_ones(
    members: Any, clock: Clock, stub: Stub, fails: Callable[[str], Answer]
) -> None:
    """R-27."""
    stub.on(EOB, bundle(an_eob(1)))
    member = members(1, "small")[0]
    first = OnlySmall(fails)
    run = until_it_is_over(member, clock, first)
    assert (run.state, len(claims_of(member))) == (State.FINISHED, 1)
    assert list(dict.fromkeys(first.counts)) == [100, 50, 25, 12]
    again = OnlySmall(fails)
    until_it_is_over(member, clock, again)
    assert again.counts == [12], "it is remembered"
    pace = PlanPace.objects.get()
    assert pace.most_at_once(100, now=clock() + timedelta(days=2)) == 100, "not for ever"


def until_it_is_over(connection: Connection, clock: Clock, door: Door) -> SyncRun:
    """Return an update that was tried until it was over."""
    run = actions.start(connection=connection, now=clock())
    for _try in range(8):
        tried(run, clock, door, stop=clock)
        if not run.is_active:
            break
        clock.moment += timedelta(hours=2)
        SyncRun.objects.update(next_try_at=clock())
    return run


def test_a_connection_that_brings_no_claims_for_weeks_is_stuck(
    connection: Connection, stub: Stub, now: datetime, door: Any
) -> None:
    """R-44: that everything else came is no success; an operator finds it."""
    stub.on(EOB, reply({"resourceType": "OperationOutcome", "issue": []}, 404))
    schedule.begin(connection=connection, now=now)
    for day in range(1, 4):
        at = now + timedelta(days=day)
        run = actions.start(connection=connection, now=at, is_scheduled=True)
        tried(run, at, door)
        assert run.state == State.PARTIAL
    row = Refresh.objects.get()
    assert row.succeeded_at is None
    assert row.problem
    assert row.failures == 0, "what comes is asked for all the same"
    assert Refresh.objects.stuck(now=at).exists()


def test_what_is_new_is_told_though_its_page_came_twice(bring: Bring, stub: Stub, now: datetime) -> None:
    """R-27: pages became smaller on the way, so the first one was asked for again."""
    stub.on(EOB, bundle(an_eob(1)))
    bring()

    def page(query: Any) -> Any:
        size = query.get("_count") or query["size"]
        if "page" in query:
            return reply("", 413) if size == "100" else reply(bundle(an_eob(3)))
        return reply(bundle(an_eob(1, disposition="x"), an_eob(2), next=f"{EOB}?page=2&size={size}"))

    stub.on(EOB, page)
    claims = step(bring(at=now + timedelta(days=1)), EOB)
    assert (claims.state, claims.received, claims.new, claims.changed) == ("done", 3, 2, 1)
