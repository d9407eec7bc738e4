"""What was lost or said wrongly where pages were read beside the JSON they are made of."""

from typing import Any

import pytest

from tests.care.given import LOINC, SNOMED, assert_says, coded, concept, lab, read, sent

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
NICKEL = concept("Nickel", (RXNORM, "31738", "Nickel"), (RXNORM, "1311629", ""), (RXNORM, "1546280", ""))
HIVES = {"manifestation": [concept("Hives")], "description": "Hives"}
TABLE = "http://terminology.hl7.org/CodeSystem/v2-"
SD = "http://hl7.org/fhir/StructureDefinition/"
MILLIGRAMS, ONE_TABLET = {"value": 240, "unit": "mg"}, {"value": 1, "unit": "tablet", "code": "{tbl}"}
PER_HOUR, PER_DAY = {"value": 5, "unit": "ml/h"}, {"value": 120, "unit": "ml/d"}
SHOT = {"status": "active", "intent": "order", "medicationCodeableConcept": concept("Warfarin")}


def dose(day: str, amount: float) -> dict[str, Any]:
    """Return a dosage on one day of the week."""
    return {
        "timing": {"repeat": {"dayOfWeek": [day]}},
        "doseAndRate": [{"doseQuantity": {"value": amount, "unit": "mg"}}],
    }


