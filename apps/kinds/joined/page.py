"""What the page of a clinical record says of its claims, and the page of a claim of what was done."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from msgspec import structs

from apps.fhir import values
from apps.kinds.care import timeline
from apps.kinds.care.entry import CareEntry
from apps.kinds.care.kind import DIAGNOSIS, MEDICINE, PROBLEM, PROCEDURE, TEST, VACCINE, VISIT, entry_maker
from apps.kinds.care.reading import MEDICINES
from apps.kinds.care.records import CareRecord
from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.claim.kind import CLAIM
from apps.kinds.claim.records import ClaimRecord, Line
from apps.kinds.claim.rows import rows
from apps.kinds.joined import medicines, wording
from apps.kinds.joined.rules import Join, first_rule, joins, taken_apart, type_of
from apps.records import ties
from apps.records.entries import UNDATED
from apps.records.models import Record
from apps.records.original import original
from apps.records.shelf import Library
from apps.records.volumes import Held

MOST: Final = 30
"""Rows of one page; beyond, numbers and codes lead everywhere."""
MOST_READ: Final = 3
"""Claims that are read whole for the line of what was done."""
EVENTS: Final = ("Encounter/", "Procedure/")
"""How references of claims begin that are to what has a day (`ClaimRecord.named`)."""
_EVENT_KINDS: Final = (VISIT, PROCEDURE)
_KINDS: Final = (VISIT, PROCEDURE, VACCINE, MEDICINE, TEST, PROBLEM, DIAGNOSIS)
"""Of what a claim may be for, in the order in which its page lists it."""


@dataclass(frozen=True, slots=True)
class Beside:
    """The other side of a join: its row under a heading, why, what it cost; the ids take it apart."""

    heading: str
    row: Any = field(repr=False)
    reason: str
    cost: str
    is_sure: bool
    is_apart: bool
    care_id: UUID
    claim_id: UUID


@dataclass(frozen=True, slots=True)
class Joined:
    """What stands beside a clinical record: the claims for it, and of a medicine its fills."""

    claims: list[Beside] = field(repr=False)
    medicine: medicines.MedicinePage | None = None


def of_care(library: Library, row: Record, record: CareRecord) -> Joined:
    """Return what is joined with a clinical record (the setting CARE_JOINED)."""
    entry = entry_maker(library.by_id[row.connection_id], library.box)(record)
    care = Held(structs.replace(entry, id=row.pk), row.connection_id)
    visits = _visits(library, care)
    claims = claims_near(library.held(CLAIM, plan=care.plan), care)
    joined = joins(care, visits, claims, taken_apart(library))[:MOST]
    shown = rows([join.claim for join in joined])
    beside = [
        _beside(
            join,
            wording.heading_of_claims(join),
            claim,
            wording.cost(join, _line(library, join) if place < MOST_READ else None),
        )
        for place, (join, claim) in enumerate(zip(joined, shown, strict=True))
    ]
    if record.type not in MEDICINES:
        return Joined(beside)
    named = {link.reference for link in record.links}
    return Joined(beside, medicines.of_record(library, care.plan, care.id, named=named))


def of_claim(library: Library, claim: Held[ClaimEntry] | None) -> list[Beside]:
    """Return what was done for a claim, then why (the setting CLAIMS_CARE); what was taken apart last."""
    if claim is None or not library.has_clinical or not claim.entry.stands:
        return []
    cares = list(_care_near(library, claim))
    visits = {care.entry.own: care.entry for care in cares if type_of(care.entry) == "Encounter"}
    apart, claims = taken_apart(library), library.held(CLAIM, plan=claim.plan)
    joined = [
        join
        for care in cares
        if first_rule(care.entry, visits.get(care.entry.visit), claim.entry)
        for join in joins(care, visits, claims_near(claims, care), apart)
        if join.claim.id == claim.id
    ]
    joined = sorted(_without_parts(joined), key=lambda join: (join.is_reason, join.is_apart))[:MOST]
    shown = timeline.rows(join.care for join in joined)
    return [
        _beside(join, wording.heading_of_care(join), care, "")
        for join, care in zip(joined, shown, strict=True)
    ]


def _beside(join: Join, heading: str, row: Any, cost: str) -> Beside:
    return Beside(
        heading=heading,
        row=row,
        reason=wording.reason(join),
        cost=cost,
        is_sure=join.rule.is_sure,
        is_apart=join.is_apart,
        care_id=join.care.id,
        claim_id=join.claim.id,
    )


def _visits(library: Library, care: Held[CareEntry]) -> dict[str, CareEntry]:
    wanted = {care.entry.visit} - {""}
    visits = timeline.by_reference(library, wanted, care.plan)
    return {own: visit.entry for own, visit in visits.items()}


def claims_near(claims: list[Held[ClaimEntry]], care: Held[CareEntry]) -> list[Held[ClaimEntry]]:
    """Return those of *claims* that may be for a record: of its years, or all where it has no one day.

    Those too that name it or its visit: lines may bear other dates than the care.
    """
    years, names = _years(care.entry), {care.entry.own, care.entry.visit} - {""}
    if not years or type_of(care.entry) == "MedicationRequest":
        return claims
    return [
        claim
        for claim in claims
        if claim.entry.on.year in years or not names.isdisjoint(claim.entry.ties.names)
    ]


def _care_near(library: Library, claim: Held[ClaimEntry]) -> Iterator[Held[CareEntry]]:
    """Yield what lists show by name, of the years of a claim and of what it names, or undated."""
    years, names = years_of_claim(claim.entry), set(claim.entry.ties.names)
    near = {
        care.entry.own
        for kind in _EVENT_KINDS
        for year in years
        for care in library.held(kind, year=year, plan=claim.plan)
    }
    if away := {name for name in names if name.startswith(EVENTS)} - near:
        years_of = years_of_events(library, claim.plan)
        years |= {years_of[name] for name in away if name in years_of}
    for kind in _KINDS:
        is_named_alone = kind in (PROBLEM, DIAGNOSIS)
        is_any_year = is_named_alone or kind is MEDICINE
        if not library.has(kind) or (is_named_alone and not names):
            continue
        for year in (None,) if is_any_year else sorted(years):
            for care in library.held(kind, year=year, plan=claim.plan):
                if library.on_screen.screen_of(care.plan, kind, care.entry) == "show":
                    yield care


def years_of_claim(claim: ClaimEntry) -> set[int]:
    """Return the years that a claim touches by any of its dates, and that of what has none."""
    record = CLAIM.brief_of(claim) if claim.ties.names else None
    apart: tuple[tuple[str, str | None], ...] = record.dates_apart if record else ()
    days = [day for span in apart for day in map(values.day, span) if day]
    return _years(claim) | {day.first.year for day in days} | {UNDATED.year}


def years_of_events(library: Library, plan: UUID) -> dict[str, int]:
    """Return in which year each visit and procedure of a plan stands: lines may bear other dates.

    It opens all their books, so it is asked only for what stands in none of a claim's own years.
    """
    held = (care for kind in _EVENT_KINDS for care in library.held(kind, plan=plan))
    return {care.entry.own: care.entry.on.year for care in held}


def _years(entry: CareEntry | ClaimEntry) -> set[int]:
    """Return the years that an entry touches; empty for one without a day."""
    if entry.on == UNDATED:
        return set()
    last: date = entry.ties.until or entry.on
    return {entry.on.year, last.year} | ({entry.on.year - 1} if entry.on.month == 1 else set())


def _without_parts(shown: Sequence[Join]) -> list[Join]:
    """Leave out single results where their report stands."""
    has_report = any(type_of(join.care.entry) == "DiagnosticReport" for join in shown)
    return [join for join in shown if not (has_report and type_of(join.care.entry) == "Observation")]


def _line(library: Library, join: Join) -> Line | None:
    """Return the only line of a claim that is for what was done; None for none or several."""
    codes = set(join.care.entry.ties.codes)
    if not codes or type_of(join.care.entry) == "MedicationDispense":
        return None
    row = library.member.records.select_related("connection__plan").filter(pk=join.claim.id).first()
    record: ClaimRecord | None = original(row, library.box, CLAIM) if row else None
    lines = record.real_lines if record else ()
    alike = [line for line in lines if ties.code(line.what.system or "", line.what.code or "") in codes]
    return alike[0] if len(alike) == 1 else None
