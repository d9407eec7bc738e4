"""Books as rows: entries of one kind, connection and year in order, at most so many to a book."""

from collections.abc import Callable, Iterator, Sequence
from itertools import batched
from typing import Any, Final
from uuid import UUID

import msgspec

from apps.records.entries import Codec, Entry, OtherLayout, in_order, raw, to_bytes
from apps.records.kinds import Kind
from apps.records.models import Book
from apps.vault.boxes import Box
from apps.vault.errors import SealBroken

MOST: Final = 1000
"""Entries in one book."""
HELD: Final = 10
"""Books kept open while all are gone over more than once: memory does not grow with their number."""


class Head(msgspec.Struct, array_like=True):
    """What can be said of a book without opening its entries: how many, and what the kind sums up."""

    entries: int
    unreadable: int
    """Entries of records that could not be read, or only as they were sent before."""
    summary: msgspec.Raw


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


class Shelf:
    """The books of one kind and connection, for who makes them. Call with the connection locked."""

    def __init__(self, kind: Kind, connection_id: UUID, member_id: UUID, box: Box) -> None:
        self.kind, self._box = kind, box
        self._owner = {"connection_id": connection_id, "member_id": member_id, "shelf": kind.shelf(box)}
        rows = Book.objects.filter(connection_id=connection_id, shelf=self._owner["shelf"])
        self.rows = list(rows.in_order().heads())
        self._held: dict[UUID, list[Any]] = {}

    def books(
        self, year: int | None = None, *, only: Callable[[Book], bool] | None = None
    ) -> Iterator[tuple[Book, list[Any]]]:
        """Yield each book, of one *year* or all, with its entries; *only* those of which this holds."""
        for row in self.rows:
            if year in (None, row.year) and (only is None or only(row)):
                yield row, self._opened(row)

    def write(self, year: int, entries: Sequence[Entry]) -> None:
        """Put *entries* in place of all that the year's books hold; books that stay as they are are left."""
        before = {row.part: row for row in self.rows if row.year == year}
        parts = list(batched(in_order(entries), MOST))
        for part, some in enumerate(parts):
            row = before.pop(part, None)
            if row is not None and self._opened(row) == list(some):
                continue
            self._save(row or Book(**self._owner, year=year, part=part), some, is_new=row is None)
        if before:
            Book.objects.filter(pk__in=[row.pk for row in before.values()]).delete()

    def _save(self, book: Book, entries: Sequence[Entry], *, is_new: bool) -> None:
        unreadable = sum(entry.is_unreadable or entry.is_from_before for entry in entries)
        head = Head(len(entries), unreadable, raw(self.kind.summarise(entries)))
        book.sealed_head = self._box.seal(book, "sealed_head", to_bytes(head))
        book.sealed_entries = self._box.seal(book, "sealed_entries", to_bytes(list(entries)))
        if is_new:
            book.save(force_insert=True)
        else:
            book.save(force_update=True, update_fields=["sealed_head", "sealed_entries"])

    def _opened(self, row: Book) -> list[Any]:
        entries = self._held.get(row.pk)
        if entries is None:
            stored = Book.objects.only("id", "member_id", "sealed_entries").filter(pk=row.pk).first()
            if stored is None:
                raise Broken("a book was thrown away while its shelf was read")
            entries = entries_of(stored, self.kind, self._box)
            if len(self._held) < HELD:
                self._held[row.pk] = entries
        return entries
