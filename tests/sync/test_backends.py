"""B-08: the same stories with every task backend. The queue is only a hint (Celery: test_celery.py)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from apps.connections.models import Connection
from apps.sync import actions, leases
from apps.sync.models import LEASE, Refresh, SyncRun
from apps.sync.tasks import bring_records

State = SyncRun.State
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=["immediate", "database"])
def backend(request: pytest.FixtureRequest, settings: Any) -> str:
    """Return the name of the backend that TASKS names during the test, its queue empty."""
    paths = {
        "immediate": "django.tasks.backends.immediate.ImmediateBackend",
        "database": "django_tasks_db.DatabaseBackend",
    }
    settings.TASKS = {"default": {"BACKEND": paths[request.param]}}
    return str(request.param)


@pytest.fixture
def demo(connected: Callable[..., Connection], demo_payer: Any) -> Connection:
    """Return Alice's connection to the demo payer: real tokens, real pages."""
    return connected(demo_payer, "juniper")


def work() -> None:
    """Be the worker once: chores and whatever is queued."""
    call_command("sync_worker", once=True)


def fresh(run: SyncRun) -> SyncRun:
    return SyncRun.objects.get(pk=run.pk)


def test_a_first_update_is_done(backend: str, demo: Connection) -> None:
    actions.start_first(connection=demo, now=timezone.now())
    work()
    run = demo.runs.get()
    assert run.state == State.FINISHED
    assert demo.claims.count() > 0
    assert run.attempts == 1


def test_an_entry_made_in_a_transaction_that_is_rolled_back_does_nothing(
    backend: str, demo: Connection
) -> None:
    """B-04."""
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        actions.start_first(connection=demo, now=timezone.now())
        raise ZeroDivisionError
    work()
    assert not demo.runs.exists()
    assert not demo.claims.exists()
    assert not DBTaskResult.objects.exists()


def test_nothing_is_done_before_the_transaction_is_committed(backend: str, demo: Connection) -> None:
    with transaction.atomic():
        run = actions.start(connection=demo, now=timezone.now())
        assert fresh(run).attempts == 0
        assert not DBTaskResult.objects.exists()
    work()
    assert fresh(run).state == State.FINISHED


def test_a_doubled_entry_does_nothing_more(backend: str, demo: Connection) -> None:
    """R-36."""
    run = actions.start(connection=demo, now=timezone.now())
    for _ in range(3):
        bring_records.enqueue(run_id=str(run.pk))
    work()
    done = fresh(run)
    assert (done.state, done.fence, done.attempts) == (State.FINISHED, 1, 1)


def test_a_lost_entry_is_made_up_for_by_the_sweep(backend: str, demo: Connection) -> None:
    long_ago = timezone.now() - timedelta(minutes=5)
    run = SyncRun.objects.create(
        member=demo.member, connection=demo, created_at=long_ago, next_try_at=long_ago, queued_at=long_ago
    )
    work()
    assert fresh(run).state == State.FINISHED


def test_a_killed_workers_run_is_taken_over(backend: str, demo: Connection) -> None:
    """B-01: its lease is over; whoever works next goes on."""
    long_ago = timezone.now() - LEASE - timedelta(minutes=5)
    run = SyncRun.objects.create(
        member=demo.member, connection=demo, created_at=long_ago, next_try_at=long_ago, queued_at=long_ago
    )
    assert leases.take(run_id=run.pk, now_fn=lambda: long_ago) is not None
    work()
    done = fresh(run)
    assert (done.state, done.fence) == (State.FINISHED, 2)


def test_a_sleeping_run_sleeps_on_whatever_is_queued(backend: str, demo: Connection) -> None:
    now = timezone.now()
    run = SyncRun.objects.create(
        member=demo.member,
        connection=demo,
        created_at=now,
        next_try_at=now + timedelta(hours=1),
        queued_at=now,
    )
    bring_records.enqueue(run_id=str(run.pk))
    work()
    assert (fresh(run).state, fresh(run).attempts) == (State.WAITING, 0)


def test_what_is_due_by_the_schedule_is_done(backend: str, demo: Connection) -> None:
    actions.start_first(connection=demo, now=timezone.now())
    work()
    Refresh.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    work()
    assert [run.state for run in demo.runs.order_by("created_at")] == [State.FINISHED, State.FINISHED]
    assert Refresh.objects.get().due_at > timezone.now()


def test_an_entry_for_a_run_that_is_gone_harms_nobody(backend: str, demo: Connection) -> None:
    bring_records.enqueue(run_id="00000000-0000-0000-0000-000000000000")
    run = actions.start(connection=demo, now=timezone.now())
    work()
    work()
    assert fresh(run).state == State.FINISHED
