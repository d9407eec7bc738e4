"""What of the books shows: nothing of people who did not agree, hidden care without its name; pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from apps.records.books import Mention
from apps.records.entries import Entry
from apps.records.hidden_care import Screen
from apps.records.household import Household
from apps.records.kinds import Kind
from apps.records.sensitive import UNCLEAR

type Part = Literal["all", "some", "none"]
type Spread = Mapping[tuple[UUID, str], frozenset[str]]
"""Categories that a record has from those it belongs with, by connection and reference."""


@dataclass(frozen=True, slots=True)
class Sight:
    """How a page looks at the books: of one *person* (by key), or of everyone ("").

    `is_unfolded`: nothing is hidden, as for the member's own files. `is_shared`: for a file that the member
    gives to others, which holds only what they share. `is_file`: new results that wait are not there, as in
    every file. `is_whole`: nothing is closed either, for who counts what came.
    """

    household: Household
    person: str = ""
    is_unfolded: bool = False
    is_shared: bool = False
    is_file: bool = False
    is_whole: bool = False
    spread: Spread = field(default_factory=dict, repr=False)

    def part_of(self, plan: UUID, kind: Kind, people: Mapping[str, Mention]) -> Part:
        """Return how much of a book shows as it is stored, told without opening it."""
        shows = [self._shows(plan, key) for key in people]
        if shows and not any(shows):
            return "none"
        if self.is_shared or self._waits(kind) or (self.spread and kind.is_joined):
            return "some"
        hides = any(self._hides(plan, key, mention.categories) for key, mention in people.items())
        return "some" if hides or not all(shows) else "all"

    def sift(self, plan: UUID, kind: Kind, entries: Sequence[Any]) -> list[Any]:
        """Return what shows of *entries*, without what is hidden."""
        sifted = (self._sifted(plan, kind, entry) for entry in self.shown(plan, entries))
        return [entry for entry in sifted if entry is not None]

    def shown(self, plan: UUID, entries: Sequence[Any]) -> Iterator[Any]:
        """Yield the entries of people of whom anything shows."""
        return (entry for entry in entries if self._shows(plan, entry.person_key))

    def screen_of(self, plan: UUID, kind: Kind, entry: Entry) -> Screen:
        """Return how an entry stands on the screen."""
        if self.is_unfolded or self.is_shared or self.is_whole:
            return "show"
        screen: Screen = "show"
        categories = self.categories_of(plan, entry)
        if categories:
            is_folded = self.household.person(plan, entry.person_key).is_folded
            screen = self.household.hiding.on_screen(categories, is_folded=is_folded)
        return "fold" if screen == "show" and self.waits(kind, entry) else screen

    def waits(self, kind: Kind, entry: Entry) -> bool:
        """Whether an entry is a new one that the member has not asked for yet."""
        return self._waits(kind) and entry.id in self.household.hiding.waiting

    def categories_of(self, plan: UUID, entry: Entry) -> frozenset[str]:
        """Return of which sensitive care an entry is, by itself or by what it belongs with."""
        categories = entry.categories
        for reference in entry.joined if self.spread else ():
            categories |= self.spread.get((plan, reference), frozenset())
        return categories

    def _sifted(self, plan: UUID, kind: Kind, entry: Any) -> Any:
        if self.is_file and self.waits(kind, entry):
            return None
        categories = self.categories_of(plan, entry)
        if self.is_shared:
            may_be = {UNCLEAR} if entry.is_unreadable or entry.is_from_before else set()
            return None if self.household.hiding.keeps_back(categories | may_be) else entry
        screen = self.screen_of(plan, kind, entry)
        if screen == "show":
            return entry
        unfolded = entry.moved(categories=categories)  # folded, it belongs with nothing any more
        is_new = self.waits(kind, entry) and not self._hides(plan, entry.person_key, categories)
        return kind.waiting(unfolded) if is_new and kind.waiting else kind.folded(unfolded)

    def _waits(self, kind: Kind) -> bool:
        shows_new = self.is_whole or ((self.is_unfolded or self.is_shared) and not self.is_file)
        return not shows_new and kind.waiting is not None and bool(self.household.hiding.waiting)

    def _hides(self, plan: UUID, person_key: str, categories: Collection[str]) -> bool:
        is_plain = not (self.is_unfolded or self.is_shared or self.is_whole)
        return is_plain and self.household.hides(plan, person_key, categories)

    def _shows(self, plan: UUID, person_key: str) -> bool:
        person = self.household.person(plan, person_key)
        is_open = self.is_whole or not person.is_closed
        return is_open and self.person in ("", person.key)


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
