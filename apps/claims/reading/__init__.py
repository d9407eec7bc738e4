"""R4 ExplanationOfBenefit -> ClaimRecord: pure, tolerant, exact about money (facts claims.md)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

from apps.claims.reading import (
    also_sent,
    approvals,
    codes,
    dates,
    decisions,
    facts,
    kinds,
    lines,
    money,
    payments,
    people,
    precedence,
)
from apps.claims.reading.lines import ReadLine
from apps.claims.reading.precedence import Story
from apps.claims.reading.shapes import Explanation, RelatedClaim
from apps.claims.records import ClaimRecord, Coded, Diagnosis, Figure, Procedure, Related, Relation
from apps.fhir import tolerant, values
from apps.fhir.values import Concept, Day, Reference

_UNIQUE_CLAIM = "uc"
_GROUPS = ("claim-group", "clm_grp_id")
_ROLES = {
    "principal": "principal",
    "admitting": "admitting",
    "secondary": "secondary",
    "other": "other",
    "externalcauseofinjury": "external",
    "patientreasonforvisit": "reason",
}
_ADMITTED = {"y": True, "n": False}
_PRIMARY, _SECONDARY = ("primary", "principal"), ("secondary", "other")


class Unreadable(Exception):
    """This is no claim we can read; `reason` is for operators and quotes nothing from the data."""

    sentence = "Your plan sent a claim we could not read. Nothing else is affected."
    retry = False

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read(body: bytes, names: Mapping[str, str]) -> ClaimRecord:
    """Return what *body* (the JSON of one ExplanationOfBenefit) says; raise `Unreadable` when it is none.

    *names* gives display names by reference: `Organization/123`, absolute URLs or `urn:uuid:...`. A field
    that is missing or of a wrong type is unknown in the record and costs nothing else.
    """
    claim = _decoded(body)
    kind = kinds.kind_of(claim)
    is_drug = kind.kind == "pharmacy"
    names = people.with_contained(claim, names)
    read_lines = lines.read_lines(claim, names, is_drug=is_drug)
    real = tuple(one.choices for one in read_lines if not one.line.is_total)
    story = precedence.story(money.book(claim, real), is_drug=is_drug)
    outcome = decisions.outcome_of_claim(claim.adjudication, claim.total, claim.extension)
    when = dates.dates_of(claim, is_drug=is_drug)
    numbers = _numbers(claim)
    use = _use(claim)
    network = outcome.network or facts.network(claim)
    told = set(money.paths(_figures(story, read_lines)))
    return ClaimRecord(
        kind=kind.kind,
        setting=kind.setting,
        use=use,
        status=_lower(claim.status),
        outcome=_lower(claim.outcome),
        resource_id=values.clean(claim.id, 64),
        claim_number=numbers[0] if numbers else None,
        numbers=numbers,
        created=_text(when.created),
        created_on=when.created.first if when.created else None,
        paid_on=when.paid.first if when.paid else None,
        received_on=when.received.first if when.received else None,
        service_start=_text(when.service_start),
        service_end=_text(when.service_end) if when.service_end != when.service_start else None,
        service_on=when.service_start.first if when.service_start else None,
        unreadable_dates=when.unreadable,
        period_start=_text(when.period_start),
        period_end=_text(when.period_end),
        provider=values.known_name(claim.provider, names),
        provider_npi=people.provider_npi(claim),
        facility=_facility(claim, names),
        payer=people.payer(claim, names),
        coverage=people.coverage(claim, names),
        patient_reference=values.relative(claim.patient.reference) if claim.patient else None,
        patient=values.known_name(claim.patient, names),
        patient_number=people.patient_number(claim),
        network=network,
        decision=outcome.decision,
        adjustment=facts.adjustment(claim),
        may_change=any(tag.code == "NotFinalAction" for tag in claim.meta.tag),
        shares_money=story.money.is_shared or any(one.line.money.is_shared for one in read_lines),
        money=story.money,
        details=story.details,
        disagreements=story.disagreements,
        lines=tuple(one.line for one in read_lines),
        diagnoses=_diagnoses(claim),
        procedures=_procedures(claim),
        drug=facts.drug(claim) if is_drug else None,
        care_team=people.care_team(claim, names),
        related=tuple(found for one in claim.related if (found := _related(one))),
        facts=(*facts.facts(claim, names), *(approvals.facts(claim) if use != "claim" else ())),
        reasons=outcome.reasons,
        notes=_notes(claim),
        payment=payments.payment(claim, story.money),
        payee=values.known_name(claim.payee.party, names) if claim.payee else None,
        also_sent=also_sent.also_sent(body, claim, told, names),
        approval=approvals.approval(claim, numbers) if use != "claim" else None,
    )


def references(body: bytes) -> frozenset[str]:
    """Return the records to read for their names, without version; empty when *body* is unreadable."""
    try:
        return people.references(_decoded(body))
    except Unreadable:
        return frozenset()


def _decoded(body: bytes) -> Explanation:
    try:
        claim = tolerant.decode(body, Explanation)
    except tolerant.Hopeless as error:
        raise Unreadable(error.reason) from None
    if claim.resource_type != "ExplanationOfBenefit":
        raise Unreadable("it is not an ExplanationOfBenefit")
    return claim


def _figures(story: Story, read_lines: Iterable[ReadLine]) -> Iterator[Figure]:
    """Return every figure that is told somewhere."""
    for one in (story.money, *(each.line.money for each in read_lines)):
        yield from (getattr(one, name) for name in one.__struct_fields__)
    yield from (detail.figure for detail in story.details)
    for disagreement in story.disagreements:
        yield from (disagreement.chosen, *disagreement.others)
    yield from (detail.figure for each in read_lines for detail in each.line.details)


def _use(claim: Explanation) -> str:
    """Return what this is for: a claim unless the plan says otherwise (facts 4, step 1)."""
    return _lower(claim.use) or "claim"


def _text(day: Day | None) -> str | None:
    return day.text if day else None


def _lower(code: str | None) -> str | None:
    return (values.clean(code, 40) or "").lower() or None


def _numbers(claim: Explanation) -> tuple[str, ...]:
    """Return claim numbers, the unique one first; the number of a group of claims names none of them."""
    found = []
    for one in claim.identifier:
        number = values.clean(one.value, 100)
        if number and not any(group in (one.system or "") for group in _GROUPS):
            found.append((_UNIQUE_CLAIM not in values.codes(one.type), number))
    return tuple(dict.fromkeys(number for _, number in sorted(found, key=lambda pair: pair[0])))


def _facility(claim: Explanation, names: Mapping[str, str]) -> str | None:
    named = values.known_name(claim.facility, names)
    served = (
        values.known_name(info.value_reference, names)
        for info in claim.supporting_info
        if "servicefacility" in facts.categories(info)
    )
    return named or next((name for name in served if name), None)


def _diagnoses(claim: Explanation) -> tuple[Diagnosis, ...]:
    found = []
    for one in claim.diagnosis:
        what = codes.diagnosis(one.diagnosis_codeable_concept)
        if not what.code and not what.words and one.diagnosis_reference:
            what = codes.diagnosis(_inside(claim, one.diagnosis_reference))
            shown = values.clean(one.diagnosis_reference.display)
            what = what if what.code or what.words else Coded(words=shown)
        if what.code or what.words:
            kinds_of = [code.lower() for concept in one.type for code in values.codes(concept)]
            role = next((_ROLES[code] for code in kinds_of if code in _ROLES), None)
            found.append(Diagnosis(what, role, _yes_or_no(one.on_admission)))
    found.sort(key=lambda one: one.role != "principal")
    first_of_code = {one.what.code or one.what.words: one for one in reversed(found)}
    return tuple(one for one in found if first_of_code[one.what.code or one.what.words] is one)


def _yes_or_no(answer: Concept | None) -> bool | None:
    """Return whether a diagnosis was there on admission; u, w and 1 say that nobody can tell."""
    return next((_ADMITTED[code.lower()] for code in values.codes(answer) if code.lower() in _ADMITTED), None)


def _inside(claim: Explanation, reference: Reference) -> Concept | None:
    """Return the code of a contained record; others are not followed."""
    wanted = values.target(reference.reference)
    return next((one.code for one in claim.contained if one.id and wanted == f"#{one.id}"), None)


def _procedures(claim: Explanation) -> tuple[Procedure, ...]:
    found = []
    for one in claim.procedure:
        what = codes.coded(one.procedure_codeable_concept)
        if not what.code and not what.words and one.procedure_reference:
            what = codes.coded(_inside(claim, one.procedure_reference))
            shown = values.clean(one.procedure_reference.display)
            what = what if what.code or what.words else Coded(words=shown)
        if what.code or what.words:
            kinds_of = [code.lower() for concept in one.type for code in values.codes(concept)]
            primary = next((code in _PRIMARY for code in kinds_of if code in (*_PRIMARY, *_SECONDARY)), None)
            found.append(Procedure(what, _text(values.day(one.date)), primary))
    found.sort(key=lambda one: one.is_primary is not True)
    return tuple(dict.fromkeys(found))


def _related(one: RelatedClaim) -> Related | None:
    """Return another claim this one names; R4 says Identifier, some payers write a Reference."""
    relation = next((code.lower() for code in values.codes(one.relationship)), "associated")
    fields: Mapping[str, Any] = one.reference if isinstance(one.reference, dict) else {}
    path, number = fields.get("reference"), fields.get("value")
    claim = one.claim or Reference()
    reference = values.relative(path if isinstance(path, str) else None) or values.relative(claim.reference)
    if number is None and claim.identifier:
        number = claim.identifier.value
    if reference is None and not isinstance(number, str):
        return None
    known: Relation = relation if relation in get_args(Relation) else "associated"  # type: ignore[assignment]
    return Related(known, reference, values.clean(number, 100) if isinstance(number, str) else None)


def _notes(claim: Explanation) -> tuple[str, ...]:
    """Return the plan's remarks in full sentences: a bare "01" as disposition says nothing."""
    said = values.clean(claim.disposition, 2000)
    texts = [said] if said and " " in said else []
    return tuple(
        dict.fromkeys(
            [*texts, *(text for note in claim.process_note if (text := values.clean(note.text, 2000)))]
        )
    )
