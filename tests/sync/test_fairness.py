"""R-42: whoever is slow, failing, huge or broken keeps nobody else from their turn."""

import uuid
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.connections.models import Connection
from apps.sync import actions, runner, schedule, scheduler, turn
from apps.sync.course import SLICE
from apps.sync.leases import take
from apps.sync.models import LEASE, MOST_ATTEMPTS, PlanPace, Refresh, SyncRun
from tests.fhir.stub import Door, Stub, bundle
from tests.sync.clockwork import START, Clock, Payer, ticks, work
from tests.sync.conftest import an_eob
from tests.sync.looking import raises, step, tried
from tests.sync.test_endless import Slow

State = SyncRun.State
SECOND = timedelta(seconds=1)


def order_of_turns(clock: Clock, number: int) -> list[str]:
    """Let one worker choose and finish so many runs; return the plans in that order."""
    slugs = []
    for _ in range(number):
        clock.moment += SECOND
        chosen = turn.next_run(now=clock())
        assert chosen is not None
        hold = take(run_id=chosen, now_fn=clock)
        assert hold is not None
        slugs.append(SyncRun.objects.get(pk=chosen).connection.plan.slug)
        hold.finish(State.FINISHED)
    return slugs


def test_a_plan_with_many_members_due_leaves_every_other_plan_its_turn(members: Any, clock: Clock) -> None:
    for connection in members(40, "big"):
        actions.start(connection=connection, now=START)
    for connection in members(3, "small"):
        actions.start(connection=connection, now=START + SECOND)
    assert order_of_turns(clock, 6).count("small") == 3


def test_a_plan_that_was_served_by_a_clock_far_ahead_gets_its_turn(members: Any, clock: Clock) -> None:
    """R-43: it looked as if it had just been served, until that day."""
    for connection in members(40, "big"):
        actions.start(connection=connection, now=START)
    for connection in members(3, "small"):
        actions.start(connection=connection, now=START)
    PlanPace.objects.update_or_create(
        plan=connection.plan, defaults={"taken_at": START + timedelta(days=365)}
    )
    assert order_of_turns(clock, 8).count("small") == 3


