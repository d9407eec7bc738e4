"""Starting runs and waking those that were left behind."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django_tasks_db.models import DBTaskResult

from apps.connections.models import Connection
from apps.sync import actions, leases
from apps.sync.actions import Answer
from apps.sync.leases import LONGEST_RUN
from apps.sync.models import LEASE, QUEUE_PATIENCE, PlanPace, SyncRun

State = SyncRun.State


def test_a_start_queues_the_run_with_nothing_but_its_id(
    connection: Connection, now: datetime, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        run = actions.start(connection=connection, now=now)
    entry = DBTaskResult.objects.get()
    assert entry.args_kwargs == {"args": [], "kwargs": {"run_id": str(run.pk)}}


def test_a_connection_has_one_active_run(connection: Connection, now: datetime) -> None:
    """R-36: the second click gets the first run; the database forbids another."""
    run = actions.start(connection=connection, now=now)
    assert actions.start(connection=connection, now=now) == run
    with pytest.raises(IntegrityError), transaction.atomic():
        SyncRun.objects.create(
            member=connection.member, connection=connection, created_at=now, next_try_at=now, queued_at=now
        )


def test_connecting_anew_wakes_a_run_that_sleeps(connection: Connection, now: datetime) -> None:
    run = actions.start(connection=connection, now=now)
    SyncRun.objects.update(next_try_at=now + timedelta(hours=1))
    assert actions.start_first(connection=connection, now=now) == f"/sync/{run.pk}/", "its page"
    run.refresh_from_db()
    assert run.next_try_at == now


def test_a_scheduled_update_that_waits_is_the_members_own_once_they_ask(
    connection: Connection, now: datetime
) -> None:
    """Scheduled ones stay behind those that somebody waits for."""
    run = actions.start(connection=connection, now=now, is_scheduled=True)
    assert actions.start_again(connection=connection, now=now) == (run, Answer.UNDER_WAY)
    run.refresh_from_db()
    assert not run.is_scheduled


def failed_once(connection: Connection, now: datetime, **columns: Any) -> SyncRun:
    """Return a run that came to nothing a moment before *now* and is tried again in an hour."""
    run = actions.start(connection=connection, now=now - timedelta(minutes=5))
    since = now - timedelta(seconds=columns.pop("seconds", 90))
    values = {"problem": "unreachable", "attempts": 3, "next_try_at": now + timedelta(hours=1)}
    SyncRun.objects.update(**(values | {"queued_at": since} | columns))
    DBTaskResult.objects.all().delete()
    run.refresh_from_db()
    return run


def test_update_now_wakes_an_update_that_sleeps_until_another_try(
    connection: Connection, now: datetime, django_capture_on_commit_callbacks: Any
) -> None:
    """And it keeps as many tries by itself as it had."""
    run = failed_once(connection, now)
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.start_again(connection=connection, now=now) == (run, Answer.WOKEN)
    run.refresh_from_db()
    assert (run.next_try_at, run.attempts) == (now, 2)
    assert DBTaskResult.objects.count() == 1
    hold = leases.take(run_id=run.pk, now_fn=lambda: now)
    assert hold is not None
    assert connection.runs.get().attempts == 3


@pytest.mark.parametrize("columns", [{"seconds": 59}, {"problem": "in_line"}, {"problem": ""}])
def test_update_now_leaves_an_update_asleep_that_failed_just_now_or_waits_for_its_turn(
    connection: Connection, now: datetime, columns: dict[str, Any]
) -> None:
    """W-18: once a minute at most."""
    run = failed_once(connection, now, **columns)
    actions.start_again(connection=connection, now=now)
    run.refresh_from_db()
    assert run.next_try_at == now + timedelta(hours=1)


def test_a_member_has_an_update_tried_so_often_within_an_hour_as_they_may_start_one(
    connection: Connection, now: datetime
) -> None:
    """W-18: a script that clicks every minute asked the plan every minute, and the run was never given up."""
    run, woken = failed_once(connection, now), 0
    for minute in range(10):
        SyncRun.objects.update(next_try_at=now + timedelta(hours=1), queued_at=now - timedelta(minutes=5))
        actions.start_again(connection=connection, now=now + timedelta(seconds=minute))
        run.refresh_from_db()
        woken += run.next_try_at < now + timedelta(hours=1)
    assert woken == actions.MOST_STARTS


def test_no_click_keeps_an_update_alive_for_ever(connection: Connection, now: datetime) -> None:
    """R-35."""
    run = failed_once(connection, now, created_at=now - LONGEST_RUN)
    assert not actions.may_wake(run, now=now)
    actions.start_again(connection=connection, now=now)
    run.refresh_from_db()
    assert run.next_try_at == now + timedelta(hours=1)


@pytest.mark.parametrize("shut", [{"wait_until": 1}, {"pauses": 1, "paused_until": 1}])
def test_update_now_wakes_nothing_while_the_plan_may_not_be_asked(
    connection: Connection, now: datetime, shut: dict[str, int]
) -> None:
    """R-13, R-14: a member's click is no reason to ask a plan that asked us to wait."""
    run = failed_once(connection, now)
    until = now + timedelta(minutes=5)
    pace = PlanPace(plan=connection.plan, **{name: until if "until" in name else 1 for name in shut})
    pace.save()
    actions.start_again(connection=connection, now=now)
    run.refresh_from_db()
    assert run.next_try_at == now + timedelta(hours=1)


def test_a_member_who_asks_again_within_a_minute_gets_the_last_run(
    connection: Connection, now: datetime
) -> None:
    """W-18."""
    run, answer = actions.start_again(connection=connection, now=now)
    assert answer is Answer.STARTED
    SyncRun.objects.update(state=State.FINISHED, finished_at=now)
    run.refresh_from_db()
    assert actions.start_again(connection=connection, now=now + timedelta(seconds=59)) == (run, Answer.RESTS)
    later, answer = actions.start_again(connection=connection, now=now + timedelta(seconds=60))
    assert answer is Answer.STARTED
    assert later != run


def test_the_sweeper_queues_a_run_whose_queue_entry_was_lost_once(
    connection: Connection, now: datetime, django_capture_on_commit_callbacks: Any
) -> None:
    actions.start(connection=connection, now=now)
    assert actions.sweep(now=now + QUEUE_PATIENCE - timedelta(seconds=1)) == 0
    later = now + QUEUE_PATIENCE
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.sweep(now=later) == 1
    assert actions.sweep(now=later) == 0
    assert DBTaskResult.objects.count() == 1


def test_the_sweeper_takes_over_from_a_dead_worker_only_after_its_lease(
    connection: Connection, now: datetime
) -> None:
    """B-01; and wakes a run that sleeps when it is due, and leaves alone what is over."""
    actions.start(connection=connection, now=now)
    soon = now + timedelta(seconds=10)
    for columns, due in (
        ({"state": State.RUNNING, "lease_until": now + LEASE}, now + LEASE),
        ({"state": State.WAITING, "lease_until": None, "next_try_at": soon}, soon),
    ):
        SyncRun.objects.update(queued_at=now - QUEUE_PATIENCE, **columns)
        assert actions.sweep(now=due - timedelta(seconds=1)) == 0
        assert actions.sweep(now=due) == 1
    for state in (State.FINISHED, State.PARTIAL, State.FAILED, State.ENDED):
        SyncRun.objects.update(state=state)
        assert actions.sweep(now=now + timedelta(days=3)) == 0
