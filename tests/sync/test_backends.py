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
from apps.sync.models import LEASE, SyncRun
from apps.sync.tasks import bring_records
from tests.claims.given import claims_of

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


def test_an_update_is_done_once_whatever_becomes_of_its_entries(backend: str, demo: Connection) -> None:
    """B-04, R-36: not before its commit, nothing of one rolled back; a doubled entry does nothing more."""
    now = timezone.now()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        actions.start_first(connection=demo, now=now)
        raise ZeroDivisionError
    work()
    assert not demo.runs.exists()
    assert not DBTaskResult.objects.exists()
    bring_records.enqueue(run_id="00000000-0000-0000-0000-000000000000")
    with transaction.atomic():
        run = actions.start(connection=demo, now=now)
        assert fresh(run).attempts == 0
    for _ in range(3):
        bring_records.enqueue(run_id=str(run.pk))
    work()
    work()
    done = fresh(run)
    assert (done.state, done.fence, done.attempts) == (State.FINISHED, 1, 1)
    assert len(claims_of(demo)) > 0


def test_a_killed_workers_run_is_taken_over_and_a_sleeping_one_sleeps_on(
    backend: str, demo: Connection
) -> None:
    """B-01: its lease is over; whoever works next goes on, though its entry is lost."""
    now = timezone.now()
    long_ago = now - LEASE - timedelta(minutes=5)
    member, moments = demo.member, {"created_at": long_ago, "queued_at": long_ago}
    run = SyncRun.objects.create(
        member=member, connection=demo, next_try_at=now + timedelta(hours=1), **moments
    )
    bring_records.enqueue(run_id=str(run.pk))
    work()
    assert (fresh(run).state, fresh(run).attempts) == (State.WAITING, 0)
    SyncRun.objects.update(next_try_at=long_ago)
    assert leases.take(run_id=run.pk, now_fn=lambda: long_ago) is not None
    work()
    done = fresh(run)
    assert (done.state, done.fence) == (State.FINISHED, 2)
