"""What became new, changed, gone or came back: noted while records arrive, forgotten after half a year."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

from apps.claims import gone as claims
from apps.connections.models import Connection
from apps.coverage import gone as coverage
from apps.sync import visits
from apps.sync.models import RawResource, SyncChange, SyncMark, SyncStep
from apps.vault.boxes import Box

KINDS: Final = frozenset({"ExplanationOfBenefit", "Coverage"})
"""What a member is told about; a doctor's new address is no news."""
KEPT_FOR: Final = timedelta(days=180)
PER_QUERY: Final = 1000


def note(
    step: SyncStep,
    *,
    connection: Connection,
    now: datetime,
    what: Mapping[SyncChange.What, Collection[str]],
) -> None:
    """Note what happened to the records with these source keys; what the first import brings is no news.

    Inside the transaction that stores them.
    """
    if step.resource_type not in KINDS or not any(what.values()):
        return
    known = SyncMark.objects.filter(connection=connection, resource_type=step.resource_type)
    if not known.filter(known_since__isnull=False).exists():
        return
    rows = (
        SyncChange(
            member_id=connection.member_id,
            connection=connection,
            run_id=step.run_id,
            kind=step.resource_type,
            source_key=key,
            what=each,
            at=now,
        )
        for each, keys in what.items()
        for key in sorted(keys)
    )
    SyncChange.objects.bulk_create(rows, batch_size=PER_QUERY)
    visits.tell(connection.member_id, now=now)


def mark(
    kind: str,
    connection: Connection,
    box: Box,
    source_keys: Collection[str],
    *,
    gone_at: datetime | None,
    now: datetime,
) -> None:
    """Tell the stage whose records these are that they are gone, or (None) that they came back."""
    if kind == "Coverage":
        coverage.mark(connection=connection, source_keys=source_keys, gone_at=gone_at)
    else:
        claims.mark(connection=connection, box=box, source_keys=source_keys, gone_at=gone_at, now=now)


def mark_again(connection: Connection, box: Box, *, now: datetime) -> None:
    """Tell the stages once more what is gone: what another reading of ours lists anew is not here again.

    Inside a transaction, with the connection locked.
    """
    for kind in sorted(KINDS):
        gone = RawResource.objects.filter(connection=connection, kind=kind).exclude(gone_at=None)
        keys = defaultdict[datetime | None, list[str]](list)
        for key, gone_at in gone.values_list("source_key", "gone_at"):
            keys[gone_at].append(key)
        for gone_at, some in keys.items():
            mark(kind, connection, box, some, gone_at=gone_at, now=now)


def forget_old(*, now: datetime) -> int:
    """Delete notes older than half a year; return how many (a chore of the worker)."""
    old = SyncChange.objects.filter(at__lt=now - KEPT_FOR)
    # Looking before writing: a chore with nothing to do never takes SQLite's write lock.
    return old.delete()[0] if old.exists() else 0
