"""What follows from the last page of a pass: which records are gone, and where the next pass may begin."""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import batched
from typing import Final
from uuid import UUID

from apps.connections.models import Connection
from apps.sync import changes, marks, seen
from apps.sync.models import RawResource, SyncChange, SyncMark, SyncRun, SyncStep
from apps.vault.boxes import Box

log = logging.getLogger("plainclaim.sync")
EMPTY_LASTS: Final = timedelta(hours=20)
"""How long after a pass that brought nothing a second one counts as saying it again: by the next daily
update, not in the same night in which a plan loads anew, however often the member asks."""
PER_QUERY: Final = 500


def conclude(step: SyncStep, *, run: SyncRun, box: Box, now: datetime) -> None:
    """Note how far this type is known, and mark what a complete pass over everything did not bring (R-24).

    In the transaction that stores the page, with the run held. A pass with a gap, and one for changes only,
    marks nothing; after a gap the next pass begins where this one did.
    """
    connection, came = run.connection, len(seen.brought(step))
    step.received = came  # servers repeat records from page to page
    mark, is_first = SyncMark.objects.get_or_create(
        connection=connection,
        resource_type=step.resource_type,
        defaults={"member_id": run.member_id},
    )
    if is_first and not _were_here(step, connection):
        mark.read_as = marks.READING
    mark.known_since = mark.known_since or now
    if not step.has_gaps and (not step.is_full or _is_complete(step, mark, connection, box, now)):
        mark.updated_at = now
        mark.complete_at = now if step.is_full else mark.complete_at
        if not step.is_full and _came_anew(step, connection):
            mark.up_to = None
        elif step.is_full or step.pages == 1 or step.total <= came:
            mark.up_to = marks.up_to(connection, step)
        # else records moved between the pages of changes: the next pass begins where this one did.
    mark.save()
    step.save(update_fields=["received", "gone", "holds_back"])
    step.seen.all().delete()


def _came_anew(step: SyncStep, connection: Connection) -> bool:
    """Return whether half of what is here is new: a plan that moved to another system sends everything under
    new ids, and only a pass over everything tells that the former ones are gone."""
    here = RawResource.objects.filter(connection=connection, kind=step.resource_type, gone_at=None)
    return step.new > 0 and 2 * step.new >= here.count()


def _were_here(step: SyncStep, connection: Connection) -> bool:
    rows = RawResource.objects.filter(connection=connection, kind=step.resource_type)
    return rows.filter(stored_at__lt=step.began_at).exists()


def _is_complete(
    step: SyncStep,
    mark: SyncMark,
    connection: Connection,
    box: Box,
    now: datetime,
) -> bool:
    """Mark what is gone; return False where the pass cannot be taken for complete."""
    number, missing = seen.unseen(step, connection)
    # Nothing is here yet, and the plan counts some: it may be one that counts before it looks who asks.
    only_counts = step.total > number == 0 and mark.complete_at is None and not mark.is_doubtful
    if (len(missing) > number or only_counts) and not _is_empty_for_long(mark, now):
        # An outage can answer with empty pages, or with one source's records of many: it has to be said twice
        # before nearly everything is called gone.
        log.warning("plan %s answered with %d %s", connection.plan.slug, number, step.resource_type)
        step.holds_back = True
        mark.empty_at = mark.empty_at or now
        return False
    mark.empty_at = None
    if step.total > number and not mark.is_doubtful:
        # Records moved between pages while we read, or the plan miscounts: asked once more only.
        mark.is_doubtful = True
        return False
    # What is called gone may have slipped between two pages of a plan that counts nothing: looked for again.
    mark.is_doubtful = bool(missing) and not mark.is_doubtful
    step.gone = len(missing)
    _leave(step, connection, box, missing, now)
    return True


def _is_empty_for_long(mark: SyncMark, now: datetime) -> bool:
    return mark.empty_at is not None and now - mark.empty_at >= EMPTY_LASTS


def _leave(
    step: SyncStep, connection: Connection, box: Box, missing: Collection[tuple[UUID, str]], now: datetime
) -> None:
    for some in batched(missing, PER_QUERY):
        RawResource.objects.filter(pk__in=[pk for pk, _key in some]).update(gone_at=now)
    keys = [key for _pk, key in missing]
    if keys:
        changes.mark(step.resource_type, connection, box, keys, gone_at=now, now=now)
    changes.note(step, connection=connection, now=now, what={SyncChange.What.GONE: keys})
