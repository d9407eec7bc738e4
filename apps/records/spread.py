"""What a record tells of others that it belongs with: of a visit's care tells all that came of it; pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from apps.records.books import Mention
from apps.records.entries import Entry
from apps.records.sensitive import UNCLEAR

type Spread = Mapping[tuple[UUID, str], frozenset[str]]
"""Categories that a record has from those it belongs with, by connection and reference."""


def spread_of(books: Iterable[tuple[UUID, Sequence[Entry]]]) -> Spread:
    """Return what the entries of *books* tell of others, by connection. What is unclear tells nothing."""
    spread = defaultdict[tuple[UUID, str], frozenset[str]](frozenset)
    for plan, entries in books:
        for entry in entries:
            for reference in entry.joined if entry.categories else ():
                spread[plan, reference] |= entry.categories - {UNCLEAR}
    return spread


def tells(people: Mapping[str, Mention]) -> bool:
    """Whether any entry of a book is of care that is known to be sensitive."""
    return any(mention.categories - {UNCLEAR} for mention in people.values())
