"""Which claims are for a clinical record: a closed list of rules, strongest first, and what was taken apart.

By what the plan's own records say, else by what they have in common, which is a "perhaps". Only the pages of
both say so: no sum, list or state of a claim knows of a join.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, NamedTuple
from uuid import UUID

from apps.kinds.care.entry import NOT_SO, CareEntry
from apps.kinds.claim.entry import ClaimEntry
from apps.records import remarks
from apps.records.entries import UNDATED
from apps.records.remarks import Topic
from apps.records.shelf import Library
from apps.records.volumes import Held

type Why = Literal["named", "numbered", "visit", "drug", "code", "place"]
_CLAIM: Final = "ExplanationOfBenefit/"
_FILL: Final = "MedicationDispense"
_VISIT: Final = "Encounter"
_RESULTS: Final = ("DiagnosticReport", "Observation")
_DONE: Final = ("Procedure", "Immunization", *_RESULTS)
_RXNORM: Final = "RxNorm "
_DRUGS: Final = ("NDC ", _RXNORM, "drug ")


class Rule(NamedTuple):
    """One way to tell that a claim is for a record; `is_sure`: the plan's own records say so."""

    name: Why
    is_sure: bool
    holds: Callable[[CareEntry, CareEntry | None, ClaimEntry], bool]


@dataclass(frozen=True, slots=True)
class Join:
    """A record, a claim for it, and by which rule; `is_apart`: the member said that it is not."""

    care: Held[CareEntry] = field(repr=False)
    claim: Held[ClaimEntry] = field(repr=False)
    rule: Rule
    is_apart: bool = False

    @property
    def is_reason(self) -> bool:
        """Whether the claim names it as a reason: a condition is not done, and costs nothing of itself."""
        return type_of(self.care.entry) == "Condition"

    @property
    def subject(self) -> str:
        """What a remark about it is kept under."""
        return f"{remarks.subject_of(self.care.entry)} {remarks.subject_of(self.claim.entry)}"


def type_of(care: CareEntry) -> str:
    """Return the FHIR type of a record, "" where it has no id."""
    return care.own.partition("/")[0]


def joins(
    care: Held[CareEntry],
    visits: Mapping[str, CareEntry],
    claims: Iterable[Held[ClaimEntry]],
    apart: Collection[str] = (),
) -> list[Join]:
    """Return the claims for a record, the sure ones alone where there are any, newest first.

    *visits* are known by their reference; *apart* are the subjects of joins that the member took apart.
    """
    visit = visits.get(care.entry.visit)
    may_be = [claim for claim in claims if is_named(claim) and _is_possible(care, claim)]
    found_by_rule = [
        Join(care, claim, rule) for claim in may_be if (rule := first_rule(care.entry, visit, claim.entry))
    ]
    holding = [join for join in found_by_rule if join.subject not in apart]
    is_sure = any(join.rule.is_sure for join in holding)
    left = [join for join in holding if join.rule.is_sure or not is_sure]
    taken_out = [
        Join(join.care, join.claim, join.rule, True) for join in found_by_rule if join.subject in apart
    ]
    return [*left, *taken_out]


def first_rule(care: CareEntry, visit: CareEntry | None, claim: ClaimEntry) -> Rule | None:
    """Return the strongest rule by which *claim* is for a record, whatever others are; None for none."""
    return next((rule for rule in RULES if rule.holds(care, visit, claim)), None)


def is_named(claim: Held[ClaimEntry]) -> bool:
    """Whether lists show a claim with what it is for: no twin, not folded."""
    return claim.twin_of is None and not claim.is_folded


def _is_possible(care: Held[CareEntry], claim: Held[ClaimEntry]) -> bool:
    """Whether a claim holds and is of the same plan and person, and what the record says happened."""
    is_theirs = claim.plan == care.plan and claim.entry.person_key == care.entry.person_key
    return is_theirs and claim.entry.stands and care.entry.standing not in NOT_SO


def may_be_unnamed(care: Held[CareEntry], claim: Held[ClaimEntry]) -> bool:
    """Whether a claim that is not shown by name may be for a fill: of a folded one only the day tells."""
    if is_named(claim) or not _is_possible(care, claim):
        return False
    if first_rule(care.entry, None, claim.entry):
        return True
    return claim.is_folded and claim.entry.kind == "pharmacy" and _is_same_day(care.entry, claim.entry)


