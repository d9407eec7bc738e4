"""What pages hold of the books of a member: entries with what sets them apart, counts, and volumes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from apps.records.entries import Entry
from apps.records.models import Book


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
