"""What of the books shows: nothing of people who did not agree, sensitive care without its name; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from apps.records.books import Mention
from apps.records.entries import Entry
from apps.records.household import Household
from apps.records.kinds import Kind

type Part = Literal["all", "some", "none"]


@dataclass(frozen=True, slots=True)
class Sight:
    """How a page looks at the books: of one *person* (by key), or of everyone ("").

    `is_unfolded`: nothing is folded, as for the member's own files. `is_whole`: nothing is closed either, for
    who counts what came.
    """

    household: Household
    person: str = ""
    is_unfolded: bool = False
    is_whole: bool = False

    def part_of(self, plan: UUID, people: Mapping[str, Mention]) -> Part:
        """Return how much of a book shows as it is stored, told without opening it."""
        shows = [self._shows(plan, key) for key in people]
        if shows and not any(shows):
            return "none"
        folds = any(mention.sensitive and self._folds(plan, key) for key, mention in people.items())
        return "some" if folds or not all(shows) else "all"

    def sift(self, plan: UUID, kind: Kind, entries: Sequence[Any]) -> list[Any]:
        """Return what shows of *entries*, folded where it has to be."""
        shown = (
            kind.folded(entry) if self.is_folded(plan, entry) else entry
            for entry in entries
            if self._shows(plan, entry.person_key)
        )
        return [entry for entry in shown if entry is not None]

    def is_folded(self, plan: UUID, entry: Entry) -> bool:
        """Whether an entry is shown without what names its care."""
        return entry.is_sensitive and self._folds(plan, entry.person_key)

    def folds_any(self, plan: UUID, entries: Sequence[Entry]) -> bool:
        """Whether any of *entries* that shows is folded."""
        return any(self.is_folded(plan, entry) and self._shows(plan, entry.person_key) for entry in entries)

    def _folds(self, plan: UUID, person_key: str) -> bool:
        return not (self.is_unfolded or self.is_whole) and self.household.person(plan, person_key).is_folded

    def _shows(self, plan: UUID, person_key: str) -> bool:
        person = self.household.person(plan, person_key)
        is_open = self.is_whole or not person.is_closed
        return is_open and self.person in ("", person.key)
