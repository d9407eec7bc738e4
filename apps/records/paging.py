"""One page of entries in order, found again by the id of an entry seen; pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Final
from uuid import UUID

from apps.records.entries import Entry
from apps.records.volumes import Held

PAGE_SIZE: Final = 25


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
