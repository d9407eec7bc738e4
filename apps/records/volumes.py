"""What pages hold of the books of a member: entries with what sets them apart, counts, volumes, and one page
of entries in order."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from apps.records.entries import Entry
from apps.records.models import Book

PAGE_SIZE: Final = 25


class Held[E: Entry](msgspec.Struct, frozen=True, gc=False):
    """An entry as a page has it: of which connection, and whether another connection has the same record.

    `twin_of` is that of the other connection that lists and sums show instead; `is_outdated`: that one was
    replaced there, so this one counts nowhere.
    """

    entry: E
    plan: UUID
    twin_of: UUID | None = None
    is_outdated: bool = False
    is_folded: bool = False
    """It is shown without what names its care (`apps.records.sight`)."""
    is_left_out: bool = False
    """No list shows it, sums count it; it is folded too."""

    @property
    def id(self) -> UUID:
        """Of the mirrored record."""
        return self.entry.id


class Count(NamedTuple):
    """How many records there are of a kind: `current` ones, and `older` ones that a newer one replaces."""

    current: int = 0
    older: int = 0


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
    has_folded: bool = False
    """Whether any are folded or left out (`apps.records.sight`): they are in the summary, without a name."""
    held: list[Held[E]] | None = field(default=None, repr=False)
    """The entries as pages have them, once any asked for all of them."""
    book: Book | None = None
    """What is opened only when it is asked for."""


@dataclass(frozen=True, slots=True)
class Page[E: Entry]:
    """One page of entries, in the order asked for."""

    held: list[Held[E]]
    after: UUID | None
    """What `?after=` of the next page is; None on the last page."""
    before: UUID | None
    """What `?before=` of the page before is; None on the first page."""
    lost_its_place: bool
    """The place in the address is no entry of this list, so the list starts again."""

    @property
    def is_first(self) -> bool:
        """Whether the list starts here."""
        return self.before is None


def page[E: Entry](
    entries: Iterable[Held[E]], *, after: str = "", before: str = "", size: int = PAGE_SIZE
) -> Page[E]:
    """Return the page of *entries*, which are in order, that follows the one *after*, or precedes *before*.

    The first where both are empty. The place is the id of an entry seen: no date stands in the address, and
    new entries never shift what follows. No more of *entries* is gone through than the page needs.
    """
    wanted = id_of(after or before)
    if wanted is None:
        return _from_start(entries, size=size, lost=bool(after or before))
    seen: list[Held[E]] = []
    rest = iter(entries)
    for row in rest:
        if row.id == wanted:
            break
        seen.append(row)
    else:
        return _from_start(seen, size=size, lost=True)
    if not after:
        if len(seen) <= size:  # the start is near: the first page in full rather than a short one
            return _from_start([*seen, row, *islice(rest, size)], size=size, lost=False)
        shown = seen[-size:]
        return Page(shown, after=shown[-1].id, before=shown[0].id, lost_its_place=False)
    following = list(islice(rest, size + 1))
    if not following:
        return _from_start([*seen, row], size=size, lost=False)
    shown = following[:size]
    return Page(shown, shown[-1].id if len(following) > size else None, shown[0].id, lost_its_place=False)


def id_of(place: str) -> UUID | None:
    """Return the entry that an address names; None where it names none."""
    try:
        return UUID(place)
    except ValueError:
        return None


def _from_start[E: Entry](entries: Iterable[Held[E]], *, size: int, lost: bool) -> Page[E]:
    first = list(islice(entries, size + 1))
    shown = first[:size]
    return Page(shown, shown[-1].id if len(first) > size else None, None, lost)
