"""What else a plan sent of the test and moment of one result, as the page of that result tells it."""

from dataclasses import dataclass, field
from typing import Final

from apps.kinds.care import repeats
from apps.kinds.care.entry import CareEntry
from apps.kinds.care.kind import MEASUREMENT, MISTAKE, TEST
from apps.kinds.care.listing import brief_of
from apps.kinds.care.records import CareRecord
from apps.plain_language.language import _, said
from apps.records.models import Record
from apps.records.original import original
from apps.records.shelf import Library
from apps.records.volumes import Held

AGAIN: Final = said("The same result, sent again")
OTHERS: Final = said("Of the same test and time")
_TWICE: Final = said("Your plan sent this result more than once.")
_DIFFER: Final = said("Your plan sent another result of this test for the same time, and the two differ.")
_MISTAKE: Final = said("Your plan also sent this result in a record that it marked as a mistake.")


@dataclass(frozen=True, slots=True)
class SameTest:
    """The same result sent again, others of the same test and moment, and whether one is a mistake."""

    again: list[Held[CareEntry]] = field(default_factory=list, repr=False)
    others: list[Held[CareEntry]] = field(default_factory=list, repr=False)
    is_mistake: bool = False

    @property
    def sentences(self) -> list[str]:
        """What has to be known before the result is read."""
        told = ((self.others, _DIFFER), (self.again, _TWICE), (self.is_mistake, _MISTAKE))
        return [_(text) for holds, text in told if holds]

    @property
    def groups(self) -> dict[str, list[Held[CareEntry]]]:
        """The other results under their headings."""
        told = ((AGAIN, self.again), (OTHERS, self.others))
        return {_(heading): held for heading, held in told if held}


def same_test(library: Library, row: Record, record: CareRecord) -> SameTest:
    """Return what the plan of *row* sent of the same test and moment as its *record*."""
    if not record.likeness:
        return SameTest()
    plan = row.connection_id
    held = [held for kind in (TEST, MEASUREMENT) for held in library.held(kind, plan=plan)]
    mine = next((held.entry for held in held if held.id == row.pk), CareEntry())
    wholes = repeats.Wholes(held.entry for held in held)
    others = [held for held in held if held.id != row.pk and not held.is_left_out]
    return SameTest(
        again=[held for held in others if wholes.are_same(mine, held.entry)],
        others=[
            held
            for held in others
            if wholes.contradict(mine, held.entry) and not _says_no_other(library, held, record)
        ],
        is_mistake=any(held.entry.likeness == record.likeness for held in library.held(MISTAKE, plan=plan)),
    )


def _says_no_other(library: Library, held: Held[CareEntry], record: CareRecord) -> bool:
    """Whether another result has the value and flag of *record*, and its parts where both tell any."""
    brief = brief_of(held.entry)
    if brief is None or record.value is None or (brief.value, brief.flag) != (record.value, record.flag):
        return False
    if not record.parts:
        return True
    row = library.member.records.select_related("connection__plan").filter(pk=held.id).first()
    other: CareRecord | None = original(row, library.box, TEST) if row else None
    return other is not None and other.parts in ((), record.parts)
