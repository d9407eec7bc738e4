"""Medicines: asked for, handed over, taken, given (MedicationRequest and its like); pure."""

from collections.abc import Iterator
from typing import Final

from apps.fhir import values
from apps.kinds.care import elements
from apps.kinds.care.amounts import days, quantity, ratio, spread, unit_of
from apps.kinds.care.elements import facts, name_of, names_of, when
from apps.kinds.care.frame import Frame
from apps.kinds.care.records import CareRecord, Coded, Fact, When, Words, ours, theirs
from apps.kinds.care.sent import NOTHING, Sent, codes_of
from apps.kinds.care.timing import as_needed, how_often
from apps.kinds.care.vocabulary import SUGGESTED, URGENCIES
from apps.plain_language.language import said

_REQUESTS: Final = {
    "active": "prescribed",
    "on-hold": "on_hold",
    "stopped": "stopped",
    "completed": "completed",
    "draft": "draft",
    "unknown": "unsaid",
}
_STATEMENTS: Final = {
    "active": "taking",
    "completed": "completed",
    "intended": "planned",
    "stopped": "stopped",
    "on-hold": "on_hold",
    "not-taken": "not_taking",
    "unknown": "unsaid",
}
_FILLS: Final = {
    "preparation": "planned",
    "in-progress": "unfinished",
    "completed": "filled",
    "on-hold": "on_hold",
    "stopped": "stopped",
    "declined": "declined",
    "unknown": "unsaid",
}
_GIVEN: Final = {
    "in-progress": "unfinished",
    "not-done": "not_given",
    "on-hold": "on_hold",
    "completed": "given",
    "stopped": "stopped",
    "unknown": "unsaid",
}
_FILL_TYPES: Final = {
    "ff": said("First fill"),
    "rf": said("Refill"),
    "df": said("Daily fill"),
    "em": said("Emergency supply"),
    "fsf": said("First fill, smaller pack"),
    "rfs": said("Refill, smaller pack"),
    "tf": said("Trial fill"),
}
_REPORTED: Final = said("You or somebody for you said that you take this.")
_WAS_REPORTED: Final = said("It was reported.")
EARLIER: Final = said("Instead of an earlier one")
"""Label of the way to an order that this one took the place of: of another medicine, it may be."""
_WITHIN: Final = said("{top} in {bottom}")
_SENTENCES: Final = ("text", "patientInstruction")
_OPEN: Final = ("active", "unknown", "")
_STILL: Final = said("Whether you still take it is not recorded.")
_DO_NOT: Final = said("This says that the medicine is not to be taken.")


def drug(frame: Frame) -> Coded | Words | None:
    """Return what the medicine is called: as a code, inside the record, where it refers to, or its parts."""
    code = elements.coded(frame.sent.one("medicationCodeableConcept"))
    if code.name or code.absent:
        return code
    reference = frame.sent.one("medicationReference")
    inside = frame.opened.contained(reference.text("reference"))
    read = elements.coded(inside.one("code"))
    if read.name:
        return read
    return frame.what(reference) or elements.together([*_parts(frame, inside)])


def _parts(frame: Frame, medicine: Sent) -> Iterator[Words]:
    """Yield what is in a medicine, without what only carries it."""
    for part in medicine.all("ingredient"):
        if part.flag("isActive") is not False:
            name = name_of(part.one("itemCodeableConcept")) or frame.what(part.one("itemReference"))
            yield from (name,) if name else ()


def request(frame: Frame) -> CareRecord:
    """Read a MedicationRequest."""
    sent, status, intent = frame.sent, frame.sent.code("status"), frame.sent.code("intent")
    reported = _is_reported(sent)
    where = set(codes_of(sent.all("category")))
    standing = "suggested" if intent in SUGGESTED else _REQUESTS.get(status, "unsaid")
    if intent == "plan" and status in _OPEN:
        standing = "reported" if reported else "planned"
    if frame.is_not_to_be:
        standing = "not_to_be"
    return frame.record(
        drug(frame),
        when=when(sent, "authoredOn"),
        standing=standing,
        sentences=[
            ours(_DO_NOT) if standing == "not_to_be" else None,
            _reported(sent, is_taken=status in _OPEN and standing != "not_to_be") if reported else None,
            ours(said("It was ordered during a stay.")) if "inpatient" in where else None,
            ours(_STILL) if standing == "prescribed" and not reported else None,
        ],
        facts=_facts_of_request(frame),
        links=(*frame.links(said("Visit"), "encounter"), *frame.links(EARLIER, "priorPrescription")),
    )


