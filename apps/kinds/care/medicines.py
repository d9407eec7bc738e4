"""Medicines: asked for, handed over, taken, given (MedicationRequest and its like); pure."""

from typing import Final

from apps.fhir import values
from apps.kinds.care import elements
from apps.kinds.care.amounts import days, quantity, unit_of
from apps.kinds.care.elements import facts, name_of, names_of, when
from apps.kinds.care.frame import Frame
from apps.kinds.care.records import CareRecord, Coded, Fact, When, Words, ours, theirs
from apps.kinds.care.sent import NOTHING, Sent, codes_of
from apps.kinds.care.timing import doses, speed, way
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
_COURSES: Final = {"acute": said("for a short time"), "continuous": said("for a long time")}
"""HL7 medicationrequest-course-of-therapy, in our words."""
_REPORTED: Final = said("You or somebody for you said that you take this.")
_WAS_REPORTED: Final = said("It was reported.")
EARLIER: Final = said("Instead of an earlier one")
"""Label of the way to an order that this one took the place of: of another medicine, it may be."""
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
    return frame.what(reference) or _parts(frame, inside)


def _parts(frame: Frame, medicine: Sent) -> Words | None:
    """Return what is in a medicine, without what only carries it."""
    parts = [part for part in medicine.all("ingredient") if part.flag("isActive") is not False]
    names = (
        name_of(part.one("itemCodeableConcept")) or frame.what(part.one("itemReference")) for part in parts
    )
    return elements.together([name for name in names if name])


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
    return *doses(sent, "dosageInstruction"), *facts(
        (_asked(sent), frame.who(sent.one("requester"))),
        (said("Kind"), names_of(sent.all("category"))),
        (said("Said by"), frame.who(sent.one("reportedReference"))),
        (said("For"), frame.reasons()),
        (said("How urgent"), ours(URGENCIES[urgency]) if urgency in URGENCIES else None),
        (said("Reason for this status"), name_of(sent.one("statusReason"))),
        (said("How long"), _course(sent.one("courseOfTherapyType"))),
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
    of_fill = facts(
        (said("Kind of fill"), ours(fill) if fill else name_of(sent.one("type"))),
        *(
            (said("Number of the refill"), quantity(element.one("valueQuantity")))
            for element in sent.extension("dispenserefill")
        ),
        (said("Handed over"), handed),
        (said("Amount"), quantity(sent.one("quantity"))),
        (said("Supply for"), days(sent.one("daysSupply"))),
        (said("Got ready"), when(sent, "whenPrepared") if handed else None),
        *frame.doers(),
        (said("At"), frame.who(sent.one("location"))),
        (said("Another brand was given"), elements.yes_or_no(brand.flag("wasSubstituted"))),
        (said("Why another"), names_of(brand.all("reason"))),
        (said("Reason for this status"), name_of(sent.one("statusReasonCodeableConcept"))),
    )
    return *of_fill, *doses(sent, "dosageInstruction")


def statement(frame: Frame) -> CareRecord:
    """Read a MedicationStatement."""
    sent = frame.sent
    return frame.record(
        drug(frame),
        when=when(sent, "effective", "dateAsserted"),
        standing=_STATEMENTS.get(sent.code("status"), "unsaid"),
        facts=(
            *doses(sent, "dosage"),
            *facts(
                (said("Said by"), frame.who(sent.one("informationSource"))),
                (said("Written down"), when(sent, "dateAsserted")),
                (said("For"), frame.reasons()),
                (said("Reason for this status"), names_of(sent.all("statusReason"))),
            ),
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
            *way(dose),
            (said("Speed"), speed(dose)),
            *frame.doers(),
            (said("For"), frame.reasons()),
            (said("Reason for this status"), why if standing != "not_given" else None),
        ),
        links=frame.links(said("Prescription"), "request"),
    )


def _other_brand(brand: Sent) -> Words | None:
    return elements.yes_or_no(brand.flag("allowedBoolean")) or name_of(brand.one("allowedCodeableConcept"))


def _handed_over(amount: Sent) -> Words | None:
    """Return how much was handed over; a number without a unit is said to be one of that."""
    words = quantity(amount)
    return words if words is None or unit_of(amount) else ours(said("amount {number}"), number=words)


def _course(course: Sent) -> Words | None:
    """Return for how long it is meant: what HL7's code says, else as sent; local words are for pharmacies."""
    code = next((code for code in codes_of([course]) if code in _COURSES), None)
    return ours(_COURSES[code]) if code else name_of(course)


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
