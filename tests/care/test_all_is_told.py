"""What a record says beside its name, value and day: all of it stands on its page, in words."""

from typing import Any

import pytest

from apps.kinds.care.entry import entry_of
from tests.care.given import assert_says, concept, lab, read, sent

DRUG = {"medicationCodeableConcept": concept("Percocet")}
AMOUNT = {"value": 5, "unit": "mg"}


def dosed(**dose: Any) -> dict[str, Any]:
    """Return a prescription with one dosage."""
    return sent("MedicationRequest", status="active", intent="order", dosageInstruction=[dose], **DRUG)


TOLD: dict[str, tuple[dict[str, Any], tuple[str, ...], tuple[str, ...]]] = {
    "a warning of a medicine, and what was written for the member beside the dosage": (
        dosed(
            text="1 tablet every 4 hours",
            patientInstruction="Take one tablet with water",
            additionalInstruction=[concept("May cause drowsiness"), concept("With food")],
        ),
        (
            "How to take it: 1 tablet every 4 hours",
            "How to take it: Take one tablet with water",
            "To know: May cause drowsiness, With food",
        ),
        (),
    ),
    "how fast, how much at most, where and how a medicine is given": (
        dosed(
            method=concept("Infusion - dosing instruction imperative (qualifier value)"),
            site=concept("Left arm"),
            asNeededBoolean=True,
            doseAndRate=[
                {
                    "rateRatio": {
                        "numerator": {"value": 8, "unit": "ml"},
                        "denominator": {"value": 1, "unit": "min"},
                    }
                }
            ],
            maxDosePerPeriod={"numerator": AMOUNT, "denominator": {"value": 24, "unit": "h"}},
        ),
        (
            "How it is given: Infusion",
            "Part of the body: Left arm",
            "Only when needed: Yes",
            "Speed: 8 ml in 1 minute",
            "At most: 5 mg in 24 hours",
        ),
        (),
    ),
    "how often, where numbers alone say it": (
        dosed(timing={"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}}),
        ("How often: 2 times every day",),
        (),
    ),
    "how often and how long, where both have bounds": (
        sent(
            "ServiceRequest",
            status="active",
            intent="order",
            code=concept("Physiotherapy"),
            occurrenceTiming={
                "repeat": {
                    "frequency": 1,
                    "frequencyMax": 4,
                    "period": 1,
                    "periodUnit": "d",
                    "duration": 15,
                    "durationMax": 25,
                    "durationUnit": "min",
                }
            },
        ),
        ("How often: 1 to 4 times every day, for 15 to 25 minutes",),
        (),
    ),
    "how often, within bounds": (
        dosed(timing={"repeat": {"frequency": 1, "period": 4, "periodMax": 6, "periodUnit": "h"}}),
        ("How often: once every 4 to 6 hours",),
        (),
    ),
    "a unit that is a number": (
        lab(valueQuantity={"value": 10, "unit": "10*3/uL"}),
        ("Glucose: 10 ×10³/uL.",),
        (),
    ),
    "a name that was made bold": (
        sent(
            "Procedure",
            status="completed",
            code=concept("Scan"),
            performer=[{"actor": {"display": "**self**"}}],
        ),
        ("By: self",),
        ("*",),
    ),
    "until when a prescription holds, and whether another brand will do": (
        sent(
            "MedicationRequest",
            status="active",
            intent="order",
            dispenseRequest={"validityPeriod": {"start": "2026-01-15", "end": "2027-01-15"}},
            substitution={"allowedBoolean": False, "reason": concept("Formulary policy")},
            **DRUG,
        ),
        ("May be filled: January 15, 2026 to January 15, 2027", "Another brand may be given: No"),
        (),
    ),
    "a fill that was of another brand": (
        sent(
            "MedicationDispense",
            status="completed",
            substitution={"wasSubstituted": True, "reason": [concept("Formulary policy")]},
            location={"display": "Pharmacy"},
            daysSupply={"value": 1, "unit": "Day"},
            **DRUG,
        ),
        (
            "Another brand was given: Yes",
            "Why another: Formulary policy",
            "At: Pharmacy",
            "Supply for: 1 day",
        ),
        ("1 days",),
    ),
    "why a medicine given on the spot is on hold": (
        sent("MedicationAdministration", status="on-hold", statusReason=[concept("Contraindicated")], **DRUG),
        ("Reason for this status: Contraindicated",),
        (),
    ),
    "how an allergic reaction went": (
        sent(
            "AllergyIntolerance",
            code=concept("Cashew nuts"),
            reaction=[
                {
                    "substance": concept("Cashew extract"),
                    "manifestation": [concept("Anaphylaxis")],
                    "description": "Epinephrine administered",
                    "onset": "2012-06-12",
                    "severity": "severe",
                    "exposureRoute": concept("Subcutaneous route"),
                    "note": [{"text": "Within 15 minutes"}],
                }
            ],
        ),
        (
            "Anaphylaxis | severe, June 12, 2012",
            "Reaction to: Cashew extract",
            "Way: Subcutaneous route",
            "How it went: Epinephrine administered",
            "Within 15 minutes",
        ),
        (),
    ),
    "what is not to be done, in a plan of care": (
        sent(
            "CarePlan",
            status="active",
            intent="plan",
            activity=[
                {
                    "detail": {
                        "status": "scheduled",
                        "code": concept("Bed rest"),
                        "doNotPerform": True,
                        "scheduledPeriod": {"start": "2026-02-01", "end": "2026-02-03"},
                        "performer": [{"display": "Nurse Nancy"}],
                    },
                    "progress": [{"text": "Slept well"}],
                },
                {"detail": {"status": "completed", "code": concept("Visit"), "description": "The first one"}},
            ],
        ),
        (
            "Bed rest | not to be done, planned, February 1 to 3, 2026, Nurse Nancy",
            "Visit | done, The first one",
            "Slept well",
        ),
        (),
    ),
    "of what a family history tells": (
        sent(
            "FamilyMemberHistory",
            status="completed",
            relationship=concept("father"),
            condition=[
                {
                    "code": concept("Heart attack"),
                    "onsetAge": {"value": 74, "unit": "yr"},
                    "contributedToDeath": True,
                    "note": [{"text": "Was fishing"}],
                },
                {"code": concept("Gout")},
            ],
            deceasedAge={"value": 74, "unit": "yr"},
        ),
        (
            "Heart attack | at age 74 years, it led to death",
            "Gout | ",
            "Died: at age 74 years",
            "Was fishing",
        ),
        ("Conditions:",),
    ),
    "why a goal stands as it does, what came of it, and until when it is meant": (
        sent(
            "Goal",
            status=None,
            lifecycleStatus="on-hold",
            description=concept("Lose weight"),
            statusReason="After the honeymoon",
            outcomeCode=[concept("Former smoker")],
            target=[{"dueDate": "2026-04-05"}],
        ),
        (
            "Lose weight, until April 5, 2026.",
            "Reason for this status: After the honeymoon",
            "Outcome: Former smoker",
        ),
        ("did not share a date",),
    ),
    "a dose of a vaccine that was too weak, why it was given, and against what": (
        sent(
            "Immunization",
            status="completed",
            vaccineCode=concept("Twinrix"),
            isSubpotent=True,
            subpotentReason=[concept("Cold chain break")],
            reasonCode=[concept("Travel")],
            protocolApplied=[
                {"series": "2-dose", "targetDisease": [concept("Hepatitis A")], "doseNumberPositiveInt": 1},
                {"targetDisease": [concept("Hepatitis B")], "doseNumberPositiveInt": 2},
            ],
        ),
        (
            "It is marked as a dose that was weaker than it should be.",
            "Why it was weaker: Cold chain break",
            "Because of: Travel",
            "Dose: 1 (2-dose, Hepatitis A), 2 (Hepatitis B)",
        ),
        (),
    ),
    "of what a picture is": (
        sent(
            "Media",
            status="completed",
            modality=concept("X-ray of the hand"),
            bodySite=concept("Left hand (body structure)"),
            view=concept("Lateral projection"),
            device={"display": "Acme Camera"},
            createdDateTime="2016-03-15",
        ),
        ("X-ray of the hand, March 15, 2016.", "Part of the body: Left hand\n", "View: Lateral projection"),
        ("name not shared",),
    ),
    "how long a visit was, how urgent, and from where": (
        sent(
            "Encounter",
            status="finished",
            type=[concept("Consultation")],
            length={"value": 140, "unit": "min"},
            priority=concept("Urgent"),
            hospitalization={"admitSource": concept("Referral by physician")},
        ),
        ("How long: 140 minutes", "How urgent: Urgent", "Came from: Referral by physician"),
        (),
    ),
    "with what a procedure was done, and what went wrong": (
        sent(
            "Procedure",
            status="completed",
            code=concept("Colonoscopy"),
            usedReference=[{"display": "Colonoscope"}],
            usedCode=[concept("30-gauge needle")],
            complicationDetail=[{"display": "Perforated intestine"}],
        ),
        ("Done with: Colonoscope", "Done with: 30-gauge needle", "Complications: Perforated intestine"),
        (),
    ),
    "what is ordered in particular, where, and that it is urgent": (
        sent(
            "ServiceRequest",
            status="active",
            intent="order",
            code=concept("Physiotherapy"),
            bodySite=[concept("Both knees")],
            orderDetail=[concept("Low pressure")],
            priority="stat",
            asNeededCodeableConcept=concept("to clear mucus"),
        ),
        (
            "Part of the body: Both knees",
            "In particular: Low pressure",
            "How urgent: at once",
            "Only when needed: to clear mucus",
        ),
        (),
    ),
    "that a paper adds to another": (
        sent("DocumentReference", status="current", type=concept("Note"), relatesTo=[{"code": "appends"}]),
        ("It adds to an earlier paper.",),
        (),
    ),
    "the reason in words for which a list is empty": (
        sent(
            "List", status="current", title="Drugs", emptyReason=concept("Takes none", ("", "nilknown", ""))
        ),
        ("It was reviewed, and there is none.", "Takes none"),
        (),
    ),
    "what the record's own page says where nothing else says what it is": (
        sent(
            "Procedure",
            status="completed",
            text={"status": "additional", "div": "<div>Appendectomy by Dr. Surgeon</div>"},
        ),
        ("In your plan's words: Appendectomy by Dr. Surgeon",),
        (),
    ),
    "when a device was made, which is not since when it is hers": (
        sent("Device", status="active", type=concept("Knee joint"), manufactureDate="2015-10-15"),
        ("Knee joint. Your plan did not share a date.", "Made: October 15, 2015"),
        (),
    ),
    "the number of a device that has nothing else": (
        sent("Device", status="active", identifier=[{"value": "345675"}]),
        ("Other number: 345675",),
        (),
    ),
    "a day in the place of words": (
        sent(
            "CarePlan",
            status="active",
            intent="plan",
            activity=[
                {"detail": {"code": concept("Scan"), "scheduledString": "2011-06-27T09:30:10+01:00"}},
                {"detail": {"code": concept("Walk"), "scheduledString": "daily"}},
            ],
        ),
        ("Scan | June 27, 2011", "Walk | daily"),
        (),
    ),
    "no address for a title": (
        sent(
            "DocumentReference",
            status="current",
            type=concept("Note"),
            identifier=[{"value": "N-17"}],
            content=[{"attachment": {"url": "Binary/1", "title": "Uri: [base]/Binary/1-note"}}],
        ),
        ("Number: N-17",),
        ("Title", "Binary"),
    ),
    "a reason that is a reference in the place of words": (
        sent(
            "Procedure",
            status="completed",
            code=concept("Scan"),
            reasonCode=[concept("DiagnosticReport/f201")],
        ),
        ("Scan",),
        ("DiagnosticReport/f201", "Because of"),
    ),
    "lines that a sender could not break": (
        lab(valueString=r"LINES: None.\n LUNGS:\.br\Clear.\n", note=[{"text": r"Seen.\nTwice."}]),
        ("Glucose: LINES: None. LUNGS: Clear.", "Seen. Twice."),
        ("\\",),
    ),
    "a statement and its answer": (
        lab(code=concept("We worried about food."), valueString="Often true"),
        ("We worried about food. Often true",),
        (".:",),
    ),
}


@pytest.mark.parametrize(("tree", "told", "never"), TOLD.values(), ids=TOLD)
def test_all_that_a_record_says_is_told(
    tree: dict[str, Any], told: tuple[str, ...], never: tuple[str, ...]
) -> None:
    assert_says(tree, told, never)


def test_a_paper_may_be_sensitive_by_its_own_label() -> None:
    label = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "V"}]}
    plain = sent("DocumentReference", status="current", type=concept("Note"))
    assert (
        entry_of(read(plain | {"securityLabel": [label]})[1]).categories > entry_of(read(plain)[1]).categories
    )
