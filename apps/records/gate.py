"""Pages of one record that stay closed: of care that was left out, of new results not asked for yet."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.deprecation import MiddlewareMixin

from apps.records import kinds, remarks
from apps.records.kinds import Kind
from apps.records.models import Record
from apps.records.original import original
from apps.records.remarks import Topic
from apps.records.shelf import Library
from apps.records.sight import Sight


class NotShown(Exception):
    """The member chose not to see this record, or not before they ask: `is_new`."""

    def __init__(self, row: Record, *, is_new: bool) -> None:
        super().__init__("a record that its member does not want to see now")
        self.row, self.is_new = row, is_new


def pass_by(library: Library, row: Record) -> None:
    """Let a page show the record of *row*; raise `NotShown` where the member chose otherwise."""
    hiding = library.household.hiding
    if not hiding.leaves_out and row.pk not in hiding.waiting:
        return
    sight = Sight(library.household, spread=library.spread)
    for kind, entry in _entries(library, row):
        if sight.screen_of(row.connection_id, kind, entry) == "out":
            raise NotShown(row, is_new=False)
        if sight.waits(kind, entry):
            raise NotShown(row, is_new=True)


def _entries(library: Library, row: Record) -> Iterator[tuple[Kind, Any]]:
    """Yield the entry of a record, else, where it is in no book yet, the one it will have."""
    shelved = [kind for kind in kinds.of_type(row.fhir_type) if kind.is_shelved]
    for kind in shelved:
        for held in library.held(kind, plan=row.connection_id):
            if held.id == row.pk:
                yield kind, held.entry
                return
    for kind in shelved:
        record = original(row, library.box, kind)
        make = kind.maker(row.connection, library.box) if kind.maker else None
        entry = make(record) if make and record is not None else None
        if entry is not None:
            yield kind, entry.moved(id=row.pk)


def show(library: Library, rows: list[Record], *, now: datetime) -> None:
    """Note that the member asked for these, as far as they wait."""
    for row in [row for row in rows if row.pk in library.household.hiding.waiting]:
        remarks.say(
            member=library.member,
            box=library.box,
            topic=Topic.SEEN,
            subject=str(row.pk),
            value=now.isoformat(),
            now=now,
            connection_id=row.connection_id,
        )


class GateMiddleware(MiddlewareMixin):
    """Answers with a page that says why, and what to do, where a record stays closed."""

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Show the page; nothing of the record stands on it."""
        if not isinstance(error, NotShown):
            return None
        context = {"record_id": error.row.pk, "is_new": error.is_new}
        return render(request, "records/not_shown.html", context)