def test_a_plan_whose_updates_end_quickly_keeps_no_other_waiting_to_be_started(
    members: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has room at every look, and more are due for longer than are looked at in one go."""
    monkeypatch.setattr(scheduler, "BATCH", 10)
    for connection in members(15, "big", runs_at_once=1):
        schedule.begin(connection=connection, now=START)
    Refresh.objects.update(due_at=START)
    (other,) = members(1, "small")
    schedule.begin(connection=other, now=START)
    Refresh.objects.filter(connection=other).update(due_at=START + SECOND)
    assert scheduler.start_due(now=START + SECOND) == 4
    assert other.runs.active().exists()


def test_the_plan_with_the_fewest_updates_under_way_comes_first(members: Any, clock: Clock) -> None:
    for slug in ("one", "two"):
        for connection in members(4, slug):
            actions.start(connection=connection, now=START)
    held = []
    for _ in range(6):
        chosen = turn.next_run(now=clock())
        assert chosen is not None
        held.append(take(run_id=chosen, now_fn=clock))
    running_now = SyncRun.objects.filter(state=State.RUNNING).values_list("connection__plan__slug", flat=True)
    assert Counter(running_now) == {"one": 3, "two": 3}


def test_s_11_a_plan_whose_updates_do_not_end_lets_those_of_others_go_first_for_a_while(
    members: Any, clock: Clock
) -> None:
    """S-11: what drips or never ends had its five seconds; who comes waits for one such slice, not all."""
    endless = members(1, "endless")[0]
    first, second = members(2, "good")
    long_run = actions.start(connection=endless, now=clock())
    hold = take(run_id=long_run.pk, now_fn=clock)
    assert hold is not None
    clock.moment += SECOND
    hold.give_back()
    actions.start(connection=first, now=clock())
    assert order_of_turns(clock, 1) == ["good"], "though the other was served before"
    actions.start(connection=second, now=clock())
    assert turn.next_run(now=clock()) != long_run.pk
    clock.moment += turn.LETS_OTHERS
    assert turn.next_run(now=clock()) == long_run.pk


def test_a_member_who_waits_comes_before_what_nobody_waits_for_but_not_for_ever(
    members: Any,
    clock: Clock,
) -> None:
    scheduled, asked = members(2)
    first = actions.start(connection=scheduled, now=START - timedelta(minutes=1), is_scheduled=True)
    second = actions.start(connection=asked, now=START)
    assert turn.next_run(now=clock()) == second.pk
    clock.moment += turn.PATIENT
    assert turn.next_run(now=clock()) == first.pk


def test_an_entry_for_a_plan_that_is_shut_does_another_plans_run(members: Any, clock: Clock) -> None:
    """The queue is only a hint: its order decides nothing."""
    shut, open_ = members(1, "shut")[0], members(1, "open")[0]
    hinted, other = (actions.start(connection=connection, now=clock()) for connection in (shut, open_))
    payer = Payer(clock, per_second=0, says=lambda _until: "600")
    runner.run(run_id=hinted.pk, now_fn=clock, stop=clock, connect=lambda *_, **__: payer.through(Door()))
    SyncRun.objects.filter(pk=hinted.pk).update(next_try_at=clock())
    runner.run_next(hint=hinted.pk, now_fn=clock, stop=clock, connect=lambda *_, **__: Door())
    assert SyncRun.objects.get(pk=other.pk).state == State.FINISHED
    runner.run_next(hint=hinted.pk, now_fn=clock, stop=clock, connect=lambda *_, **__: pytest.fail("asked"))
    assert SyncRun.objects.get(pk=hinted.pk).next_try_at >= START + timedelta(minutes=10)


def test_who_is_beaten_to_the_run_of_its_entry_does_the_next(
    members: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other worker's entry is used up by then: the run it named would wait for the sweep."""
    started = {actions.start(connection=connection, now=clock()).pk for connection in members(2)}
    choose = turn.next_run
    hint = choose(now=clock()) or pytest.fail("nothing is due")

    def too_late(*, now: datetime) -> uuid.UUID:
        monkeypatch.setattr(turn, "next_run", choose)
        assert take(run_id=hint, now_fn=clock) is not None
        return hint

    monkeypatch.setattr(turn, "next_run", too_late)
    runner.run_next(hint=hint, now_fn=clock, stop=clock, connect=lambda *_, **__: Door())
    (other,) = started - {hint}
    assert SyncRun.objects.get(pk=other).state == State.FINISHED


def test_a_huge_member_makes_room_at_a_page_and_goes_on_from_there(
    members: Any,
    clock: Clock,
    stub: Stub,
) -> None:
    """Its worker is free again after a slice; no page is asked for twice, and no try is used up."""
    pages = [bundle(an_eob(n), next=f"ExplanationOfBenefit?page={n + 1}") for n in range(40)]
    stub.on("ExplanationOfBenefit", *pages, bundle(an_eob(40)))
    huge, small = members(1, "huge")[0], members(1, "small")[0]
    run = actions.start(connection=huge, now=clock())
    other = actions.start(connection=small, now=START + SECOND)
    tried(run, clock, Slow(clock, 2), stop=clock)
    assert (run.state, run.attempts) == (State.WAITING, 0)
    assert clock() - START < SLICE + timedelta(seconds=10)
    assert 0 < step(run, "ExplanationOfBenefit").received < 41
    assert turn.next_run(now=clock()) == other.pk
    SyncRun.objects.filter(pk=other.pk).update(state=State.FINISHED, finished_at=clock())
    tried(run, clock, Slow(clock, 2), stop=clock)
    assert run.state == State.FINISHED
    assert step(run, "ExplanationOfBenefit").received == 41
    asked = [url for url in stub.asked if "page=" in url]
    assert len(asked) == len(set(asked))


def test_a_huge_member_keeps_its_worker_while_nobody_waits(members: Any, clock: Clock, stub: Stub) -> None:
    pages = [bundle(an_eob(n), next=f"ExplanationOfBenefit?page={n + 1}") for n in range(40)]
    stub.on("ExplanationOfBenefit", *pages, bundle(an_eob(40)))
    run = actions.start(connection=members(1)[0], now=clock())
    tried(run, clock, Slow(clock, 2), stop=clock)
    assert run.state == State.FINISHED


def test_a_slow_dead_plan_does_not_delay_the_members_of_another(
    members: Any,
    clock: Clock,
) -> None:
    """Every call to the dead plan takes the whole time limit; the good plan's members are done anyway."""
    dead, good = members(20, "dead"), members(5, "good")
    for connection in (*dead, *good):
        actions.start(connection=connection, now=clock())
    payer = Payer(clock, is_down=lambda: True, takes=30)

    def connect(connection: Connection, **_: Any) -> Any:
        return payer.through(Door()) if connection.plan.slug == "dead" else Door()

    for _ in ticks(clock, every=SECOND, most=40):
        work(clock, connect)
        if not SyncRun.objects.active().filter(connection__plan__slug="good").exists():
            break
    done = SyncRun.objects.filter(connection__plan__slug="good").values_list("finished_at", flat=True)
    assert all(
        finished_at is not None and finished_at - START < timedelta(minutes=10) for finished_at in done
    )


def test_poison_is_given_up_after_bounded_tries_and_the_good_ones_are_done(
    members: Any,
    clock: Clock,
) -> None:
    """R-35, B-05: one that raises, one that kills its worker, one out of memory, among good ones."""
    poison = {
        "raises": raises(ZeroDivisionError()),  # type: ignore[arg-type]
        "kills": raises(KeyboardInterrupt()),  # type: ignore[arg-type]
        "memory": raises(MemoryError()),  # type: ignore[arg-type]
    }
    kinds = dict(zip((connection.pk for connection in members(3, "bad")), poison.values(), strict=True))
    runs = [
        actions.start(connection=connection, now=clock())
        for connection in (*Connection.objects.all(), *members(8))
    ]
    tries: Counter[Any] = Counter()

    def connect(connection: Connection, **_: Any) -> Any:
        if effect := kinds.get(connection.pk):
            tries[connection.pk] += 1
            effect()
        return Door()

    for _ in ticks(clock, every=LEASE, most=400):
        while any_due := SyncRun.objects.free_to_take(now=clock()).first():
            try:
                runner.run_next(hint=any_due.pk, now_fn=clock, stop=clock, connect=connect)
            except (ZeroDivisionError, KeyboardInterrupt, MemoryError):
                break  # this worker is gone; the next tick brings another
        if not SyncRun.objects.active().exists():
            break
    states = Counter(SyncRun.objects.filter(pk__in=[run.pk for run in runs]).values_list("state", flat=True))
    assert states == {State.FINISHED: 8, State.FAILED: 3}
    assert set(tries.values()) == {MOST_ATTEMPTS}
    problems = set(SyncRun.objects.filter(state=State.FAILED).values_list("problem", flat=True))
    assert problems == {"unexpected", "gave_up"}
