"""The books of a member, for pages: brought up to date, opened as far as a page needs."""

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.records import kinds, projection, twins
from apps.records.books import Broken, entries_of, head_of, summary_of
from apps.records.entries import UNDATED, Entry
from apps.records.kinds import Kind
from apps.records.models import Book, Catalogue
from apps.records.owners import owner_of
from apps.vault.boxes import Box

log = logging.getLogger("plainclaim.records")
LONGEST_WAIT: Final = projection.AT_ONCE
"""Records that a page waits for to be put into books; beyond, the worker does it and the page says so."""


@dataclass(frozen=True, slots=True)
class Held[E: Entry]:
    """An entry as a page has it: of which connection, and whether another connection has the same record.

    `twin_of` is that of the other connection that lists and sums show instead; `is_outdated`: that one was
    replaced there, so this one counts nowhere.
    """

    entry: E
    plan: UUID
    twin_of: UUID | None = None
    is_outdated: bool = False

    @property
    def id(self) -> UUID:
        """Of the mirrored record."""
        return self.entry.id


@dataclass
class Volume[E: Entry]:
    """The entries of one kind, connection and year: what they come to, and themselves where asked for."""

    plan: UUID
    year: int
    summary: Any
    entries: int
    unreadable: int
    """Entries of records that could not be read; of what year they are is not known."""
    open: Callable[[], list[E]] = field(repr=False)
    twins: int = 0
    """Entries left out of the summary, because another connection shows them."""


