"""Verbs of sync: start a run, start again, wake what was left behind."""

import uuid
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.db import IntegrityError, transaction

from apps.connections.models import Connection
from apps.sync.leases import ended
from apps.sync.models import SyncRun
from apps.sync.tasks import bring_records

REST_BETWEEN_STARTS: Final = timedelta(seconds=60)


def start_first(*, connection: Connection, now: datetime) -> str:
    """Bring the records of a connection just made, or made anew; return the path of the page that shows it.

    A run that sleeps until another try is woken: the member has just given fresh permission.
    """
    run = start(connection=connection, now=now)
    asleep = SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.WAITING, next_try_at__gt=now)
    with transaction.atomic():
        if asleep.update(next_try_at=now, queued_at=now):
            _queue(run.pk)
    return run.get_absolute_url()


def start(*, connection: Connection, now: datetime) -> SyncRun:
    """Return the connection's active run, or a new one whose work is queued when the transaction commits."""
    active = connection.runs.active().first()
    if active is not None:
        return active
    try:
        with transaction.atomic():
            run = SyncRun.objects.create(
                member_id=connection.member_id,
                connection=connection,
                created_at=now,
                next_try_at=now,
                queued_at=now,
            )
            _queue(run.pk)
    except IntegrityError:  # another click was first
        return connection.runs.active().get()
    return run


def start_again(*, connection: Connection, now: datetime) -> tuple[SyncRun, bool]:
    """Return a run for a member who asks for news, and whether it was started now.

    Within a minute of the last start the last run is returned instead (W-18).
    """
    last = connection.runs.newest_first().first()
    if last is not None and (last.is_active or now - last.created_at < REST_BETWEEN_STARTS):
        return last, False
    return start(connection=connection, now=now), True


def sweep(*, now: datetime) -> int:
    """Queue what is due and not queued, also runs whose worker died; return how many.

    Any number of processes may sweep at once: each run is queued by one of them.
    """
    queued = 0
    over = SyncRun.objects.free_to_take(now=now).of_kept_connections()
    if over.exists():  # looking before writing: an idle sweep never takes SQLite's write lock
        over.update(**ended(now=now))
    for run in SyncRun.objects.to_queue_again(now=now).order_by("next_try_at").only("pk", "queued_at")[:500]:
        with transaction.atomic():
            if SyncRun.objects.filter(pk=run.pk, queued_at=run.queued_at).update(queued_at=now):
                _queue(run.pk)
                queued += 1
    return queued


def _queue(run_id: uuid.UUID) -> None:
    transaction.on_commit(partial(bring_records.enqueue, run_id=str(run_id)))
