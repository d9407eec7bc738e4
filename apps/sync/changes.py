"""What became new, changed, gone or came back: noted while records arrive, forgotten after half a year."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from apps.connections.models import Connection
from apps.records import kinds
from apps.sync import visits
from apps.sync.models import SyncChange, SyncMark, SyncStep

KEPT_FOR: Final = timedelta(days=180)
PER_QUERY: Final = 1000


def note(
    step: SyncStep,
    *,
    connection: Connection,
    now: datetime,
    what: Mapping[SyncChange.What, Collection[UUID]],
) -> None:
    """Note what happened to the records with these ids; what the first import brings is no news.

    Inside the transaction that stores them.
    """
    if step.resource_type not in kinds.told_types() or not any(what.values()):
        return
    known = SyncMark.objects.filter(connection=connection, resource_type=step.resource_type)
    if not known.filter(known_since__isnull=False).exists():
        return
    rows = (
        SyncChange(
            member_id=connection.member_id,
            connection=connection,
            run_id=step.run_id,
            record_id=record_id,
            what=each,
            at=now,
        )
        for each, ids in what.items()
        for record_id in sorted(ids)
    )
    SyncChange.objects.bulk_create(rows, batch_size=PER_QUERY)
    visits.tell(connection.member_id, now=now)


def forget_old(*, now: datetime) -> int:
    """Delete notes older than half a year; return how many (a chore of the worker)."""
    old = SyncChange.objects.filter(at__lt=now - KEPT_FOR)
    # Looking before writing: a chore with nothing to do never takes SQLite's write lock.
    return old.delete()[0] if old.exists() else 0