def _reported(sent: Sent, *, is_taken: bool) -> Words:
    """Say who reported a medicine, and that it is taken where nothing says otherwise."""
    who = sent.one("reportedReference")
    return ours(_REPORTED if is_taken and (not who or _is_own(who)) else _WAS_REPORTED)


def _is_reported(sent: Sent) -> bool:
    """Whether somebody said that it is taken, rather than asked for it."""
    return sent.flag("reportedBoolean") is True or bool(sent.one("reportedReference"))


def _is_own(who: Sent) -> bool:
    """Whether somebody is the patient, or one of theirs."""
    kind = values.resource_type(who.text("reference") or "") or who.text("type")
    return kind in ("Patient", "RelatedPerson")


def _asked(sent: Sent) -> str:
    """Return what a requester did: who says that they take it, or suggests it, prescribes nothing."""
    if _is_reported(sent) and _is_own(sent.one("requester")):
        return said("Said by")
    is_order = sent.code("intent") not in {"plan", *SUGGESTED} and not sent.flag("doNotPerform")
    return said("Prescribed by") if is_order else said("Asked for by")


def _facts_of_request(frame: Frame) -> tuple[Fact, ...]:
    sent = frame.sent
    supply, urgency = sent.one("dispenseRequest"), sent.code("priority")
    return facts(
        *_doses(sent, "dosageInstruction"),
        (_asked(sent), frame.who(sent.one("requester"))),
        (said("Kind"), names_of(sent.all("category"))),
        (said("Said by"), frame.who(sent.one("reportedReference"))),
        (said("For"), frame.reasons()),
        (said("How urgent"), ours(URGENCIES[urgency]) if urgency in URGENCIES else None),
        (said("Reason for this status"), name_of(sent.one("statusReason"))),
        (said("How it is taken"), _adherence(sent)),
        (said("Amount"), quantity(supply.one("quantity"))),
        (said("Refills allowed"), theirs(supply.text("numberOfRepeatsAllowed"))),
        (said("Supply for"), days(supply.one("expectedSupplyDuration"))),
        (said("May be filled"), when(supply, "validityPeriod")),
        (said("At"), frame.who(supply.one("performer"))),
        (said("Another brand may be given"), _other_brand(sent.one("substitution"))),
    )


def dispense(frame: Frame) -> CareRecord:
    """Read a MedicationDispense."""
    sent = frame.sent
    handed, standing = when(sent, "whenHandedOver"), _FILLS.get(sent.code("status"), "unsaid")
    return frame.record(
        drug(frame),
        when=handed or when(sent, "whenPrepared"),
        standing=standing,
        is_fill=standing == "filled" or (standing == "unsaid" and handed is not None),
        value=_handed_over(sent.one("quantity")),
        facts=_facts_of_dispense(frame, handed),
        links=frame.links(said("Prescription"), "authorizingPrescription"),
    )


def _facts_of_dispense(frame: Frame, handed: When | None) -> tuple[Fact, ...]:
    sent = frame.sent
    fill = next((_FILL_TYPES[code] for code in codes_of(sent.all("type")) if code in _FILL_TYPES), None)
    brand = sent.one("substitution")
    return facts(
        (said("Kind of fill"), ours(fill) if fill else name_of(sent.one("type"))),
        *(
            (said("Number of the refill"), quantity(element.one("valueQuantity")))
            for element in sent.extension("dispenserefill")
        ),
        (said("Handed over"), handed),
        (said("Amount"), quantity(sent.one("quantity"))),
        (said("Supply for"), days(sent.one("daysSupply"))),
        (said("Got ready"), when(sent, "whenPrepared") if handed else None),
        *_doses(sent, "dosageInstruction"),
        (said("By"), frame.actors()),
        (said("At"), frame.who(sent.one("location"))),
        (said("Another brand was given"), elements.yes_or_no(brand.flag("wasSubstituted"))),
        (said("Why another"), names_of(brand.all("reason"))),
        (said("Reason for this status"), name_of(sent.one("statusReasonCodeableConcept"))),
    )


