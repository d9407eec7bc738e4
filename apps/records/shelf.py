"""The books of a member, for pages: brought up to date, opened as far as a page needs."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import cache, cached_property, partial
from typing import Any, Final
from uuid import UUID
from weakref import proxy

from django.utils import timezone

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.records import activity, batches, kinds, projection, remarks, twins
from apps.records.books import Broken, Head, entries_of, head_of, summary_of, unreadable_of
from apps.records.entries import UNDATED, Entry
from apps.records.household import SAID_OF_PEOPLE, Household, household_of
from apps.records.kinds import Kind
from apps.records.models import Book, Catalogue, Record
from apps.records.owners import owner_of
from apps.records.remarks import Said, Topic
from apps.records.sight import Sight, Spread, spread_of, tells
from apps.records.volumes import Count, Held, Volume
from apps.vault.boxes import Box

log = logging.getLogger("plainclaim.records")
LONGEST_WAIT: Final = batches.AT_ONCE
"""Records that a page waits for to be put into books; beyond, the worker does it and the page says so."""


class Library:
    """Everything a member has in books. Made once for a page."""

    def __init__(
        self,
        member: Member,
        box: Box,
        *,
        person: str = "",
        is_unfolded: bool = False,
        is_shared: bool = False,
        is_file: bool = False,
        is_whole: bool = False,
        is_as_it_stands: bool = False,
        today: date | None = None,
    ) -> None:
        """Open what shows of the member's books, as `Sight` has it: of one *person* where a key is given.

        *is_as_it_stands*: no book is written, for who has locked a connection. *today*: another day by which
        people are of age.
        """
        self._today = today or timezone.localdate()
        self.member, self.box, self.is_shared = member, box, is_shared
        self._sees = {
            "person": person,
            "is_unfolded": is_unfolded,
            "is_shared": is_shared,
            "is_file": is_file,
            "is_whole": is_whole,
        }
        rows = member.connections.select_related("plan", "catalogue").with_beginning()
        self.connections: list[Connection] = list(rows)
        self.is_behind = False
        """Whether records came that are in no book yet."""
        self._otherwise = set[UUID]()
        """Connections whose books another release made: its amounts may stand elsewhere in them."""
        for connection in () if is_as_it_stands else self.connections:
            self._bring_up_to_date(connection)
        self._books: list[Book] | None = None
        self._shelves: dict[bytes, list[Book]] = {}
        self._opened_heads: dict[UUID, Head] = {}
        self._fetched: dict[UUID, Book] = {}
        self._marks: dict[str, dict[UUID, twins.Mark]] = {}
        self._volumes: dict[str, list[Volume[Any]]] = {}
        self._said: dict[Topic, dict[str, Said]] = {}
        self._read = set[str]()

    def _bring_up_to_date(self, connection: Connection) -> None:
        catalogue: Catalogue | None = getattr(connection, "catalogue", None)
        if catalogue is None or projection.catch_up(
            connection, catalogue, self.box, now=timezone.now(), most=LONGEST_WAIT
        ):
            return
        self.is_behind = True
        if catalogue.made_by != kinds.reading():
            self._otherwise.add(connection.pk)

    def is_waiting_for(self, row: Record) -> bool:
        """Whether a mirrored record is in no book yet, as far as can be told without reading it."""
        catalogue: Catalogue | None = getattr(self.by_id[row.connection_id], "catalogue", None)
        return catalogue is not None and (
            row.revision > catalogue.projected or catalogue.made_by != kinds.reading()
        )

    @property
    def newest_first(self) -> list[Connection]:
        """The connections, the one made last first; of one moment in the order of their ids."""
        return sorted(self.connections, key=lambda connection: connection.connected_at, reverse=True)

    @cached_property
    def by_id(self) -> dict[UUID, Connection]:
        """The connections by their ids."""
        return {connection.pk: connection for connection in self.connections}

    @cached_property
    def household(self) -> Household:
        """Whom all records are about."""
        return self._asked(self._household)

    def said(self, *topics: Topic) -> dict[Topic, dict[str, Said]]:
        """Return what the member says of *topics*. One query, which asks for what `household` needs too."""
        if missing := {*topics, *SAID_OF_PEOPLE} - self._said.keys():
            self._said |= remarks.several(self.member, self.box, *missing)
        return {topic: self._said[topic] for topic in topics}

    @cached_property
    def sight(self) -> Sight:
        """What of the books shows; a person whom nobody knows is everyone."""
        sees: dict[str, Any] = dict(self._sees)
        if sees["person"] not in self.household.people or self.household.people[sees["person"]].is_closed:
            sees["person"] = ""
        shows_all = sees["is_whole"] or (sees["is_unfolded"] and not self.is_shared)
        return Sight(self.household, **sees, spread={} if shows_all else self.spread)

    @cached_property
    def on_screen(self) -> Sight:
        """How the lists of everyone look at the books: what they fold, and what they leave out."""
        return Sight(self.household, spread=self.spread)

    @cached_property
    def spread(self) -> Spread:
        """Of which sensitive care records are by what they belong with; empty where nobody hides any."""
        hides = any(
            self.household.hides(row.connection_id, key, mention.categories)
            for row in self._heads()
            if row.connection_id in self.by_id
            for key, mention in self._head(row).people.items()
        )
        return spread_of(self._joined()) if self.is_shared or hides else {}

    def _joined(self) -> Iterator[tuple[UUID, Sequence[Entry]]]:
        """Yield the entries of books that tell of sensitive care and may tell it of others, by connection."""
        by_shelf = {kind.shelf(self.box): kind for kind in kinds.kinds() if kind.is_joined}
        for row in self._heads():
            plan, kind = row.connection_id, by_shelf.get(bytes(row.shelf))
            is_read = plan in self.by_id and plan not in self._otherwise
            if kind and is_read and tells(self._head(row).people):
                yield plan, self._entries(row, kind)

    def is_closed(self, plan: UUID) -> bool:
        """Whether nothing of a connection shows, because the person it is about has not agreed."""
        return self.household.is_closed(plan)

    @cached_property
    def people(self) -> dict[str, str]:
        """Everybody of whom anything shows, by key; empty while there is one."""
        return self.household.names({connection.pk: connection.plan.name for connection in self.connections})

    def has_folded(self, kind: Kind) -> bool:
        """Whether any of *kind* is folded."""
        return any(volume.has_folded for volume in self.volumes(kind))

    def _household(self) -> Household:
        said = self.said(*SAID_OF_PEOPLE)
        whom = household_of(self.member, self.box, self.connections, today=self._today, said=said)
        for row in self._heads():
            if row.connection_id in self.by_id:
                for key, mention in self._head(row).people.items():
                    person = whom.meet(row.connection_id, key, mention.name)
                    person.has_records = True
        return whom

    def volumes(self, kind: Kind) -> list[Volume[Any]]:
        """Return what there is of *kind*: newest year first, of one year the connection made first first."""
        if kind.name not in self._volumes:
            self._volumes[kind.name] = self._asked(partial(self._opened, kind))
        return self._volumes[kind.name]

    def held(
        self, kind: Kind, *, year: int | None = None, plan: UUID | None = None, from_year: int = UNDATED.year
    ) -> list[Held[Any]]:
        """Return all entries of *kind*, of a year and connection where given, newest first."""
        self._note_read(kind)
        volumes = [
            volume
            for volume in self.volumes(kind)
            if year in (None, volume.year) and plan in (None, volume.plan) and volume.year >= from_year
        ]
        self.fetch([volume for volume in volumes if volume.held is None])
        entries = [held for volume in volumes for held in self._all_held(kind, volume)]
        if len(self.connections) > 1:
            entries.sort(key=lambda held: held.entry.sort_key, reverse=True)
        return entries

    def newest(
        self, kind: Kind, *, oldest_first: bool = False, from_year: int | None = None
    ) -> Iterator[Held[Any]]:
        """Yield entries in order, opening books as they are come to where one connection has any.

        Those of the years before *from_year*, in that order, are passed over unopened where they can be.
        """
        self._note_read(kind)
        volumes = self.volumes(kind)
        if len({volume.plan for volume in volumes}) > 1:
            held = self.held(kind)
            yield from reversed(held) if oldest_first else held
            return
        for volume in reversed(volumes) if oldest_first else volumes:
            if from_year is not None and (
                volume.year < from_year if oldest_first else volume.year > from_year
            ):
                continue
            entries = volume.open()
            for entry in reversed(entries) if oldest_first else entries:
                yield self._held(kind, entry, volume, None)

    def _note_read(self, kind: Kind) -> None:
        if kind.name not in self._read and self.volumes(kind):
            activity.note_read(self.member.pk, self.box, kind)
            self._read.add(kind.name)

    def fetch_newest(self, kinds: Iterable[Kind]) -> None:
        """Load the newest book of each kind at once, for a page that begins with all of them."""
        self.fetch([volume for kind in kinds for volume in self.volumes(kind)[:1]])

    def counts(self, kind: Kind) -> dict[UUID, Count]:
        """Count the records of *kind* by connection, each once: with the connection that shows it."""
        counts: dict[UUID, Count] = {}
        for volume in self.volumes(kind):
            before, older = counts.get(volume.plan, Count()), kind.older(volume.summary)
            current = volume.entries - volume.twins - older
            counts[volume.plan] = Count(before.current + current, before.older + older)
        return counts

    def brought(self, kind: Kind, plan: UUID) -> Count:
        """Count all records of *kind* that one connection brought, also what another shows instead."""
        volumes = [volume for volume in self.volumes(kind) if volume.plan == plan]
        if not any(volume.twins for volume in volumes):  # they are in no summary
            return self.counts(kind).get(plan, Count())
        older = sum(not entry.is_current for volume in volumes for entry in volume.open())
        return Count(sum(volume.entries for volume in volumes) - older, older)

    def has(self, kind: Kind) -> bool:
        """Whether there is any record of *kind*."""
        return any(volume.entries for volume in self.volumes(kind))

    @property
    def has_clinical(self) -> bool:
        """Whether there are records that came under a consent to clinical ones, whatever became of them."""
        return any(kind.is_clinical and kind.is_shelved and self.has(kind) for kind in kinds.kinds())

    def unreadable(self, kind: Kind) -> int:
        """Return how many records of *kind*, of whatever year, could not be read."""
        return sum(volume.unreadable for volume in self.volumes(kind))

    def one(self, kind: Kind, id_: UUID, plan: UUID) -> Held[Any] | None:
        """Return one entry; None where no book has it."""
        return next((held for held in self.held(kind) if held.id == id_ and held.plan == plan), None)

    def _opened(self, kind: Kind) -> list[Volume[Any]]:
        self._heads()
        on_shelf = self._shelves.get(kind.shelf(self.box))
        if on_shelf is None:  # as of most kinds
            return []
        order = {
            connection.pk: place
            for place, connection in enumerate(self.connections)
            if connection.pk not in self._otherwise
        }
        mine = [row for row in on_shelf if row.connection_id in order]
        mine.sort(key=lambda row: (-row.year, order[row.connection_id], row.part))
        volumes = [volume for row in mine if (volume := self._volume(row, kind)) is not None]
        if len({row.connection_id for row in mine}) > 1:
            self._leave_twins_out(kind, volumes)
        return volumes

    def _volume(self, row: Book, kind: Kind) -> Volume[Any] | None:
        """Return what shows of a book; None for nothing. It is opened where only some does."""
        head, plan = self._head(row), row.connection_id
        library = proxy(self)  # without a circle all of it is free as soon as the page is made
        part = self.sight.part_of(plan, kind, head.people)
        if part == "none":
            return None
        if part == "all":
            open_ = cache(lambda: library._entries(row, kind))
            summary = summary_of(head, kind)
            return Volume(plan, row.year, summary, head.entries, head.unreadable, open_, book=row)
        shown = self.sight.sift(plan, kind, every := self._entries(row, kind))
        screens = [self.sight.screen_of(plan, kind, entry) for entry in self.sight.shown(plan, every)]
        has_folded = any(screen != "show" for screen in screens)
        summary, unreadable = kind.summarise(shown), unreadable_of(shown)
        return Volume(plan, row.year, summary, len(shown), unreadable, lambda: shown, has_folded=has_folded)

    def _head(self, row: Book) -> Head:
        if row.pk not in self._opened_heads:
            self._opened_heads[row.pk] = head_of(row, self.box)
        return self._opened_heads[row.pk]

    def _heads(self) -> list[Book]:
        if self._books is None:
            self._books = list(Book.objects.filter(member=self.member).heads())
            self._shelves = defaultdict(list)
            for row in self._books:
                self._shelves[bytes(row.shelf)].append(row)
        return self._books

    def _entries(self, row: Book, kind: Kind) -> list[Any]:
        """Open a book, or what stands in its place since it was written anew while this page is made."""
        return self._asked(partial(self._stored, row, kind))

    def _stored(self, row: Book, kind: Kind) -> list[Any]:
        stored = self._fetched.pop(row.pk, None) or _now(row)
        if stored is None:  # thrown away, or all that it held is elsewhere by now
            self._flush(self.by_id[row.connection_id])
            stored = _now(row)
        return entries_of(stored, kind, self.box) if stored is not None else []

    def fetch(self, volumes: Sequence[Volume[Any]]) -> None:
        """Load what several volumes hold at once, where they were not opened before."""
        closed = [volume for volume in volumes if volume.book]
        if len(closed) > 1:
            self._fetched |= Book.objects.contents().in_bulk(
                [volume.book.pk for volume in closed if volume.book]
            )
        for volume in closed:
            volume.book = None

    def _asked[T](self, question: Callable[[], T]) -> T:
        """Return what *question* finds in the books; where one does not open, all are made again before."""
        try:
            return question()
        except Broken as error:
            log.error("%s: the books are made again", error)
        self._make_again()
        return question()

    def _make_again(self) -> None:
        projection.forget(behind.pk for behind in self.connections)
        self._books, self._volumes, self._marks, self._opened_heads = None, {}, {}, {}
        for connection in self.connections:
            self._flush(connection)

    def _flush(self, connection: Connection) -> None:
        is_left = projection.Projector(connection, self.box).flush(now=timezone.now())
        self.is_behind = self.is_behind or is_left

    def _all_held(self, kind: Kind, volume: Volume[Any]) -> list[Held[Any]]:
        if volume.held is None:
            self.volumes(kind)
            marks = self._marks.get(kind.name, {})
            volume.held = [
                self._held(kind, entry, volume, marks.get(entry.id) if marks else None)
                for entry in volume.open()
            ]
        return volume.held

    def _held(self, kind: Kind, entry: Any, volume: Volume[Any], mark: twins.Mark | None) -> Held[Any]:
        screen = self.sight.screen_of(volume.plan, kind, entry) if volume.has_folded else "show"
        twin_of, is_outdated = (mark.twin_of, mark.is_outdated) if mark else (None, False)
        return Held(entry, volume.plan, twin_of, is_outdated, screen != "show", screen == "out")

    # --- the same record through several connections

    def _leave_twins_out(self, kind: Kind, volumes: Sequence[Volume[Any]]) -> None:
        """Find twins, and sum up what is left where there are any."""
        self.fetch(volumes)
        by_plan = {
            connection.pk: [
                entry for volume in volumes if volume.plan == connection.pk for entry in volume.open()
            ]
            for connection in self.connections
        }
        names = {connection.pk: owner_of(connection, self.box).name for connection in self.connections}
        marks = twins.marks([(names[plan], entries) for plan, entries in by_plan.items() if entries])
        self._marks[kind.name] = marks
        for volume in volumes:
            shown = [entry for entry in volume.open() if entry.id not in marks]
            volume.twins = volume.entries - len(shown)
            if volume.twins:
                volume.summary = kind.summarise(shown)


def _now(row: Book) -> Book | None:
    place = {"connection": row.connection_id, "shelf": row.shelf, "year": row.year, "part": row.part}
    return Book.objects.contents().filter(**place).first()