def _is_named(care: CareEntry, _visit: CareEntry | None, claim: ClaimEntry) -> bool:
    return bool(care.own) and care.own in claim.ties.names


def _is_numbered(care: CareEntry, _visit: CareEntry | None, claim: ClaimEntry) -> bool:
    """Whether it has the number of the claim, or of one of its lines (PDex), or that of its prescription.

    All fills of a prescription have its number, so of those only the one of that day.
    """
    own = [name for name in (claim.facts.own if claim.facts else ()) if not name.startswith(_CLAIM)]
    if any(_is_part(number, of_claim) for number in care.ties.numbers for of_claim in own):
        return True
    is_prescribed = not set(care.ties.numbers).isdisjoint(claim.ties.numbers)
    return is_prescribed and (type_of(care) != _FILL or _is_same_day(care, claim))


def _is_part(own: str, number: str) -> bool:
    """Whether a number is the other, or that with the number of a line after it."""
    rest = own[len(number) :]
    return own.startswith(number) and (not rest or (not rest[0].isalnum() and rest[1:].isdecimal()))


def _is_of_visit(care: CareEntry, visit: CareEntry | None, claim: ClaimEntry) -> bool:
    if claim.kind == "pharmacy" or not care.visit or type_of(care) not in _DONE:
        return False
    return care.visit in claim.ties.names or (visit is not None and _is_numbered(visit, None, claim))


def _is_filled(care: CareEntry, _visit: CareEntry | None, claim: ClaimEntry) -> bool:
    """Whether it is a fill of the same medicine on the same day."""
    if type_of(care) != _FILL or claim.kind != "pharmacy" or not _is_same_day(care, claim):
        return False
    return not drugs_of(care).isdisjoint(drugs_of(claim))


def drugs_of(entry: CareEntry | ClaimEntry) -> frozenset[str]:
    """Return by what a medicine is known; several codes of RxNorm are of a drug and of what is in it."""
    codes = [code for code in entry.ties.codes if code.startswith(_DRUGS)]
    is_several = sum(code.startswith(_RXNORM) for code in codes) > 1
    return frozenset(code for code in codes if not (is_several and code.startswith(_RXNORM)))


def _is_coded(care: CareEntry, _visit: CareEntry | None, claim: ClaimEntry) -> bool:
    if type_of(care) not in _DONE or not _is_same_day(care, claim):
        return False
    return not set(care.ties.codes).isdisjoint(claim.ties.codes)


def _is_there(care: CareEntry, _visit: CareEntry | None, claim: ClaimEntry) -> bool:
    """Whether a visit or a test was on a day of the claim, at one clinic or with one doctor."""
    if type_of(care) not in (_VISIT, *_RESULTS) or claim.kind == "pharmacy":
        return False
    return _is_same_day(care, claim) and not set(care.ties.who).isdisjoint(claim.ties.who)


def _is_same_day(care: CareEntry, claim: ClaimEntry) -> bool:
    """Whether both began on one day; a stay takes in what began while it lasted."""
    if UNDATED in (care.on, claim.on):
        return False
    if care.on == claim.on:
        return True
    is_stay = type_of(care) == _VISIT and care.ties.until is not None
    if is_stay and care.ties.until is not None and care.on <= claim.on <= care.ties.until:
        return True
    until = claim.ties.until
    return claim.kind == "inpatient" and until is not None and claim.on <= care.on <= until


RULES: Final = (
    Rule("named", True, _is_named),
    Rule("numbered", True, _is_numbered),
    Rule("visit", True, _is_of_visit),
    Rule("drug", False, _is_filled),
    Rule("code", False, _is_coded),
    Rule("place", False, _is_there),
)
"""By reference, by number, by way of the visit; perhaps: the same medicine, code, or clinic, of one day."""


def take_apart(
    library: Library, care: UUID, claim: Held[ClaimEntry], *, is_apart: bool, now: datetime
) -> None:
    """Keep that a claim is not for a record, or that it may be again."""
    remarks.say(
        member=library.member,
        box=library.box,
        topic=Topic.UNJOINED,
        subject=f"{care} {remarks.subject_of(claim.entry)}",
        value=is_apart or None,
        now=now,
        connection_id=claim.plan,
    )


def taken_apart(library: Library) -> frozenset[str]:
    """Return the subjects of what the member took apart."""
    said = remarks.of(library.member, library.box, Topic.UNJOINED)
    return frozenset(subject for subject, about in said.items() if about.value is True)
