"""Verbs of taking records along: ask for a file, delete it, wake and tidy what was left behind."""

import uuid
from collections.abc import Set
from datetime import date, datetime
from functools import partial
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections import limits
from apps.records.shelf import Library
from apps.takeaway import contents
from apps.takeaway.formats import Format
from apps.takeaway.models import KEPT_FOR, Export
from apps.takeaway.shelves import Scope
from apps.takeaway.tasks import prepare_file
from apps.vault.boxes import box_for

MOST_AT_ONCE: Final = 300
"""Records in a file that is made while the member waits."""
MOST_FILES: Final = 4
"""Files that may lie here for one member."""
MOST_IN_A_WINDOW: Final = 40
"""Files one member may ask for within ten minutes."""
A_DAY: Final = 24 * 3600


class TooMany(Exception):
    """No further file now; `is_haste` tells too many within minutes from too many that lie here."""

    def __init__(self, *, is_haste: bool) -> None:
        super().__init__("too many files")
        self.is_haste = is_haste


def is_small(*, member: Member, format_: Format, scope: Scope) -> bool:
    """Whether the file is made while the member waits: one claim always is."""
    if scope.claim_id is not None:
        return True
    library = format_.library(member, box_for(member))
    total = contents.total(format_, scope, library)
    return total <= MOST_AT_ONCE and not library.is_behind


def refuse_haste(*, member: Member) -> None:
    """Count one wish for a file; raise TooMany above the limit."""
    if limits.counted("takeaway", str(member.pk)) > MOST_IN_A_WINDOW:
        raise TooMany(is_haste=True)


def is_news(session: Any, format_: Format) -> bool:
    """Whether the member is told by mail: once a day of each kind that a session takes."""
    return limits.counted(f"told-of-{format_.key}", str(session.session_key), seconds=A_DAY) == 1


def request(*, member: Member, format_: Format, year: int, now: datetime) -> Export:
    """Return the file of that kind that is being prepared, or a new one that is queued; raise TooMany."""
    with transaction.atomic():
        # The member's row makes wishes that come at once wait for each other.
        Member.objects.select_for_update(no_key=True).get(pk=member.pk)
        kept = member.exports.kept(now=now)
        same = kept.filter(format=format_.key, year=year, state__in=Export.ACTIVE_STATES).first()
        if same is not None:
            return same
        if kept.count() >= MOST_FILES:
            raise TooMany(is_haste=False)
        for over in member.exports.filter(expires_at__lte=now):
            delete(export=over)
        export = Export.objects.create(
            member=member,
            format=format_.key,
            year=year,
            created_at=now,
            queued_at=now,
            expires_at=now + KEPT_FOR,
        )
        _queue(export.pk)
    return export


def delete(*, export: Export) -> None:
    """Delete a file, also while it is being made."""
    with transaction.atomic():
        # Locked first: a piece that is being written just now comes before, and is deleted with the others.
        for row in Export.objects.select_for_update().filter(pk=export.pk):
            row.delete()


def is_gone(export: Export, *, now: datetime) -> bool:
    """Whether its day is over, a piece went with its connection, or it tells of somebody closed since."""
    is_over = export.expires_at <= now or Export.objects.torn().filter(pk=export.pk).exists()
    return is_over or _tells_of_closed(export, now=now)


def _tells_of_closed(export: Export, *, now: datetime) -> bool:
    """Whether it was begun on a day on which a person still showed of whom nothing shows today.

    Somebody came of age since: a yes that is taken back deletes files at once.
    """
    days = [timezone.localdate(moment) for moment in (export.began_at or export.created_at, now)]
    if days[0] == days[1]:
        return False
    plans = set(export.pieces.values_list("connection_id", flat=True))
    then, today = (_closed(export.member, plans, on=day) for day in days)
    return not today <= then


def _closed(member: Member, plans: Set[uuid.UUID], *, on: date) -> set[str]:
    """Return the keys of those of whom nothing shows on a day, and of whom these connections tell."""
    household = Library(member, box_for(member), is_as_it_stands=True, today=on).household
    return {person.key for person in household.closed if not plans.isdisjoint(person.plans)}


def sweep(*, now: datetime) -> int:
    """Queue again what waits or was left behind; return how many. Any number of processes may do so."""
    queued = 0
    for export in Export.objects.to_queue_again(now=now).only("pk", "queued_at")[:200]:
        with transaction.atomic():
            if Export.objects.filter(pk=export.pk, queued_at=export.queued_at).update(queued_at=now):
                _queue(export.pk)
                queued += 1
    return queued


def tidy(*, now: datetime) -> int:
    """Delete files whose day is over, and those of which a part went with a connection; return how many."""
    # Looking before writing: an idle sweep never takes SQLite's write lock.
    over = [*Export.objects.filter(expires_at__lte=now)[:200], *Export.objects.torn()[:200]]
    for export in over:
        delete(export=export)
    return len(over)


def look_after() -> None:
    """What the worker does every few seconds (the setting SYNC_ALSO_LOOKS_AFTER)."""
    now = timezone.now()
    tidy(now=now)
    sweep(now=now)


def _queue(export_id: uuid.UUID) -> None:
    transaction.on_commit(partial(prepare_file.enqueue, export_id=str(export_id)))
