"""Claims of one person and plan that belong together: by reference, or within a stay in a facility; pure.

Nothing is joined because it is of one day: that is only listed. A prescription joins by reference alone.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

from apps.kinds.claim.choices import tally_of
from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.tallies import Tally
from apps.records.entries import UNDATED
from apps.records.volumes import Held

MOST: Final = 50
"""Claims of one episode; beyond, references lead everywhere."""


class Part(NamedTuple):
    """One claim that may belong: as lists have it, and its brief."""

    held: Held[ClaimEntry]
    record: ClaimRecord

    @property
    def stay(self) -> tuple[date, date] | None:
        """First and last day of an admission; None for everything else, and for what is over in a day."""
        entry, ends = self.held.entry, _day(self.record.service_end)
        starts = _day(self.record.service_start)
        if entry.kind != "inpatient" or starts is None or ends is None or ends <= starts:
            return None
        return starts, ends

    def names(self, other: "Part") -> bool:
        """Whether it names the other claim: not as a version of itself."""
        own = other.held.entry.facts.own if other.held.entry.facts else ()
        return any(
            name in own
            for related in self.record.related
            if related.relation == "associated"
            for name in (related.reference, related.number)
            if name
        )

    def lies_in(self, other: "Part") -> bool:
        """Whether it was at a facility on a day of the other's stay."""
        stay, on = other.stay, _day(self.record.service_start)
        return bool(stay and on and self.held.entry.at_facility and stay[0] <= on <= stay[1])


@dataclass(frozen=True, slots=True)
class Episode:
    """The claims that belong together, the newest first, and why; `stay` is the admission they lie in."""

    parts: Sequence[Part] = field(repr=False)
    stay: tuple[date, date] | None
    by_reference: bool

    @property
    def outside(self) -> Sequence[Part]:
        """What neither is the stay nor lies in it."""
        stays = [part for part in self.parts if part.stay and part.stay == self.stay]
        return [
            part for part in self.parts if part not in stays and not any(part.lies_in(stay) for stay in stays)
        ]

    @property
    def others_are_named(self) -> bool:
        """Whether all that is outside the stay is there because a record names it, or it names one."""
        return all(
            any(part.names(other) or other.names(part) for other in self.parts if other is not part)
            for part in self.outside
        )

    @property
    def tally(self) -> Tally:
        """What they come to, each counted as lists count it."""
        return tally_of(part.held for part in self.parts)


def episode_of(claim: Part, others: Iterable[Part]) -> Episode | None:
    """Return the episode of *claim* among *others*, claims of the same person and plan; None for none."""
    left = [other for other in others if other.held.id != claim.held.id]
    here, new, stay, by_reference = [claim], [claim], claim.stay, False
    while new and len(here) < MOST:
        part = new.pop()
        for other in list(left):
            is_named = part.names(other) or other.names(part)
            if not (is_named or part.lies_in(other) or other.lies_in(part)):
                continue
            by_reference, stay = by_reference or is_named, stay or other.stay
            left.remove(other)
            here.append(other)
            new.append(other)
    here.sort(key=lambda part: part.held.entry.sort_key, reverse=True)
    return Episode(here, stay, by_reference) if len(here) > 1 else None


def same_day(
    claim: Held[ClaimEntry],
    held: Iterable[Held[ClaimEntry]],
    *,
    brief_of: Callable[[ClaimEntry], ClaimRecord | None],
) -> list[Held[ClaimEntry]]:
    """Return which of *held* were on the day of *claim*, prescriptions aside."""
    if claim.entry.kind == "pharmacy" or (on := _care_on(claim, brief_of)) is None:
        return []
    return [
        other
        for other in held
        if other.id != claim.id
        and other.entry.on == on
        and other.entry.kind != "pharmacy"
        and _care_on(other, brief_of) == on
    ]


def is_same_care(entry: ClaimEntry, other: ClaimEntry) -> bool:
    """Whether two claims are for the same care by day, codes and provider, with the same amounts, and neither
    is one that the plan had already."""

    def told(claim: ClaimEntry) -> tuple[object, ...]:
        money = (claim.billed, claim.billed_in, claim.plan_paid, claim.paid_in, claim.your_share)
        return claim.on, claim.kind, claim.provider_key, claim.ties.codes, money, claim.is_repeat

    is_told = bool(entry.billed and entry.provider_key and entry.ties.codes) and entry.on != UNDATED
    return is_told and not entry.is_repeat and told(entry) == told(other)


def _care_on(held: Held[ClaimEntry], brief_of: Callable[[ClaimEntry], ClaimRecord | None]) -> date | None:
    record = brief_of(held.entry)
    return _day(record.service_start) if record else None


def groups(
    held: Iterable[Held[ClaimEntry]], *, brief_of: Callable[[ClaimEntry], ClaimRecord | None]
) -> list[list[Part]]:
    """Return which claims of *held* may belong together: of one person and plan each.

    Only what a claim names, or what lies in the days of a stay, is opened: most of a year is neither.
    """
    by_person = defaultdict[tuple[UUID, str], list[Held[ClaimEntry]]](list)
    for claim in held:
        if claim.entry.stands and claim.twin_of is None:
            by_person[claim.plan, claim.entry.person_key].append(claim)
    return [
        parts
        for claims in by_person.values()
        if any(claim.entry.may_join for claim in claims) and (parts := _parts(claims, brief_of))
    ]


def _parts(
    claims: Sequence[Held[ClaimEntry]], brief_of: Callable[[ClaimEntry], ClaimRecord | None]
) -> list[Part]:
    seeds = [
        Part(claim, record)
        for claim in claims
        if claim.entry.may_join and (record := brief_of(claim.entry)) is not None
    ]
    named = {
        name
        for seed in seeds
        for related in seed.record.related
        for name in (related.reference, related.number)
    }
    stays = [seed.stay for seed in seeds if seed.stay]
    others = [
        Part(claim, record)
        for claim in claims
        if not claim.entry.may_join
        and (_is_named(claim.entry, named) or any(starts <= claim.entry.on <= ends for starts, ends in stays))
        and (record := brief_of(claim.entry)) is not None
    ]
    return [*seeds, *others]


def _is_named(entry: ClaimEntry, names: Collection[str | None]) -> bool:
    return entry.facts is not None and any(name in names for name in entry.facts.own)


def _day(text: str | None) -> date | None:
    """Return a whole day as sent; None for a month or a year."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
