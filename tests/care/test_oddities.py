"""The oddities of payers' clinical records (facts clinical 3), by number, each read as said there."""

from typing import Any

import pytest

from tests.care.given import CVX, LOINC, SNOMED, coded, concept, lab, missing, page, read, sent

CONDITION = {"code": concept("Asthma"), "status": None, "clinicalStatus": coded("active")}
AMOUNT = {"value": 5, "unit": "mg/dL"}


def condition(**elements: Any) -> dict[str, Any]:
    """Return a health problem that is current."""
    return sent("Condition", **(CONDITION | elements))


NO_ALLERGY = concept("NKA", (SNOMED, "716186003", "No known allergy"))
BODY_MASS = concept("", (SNOMED, "1", "Body mass (observable entity)"))
DR_RAY = {"role": [missing()], "member": {"display": "Dr. Ray"}}
UNSATISFACTORY = concept("Specimen unsatisfactory")
NO_UNIT = {"value": 5, "unit": "undefined"}
IN_ERROR = coded("entered-in-error")
CHOSEN = {"system": "urn:oid:9", "code": "493.9", "display": "Wheezing, chosen", "userSelected": True}
TWO_FORMS = ("application/pdf", "application/xml")
BOTH_ABSENT = [
    {"code": concept("", (LOINC, code, "")), "dataAbsentReason": coded("unknown")}
    for code in ("8480-6", "8462-4")
]
SEVERAL_RANGES = [
    {"low": {"value": 4}, "high": {"value": 6, "unit": "%"}, "type": coded("normal") | {"text": "normal"}},
    {
        "high": {"value": 9, "unit": "%"},
        "type": {"text": "critical"},
        "age": {"low": {"value": 18, "unit": "a"}},
    },
    {"text": "65-99"},
    {"low": {"value": 4}, "high": {"value": 6}, "text": "4 to 6, fasting 3.9"},
]
CASES: tuple[tuple[str, dict[str, Any], tuple[str, ...], tuple[str, ...]], ...] = (
    ("1 in error", lab(status="entered-in-error", valueQuantity=AMOUNT), ("mistake",), ()),
    ("3 error goes before active", condition(verificationStatus=coded("entered-in-error")), ("mistake",), ()),
    (
        "4 statuses under pages of value sets",
        condition(verificationStatus={"coding": [{"system": "https://x/ValueSet/y", "code": "REFUTED"}]}),
        ("problem", "Ruled out: Asthma"),
        (),
    ),
    (
        "5 a code under another list",
        condition(code=concept("", ("http://hl7.org/fhir/sid/icd-10-cm", "99213", ""))),
        ("Code 99213",),
        ("ICD-10",),
    ),
    (
        "6 display contradicts text",
        condition(code=concept("Stroke", ("http://hl7.org/fhir/sid/icd-10-cm", "I10", "Hypertension"))),
        ("Stroke", "Also named: Hypertension"),
        (),
    ),
    (
        "7 several vaccines as one",
        sent(
            "Immunization", status="completed", vaccineCode=concept("", (CVX, "140", "A"), (CVX, "88", "Bcd"))
        ),
        ("Your plan sent more than one name for this.",),
        (),
    ),
    (
        "8 proposal, odd dosage",
        sent(
            "MedicationRequest",
            status="active",
            intent="proposal",
            medicationCodeableConcept=concept("Shot"),
            dosageInstruction=[{"text": "VIAL (EA)", "route": concept("topical")}],
        ),
        ("Way: topical", "How to take it: VIAL (EA)"),
        ("still take",),
    ),
    (
        "9 no part of blood pressure",
        sent("Observation", category=[coded("vital-signs")], code=concept("BP"), component=BOTH_ABSENT),
        ("measurement", "BP: not recorded"),
        ("not recorded /",),
    ),
    (
        "13 only reasons for absence",
        condition(category=[missing()], code=missing()),
        ("Health problem, name not shared",),
        ("Kind:", "not known"),
    ),
    (
        "14 text is Null",
        condition(code={"text": "Null", "coding": [{"code": "J45.909", "display": "J45.909"}]}),
        ("Code J45.909",),
        ("Null",),
    ),
    ("14 a value that is null", lab(valueString="Null"), ("Glucose: no value sent",), ("Null",)),
    (
        "15 a vaccine by code alone",
        sent("Immunization", status="completed", vaccineCode=concept("", (CVX, "140", ""))),
        ("vaccine", "nfluenza"),
        ("Code 140",),
    ),
    (
        "20 a free unit, blanks in a range",
        lab(valueQuantity={"value": 7, "unit": "x10e3/uL"}, referenceRange=[{"text": "  4.0-11.0 "}]),
        ("7 x10e3/uL", "range: 4.0-11.0"),
        (),
    ),
    ("21 a flag as text", lab(valueQuantity=AMOUNT, interpretation=[{"text": "H*"}]), ("5 mg/dL · H*",), ()),
    ("21 a flag of no list", lab(valueQuantity=AMOUNT, interpretation=[coded("H*")]), ("5 mg/dL · H*",), ()),
    ("22 words as value", lab(valueString="np"), ("Glucose: np",), ()),
    (
        "25 a paper that did not come",
        sent("DocumentReference", status="current", content=[{"attachment": {}}], type=concept("Note")),
        ("Your plan lists this paper but did not send it.",),
        (),
    ),
    (
        "27 nobody asked",
        sent("AllergyIntolerance", status=None, code=concept("Not on File")),
        ("Nobody asked", "It does not say that you have none."),
        ("Current",),
    ),
    (
        "27 no known allergies",
        sent("AllergyIntolerance", status=None, code=NO_ALLERGY),
        ("none of these is known",),
        (),
    ),
    ("28 a flag without range", lab(valueQuantity=AMOUNT, interpretation=[coded("A")]), ("· Abnormal",), ()),
    (
        "29 local codes first",
        lab(code=concept("", ("urn:oid:1.2", "173674", "173674"), (LOINC, "2345-7", "Glucose in Serum"))),
        ("Glucose in Serum",),
        (),
    ),
    (
        "33 a result in its reason",
        lab(dataAbsentReason=coded("as-text") | {"text": "12.00000 seconds"}),
        ("Glucose: 12.00000 seconds",),
        (),
    ),
    (
        "33 a number in its reason",
        lab(dataAbsentReason=coded("as-text") | {"text": "12.5"}),
        ("Glucose: 12.5",),
        (),
    ),
    (
        "34 all ranges",
        lab(valueQuantity={"value": 5, "unit": "%"}, referenceRange=SEVERAL_RANGES),
        (
            "range: normal: 4 to 6 %",
            "range: critical: 9 % or less, at age 18 years or more",
            "range: 65-99",
            "4 to 6 (4 to 6, fasting 3.9)",
        ),
        (),
    ),
    ("35 a number of a database", lab(code=concept("", ("urn:x", "1", "173674"))), ("Code 1",), ("173674",)),
    (
        "36 ordered during a stay",
        sent(
            "MedicationRequest",
            status="active",
            intent="order",
            category=[coded("inpatient")],
            medicationCodeableConcept=concept("Ibuprofen"),
        ),
        ("It was ordered during a stay.", "Whether you still take it is not recorded."),
        (),
    ),
    (
        "38 a visit without an end",
        sent("Encounter", status="in-progress", period={"start": "2007-03"}),
        ("Visit", "since March 2007", "never recorded the end"),
        (),
    ),
    (
        "39 a person inside",
        lab(
            contained=[
                {
                    "resourceType": "Patient",
                    "id": "p",
                    "birthDate": "1980-01-01",
                    "name": [{"text": "Ann Sy"}],
                }
            ],
            performer=[{"reference": "#p"}],
        ),
        ("Glucose",),
        ("Ann Sy",),
    ),
    (
        "42 cancelled wins",
        lab(status="cancelled", valueQuantity={"value": 6000, "unit": "/mL"}),
        ("cancelled",),
        (),
    ),
    (
        "44 a vaccine not given, a date that cannot be",
        sent(
            "Immunization",
            status="not-done",
            statusReason=concept("refused"),
            vaccineCode=concept("Flu"),
            expirationDate="0001-01-02",
        ),
        ("Not given: Flu", "Why not: refused"),
        ("0001", "Pack good until"),
    ),
    (
        "44 a day of another century",
        condition(onsetDateTime="1850-02-03"),
        ("February 3, 1850", "A date of this record looks wrong."),
        (),
    ),
    (
        "45 planned, not done",
        sent(
            "Procedure",
            status="preparation",
            code=concept("Scan"),
            _performedDateTime=missing("not-performed"),
        ),
        ("says that it was not done", "not done"),
        (),
    ),
    (
        "47 a day of 1970",
        lab(effectiveDateTime="1970-01-07", valueQuantity=AMOUNT),
        ("January 7, 1970", "A date of this record looks wrong."),
        (),
    ),
    ("48 no code at all", condition(code=None), ("Health problem, name not shared",), ()),
    (
        "52 many decimals and a tag",
        lab(code=BODY_MASS, valueQuantity={"value": 27.123456789, "unit": "kg"}),
        ("Body mass: 27.12 kg", "Full value: 27.123456789"),
        ("observable",),
    ),
    (
        "56 a role that is absent",
        sent("CareTeam", status="active", participant=[DR_RAY]),
        ("Dr. Ray | not recorded",),
        (),
    ),
    (
        "57 unfinished, and how it ended",
        sent(
            "Encounter",
            status="in-progress",
            hospitalization={"dischargeDisposition": concept("Home")},
            **{"class": {"code": "AMB"}},
        ),
        ("Visit without a stay", "also says how it ended", "Your plan did not share a date"),
        (),
    ),
    ("59 a reason of another list", lab(dataAbsentReason=UNSATISFACTORY), ("Specimen unsat",), ()),
    (
        "59 an empty list",
        {"resourceType": "List", "status": "current", "title": "Allergies", "emptyReason": coded("nilknown")},
        ("else", "It was reviewed, and there is none."),
        (),
    ),
    (
        "60 a fill by number alone",
        sent(
            "MedicationDispense",
            status="completed",
            medicationCodeableConcept=concept("", ("http://hl7.org/fhir/sid/ndc", "00071015723", "")),
            daysSupply={"value": 30},
        ),
        ("Supply for: 30 days",),
        ("Code",),
    ),
    ("2 a paper in error", sent("DocumentReference", status="entered-in-error"), ("mistake",), ()),
    ("2 a goal in error", sent("Goal", lifecycleStatus="entered-in-error", status=None), ("mistake",), ()),
    ("2 a procedure in error", sent("Procedure", status="entered-in-error"), ("mistake",), ()),
    ("2 a vaccine in error", sent("Immunization", status="entered-in-error"), ("mistake",), ()),
    (
        "3 an allergy that is inactive and in error",
        sent(
            "AllergyIntolerance", status=None, clinicalStatus=coded("inactive"), verificationStatus=IN_ERROR
        ),
        ("mistake",),
        (),
    ),
    (
        "10 a number that is no number",
        sent("Encounter", status="finished", identifier=[{"value": "undefined"}]),
        ("visit",),
        ("undefined",),
    ),
    (
        "16 a diagnosis of a claim is not current",
        condition(category=[coded("encounter-diagnosis")], onsetDateTime="2019-04-02"),
        ("noted for one visit or claim", "April 2, 2019"),
        ("Current",),
    ),
    (
        "24 a category that is a paragraph names nothing",
        lab(category=[coded("laboratory") | {"text": "This report was made for " * 30}]),
        ("Glucose: no value sent",),
        ("Glucose: This report",),
    ),
    (
        "30 never assessed, with an end that is to come",
        sent(
            "Observation",
            category=[coded("social-history")],
            code=concept("Smoking status"),
            valueCodeableConcept=concept("Never Assessed"),
            effectivePeriod={"end": "2099-01-01"},
        ),
        ("Smoking status: Never Assessed",),
        ("since",),
    ),
    (
        "31 a class of their own",
        sent("Encounter", status="finished", **{"class": {"code": "HOV", "system": "urn:oid:1.2"}}),
        ("Visit",),
        ("HOV",),
    ),
    (
        "40 what the clinician chose goes before",
        condition(
            code={"coding": [CHOSEN, {"system": SNOMED, "code": "195967001", "display": "Asthma (disorder)"}]}
        ),
        ("Wheezing, chosen. Your plan", "Also named: Asthma"),
        ("(disorder)",),
    ),
    (
        "41 an author that is the address of a list",
        sent(
            "DocumentReference",
            status="current",
            type=concept("Note"),
            author=[{"reference": "http://terminology.example/CodeSystem/author", "display": "Dr. Ray"}],
        ),
        ("By: Dr. Ray",),
        ("CodeSystem",),
    ),
    (
        "53 stopped as sent, a unit that UCUM reads as kelvin",
        lab(valueQuantity={"value": 5.1, "unit": "K/uL", "code": "K/uL"}),
        ("5.1 K/uL",),
        ("kelvin", "10*3"),
    ),
    (
        "55 a flag that is critical",
        lab(valueQuantity=AMOUNT, interpretation=[coded("HH")]),
        ("Critical",),
        (),
    ),
    ("55 a unit that is undefined", lab(valueQuantity=NO_UNIT), ("Glucose: 5",), ("undefined",)),
    ("61 cancelled", lab(status="cancelled", valueQuantity=AMOUNT), ("cancelled",), ()),
)


@pytest.mark.parametrize(
    ("tree", "told", "untold"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_an_oddity_is_read_as_the_facts_say(
    tree: dict[str, Any], told: tuple[str, ...], untold: tuple[str, ...]
) -> None:
    text = page(tree)
    assert [words for words in told if words not in text] == [], text
    assert [words for words in untold if words in text] == [], text


def test_practitioners_without_a_display_are_called_as_the_mirror_names_them() -> None:
    """Oddity 54: Synthea."""
    tree = lab(valueQuantity=AMOUNT, performer=[{"reference": "Practitioner/p1"}])
    assert "By: Dr. Ray" in page(tree, {"Practitioner/p1": "Dr. Ray"})
    assert "By:" not in page(tree)


def test_one_note_in_two_forms_is_one_paper_with_both() -> None:
    """Oddity 50: Cerner sends a note as PDF and as XML."""
    forms = [{"attachment": {"contentType": form, "url": "Binary/1"}} for form in TWO_FORMS]
    record = read(sent("DocumentReference", status="current", type=concept("Note"), content=forms))[1]
    assert [form.type for form in record.attachments] == list(TWO_FORMS)
