"""Many members of one plan: its limits are kept, its outages waited out, and everybody is served."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as some

from apps.connections.errors import RefreshDelayed
from apps.fhir.client import FEWEST_AT_ONCE
from apps.outbound.door import Answer
from apps.plans.models import Plan
from apps.plans.quirks import Quirks
from apps.sync import actions, runner, scheduler, turn
from apps.sync.leases import take
from apps.sync.models import MOST_ATTEMPTS, SyncRun
from apps.sync.models.paces import (
    DEFAULT_BURST,
    FEWEST_PER_MINUTE,
    OUTAGES,
    PATIENCE,
    PAUSES,
    QUIET,
    SMALL_FOR,
    NotNow,
    PlanPace,
)
from tests.fhir.stub import Door, Stub, bundle, reply
from tests.length import is_exploring
from tests.sync.clockwork import START, Clock, Payer, as_date, ticks, work
from tests.sync.conftest import COVERAGE, an_eob
from tests.sync.looking import tried

State = SyncRun.State
SECOND = timedelta(seconds=1)


def test_after_one_refusal_a_plan_is_never_asked_too_fast_again_and_all_members_finish(
    members: Any, clock: Clock
) -> None:
    """R-13: a limiter of 5 a second, 12 members (50 with the profile `explore`).

    No question too early, and none refused after the first.
    """
    number = 50 if is_exploring() else 12
    connections = members(number)
    for connection in connections:
        actions.start(connection=connection, now=clock())
    payer = Payer(clock, per_second=5, says=as_date)
    for _ in ticks(clock, every=SECOND, most=600):
        work(clock, lambda *_, **__: payer.through(Door()))
        if not SyncRun.objects.active().exists():
            break
    assert set(SyncRun.objects.values_list("state", flat=True)) == {State.FINISHED}
    assert len(payer.refused) == 1
    assert not payer.too_early
    assert len(payer.asked) > 5 * number


@pytest.mark.parametrize("status", [403, 429, 503])
def test_whatever_comes_with_retry_after_shuts_the_plan_for_all_until_then_and_costs_no_try(
    members: Any, clock: Clock, stub: Stub, status: int
) -> None:
    """R-13: else the next member's update asks at once, and so does whoever clicks."""
    stub.on("Patient/alice", reply("", status, Retry_After="600"))
    first, second = members(2)
    runs = [actions.start(connection=connection, now=clock()) for connection in (first, second)]
    payer = Payer(clock)
    for run in runs:
        tried(run, clock, payer.through(Door()), stop=clock)
        assert (run.state, run.problem, run.attempts) == (State.WAITING, "busy", 0)
        assert run.next_try_at >= START + timedelta(minutes=10)
    assert len(payer.asked) == 1


def test_a_token_endpoint_that_asks_to_wait_shuts_the_plan_for_all_until_then(
    members: Any, clock: Clock
) -> None:
    """R-13: its limits are the plan's own; tokens run out while pages are asked for."""
    asked = []

    class Late:
        patient_id = "alice"

        def ask(self, url: str, _form: str | None = None) -> Answer:
            asked.append(url)
            error = RefreshDelayed("PlanBusy")
            error.retry_after = "600"
            raise error

    for connection in members(2):
        run = actions.start(connection=connection, now=clock())
        runner.run(run_id=run.pk, now_fn=clock, stop=clock, connect=lambda *_, **__: Late())
    assert len(asked) == 1
    assert {(run.problem, run.attempts) for run in SyncRun.objects.all()} == {("busy", 0)}


def test_a_refusal_without_retry_after_is_waited_out_longer_each_time(members: Any, clock: Clock) -> None:
    run = actions.start(connection=members(1)[0], now=clock())
    payer = Payer(clock, per_second=0, says=lambda _until: "")
    waits = []
    for _ in range(4):
        tried(run, clock, payer.through(Door()), stop=clock)
        waits.append(run.next_try_at - clock())
        clock.moment = run.next_try_at
    assert waits == sorted(waits)
    assert waits[-1] > 4 * waits[0]


def test_an_update_whose_plan_does_not_answer_waits_longer_after_each_failure(
    members: Any, clock: Clock
) -> None:
    """R-14: of one member alone, so that no pause of the plan is what makes it wait."""
    run = actions.start(connection=members(1)[0], now=clock())
    payer, waits = Payer(clock, is_down=lambda: True), []
    for _ in range(4):
        tried(run, clock, payer.through(Door()), stop=clock)
        waits.append(run.next_try_at - clock())
        clock.moment = run.next_try_at
    assert waits == sorted(waits) and waits[-1] > 4 * waits[0]


