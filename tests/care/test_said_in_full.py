"""A name, a code or an order is said in full and in words, and nothing is said that was not sent."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from apps.accounts.models import Member
from apps.kinds.care import elements
from apps.kinds.care.sent import Sent
from apps.kinds.care.timing import how_often, rhythm
from apps.kinds.care.wording import told
from tests.care.given import LOINC, PATIENT, SNOMED, assert_says, concept, lab, missing, page, read, sent
from tests.care.test_pages import keep, path_of
from tests.claims.given import a_connection

PT, INR = concept("", (LOINC, "5902-2", "PT")), concept("", (LOINC, "6301-6", "INR"))


def clotting(month: int, seconds: float, ratio: float) -> dict[str, Any]:
    """Return a panel of 2026 with a part that is a time."""
    parts = [
        {"code": PT, "valueQuantity": {"value": seconds, "unit": "s"}},
        {"code": INR, "valueQuantity": {"value": ratio}},
    ]
    code = concept("", (LOINC, "34528-0", "Clotting panel"))
    return lab(id=f"o{month}", code=code, effectiveDateTime=f"2026-0{month}-10", component=parts)


def test_each_number_of_a_panel_stands_over_time_under_its_own_name(
    alice: Member, alice_client: Client
) -> None:
    """Seconds are in words of ours, as on the rest of the page, and are of no other part."""
    connection = a_connection(alice)
    keep(connection, clotting(1, 12.5, 1.1), clotting(3, 13.5, 1.2))
    html = alice_client.get(path_of(connection, "Observation/o3")).content.decode()
    of_time, of_ratio = html.index("PT over time"), html.index("INR over time")
    assert of_time < html.index("12.5 seconds") < of_ratio < html.index("1.1", of_ratio)
    assert "12.5 s<" not in html and "PT (seconds)" in html


@pytest.mark.parametrize("written", [{"text": "BID"}, {"coding": [{"code": "BID", "display": "bid"}]}])
def test_a_text_that_repeats_a_code_does_not_hide_what_the_code_means(written: dict[str, Any]) -> None:
    code = {"coding": [{"code": "BID"}]} | written
    dose = {"timing": {"code": code}}
    order = sent("MedicationRequest", status="active", intent="order", dosageInstruction=[dose])
    assert "How often: twice a day" in page(order)
    assert "How often: with food" in page(
        order | {"dosageInstruction": [{"timing": {"code": code | {"text": "with food"}}}]}
    )


def test_a_category_whose_display_spells_its_code_is_said_in_words_of_ours() -> None:
    """In English and Spanish alike: "Problem List Item" is the code again."""
    code = {"coding": [{"code": "problem-list-item", "display": "Problem List Item"}]}
    assert "Kind: List of health problems" in page(sent("Condition", category=[code]))
    named = code | {"text": "Problems since childhood"}
    assert "Kind: Problems since childhood" in page(sent("Condition", category=[named]))


@pytest.mark.parametrize(
    ("kind", "code", "shown"),
    [
        ("MedicationRequest", "inpatient", "Tipo: Durante una estadía en el hospital"),
        ("MedicationRequest", "discharge", "Tipo: Al salir"),
        ("ServiceRequest", "functional-status", "Tipo: Lo que puede hacer sin ayuda"),
    ],
)
def test_categories_that_are_codes_of_medicines_and_orders_are_spanish(
    kind: str, code: str, shown: str
) -> None:
    """ "Tipo: inpatient" stood on Spanish pages."""
    category = {"coding": [{"code": code, "display": code.replace("-", " ").title()}]}
    with translation.override("es"):
        assert shown in page(sent(kind, status="active", category=[category]))


def test_a_role_whose_display_is_its_code_is_said_in_words() -> None:
    role = {"coding": [{"code": "ATND", "display": "ATND"}]}
    seen = [{"type": [role], "individual": {"display": "Dr Li"}}]
    assert "With: Dr Li (attending)" in page(sent("Encounter", status="finished", participant=seen))


def test_a_name_with_a_slash_is_a_name_and_a_reference_is_none() -> None:
    """Only what can be an id of a record is taken for one."""

    def visit(name: str) -> str:
        kind = concept(name, (SNOMED, "1", ""))
        return page(sent("Encounter", status="finished", type=[kind]))

    for name in ("Procedure/Surgery", "Patient/Caregiver"):
        assert name in visit(name)
    assert "Code 1 (SNOMED CT)" in visit("Procedure/a-17")


def by_code(code: str, **repeat: Any) -> dict[str, Any]:
    """Return a timing of a code and a repeat."""
    return {"code": {"coding": [{"code": code}]}, "repeat": repeat}


MORE = "more was sent about when than is told here"
TWICE_A_DAY = {"frequency": 2, "period": 1, "periodUnit": "d"}
DAILY = {"frequency": 1, "period": 1, "periodUnit": "d"}
WEEKLY = {"frequency": 1, "period": 1, "periodUnit": "wk"}
RHYTHMS: tuple[tuple[dict[str, Any], str], ...] = (
    (
        TWICE_A_DAY | {"when": ["AC"], "boundsDuration": {"value": 7, "code": "d"}},
        "2 times every day, before meals, over 7 days",
    ),
    (WEEKLY | {"dayOfWeek": ["mon", "thu"]}, "once every week, on Mondays, on Thursdays"),
    (TWICE_A_DAY | {"boundsPeriod": {"start": "2026-01-15"}}, "2 times every day, since January 15, 2026"),
    ({"frequency": Decimal("1.0"), "period": Decimal("6.0"), "periodUnit": "h"}, "once every 6 hours"),
    ({"frequency": 1, "period": 10, "periodUnit": "d"}, "once every 10 days"),
    (WEEKLY | {"frequency": 3, "count": 20, "countMax": 30}, "3 times every week, 20 to 30 in all"),
    (TWICE_A_DAY | {"timeOfDay": ["08:00:00", "20:00:00"]}, "2 times every day, at 8 a.m., at 8 p.m."),
    ({"timeOfDay": ["09:15:00"]}, "at 9:15 a.m."),
    ({"timeOfDay": ["29:15:00"]}, "at 29:15"),
    ({"timeOfDay": ["in the morning"]}, ""),
    ({"frequency": 2, "when": ["AC"]}, ""),
    (TWICE_A_DAY | {"when": ["AC", "SOMETIME"]}, ""),
    (TWICE_A_DAY | {"when": ["AC"], "offset": 30}, ""),
    ({"boundsPeriod": {"start": "2026-01-01"}}, ""),
    ({"duration": 2, "durationUnit": "h"}, ""),
)


@pytest.mark.parametrize(("repeat", "words"), RHYTHMS)
def test_how_often_is_told_with_all_that_was_ordered_or_not_at_all(
    repeat: dict[str, Any], words: str
) -> None:
    assert told(rhythm(Sent(repeat))) == words


@pytest.mark.parametrize(
    ("timing", "words"),
    [
        ({"code": {"coding": [{"code": "BID"}]}, "repeat": TWICE_A_DAY}, "twice a day"),
        (
            {
                "code": {"coding": [{"code": "BID"}]},
                "repeat": TWICE_A_DAY | {"boundsPeriod": {"end": "2026-02-01"}},
            },
            "twice a day, until February 1, 2026",
        ),
        (
            {"code": {"coding": [{"code": "BID"}]}, "repeat": TWICE_A_DAY | {"frequencyMax": 3}},
            "twice a day; in numbers: 2 to 3 times every day",
        ),
        ({"code": {"text": "with food"}, "repeat": WEEKLY}, "with food; in numbers: once every week"),
        (by_code("WK", frequency=1, period=7, periodUnit="d"), "every week"),
        (by_code("BID", frequency=2, period=24, periodUnit="h"), "twice a day"),
        (
            by_code("TID", frequency=1, period=8, periodUnit="h"),
            "three times a day; in numbers: once every 8 hours",
        ),
        (by_code("BED", **DAILY, when=["HS"]), "at bedtime"),
        (by_code("BED", when=["HS"]), "at bedtime"),
        (by_code("AM", **DAILY, when=["MORN.early"]), "every morning, early in the morning"),
        (by_code("AM", **DAILY, when=["NIGHT"]), "every morning; in numbers: once every day, at night"),
        (by_code("AM", when=["NIGHT"]), "every morning; in numbers: at night"),
        (by_code("BID", timeOfDay=["08:00:00", "20:00:00"]), "twice a day, at 8 a.m., at 8 p.m."),
        ({"code": {"text": "2 times every day"}, "repeat": TWICE_A_DAY}, "2 times every day"),
        (
            {"code": {"text": "Twice a day"}, "repeat": TWICE_A_DAY | {"when": ["AC"]}},
            "Twice a day, before meals",
        ),
        ({"code": {"text": "At bedtime"}, "repeat": {"when": ["HS"]}}, "At bedtime"),
        (by_code("BID", **(TWICE_A_DAY | {"frequency": 3}), offset=30), f"twice a day; {MORE}"),
        (by_code("BID", **TWICE_A_DAY, offset=30), f"twice a day; {MORE}"),
        (by_code("BID", when=["ZZ"]), f"twice a day; {MORE}"),
        ({"repeat": {"boundsPeriod": {"start": "2026-01-01"}}}, MORE),
        ({"repeat": {"id": "r"}}, ""),
        ({}, ""),
    ],
)
def test_a_code_and_numbers_both_stand_where_they_are_not_the_same(
    timing: dict[str, Any], words: str
) -> None:
    assert told(how_often(Sent(timing))) == words


def test_numbers_stand_beside_the_sentence_of_a_dose() -> None:
    """A published order reads "One tablet daily for 4 days" and says 4 times a day in numbers."""
    dose = {"text": "One tablet daily for 4 days", "timing": {"repeat": TWICE_A_DAY | {"frequency": 4}}}
    shown = page(sent("MedicationRequest", status="active", intent="order", dosageInstruction=[dose]))
    assert "How to take it: One tablet daily for 4 days" in shown and "How often: 4 times every day" in shown


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (concept("Patient declined"), "Patient declined"),
        ({"text": "Not today", "coding": [{"code": "notasked"}]}, "Not today"),
    ],
)
def test_why_a_list_is_empty_is_told_as_written(reason: dict[str, Any], words: str) -> None:
    assert f"What it says: {words}" in page(sent("List", status="current", emptyReason=reason))


RELATIVES = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
ABSENCES = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
MIXTURE = {"resourceType": "Medication", "id": "m", "ingredient": [{"itemCodeableConcept": concept("Iron")}]}
CODES_ALONE: dict[str, tuple[dict[str, Any], str, str]] = {
    "what was found": (
        lab(valueCodeableConcept=concept("", (SNOMED, "260415000", ""))),
        "Glucose: Not detected",
        "260415000",
    ),
    "an answer of LOINC": (
        lab(valueCodeableConcept=concept("", (LOINC, "LA6576-8", ""))),
        "Glucose: Positive",
        "LA6576",
    ),
    "a relative": (
        sent("FamilyMemberHistory", status="completed", relationship=concept("", (RELATIVES, "MTH", ""))),
        "Family history: mother",
        "MTH",
    ),
    "by when a vaccine is due": (
        sent(
            "ImmunizationRecommendation",
            recommendation=[
                {
                    "vaccineCode": [concept("MMR")],
                    "dateCriterion": [{"code": concept("", (LOINC, "30980-7", "")), "value": "2026-05-01"}],
                }
            ],
        ),
        "MMR | due on: May 1, 2026",
        "30980",
    ),
    "each side of a blood pressure": (
        lab(component=[{"code": concept("", (LOINC, "8480-6", "")), "valueQuantity": {"value": 125}}]),
        "Systolic blood pressure | 125",
        "8480",
    ),
    "a stage": (
        lab(valueCodeableConcept=concept("", ("http://cancerstaging.org", "pT3", ""))),
        "Glucose: pT3",
        "Code",
    ),
    "two stages": (
        lab(
            valueCodeableConcept=concept(
                "", *(("http://cancerstaging.org", code, "") for code in ("pT3", "pN1"))
            )
        ),
        "Glucose: pT3, pN1",
        "Code",
    ),
    "a pressure of a whole day": (
        lab(component=[{"code": concept("", (LOINC, "8490-5", "")), "valueQuantity": {"value": 125}}]),
        "Systolic blood pressure, mean of 24 hours | 125",
        "8490",
    ),
    "a number of a database": (
        lab(valueCodeableConcept=concept("", ("urn:x:local", "4711", ""))),
        "Glucose: Code 4711",
        "Glucose: 4711",
    ),
    "a phrase": (
        sent("ServiceRequest", status="active", category=[concept("", ("urn:x:kinds", "Orders", ""))]),
        "Kind: Orders",
        "Code Orders",
    ),
}


@pytest.mark.parametrize(("tree", "words", "never"), CODES_ALONE.values(), ids=CODES_ALONE)
def test_a_code_that_came_alone_is_said_in_words(tree: dict[str, Any], words: str, never: str) -> None:
    """Cards of vaccines and tests, and histories of families, are sent without a display."""
    assert_says(tree, [words], [never])
    with translation.override("es"):
        assert " el:" not in page(tree)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Specimen clotted", "Glucose: not done (Specimen clotted)."),
        ("Not Performed", "Glucose: not done."),
        ("Left out", "Glucose: not done."),
    ],
)
def test_why_there_is_no_result_is_told_in_the_words_that_were_sent(text: str, words: str) -> None:
    """It said "not done" alone; what only repeats the code adds nothing."""
    why = concept(text, (ABSENCES, "not-performed", "Left out"))
    assert words in page(lab(dataAbsentReason=why, effectiveDateTime=None))


def test_a_vaccine_that_was_not_given_was_recorded_by_nobody_who_gave_it() -> None:
    vaccine = sent("Immunization", status="completed", vaccineCode=concept("Flu"), primarySource=True)
    assert_says(vaccine, ["Recorded by who gave it: Yes"], [])
    assert_says(vaccine | {"status": "not-done"}, ["Not given: Flu"], ["Recorded by who gave it"])


def test_a_medicine_of_which_only_what_is_in_it_was_sent_is_called_by_that() -> None:
    order = {"contained": [MIXTURE], "medicationReference": {"reference": "#m"}}
    request = sent("MedicationRequest", status="active", intent="order", **order)
    assert_says(request, ["Iron."], ["name not shared"])
    named = order | {"medicationReference": {"reference": "#m", "display": "Iron drops"}}
    assert_says(request | named, ["Iron drops."], [])
    parts = [
        {"itemReference": {"reference": "#s"}},
        {"itemCodeableConcept": concept("Lactose"), "isActive": False},
    ]
    substance = {"resourceType": "Substance", "id": "s", "code": concept("Zinc")}
    mixed = {"contained": [MIXTURE | {"ingredient": [*MIXTURE["ingredient"], *parts]}, substance]}
    assert_says(request | mixed, ["Iron, Zinc."], ["Lactose"])


def test_a_consent_says_to_what_and_for_whom_and_a_history_why_nothing_is_in_it() -> None:
    provision = {
        "type": "permit",
        "actor": [{"role": concept("Agent"), "reference": {"display": "Sally Ito"}}],
        "action": [concept("Tube feeding")],
    }
    consent = sent("Consent", subject=None, patient=PATIENT, status="active", scope=concept("Health agent"))
    told = ["Health agent", "What it says: it is allowed", "About: Tube feeding", "With: Sally Ito"]
    assert_says(consent | {"provision": provision}, told, ["name not shared", "exceptions"])
    nested = {"provision": provision | {"provision": [{"type": "deny"}]}}
    assert_says(consent | nested, ["This consent has exceptions that are not shown here."], [])
    reason = concept("Adopted", ("http://x.example/reasons", "subject-unknown", ""))
    history = sent("FamilyMemberHistory", status="completed", dataAbsentReason=reason)
    assert_says(history, ["Why it is not known: Adopted"], [])


def test_all_of_a_list_in_one_value_are_told() -> None:
    """Of the genes that were looked at only the first was told."""
    genes = concept(
        "", *(("http://x.example/genes", str(n), name) for n, name in enumerate(("BRCA1", "PALB2", "TP53")))
    )
    assert_says(lab(valueCodeableConcept=genes), ["Glucose: BRCA1, PALB2, TP53"], [])
    translated = concept("", (SNOMED, "10828004", "Positive"), ("urn:x:local", "POS", "Pos"))
    assert_says(lab(valueCodeableConcept=translated), ["Glucose: Positive."], ["Pos,"])


@pytest.mark.parametrize("system", [SNOMED, LOINC, ""])
def test_of_a_list_that_names_one_thing_in_several_ways_one_name_is_the_value(system: str) -> None:
    """SNOMED CT has the genus beside the species: that read as two findings."""
    species = concept("", (system, "112283007", "Escherichia coli"), (system, "409822003", "Bacteria"))
    assert_says(lab(valueCodeableConcept=species), ["Glucose: Escherichia coli."], ["Bacteria."])


def test_a_pressure_of_a_whole_day_is_one_value_too() -> None:
    parts = [
        {"code": concept("", (LOINC, code, "")), "valueQuantity": {"value": value, "unit": "mmHg"}}
        for code, value in (("8490-5", 120), ("8472-3", 80))
    ]
    day = lab(code=concept("Mean of 24 hours"), component=parts, effectiveDateTime=None)
    assert_says(day, ["Mean of 24 hours: 120 / 80 mmHg"], [])


TOOTH = {"resourceType": "BodyStructure", "id": "b", "location": concept("Upper front tooth")}


@pytest.mark.parametrize("name", ["bodySite", "procedure-targetBodyStructure"])
def test_a_part_of_the_body_that_stands_inside_is_told(name: str) -> None:
    """Fillings of eight teeth all read alike."""
    site = {"url": f"http://hl7.org/fhir/StructureDefinition/{name}", "valueReference": {"reference": "#b"}}
    filling = sent(
        "Procedure", status="completed", code=concept("Filling"), contained=[TOOTH], extension=[site]
    )
    assert_says(filling, ["Part of the body: Upper front tooth"], [])


def test_when_an_allergy_ended_is_told() -> None:
    ended = {"url": "http://hl7.org/fhir/StructureDefinition/allergyintolerance-abatement"}
    allergy = sent("AllergyIntolerance", status=None, code=concept("Ragweed"))
    assert_says(allergy | {"extension": [ended | {"valueDateTime": "2010"}]}, ["Came to an end: 2010"], [])


def test_that_a_date_is_not_known_is_said_of_the_date() -> None:
    """ "Appendectomy, not recorded." read as if the operation were not."""
    why = {"_performedDateTime": missing("unknown")}
    done = sent("Procedure", status="completed", code=concept("Appendectomy"), **why)
    assert_says(done, ["Appendectomy, date: not recorded.", "Done: not recorded"], [])


def test_a_stage_leads_to_the_tumor_it_is_of() -> None:
    tumor = {"focus": [{"reference": "Condition/tumor"}]}
    assert ("About", "Condition/tumor") in {
        (link.label, link.reference) for link in read(lab(**tumor))[1].links
    }


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (r"C:\new\reports and \\server\new", r"C:\new\reports and \\server\new"),
        (r"Findings:\nNormal.\r\n2 lesions\n- none\n", "Findings: Normal. 2 lesions - none"),
    ],
)
def test_a_path_in_a_note_is_no_line_that_could_not_be_broken(text: str, kept: str) -> None:
    assert elements.written(text) == kept