class Library:
    """Everything a member has in books. Made once for a page."""

    def __init__(self, member: Member, box: Box) -> None:
        self.member, self.box = member, box
        rows = member.connections.select_related("plan", "catalogue").order_by("connected_at", "id")
        self.connections: list[Connection] = list(rows)
        self.is_behind = False
        """Whether records came that are in no book yet."""
        self._otherwise = set[UUID]()
        """Connections whose books another release made: its amounts may stand elsewhere in them."""
        for connection in self.connections:
            self._bring_up_to_date(connection)
        self._books: list[Book] | None = None
        self._marks: dict[str, dict[UUID, twins.Mark]] = {}
        self._volumes: dict[str, list[Volume[Any]]] = {}

    def _bring_up_to_date(self, connection: Connection) -> None:
        catalogue: Catalogue | None = getattr(connection, "catalogue", None)
        if catalogue is None or projection.catch_up(
            connection, catalogue, self.box, now=timezone.now(), most=LONGEST_WAIT
        ):
            return
        self.is_behind = True
        if catalogue.made_by != kinds.reading():
            self._otherwise.add(connection.pk)

    @cached_property
    def by_id(self) -> dict[UUID, Connection]:
        """The connections by their ids."""
        return {one.pk: one for one in self.connections}

    def volumes(self, kind: Kind) -> list[Volume[Any]]:
        """Return what there is of *kind*: newest year first, of one year the connection made first first."""
        if kind.name not in self._volumes:
            try:
                self._volumes[kind.name] = self._opened(kind)
            except Broken as error:
                log.error("%s: the books are made again", error)
                self._make_again()
                self._volumes[kind.name] = self._opened(kind)
        return self._volumes[kind.name]

    def held(self, kind: Kind, *, year: int | None = None, plan: UUID | None = None) -> list[Held[Any]]:
        """Return all entries of *kind*, of a year and connection where given, newest first."""
        entries = [
            self._held(entry, volume.plan, marked)
            for marked in [self._twins(kind)]
            for volume in self.volumes(kind)
            if year in (None, volume.year) and plan in (None, volume.plan)
            for entry in volume.open()
        ]
        if len(self.connections) > 1:
            entries.sort(key=lambda one: one.entry.sort_key, reverse=True)
        return entries

    def newest(self, kind: Kind, *, oldest_first: bool = False) -> Iterator[Held[Any]]:
        """Yield entries in order, opening books as they are come to where one connection has any."""
        volumes = self.volumes(kind)
        if len({volume.plan for volume in volumes}) > 1:
            held = self.held(kind)
            yield from reversed(held) if oldest_first else held
            return
        for volume in reversed(volumes) if oldest_first else volumes:
            entries = volume.open()
            for entry in reversed(entries) if oldest_first else entries:
                yield Held(entry, volume.plan)

    def has(self, kind: Kind) -> bool:
        """Whether there is any record of *kind*."""
        return any(volume.entries for volume in self.volumes(kind))

    def unreadable(self, kind: Kind) -> int:
        """Return how many records of *kind*, of whatever year, could not be read."""
        return sum(volume.unreadable for volume in self.volumes(kind))

    def one(self, kind: Kind, id_: UUID, plan: UUID) -> Held[Any] | None:
        """Return one entry; None where no book has it."""
        return next((one for one in self.held(kind) if one.id == id_ and one.plan == plan), None)

    def _opened(self, kind: Kind) -> list[Volume[Any]]:
        shelf = kind.shelf(self.box)
        order = {one.pk: place for place, one in enumerate(self.connections) if one.pk not in self._otherwise}
        mine = [row for row in self._heads() if bytes(row.shelf) == shelf and row.connection_id in order]
        mine.sort(key=lambda row: (-row.year, order[row.connection_id], row.part))
        several = len({row.connection_id for row in mine}) > 1
        volumes = []
        for (_, _place), rows in groupby(mine, key=lambda row: (row.year, order[row.connection_id])):
            for row in rows:
                head = head_of(row, self.box)
                volumes.append(
                    Volume(
                        row.connection_id,
                        row.year,
                        summary_of(head, kind),
                        head.entries,
                        head.unreadable,
                        _Once(lambda row=row: self._entries(row, kind)),  # type: ignore[misc]
                    )
                )
        if several:
            self._leave_twins_out(kind, volumes)
        return volumes

    def _heads(self) -> list[Book]:
        if self._books is None:
            self._books = list(Book.objects.filter(member=self.member).heads())
        return self._books

    def _entries(self, row: Book, kind: Kind) -> list[Any]:
        """Open a book, or what stands in its place since it was written anew while this page is made."""
        try:
            return self._stored(row, kind)
        except Broken as error:
            log.error("%s: the books are made again", error)
            self._make_again()
            return self._stored(row, kind)

    def _stored(self, row: Book, kind: Kind) -> list[Any]:
        stored = _now(row)
        if stored is None:  # thrown away, or all that it held is elsewhere by now
            self._flush(self.by_id[row.connection_id])
            stored = _now(row)
        return entries_of(stored, kind, self.box) if stored is not None else []

    def _make_again(self) -> None:
        projection.forget(one.pk for one in self.connections)
        self._books, self._volumes, self._marks = None, {}, {}
        for connection in self.connections:
            self._flush(connection)

    def _flush(self, connection: Connection) -> None:
        is_left = projection.Projector(connection, self.box).flush(now=timezone.now())
        self.is_behind = self.is_behind or is_left

    # --- the same record through several connections

    def _twins(self, kind: Kind) -> dict[UUID, twins.Mark]:
        self.volumes(kind)
        return self._marks.get(kind.name, {})

    def _leave_twins_out(self, kind: Kind, volumes: Sequence[Volume[Any]]) -> None:
        """Find twins, and sum up what is left where there are any."""
        by_plan = {
            one.pk: [entry for volume in volumes if volume.plan == one.pk for entry in volume.open()]
            for one in self.connections
        }
        names = {one.pk: self.person_named(one) for one in self.connections}
        marks = twins.marks([(names[plan], entries) for plan, entries in by_plan.items() if entries])
        self._marks[kind.name] = marks
        for volume in volumes:
            shown = [entry for entry in volume.open() if entry.id not in marks]
            volume.twins = volume.entries - len(shown)
            if volume.twins:
                volume.summary = kind.summarise(shown)

    def person_named(self, connection: Connection) -> str:
        """Return the name of whom a connection is about, "" where it is not known."""
        return owner_of(connection, self.box).name

    def _held(self, entry: Any, plan: UUID, marked: dict[UUID, twins.Mark]) -> Held[Any]:
        mark = marked.get(entry.id)
        if mark is None:
            return Held(entry, plan)
        return Held(entry, plan, mark.twin_of, mark.is_outdated)


def _now(row: Book) -> Book | None:
    place = {"connection": row.connection_id, "shelf": row.shelf, "year": row.year, "part": row.part}
    return Book.objects.only("id", "member_id", "sealed_entries").filter(**place).first()


class _Once:
    """Calls once and remembers."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self._call, self._found = call, None

    def __call__(self) -> Any:
        if self._found is None:
            self._found = self._call()
        return self._found


def years(volumes: Collection[Volume[Any]]) -> list[int]:
    """Return the years of *volumes*, newest first; the year 1 stands for no date."""
    return sorted({volume.year for volume in volumes}, reverse=True)


def is_undated(year: int) -> bool:
    """Whether a book's year stands for no date."""
    return year == UNDATED.year