def test_pages_that_were_small_for_a_day_are_halved_anew_and_not_at_once_as_small_as_then() -> None:
    """R-27: what held for a day is forgotten when it is over."""
    pace = PlanPace()
    assert pace.note_too_many(20, now=START) == FEWEST_AT_ONCE
    later = START + SMALL_FOR + SECOND
    assert pace.most_at_once(100, now=later) == 100
    assert pace.note_too_many(100, now=later) == 50
    assert pace.note_too_many(100, now=later) == 50, "another lane of the same size"


def test_a_plan_that_asks_to_wait_for_ever_ends_the_run_after_a_week(members: Any, clock: Clock) -> None:
    """Nothing is tried for ever, though waiting costs no try."""
    run = actions.start(connection=members(1)[0], now=clock())
    payer = Payer(clock, per_second=0, says=lambda _until: "86400")
    for _ in range(10):
        tried(run, clock, payer.through(Door()), stop=clock)
        clock.moment = max(clock.moment, run.next_try_at)
    assert (run.state, run.problem) == (State.FAILED, "busy")
    assert len(payer.asked) <= 9


def test_a_dead_plan_is_tried_by_one_question_at_a_time_and_all_updates_follow_its_return(
    members: Any, clock: Clock
) -> None:
    """R-14: down for ten minutes, eight members due; complete within the longest pause and one retry."""
    back_at = START + timedelta(minutes=10)
    for connection in members(8):
        actions.start(connection=connection, now=clock())
    payer = Payer(clock, is_down=lambda: clock() < back_at)
    for _ in ticks(clock, every=5 * SECOND, most=400):
        work(clock, lambda *_, **__: payer.through(Door()))
        if not SyncRun.objects.active().exists():
            break
    assert set(SyncRun.objects.values_list("state", flat=True)) == {State.FINISHED}
    assert clock() - back_at < PAUSES[-1] + timedelta(minutes=2)
    while_down = [moment for moment in payer.asked if START + timedelta(minutes=1) < moment < back_at]
    assert len(while_down) < 10, "a paused plan is asked now and then, not by every member"
    pace = PlanPace.objects.get()
    assert (pace.pauses, pace.outages, pace.paused_until) == (0, 0, None)


def test_a_plan_asked_slowly_costs_its_workers_little_more_than_its_questions(
    members: Any, clock: Clock
) -> None:
    """R-13, B-07: who has no turn is not taken. A soak found a worker that took them all, again and again."""
    for connection in members(8):
        actions.start(connection=connection, now=clock())
    PlanPace.objects.create(plan=Plan.objects.get(), learned_per_minute=18, slowed_at=clock())
    payer = Payer(clock)
    tasks = list(SyncRun.objects.values_list("pk", flat=True))
    tried = 0
    for number, _ in enumerate(ticks(clock, every=SECOND / 2, most=2400)):
        if number % 10 == 0:
            turn.sweep(now=clock(), queue=tasks.append)
        while tasks:
            tried += 1
            assert tried < 1000, "taken again and again"
            runner.run_next(
                hint=tasks.pop(0), now_fn=clock, stop=clock, connect=lambda *_, **__: payer.through(Door())
            )
            turn.wake_in_line(now=clock(), queue=tasks.append)  # as the task does
            turn.sweep(now=clock(), queue=tasks.append)
        if not SyncRun.objects.active().exists():
            break
    assert set(SyncRun.objects.values_list("state", flat=True)) == {State.FINISHED}
    asked = len(payer.asked)
    assert sum(SyncRun.objects.values_list("fence", flat=True)) <= asked
    assert tried <= 2 * asked
    # Not at the full rate: who has no turn is looked for every five seconds.
    assert (clock() - START).total_seconds() < 60 / 18 * asked * 2.5


def test_one_member_whose_records_break_the_plans_server_pauses_nobody_else(
    members: Any, clock: Clock, stub: Stub
) -> None:
    """R-14, R-42: many failures of one update are that update's, not the plan's."""
    unlucky, lucky = members(2)
    run = actions.start(connection=unlucky, now=clock())
    stub.on("Patient/broken", reply("", 500))
    stub.on("Coverage", reply("", 500))
    stub.on("ExplanationOfBenefit", reply("", 500))
    for _ in range(MOST_ATTEMPTS):
        tried(run, clock, Door("broken"), stop=clock)
        clock.moment = max(clock.moment, run.next_try_at)
    assert run.state == State.FAILED
    stub.on("Coverage", bundle(COVERAGE))
    stub.on("ExplanationOfBenefit", bundle(an_eob(1)))
    other = actions.start(connection=lucky, now=clock())
    tried(other, clock, stop=clock)
    assert other.state == State.FINISHED


