"""Fresh entries among those of a shelf: versions find each other, and the years concerned are written."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from apps.records import versions
from apps.records.books import Shelf
from apps.records.entries import Entry


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
        for year in sorted(self.years, reverse=True):
            stay = (
                entry
                for _book, entries in self.shelf.books(year)
                for entry in entries
                if entry.id not in self.leaving and entry.id not in self.moved
            )
            here = (entry for entry in self.moved.values() if entry.on.year == year)
            self.shelf.write(year, [*stay, *here])

    def _related(self) -> dict[UUID, Entry]:
        """Return the entries that stay and may be versions of fresh ones, or of what was there before."""
        names = _names(self.moved.values())
        related: dict[UUID, Entry] = {}
        is_first, known = True, -1
        while is_first or (names and len(names) != known):
            known = len(names)
            for book, entries in self.shelf.books():
                for entry in entries:
                    if entry.id in self.leaving:
                        if is_first:
                            self.years.add(book.year)
                            names |= _names([entry])
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
                settled = entry.moved(is_current=position == chain.current, chain=name, place=place)
                if settled is not entry or entry.id in self.moved:
                    self.moved[entry.id] = settled
                    self.years.add(settled.on.year)


def _names(entries: Iterable[Entry]) -> set[str]:
    return {name for entry in entries if entry.facts is not None for name in entry.facts.names}
