"""Putting runs into the queue again: those that are due, left behind, or in line at their plan."""

import uuid
from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from apps.connections.models import Connection
from apps.sync import choosing
from apps.sync.leases import ended
from apps.sync.models import PlanPace, SyncRun, SyncRunQuerySet

type Queue = Callable[[uuid.UUID], None]


def sweep(*, now: datetime, queue: Queue) -> int:
    """Queue what is due and not queued, also runs whose worker died; return how many.

    For each plan only as many as it takes at once. Any number of processes may sweep at once: each run is
    queued by one of them.
    """
    over = SyncRun.objects.due(now=now).of_kept_connections()
    if over.exists():  # looking before writing: an idle sweep never takes SQLite's write lock
        over.update(**ended(now=now))
    _put_off(now=now)
    return _queue_some(SyncRun.objects.to_queue_again(now=now), "next_try_at", now=now, queue=queue)


def _put_off(*, now: datetime) -> None:
    """Let runs that are due sleep on while their plan is shut, so that their pages name the right moment."""
    due = SyncRun.objects.free_to_take(now=now).filter(state=SyncRun.State.WAITING)
    for pace in PlanPace.objects.shut(now=now).filter(plan_id__in=due.values("connection__plan_id")):
        if late := pace.shut_until(now=now):
            of_plan = Connection.objects.filter(plan_id=pace.plan_id)
            due.filter(connection_id__in=of_plan.values("pk")).update(next_try_at=late[0], problem=late[1])


def wake_in_line(*, now: datetime, queue: Queue) -> int:
    """Queue runs that wait until their plan takes one more, as many as it does; return how many."""
    in_line = SyncRun.objects.filter(state=SyncRun.State.WAITING, problem="in_line", next_try_at__gt=now)
    return _queue_some(in_line, "created_at", now=now, queue=queue)


def _queue_some(runs: SyncRunQuerySet, order: str, *, now: datetime, queue: Queue) -> int:
    plan_ids = set(runs.order_by().values_list("connection__plan_id", flat=True).distinct())
    if not plan_ids:
        return 0
    queued = 0
    for plan_id, slots in choosing.free_slots(plan_ids, now=now).items():
        some = runs.filter(connection__plan_id=plan_id).order_by(order).only("pk", "queued_at", "next_try_at")
        for run in some[:slots]:
            as_seen = SyncRun.objects.filter(pk=run.pk, queued_at=run.queued_at, next_try_at=run.next_try_at)
            with transaction.atomic():
                if as_seen.update(queued_at=now, next_try_at=min(run.next_try_at, now)):
                    queue(run.pk)
                    queued += 1
    return queued
