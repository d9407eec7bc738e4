"""Claims of the timeline: those for which no record of the care stands there, so that each event is once."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from apps.kinds.care.entry import CareEntry
from apps.kinds.care.kind import MEDICINE, PROCEDURE, TEST, VACCINE, VISIT
from apps.kinds.care.timeline import Row
from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.claim.kind import CLAIM
from apps.kinds.claim.people import everybody
from apps.kinds.claim.rows import rows
from apps.kinds.joined.page import EVENTS, claims_near, years_of_claim, years_of_events
from apps.kinds.joined.rules import first_rule, joins, taken_apart
from apps.records.entries import UNDATED
from apps.records.shelf import Library
from apps.records.volumes import Held

_EVENTS: Final = (VISIT, PROCEDURE, VACCINE, MEDICINE, TEST)
_HAPPENED: Final = ("Encounter/", "Procedure/", "Immunization/", "DiagnosticReport/", "Observation/")
_FILL: Final = "MedicationDispense/"
"""How references begin of what tells of the event of a claim: a prescription is none of its fills."""
_NOT_YET: Final = frozenset({"planned", "on_hold"})
"""Standings of what may never have happened: the claim of it is then the only word that it did."""
_LONGEST_STAY: Final = timedelta(days=60)


@dataclass
class _Year:
    """What happened in a year at one plan, by what a claim may find it by."""

    by_own: dict[str, Held[CareEntry]] = field(default_factory=dict)
    by_number: defaultdict[str, list[Held[CareEntry]]] = field(default_factory=lambda: defaultdict(list))
    by_day: defaultdict[date, list[Held[CareEntry]]] = field(default_factory=lambda: defaultdict(list))
    stays: list[Held[CareEntry]] = field(default_factory=list)

    def add(self, care: Held[CareEntry]) -> None:
        """Keep one record."""
        entry = care.entry
        self.by_own[entry.own] = care
        self.by_day[entry.on].append(care)
        if entry.ties.until:
            self.stays.append(care)
        for number in entry.ties.numbers:
            self.by_number[number].append(care)
            if not number.isalnum():  # what is before the number of a line
                self.by_number[number.rstrip("0123456789")[:-1]].append(care)

    def may_be(self, claim: ClaimEntry) -> Iterator[Held[CareEntry]]:
        """Yield what a claim may be for."""
        own = claim.facts.own if claim.facts else ()
        yield from (self.by_own[name] for name in claim.ties.names if name in self.by_own)
        for number in (*own, *claim.ties.numbers):
            yield from self.by_number.get(number, ())
        if claim.on != UNDATED:
            for day in _days(claim):
                yield from self.by_day.get(day, ())
            yield from self.stays


class Claims:
    """The claims among the records of a timeline (the setting CARE_TIMELINE)."""

    def __init__(self, library: Library) -> None:
        """Look at nothing before it is asked for."""
        self._library = library
        self._years: dict[tuple[UUID, int], _Year] = {}
        self._joined: dict[UUID, frozenset[UUID]] = {}
        self._claims: dict[UUID, list[Held[ClaimEntry]]] = {}
        self._years_of: dict[UUID, dict[str, int]] = {}
        self._apart: frozenset[str] | None = None

    def held(self) -> Iterator[Held[Any]]:
        """Yield the claims that stand in the timeline, newest first; books are opened as they are come to."""
        for claim in self._library.newest(CLAIM):
            is_shown = claim.entry.stands and claim.twin_of is None and not claim.is_folded
            if is_shown and not self._is_told(claim):
                yield claim

    def rows(self, claims: Iterable[Held[Any]]) -> list[Row]:
        """Return the rows of claims as the timeline has rows."""
        return [
            Row(
                row.url,
                row.icon,
                row.title,
                row.meta,
                row.share,
                badge=row.badge,
                badge_kind=row.badge_kind,
                doubt=row.doubt,
                when=row.when,
            )
            for row in rows(claims, everybody(self._library))
        ]

    def _is_told(self, claim: Held[ClaimEntry]) -> bool:
        """Whether a record in the timeline tells of what the claim is for."""
        years = self._years_near(claim)
        cares = (care for year in years for care in self._year(claim.plan, year).may_be(claim.entry))
        return any(
            first_rule(care.entry, None, claim.entry) and claim.id in self._claims_of(care) for care in cares
        )

    def _years_near(self, claim: Held[ClaimEntry]) -> set[int]:
        """Return the years of a claim, and of what it names that stands in none of them."""
        years, plan = years_of_claim(claim.entry), claim.plan
        near = [self._year(plan, year).by_own for year in years]
        events = (name for name in claim.entry.ties.names if name.startswith(EVENTS))
        away = [name for name in events if not any(name in by_own for by_own in near)]
        if away and plan not in self._years_of:
            self._years_of[plan] = years_of_events(self._library, plan)
        return years | {self._years_of[plan][name] for name in away if name in self._years_of[plan]}

    def _claims_of(self, care: Held[CareEntry]) -> frozenset[UUID]:
        if care.id not in self._joined:
            if self._apart is None:
                self._apart = taken_apart(self._library)
            shown = joins(care, {}, claims_near(self._of_plan(care.plan), care), self._apart)
            self._joined[care.id] = frozenset(join.claim.id for join in shown if not join.is_apart)
        return self._joined[care.id]

    def _of_plan(self, plan: UUID) -> list[Held[ClaimEntry]]:
        if plan not in self._claims:
            self._claims[plan] = self._library.held(CLAIM, plan=plan)
        return self._claims[plan]

    def _year(self, plan: UUID, year: int) -> _Year:
        if (plan, year) not in self._years:
            self._years[plan, year] = events = _Year()
            held = (care for kind in _EVENTS for care in self._library.held(kind, year=year, plan=plan))
            for care in held:
                if _happened(care.entry) and not care.is_folded:
                    events.add(care)
        return self._years[plan, year]


def _happened(care: CareEntry) -> bool:
    """Whether a record tells of an event: of a medicine that it was handed over."""
    if care.own.startswith(_FILL):
        return care.is_fill
    return care.standing not in _NOT_YET and care.own.startswith(_HAPPENED)


def _days(claim: ClaimEntry) -> Iterator[date]:
    """Yield the days of a claim: of a stay all, of anything else its own."""
    last = claim.ties.until if claim.kind == "inpatient" and claim.ties.until else claim.on
    for number in range(min(max(last - claim.on, timedelta()), _LONGEST_STAY).days + 1):
        yield claim.on + timedelta(days=number)