def test_a_plan_takes_so_many_updates_at_once_and_the_next_one_when_one_is_over(
    members: Any, clock: Clock, django_capture_on_commit_callbacks: Any
) -> None:
    runs = [actions.start(connection=connection, now=clock()) for connection in members(3, runs_at_once=2)]
    holds = [take(run_id=run.pk, now_fn=clock) for run in runs]
    assert [hold is not None for hold in holds] == [True, True, False]
    waiting = SyncRun.objects.get(pk=runs[2].pk)
    assert (waiting.state, waiting.problem, waiting.attempts) == (State.WAITING, "in_line", 0)
    assert waiting.next_try_at > clock()
    queued: list[Any] = []
    assert turn.wake_in_line(now=clock(), queue=queued.append) == 0
    assert holds[0] is not None
    holds[0].finish(State.FINISHED)
    assert turn.wake_in_line(now=clock(), queue=queued.append) == 1
    assert queued == [waiting.pk]
    assert take(run_id=waiting.pk, now_fn=clock) is not None


def test_a_run_that_is_due_while_its_plan_is_shut_names_the_moment_the_plan_named(
    members: Any, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """It sleeps on; nobody queues it, and it is no sign of missing workers."""
    first, second = (actions.start(connection=connection, now=clock()) for connection in members(2))
    payer = Payer(clock, per_second=0, says=lambda _until: "36000")
    runner.run(run_id=first.pk, now_fn=clock, stop=clock, connect=lambda *_, **__: payer.through(Door()))
    queued: list[Any] = []
    assert turn.sweep(now=clock(), queue=queued.append) == 0
    second.refresh_from_db()
    assert (second.problem, second.attempts) == ("busy", 0)
    assert second.next_try_at == PlanPace.objects.get().wait_until
    with caplog.at_level("ERROR"):
        scheduler.tend(now=clock() + timedelta(hours=9))
    assert "wait for a worker" not in caplog.text
    assert turn.sweep(now=clock() + timedelta(hours=11), queue=queued.append) == 2


def test_the_sweep_queues_no_more_of_a_plan_than_it_takes_at_once(members: Any, clock: Clock) -> None:
    for connection in (*members(30, "big", runs_at_once=2), *members(2, "small")):
        actions.start(connection=connection, now=clock())
    queued: list[Any] = []
    assert turn.sweep(now=clock() + timedelta(minutes=1), queue=queued.append) == 4


def test_a_dead_workers_run_holds_no_place_of_its_plan(members: Any, clock: Clock) -> None:
    runs = [actions.start(connection=connection, now=clock()) for connection in members(2, runs_at_once=1)]
    assert take(run_id=runs[0].pk, now_fn=clock) is not None
    clock.moment += timedelta(minutes=5)
    assert take(run_id=runs[1].pk, now_fn=clock) is not None


@given(
    per_minute=some.integers(1, 6000),
    gaps=some.lists(some.floats(0, 3), min_size=1, max_size=60),
)
def test_a_stated_limit_holds_over_every_stretch_of_time(per_minute: int, gaps: list[float]) -> None:
    """The token bucket: in any stretch no more questions than its share of a minute, and one."""
    pace, quirks, now, granted = PlanPace(), Quirks(requests_per_minute=per_minute), START, []
    for gap in gaps:
        now += timedelta(seconds=gap)
        try:
            granted.append(pace.take_turn(quirks, now=now).at)
        except NotNow as later:
            assert later.until - now > PATIENCE
            continue
        assert now <= granted[-1] <= now + PATIENCE
    for first in range(len(granted)):
        for last in range(first, len(granted)):
            stretch = (granted[last] - granted[first]).total_seconds()
            assert last - first <= stretch * per_minute / 60 + 0.001


def test_a_plan_without_a_stated_limit_takes_a_first_update_at_full_speed() -> None:
    pace = PlanPace()
    assert all(pace.take_turn(Quirks(), now=START).at == START for _ in range(DEFAULT_BURST))
    assert pace.take_turn(Quirks(), now=START).at > START


def test_questions_under_way_together_slow_the_plan_once() -> None:
    pace, quirks = PlanPace(), Quirks(requests_per_minute=100)
    for _ in range(3):
        pace.note_busy(quirks, asked_at=START, wait=SECOND, now=START + SECOND)
    assert pace.learned_per_minute == pytest.approx(40)
    later = START + 2 * SECOND
    pace.note_busy(quirks, asked_at=later, wait=SECOND, now=later)
    assert pace.learned_per_minute == pytest.approx(16)


def test_a_slowed_plan_is_asked_faster_again_when_it_stays_calm_and_never_faster_than_stated() -> None:
    pace, quirks = PlanPace(), Quirks(requests_per_minute=100)
    pace.note_busy(quirks, asked_at=START, wait=SECOND, now=START)
    pace.take_turn(quirks, now=START + QUIET + SECOND)
    assert pace.learned_per_minute == pytest.approx(60)
    pace.take_turn(quirks, now=START + 9 * QUIET)
    assert pace.learned_per_minute is None


def test_429s_by_chance_for_half_an_hour_starve_nobody_for_a_day() -> None:
    """A soak found all members of a plan at one question a minute, and a day of quiet away from its rate."""
    pace, quirks, now = PlanPace(), Quirks(), START
    for _ in range(90):
        pace.note_busy(quirks, asked_at=now, wait=SECOND, now=now)
        now += timedelta(seconds=20)
    assert pace.learned_per_minute == FEWEST_PER_MINUTE
    pace.take_turn(quirks, now=now + timedelta(hours=2))
    assert pace.learned_per_minute is None


def test_a_plan_that_states_few_questions_is_slowed_below_them() -> None:
    pace, quirks = PlanPace(), Quirks(requests_per_minute=5)
    for number in range(5):
        asked_at = START + number * timedelta(minutes=1)
        pace.note_busy(quirks, asked_at=asked_at, wait=SECOND, now=asked_at)
    assert pace.learned_per_minute == pytest.approx(2)


def test_a_shorter_wait_never_shortens_a_longer_one() -> None:
    pace = PlanPace()
    until = pace.note_busy(Quirks(), asked_at=START, wait=timedelta(hours=1), now=START)
    assert pace.note_busy(Quirks(), asked_at=START, wait=SECOND, now=START) == until


def test_a_wait_of_more_than_a_day_is_cut_to_one() -> None:
    """R-13: for all members of the plan."""
    day = timedelta(days=1)
    for asked in (day - SECOND, day, 2 * day):
        until = PlanPace().note_busy(Quirks(), asked_at=START, wait=asked, now=START)
        assert until - START == min(asked, day)


def test_of_an_outage_it_is_not_noted_whose_question_met_it(settings: Any) -> None:
    """Who reads the table and knows every update makes no mark of one: the key is not in the database."""
    pace, again, run_id = PlanPace(), PlanPace(), uuid4()
    pace.note_outage(run_id, now=START)
    pace.note_outage(run_id, now=START)
    assert not pace.is_widespread
    settings.SECRET_KEY = "another"
    again.note_outage(run_id, now=START)
    assert run_id not in {pace.failing_run, again.failing_run}
    assert pace.failing_run != again.failing_run


def test_pauses_grow_one_question_tries_and_its_answer_opens() -> None:
    pace, first, second, now = PlanPace(), uuid4(), uuid4(), START
    for index in range(OUTAGES - 1):
        assert pace.note_outage((first, second)[index % 2], now=now) is None
    grown = []
    for _ in range(6):
        until = pace.note_outage(first, now=now)
        assert until is not None
        grown.append(until - now)
        with pytest.raises(NotNow) as refused:
            pace.take_turn(Quirks(), now=until - SECOND)
        assert (refused.value.until, refused.value.why) == (until, "outage")
        now = until
        assert pace.take_turn(Quirks(), now=now).is_troubled
        with pytest.raises(NotNow):  # one question alone
            pace.take_turn(Quirks(), now=now)
    assert grown == [*PAUSES, PAUSES[-1], PAUSES[-1]]
    pace.note_answer()
    assert not pace.take_turn(Quirks(), now=now).is_troubled


def test_a_try_whose_worker_died_does_not_close_the_plan_for_ever() -> None:
    pace, now = PlanPace(pauses=3, paused_until=START), START
    pace.take_turn(Quirks(), now=now)
    assert pace.take_turn(Quirks(), now=now + timedelta(minutes=2)).is_troubled
