"""Books as rows: entries of one kind, connection and year in order, and what goes into them."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import batched
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from apps.connections.models import Connection
from apps.fhir.numbers import PREFIXES
from apps.records import kinds, known_names, versions
from apps.records.entries import Codec, Entry, OtherLayout, in_order, raw, to_bytes
from apps.records.kinds import Kind, Make, Opened
from apps.records.models import Book, Record
from apps.vault.boxes import Box
from apps.vault.errors import SealBroken

MOST: Final = 500
"""Entries in one book."""
HELD: Final = MOST
"""Entries in books kept open while all are gone over more than once: memory does not grow with records."""


class Mention(msgspec.Struct, array_like=True):
    """One person in a book: the name as its newest entry has it, of which sensitive care any entry is."""

    name: str = ""
    categories: frozenset[str] = frozenset()


class Head(msgspec.Struct, array_like=True):
    """What can be said of a book without opening its entries: how many, and what the kind sums up."""

    entries: int
    unreadable: int
    """Entries of records that could not be read, or only as they were sent before."""
    summary: msgspec.Raw
    people: dict[str, Mention] = {}
    """Whose they are, by `Entry.person_key`."""


_heads: Final = Codec[Head](Head)


class Broken(Exception):
    """A book that does not open: all of its connection are made again."""


def head_of(book: Book, box: Box) -> Head:
    """Open the head; raise `Broken`."""
    try:
        return _heads.read(box.open(book, "sealed_head"))
    except (SealBroken, OtherLayout) as error:
        raise Broken(f"{book} does not open") from error


def summary_of(head: Head, kind: Kind) -> Any:
    """Return what the kind sums up; raise `Broken`."""
    try:
        return kind.summaries.read(head.summary)
    except OtherLayout as error:
        raise Broken("the summary of a book does not decode") from error


def entries_of(book: Book, kind: Kind, box: Box) -> list[Any]:
    """Open the entries, newest first; raise `Broken`."""
    try:
        return kind.codec.read(box.open(book, "sealed_entries"))
    except (SealBroken, OtherLayout) as error:
        raise Broken(f"{book} does not open") from error


def unreadable_of(entries: Iterable[Entry]) -> int:
    """Return how many of *entries* are of records that could not be read, or only as they were before."""
    return sum(entry.is_unreadable or entry.is_from_before for entry in entries)


def people_of(entries: Iterable[Entry]) -> dict[str, Mention]:
    """Return whose *entries*, newest first, are."""
    people: dict[str, Mention] = {}
    for entry in entries:
        mention = people.setdefault(entry.person_key, Mention())
        mention.name = mention.name or entry.person or ""
        mention.categories |= entry.categories
    return people


class Shelf:
    """The books of one kind and connection, for who makes them. Call with the connection locked."""

    def __init__(self, kind: Kind, connection: Connection, box: Box, *, among: Sequence[Book]) -> None:
        """Take its books out of those of the connection, *among* which they are, in order."""
        self.kind, self._box = kind, box
        shelf = kind.shelf(box)
        self._owner = {"connection_id": connection.pk, "member_id": connection.member_id, "shelf": shelf}
        self.rows = [row for row in among if bytes(row.shelf) == shelf]
        self._held: dict[UUID, list[Any]] = {}

    def books(
        self, year: int | None = None, *, only: Callable[[Book], bool] | None = None
    ) -> Iterator[tuple[Book, list[Any]]]:
        """Yield each book, of one *year* or all, with its entries; *only* those of which this holds."""
        for row in self.rows:
            if year in (None, row.year) and (only is None or only(row)):
                yield row, self._opened(row)

    def write(self, year: int, fresh: Sequence[Entry], *, leaving: Collection[UUID]) -> None:
        """Put *fresh* entries into the books of a year, in order, and take those *leaving* out.

        Memory does not grow with the year: one book after the other is open, and what it has no room for goes
        on into the next, as does all of one less than half full. Books that stay as they are are left.
        """
        rows = [row for row in self.rows if row.year == year]
        waiting: list[Entry] = in_order(fresh)
        for row in rows:
            before = self._opened(row)
            is_last, oldest = row is rows[-1], before[-1].sort_key
            here = [entry for entry in waiting if is_last or entry.sort_key > oldest]
            entries = in_order([*(entry for entry in before if entry.id not in leaving), *here])
            room = MOST if is_last or 2 * len(entries) >= MOST else 0
            waiting = [*entries[room:], *waiting[len(here) :]]
            if entries[:room] != before:
                self._replace(row, entries[:room])
        for part, entries_of_part in enumerate(batched(waiting, MOST), rows[-1].part + 1 if rows else 0):
            row = Book(**self._owner, year=year, part=part)
            Book(pk=row.pk, **self._owner, year=year, part=part, **self._sealed(row, entries_of_part)).save(
                force_insert=True
            )
            self._hold(row, list(entries_of_part))
            self.rows.append(row)
        self.rows.sort(key=lambda row: (-row.year, row.part))

    def _replace(self, row: Book, entries: list[Any]) -> None:
        """Store what a book holds now; in memory its row stays without."""
        stored = Book.objects.filter(pk=row.pk)
        if not entries:
            stored.delete()
            self.rows.remove(row)
        elif not stored.update(**self._sealed(row, entries)):
            raise Broken("a book was thrown away while its shelf was written")
        self._hold(row, entries)

    def _sealed(self, row: Book, entries: Sequence[Entry]) -> dict[str, bytes]:
        summary, people = raw(self.kind.summarise(entries)), people_of(entries)
        head = Head(len(entries), unreadable_of(entries), summary, people)
        contents = {"sealed_head": head, "sealed_entries": list(entries)}
        return {column: self._box.seal(row, column, to_bytes(value)) for column, value in contents.items()}

    def _opened(self, row: Book) -> list[Any]:
        entries = self._held.get(row.pk)
        if entries is None:
            stored = Book.objects.contents().filter(pk=row.pk).first()
            if stored is None:
                raise Broken("a book was thrown away while its shelf was read")
            entries = entries_of(stored, self.kind, self._box)
            self._hold(row, entries)
        return entries

    def _hold(self, row: Book, entries: list[Any]) -> None:
        """Keep what a book holds now, or what it held before is taken for it."""
        self._held.pop(row.pk, None)
        if sum(map(len, self._held.values())) + len(entries) <= HELD:
            self._held[row.pk] = entries


def shelves(connection: Connection, box: Box) -> dict[str, Shelf]:
    """Return the shelf of each kind by its name, in the order of kinds. One query."""
    among = list(Book.objects.filter(connection=connection).in_order().heads())
    every = (kind for kind in kinds.kinds() if kind.is_shelved)
    return {kind.name: Shelf(kind, connection, box, among=among) for kind in every}


def merge(shelf: Shelf, fresh: Mapping[UUID, Entry | None]) -> None:
    """Put *fresh* entries in place of what the shelf has under their ids; None takes one out."""
    _Merge(shelf, fresh).write()


class _Merge:
    def __init__(self, shelf: Shelf, fresh: Mapping[UUID, Entry | None]) -> None:
        self.shelf, self.leaving = shelf, frozenset(fresh)
        self.moved: dict[UUID, Entry] = {pk: entry for pk, entry in fresh.items() if entry is not None}
        """What is written: fresh entries, and others whose place among versions changed."""
        self.years = {entry.on.year for entry in self.moved.values()}

    def write(self) -> None:
        self._settle(self._related())
        leaving = self.leaving | self.moved.keys()
        for year in sorted(self.years, reverse=True):
            here = [entry for entry in self.moved.values() if entry.on.year == year]
            self.shelf.write(year, here, leaving=leaving)

    def _related(self) -> dict[UUID, Entry]:
        """Return the entries that stay and may be versions of fresh ones, or of what was there before."""
        names = {name for entry in self.moved.values() if entry.facts for name in entry.facts.names}
        related: dict[UUID, Entry] = {}
        is_first, names_known = True, -1
        while is_first or (names and len(names) != names_known):
            names_known = len(names)
            for book, entries in self.shelf.books():
                for entry in entries:
                    if entry.id in self.leaving:
                        if is_first:
                            self.years.add(book.year)
                            names |= entry.facts.names if entry.facts else frozenset()
                    elif entry.facts and entry.id not in related and not names.isdisjoint(entry.facts.names):
                        related[entry.id] = entry
                        names |= entry.facts.names
            is_first = False
        return related

    def _settle(self, related: Mapping[UUID, Entry]) -> None:
        """Decide which of all these is current; note what moved."""
        together = [entry for entry in (*related.values(), *self.moved.values()) if entry.facts is not None]
        # Whatever came first: equal answers to the same records.
        together.sort(key=lambda entry: (entry.facts.age if entry.facts else (), entry.id))
        facts = [entry.facts for entry in together if entry.facts is not None]
        gone = {place for place, entry in enumerate(together) if entry.is_gone}
        for chain in versions.chains(facts, gone=gone):
            ids = [together[position].id for position in chain.versions]
            name = min(ids) if len(ids) > 1 else None
            for place, position in enumerate(chain.versions):
                entry = together[position]
                settled = entry.moved(
                    is_current=position == chain.current,
                    chain=name,
                    place=place,
                    is_known_older=position not in chain.unordered,
                )
                if settled is not entry or entry.id in self.moved:
                    self.moved[entry.id] = settled
                    self.years.add(settled.on.year)


type Oddities = frozenset[tuple[str, str]]


class Read(NamedTuple):
    """One record as it goes into books; no `entry` where no list shows it."""

    kind: Kind
    entry: Entry | None
    oddities: Oddities = frozenset()


@dataclass
class Reader:
    """Reads records for the books of one connection, and knows what was read of them already."""

    connection: Connection
    box: Box
    names: dict[str, str] | None = None
    ready: dict[UUID, tuple[int, Read | None]] = field(default_factory=dict)
    """What was read when it was mirrored, by id and revision; None for what could not be read."""
    borrowed: frozenset[str] = frozenset()
    """Which keys of *names* are from what records call others, rather than from records of their own."""
    _makers: dict[str, Make] = field(default_factory=dict)
    _referring: known_names.Referring | None = None

    def note(self, row: Record, opened: Opened | None) -> None:
        """Read a record that was just mirrored, so that it need not be opened again; None: it cannot be."""
        if opened is None:
            self.ready[row.pk] = row.revision, None
            return
        names = self.names if self.names is not None else {}
        if self._referring is None:
            self._referring = known_names.Referring(self.box, names)
        self.ready[row.pk] = row.revision, self.read(row, opened, names, self._referring)

    def read(
        self, row: Record, opened: Opened, names: Mapping[str, str], referring: known_names.Referring
    ) -> Read:
        """Return what a record says, as it goes into books."""
        kind = opened.kind
        if kind.name not in self._makers and kind.maker is not None:
            self._makers[kind.name] = kind.maker(self.connection, self.box)
        record = kind.record(opened.content, names)
        entry = self._makers[kind.name](record)
        if entry is not None:
            named_by = kind.named_by(opened.content) if kind.named_by else opened.references
            borrowed = {key: names[key] for key in named_by if key.startswith(PREFIXES) and key in names}
            entry = entry.moved(
                id=row.pk,
                gone_at=row.gone_at,
                refers=referring.packed(named_by),
                calls=known_names.packed(kind.calls(opened.content) if kind.calls else {}),
                called=known_names.packed(borrowed),
            )
        return Read(kind, entry, kind.oddities(record))