def statement(frame: Frame) -> CareRecord:
    """Read a MedicationStatement."""
    sent = frame.sent
    return frame.record(
        drug(frame),
        when=when(sent, "effective", "dateAsserted"),
        standing=_STATEMENTS.get(sent.code("status"), "unsaid"),
        facts=facts(
            *_doses(sent, "dosage"),
            (said("Said by"), frame.who(sent.one("informationSource"))),
            (said("Written down"), when(sent, "dateAsserted")),
            (said("For"), frame.reasons()),
            (said("Reason for this status"), names_of(sent.all("statusReason"))),
        ),
        links=frame.links(said("Prescription"), "basedOn"),
    )


def administration(frame: Frame) -> CareRecord:
    """Read a MedicationAdministration."""
    sent, dose = frame.sent, frame.sent.one("dosage")
    standing = _GIVEN.get(sent.code("status"), "unsaid")
    why = names_of(sent.all("statusReason"))
    return frame.record(
        drug(frame),
        when=when(sent, "effective"),
        standing=standing,
        value=quantity(dose.one("dose")),
        sentences=[ours(said("Why not: {reason}"), reason=why) if why and standing == "not_given" else None],
        facts=facts(
            (said("How"), theirs(dose.text("text"))),
            *_way(dose),
            (said("Speed"), _speed(dose)),
            (said("By"), frame.actors()),
            (said("For"), frame.reasons()),
            (said("Reason for this status"), why if standing != "not_given" else None),
        ),
        links=frame.links(said("Prescription"), "request"),
    )


def _doses(sent: Sent, name: str) -> tuple[tuple[str, Words | None], ...]:
    """Return the dosage: the sentence as written first, then its parts."""
    doses: list[tuple[str, Words | None]] = []
    for dose in sent.all(name):
        amount = next((quantity(element.one("doseQuantity")) for element in dose.all("doseAndRate")), None)
        span = next((spread(element.one("doseRange")) for element in dose.all("doseAndRate")), None)
        doses += [
            *((said("How to take it"), theirs(dose.text(name, 1000))) for name in _SENTENCES),
            (said("Dose"), amount or span),
            (said("How often"), how_often(dose.one("timing"))),
            *_way(dose),
            *((said("Speed"), speed) for element in dose.all("doseAndRate") if (speed := _speed(element))),
            (said("At most"), ratio(dose.one("maxDosePerPeriod"), _WITHIN)),
            (said("At most in a lifetime"), quantity(dose.one("maxDosePerLifetime"))),
            (said("Only when needed"), as_needed(dose)),
            (said("To know"), names_of(dose.all("additionalInstruction"))),
        ]
    return tuple(doses)


def _way(dose: Sent) -> tuple[tuple[str, Words | None], ...]:
    """Return how and where a medicine goes into the body."""
    return (
        (said("Way"), name_of(dose.one("route"))),
        (said("How it is given"), name_of(dose.one("method"))),
        (said("Part of the body"), name_of(dose.one("site"))),
    )


def _speed(dose: Sent) -> Words | None:
    forms = (quantity(dose.one("rateQuantity")), spread(dose.one("rateRange")))
    return ratio(dose.one("rateRatio"), _WITHIN) or next(filter(None, forms), None)


def _other_brand(brand: Sent) -> Words | None:
    return elements.yes_or_no(brand.flag("allowedBoolean")) or name_of(brand.one("allowedCodeableConcept"))


def _handed_over(amount: Sent) -> Words | None:
    """Return how much was handed over; a number without a unit is said to be one of that."""
    words = quantity(amount)
    return words if words is None or unit_of(amount) else ours(said("amount {number}"), number=words)


def _adherence(sent: Sent) -> Words | None:
    """Return whether it is taken as prescribed, and who said so when (US Core)."""
    adherence = next(sent.extension("us-core-medication-adherence"), NOTHING)
    how, who = (
        names_of(element.one("valueCodeableConcept") for element in adherence.extension(name))
        for name in ("medicationadherence", "informationsource")
    )
    on = when(next(adherence.extension("dateasserted"), NOTHING), "value")
    more = elements.together([words for words in (who, on and on.words) if words])
    return ours("{how} ({more})", how=how, more=more) if how and more else how