BESIDE: dict[str, tuple[dict[str, Any], tuple[str, ...], tuple[str, ...]]] = {
    "each dosage of several is told whole, though it repeats what another says": (
        sent(
            "MedicationRequest", **SHOT, dosageInstruction=[dose("mon", 5), dose("tue", 2.5), dose("wed", 5)]
        ),
        (
            "Dosage: 1 of 3\nDose: 5 mg\nHow often: on Mondays\n"
            "Dosage: 2 of 3\nDose: 2.5 mg\nHow often: on Tuesdays\n"
            "Dosage: 3 of 3\nDose: 5 mg\nHow often: on Wednesdays",
        ),
        (),
    ),
    "of one dosage alone nothing is counted": (
        sent("MedicationRequest", **SHOT, dosageInstruction=[dose("mon", 5)]),
        ("Dose: 5 mg\nHow often: on Mondays",),
        ("Dosage",),
    ),
    "the most that may be taken at once, and how long it is meant to go on": (
        sent(
            "MedicationRequest",
            **SHOT,
            courseOfTherapyType=concept(
                "Physician Stop", ("urn:x", "2337", ""), ("urn:hl7", "acute", "Acute")
            ),
            dosageInstruction=[{"maxDosePerAdministration": {"value": 4, "unit": "mg"}}],
        ),
        ("At most in one dose: 4 mg", "How long: for a short time"),
        (),
    ),
    "a value whose code says something else than its text": (
        lab(
            code=concept("Pregnancy intention"),
            valueCodeableConcept=concept(
                "Pregnant", (SNOMED, "454381000124105", "Not sure of desire to become pregnant")
            ),
            component=[
                {
                    "code": concept("Gram stain"),
                    "valueCodeableConcept": concept("Rods", ("urn:x", "GPR", "Moderate")),
                }
            ],
        ),
        (
            "Pregnancy intention: Pregnant (Not sure of desire to become pregnant).",
            "Gram stain | Rods (Moderate)",
        ),
        (),
    ),
    "a value whose code says the same, or less": (
        lab(
            valueCodeableConcept=concept("2. Good color all over", (LOINC, "LA6724-4", "Good color all over"))
        ),
        ("Glucose: 2. Good color all over.",),
        ("(",),
    ),
    "a longer name that turns the short one around": (
        sent("Condition", code=concept("Asthma", (SNOMED, "1", "No history of asthma")), status=None),
        ("Also named: No history of asthma",),
        (),
    ),
    "a page of its own that says more than the elements": (
        sent(
            "DiagnosticReport",
            code=concept("Pap smear"),
            text={"status": "additional", "div": "<div>Atypical squamous cells</div>"},
        ),
        ("In your plan's words: Atypical squamous cells",),
        (),
    ),
    "a page that a machine made of the elements says nothing more": (
        sent(
            "DiagnosticReport", code=concept("Scan"), text={"status": "generated", "div": "<div>Id x1</div>"}
        ),
        (),
        ("Id x1",),
    ),
    "an age of a risk is said once": (
        sent(
            "RiskAssessment",
            prediction=[{"outcome": concept("Gout"), "whenRange": {"low": {"value": 39, "unit": "years"}}}],
        ),
        ("Gout | at age 39 years or more",),
        ("more, at age",),
    ),
    "the prism of a lens, and what was written with it": (
        sent(
            "VisionPrescription",
            status="active",
            lensSpecification=[
                {
                    "eye": "left",
                    "sphere": -1,
                    "prism": [{"amount": 0.5, "base": "up"}, {"amount": 1, "base": "nasal"}],
                    "note": [{"text": "Tinted"}],
                }
            ],
        ),
        ("Left eye | sphere -1, prism 0.5 base up, prism 1 nasal", "Tinted"),
        (),
    ),
    "a diagnosis of a visit that is named and not referred to": (
        sent("Encounter", status="finished", diagnosis=[{"condition": {"display": "Fever after treatment"}}]),
        ("Diagnosis: Fever after treatment",),
        (),
    ),
    "a dose that is said not to be weaker has no reason to be": (
        sent(
            "Immunization",
            status="completed",
            vaccineCode=concept("Hepatitis B"),
            isSubpotent=False,
            subpotentReason=[concept("partial dose")],
        ),
        (),
        ("weaker",),
    ),
    "who ordered a vaccine did not give it": (
        sent(
            "Immunization",
            status="completed",
            vaccineCode=concept("Hepatitis B"),
            performer=[
                {"function": coded("OP"), "actor": {"display": "Dr. Ray"}},
                {"function": coded("AP"), "actor": {"display": "Kim Lee"}},
            ],
        ),
        ("By: Kim Lee", "Asked for by: Dr. Ray"),
        (),
    ),
    "who ordered a test did not do it (Oracle Health)": (
        lab(
            valueString="5",
            performer=[
                {
                    "extension": [
                        {
                            "url": f"{SD}event-performerFunction",
                            "valueCodeableConcept": concept("", (f"{TABLE}0912", "OP", "ordering provider")),
                        }
                    ],
                    "display": "Dr. Ray",
                },
                {"display": "Kim Lee"},
            ],
        ),
        ("By: Kim Lee", "Asked for by: Dr. Ray"),
        (),
    ),
    "the same letters of another list, or of none, name nobody who ordered": (
        sent(
            "Procedure",
            status="completed",
            code=concept("Removal of appendix"),
            performer=[
                {"function": concept("", ("urn:x", "OP", "Operating")), "actor": {"display": "Dr. Ray"}},
                {"function": coded("OP"), "actor": {"display": "Kim Lee"}},
            ],
        ),
        ("By: Dr. Ray, Kim Lee",),
        ("Asked for by",),
    ),
    "the signs of an illness that are named alone or described inside the record": (
        sent(
            "Condition",
            status=None,
            code=concept("Asthma"),
            contained=[{"resourceType": "Observation", "id": "o", "code": concept("Wheezing")}],
            evidence=[{"code": [concept("Cough")]}, {"detail": [{"display": "Fever"}, {"reference": "#o"}]}],
        ),
        ("Signs: Cough", "Signs: Fever, Wheezing"),
        (),
    ),
    "a plan of care whose own page is said to say more and is empty": (
        sent(
            "CarePlan", status="active", intent="plan", text={"status": "additional", "div": "<div> </div>"}
        ),
        ("Your plan sent no details.",),
        ("In your plan's words",),
    ),
    "one dose told in several amounts is not several doses": (
        sent(
            "MedicationRequest",
            **SHOT,
            dosageInstruction=[
                {"doseAndRate": [{"doseQuantity": amount} for amount in (MILLIGRAMS, ONE_TABLET, MILLIGRAMS)]}
            ],
        ),
        ("Dose: 240 mg or 1 tablet",),
        (),
    ),
    "a dose and a speed as they were ordered and as they are counted (Epic)": (
        sent(
            "MedicationRequest",
            **SHOT,
            dosageInstruction=[
                {
                    "doseAndRate": [
                        {"type": coded("ordered"), "doseQuantity": MILLIGRAMS, "rateQuantity": PER_HOUR},
                        {"type": concept("admin-amount"), "doseQuantity": ONE_TABLET},
                        {"type": coded("calculated"), "doseQuantity": MILLIGRAMS, "rateQuantity": PER_DAY},
                    ]
                }
            ],
        ),
        (
            "Dose: 240 mg (ordered, calculated), 1 tablet (admin-amount)",
            "Speed: 5 ml/h (ordered), 120 ml/d (calculated)",
        ),
        (),
    ),
    "a dosage of which nothing can be told has no heading": (
        sent("MedicationRequest", **SHOT, dosageInstruction=[dose("mon", 5), {"sequence": 2}]),
        ("Dosage: 1 of 2\nDose: 5 mg",),
        ("2 of 2",),
    ),
    "an activity of which nothing but its name was sent": (
        sent("CarePlan", status="active", intent="plan", activity=[{"reference": {"display": "Vitamins"}}]),
        ("Vitamins | no details sent",),
        ("not recorded",),
    ),
    "why an activity stands so, and how much a day": (
        sent(
            "CarePlan",
            status="active",
            intent="plan",
            activity=[
                {
                    "detail": {
                        "status": "stopped",
                        "code": concept("Supplement"),
                        "statusReason": concept("Nausea"),
                        "productReference": {"display": "Potassium"},
                        "dailyAmount": {"value": 80, "unit": "mmol"},
                    }
                }
            ],
        ),
        ("Supplement | stopped, Nausea, Potassium, 80 mmol",),
        (),
    ),
    "a goal that stands inside a plan of care": (
        sent(
            "CarePlan",
            status="active",
            intent="plan",
            contained=[{"resourceType": "Goal", "id": "g", "description": concept("Lose weight")}],
            goal=[{"reference": "#g"}],
        ),
        ("Goal: Lose weight",),
        ("sent no details",),
    ),
    "what a task was given that has no name": (
        sent(
            "Task",
            status="completed",
            code=concept("Data request"),
            contained=[{"resourceType": "Bundle", "id": "b", "type": "searchset"}],
            output=[
                {"type": concept("answer"), "valueReference": {"reference": "#b"}},
                {"type": concept("paper"), "valueReference": {"reference": "DocumentReference/1"}},
            ],
            **{"for": {"reference": "Patient/1"}},
        ),
        ("answer | not named", "paper | not named"),
        ("searchset", "no details sent"),
    ),
    "a name in words goes before a code alone": (
        sent(
            "Consent",
            status="active",
            category=[coded("IDSCL"), concept("Provider access")],
            patient={"reference": "Patient/1"},
        ),
        ("Provider access. Your plan",),
        ("Consent: Code IDSCL.",),
    ),
    "codes without words beside one name are no other names (Epic)": (
        sent(
            "AllergyIntolerance",
            status=None,
            code=NICKEL,
            reaction=[HIVES, HIVES | {"description": "All night"}],
        ),
        ("Nickel: Hives", "How it went: All night"),
        ("more than one name", "How it went: Hives"),
    ),
    "who took part in a visit that is over is not there since (Oracle Health)": (
        sent(
            "Encounter",
            status="finished",
            period={"start": "2019-12-26", "end": "2020-01-07"},
            participant=[
                {
                    "type": [concept("Attending Physician")],
                    "period": {"start": "2019-12-26"},
                    "individual": {"display": "Dr. Ray"},
                }
            ],
        ),
        ("With: Dr. Ray (Attending Physician)",),
        ("since",),
    ),
}


@pytest.mark.parametrize(("tree", "told", "never"), BESIDE.values(), ids=BESIDE)
def test_a_page_says_all_that_was_sent_and_nothing_else(
    tree: dict[str, Any], told: tuple[str, ...], never: tuple[str, ...]
) -> None:
    assert_says(tree, told, never)


def test_a_way_leads_to_all_that_a_record_names_as_its_matter() -> None:
    """A plan of care for an illness, and what was put in, had no way to the illness and the device."""
    to = {"reference": "Condition/9"}
    named = {
        "CarePlan": {"addresses": [to]},
        "Goal": {"addresses": [to]},
        "Condition": {"evidence": [{"detail": [to]}]},
        "Procedure": {"focalDevice": [{"manipulated": to}]},
    }
    for name, elements in named.items():
        assert [link.reference for link in read(sent(name, **elements))[1].links] == ["Condition/9"], name
