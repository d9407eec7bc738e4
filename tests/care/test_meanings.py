"""What a record means is kept: a range's words, a flag's list, what is not to be, what is none."""

from typing import Any

import pytest

from apps.kinds.care import wording
from apps.kinds.care.entry import NOT_SO, entry_of
from apps.kinds.care.kind import ALLERGY, ELSE, MEDICINE, PROBLEM, VACCINE
from tests.care.given import ABSENT, LOINC, SNOMED, coded, concept, lab, page, read, sent

V3 = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
AMOUNT = {"value": 15, "unit": "ng/mL"}
END = {"value": 20, "unit": "ng/mL"}
DEFICIENT = {"high": END, "text": "Deficient: <20"}


def flag(*codings: tuple[str, str, str]) -> dict[str, Any]:
    """Return a result with one flag of several codings."""
    return lab(valueQuantity=AMOUNT, interpretation=[concept("", *codings)])


RANGES_AND_FLAGS: dict[str, tuple[dict[str, Any], tuple[str, ...], tuple[str, ...]]] = {
    "a range that means something": (
        lab(valueQuantity=AMOUNT, referenceRange=[DEFICIENT]),
        ("20 ng/mL or less (Deficient: <20)",),
        (),
    ),
    "a range said twice": (
        lab(valueQuantity=AMOUNT, referenceRange=[{"high": END, "text": "<= 20 ng/mL"}]),
        ("range: 20 ng/mL or less",),
        ("<=",),
    ),
    "a local N": (flag(("urn:oid:1.2.3.4", "N", "Negative")), ("Negative",), ("Normal",)),
    "a local R": (flag(("urn:oid:1.2.3.4", "R", "Reactive")), ("Reactive",), ("Resistant",)),
    "two flags": (flag((V3, "N", ""), (V3, "HH", "")), ("Normal, Critically high",), ()),
}


@pytest.mark.parametrize(("tree", "told", "untold"), RANGES_AND_FLAGS.values(), ids=RANGES_AND_FLAGS)
def test_ranges_and_flags_keep_what_they_mean(
    tree: dict[str, Any], told: tuple[str, ...], untold: tuple[str, ...]
) -> None:
    text = page(tree)
    assert [words for words in told if words not in text] == [], text
    assert [words for words in untold if words in text] == [], text


@pytest.mark.parametrize(
    ("ranges", "is_drawn"),
    [
        ([DEFICIENT], False),
        ([{"high": END, "text": "<20"}], True),
        ([{"high": END, "type": coded("normal")}], True),
        ([{"high": {"value": 20}}], True),
        ([{"high": END | {"unit": "nmol/L"}}], False),
        ([{"high": END}, {"text": "of adults"}], True),
        ([{"high": END}, {"high": {"value": 30, "unit": "ng/mL"}}], False),
    ],
)
def test_only_one_range_of_numbers_in_the_unit_of_the_result_is_drawn_where_it_means_nothing_else(
    ranges: list[dict[str, Any]], is_drawn: bool
) -> None:
    result = lab(code=concept("", (LOINC, "1989-3", "D")), valueQuantity=AMOUNT, referenceRange=ranges)
    assert (read(result)[1].points[0].point.high is not None) == is_drawn


def drug(**elements: Any) -> dict[str, Any]:
    """Return a prescription."""
    made = {"status": "active", "intent": "order", "medicationCodeableConcept": concept("Aspirin")}
    made["requester"] = {"display": "Dr. Fox"}
    return sent("MedicationRequest", **(made | elements))


PLAN = {"intent": "plan", "reportedBoolean": True}
NEGATED = [{"url": "http://x.example/qicore-doNotPerform", "valueBoolean": True}]
BY_A_DOCTOR = {"intent": "plan", "reportedReference": {"reference": "Practitioner/1"}}
REQUESTS: dict[str, tuple[dict[str, Any], str, tuple[str, ...], str]] = {
    "not to be taken": (drug(doNotPerform=True), "not_to_be", ("Not to be done or taken: Aspirin",), "still"),
    "not to be done": (
        sent("ServiceRequest", status="active", doNotPerform=True, code=concept("Scan")),
        "not_to_be",
        ("Not to be done or taken: Scan",),
        "Asked for:",
    ),
    "reported and stopped": (drug(status="stopped", **PLAN), "stopped", ("It was reported.",), "you take"),
    "reported": (drug(**PLAN), "reported", ("You or somebody for you said that you take this.",), "still"),
    "an option": (drug(intent="option"), "suggested", ("Asked for by",), "Prescribed by"),
    "meant, not ordered": (drug(intent="plan"), "planned", ("Asked for by",), "still"),
    "an order that is an option": (
        sent("ServiceRequest", status="active", intent="option", code=concept("Scan")),
        "suggested",
        ("Scan",),
        "Asked for:",
    ),
    "an order that is meant": (
        sent("ServiceRequest", status="active", intent="plan", code=concept("Scan")),
        "planned",
        ("Scan",),
        "Asked for:",
    ),
    "reported by a doctor": (drug(**BY_A_DOCTOR), "reported", ("It was reported.",), "You or somebody"),
    "a message that is not to be sent": (
        sent("CommunicationRequest", status="active", doNotPerform=True, category=[concept("Message")]),
        "not_to_be",
        ("Not to be done or taken: Message", "This says that it is not to be done."),
        "Current",
    ),
    "not to be done, by an extension": (
        sent(
            "DeviceRequest",
            status="completed",
            codeCodeableConcept=concept("Knee brace"),
            modifierExtension=NEGATED,
        ),
        "not_to_be",
        ("Not to be done or taken: Knee brace", "This says that it is not to be done."),
        "does not understand",
    ),
    "not to be, where nothing is asked for": (
        sent(
            "MedicationStatement",
            status="active",
            medicationCodeableConcept=concept("Warfarin"),
            modifierExtension=NEGATED,
        ),
        "taking",
        ("that this app does not understand",),
        "not to be",
    ),
}


@pytest.mark.parametrize(("tree", "standing", "told", "untold"), REQUESTS.values(), ids=REQUESTS)
def test_what_is_not_to_be_or_no_longer_is_never_reads_as_ordered(
    tree: dict[str, Any], standing: str, told: tuple[str, ...], untold: str
) -> None:
    text = page(tree)
    assert read(tree)[1].standing == standing
    assert [words for words in told if words not in text] == [], text
    assert untold not in text
    assert (standing == "not_to_be") == (standing in NOT_SO & wording.SAID_FIRST)


def allergy(code: dict[str, Any], clinical: str = "active", verified: str = "confirmed") -> dict[str, Any]:
    """Return an allergy."""
    stands = {"clinicalStatus": coded(clinical), "verificationStatus": coded(verified)}
    return sent("AllergyIntolerance", status=None, code=code, **stands)


NONE = concept("", (SNOMED, "409137002", "No known drug allergy"))
NO_INFORMATION = concept("Penicillin, no information about the reaction")
FAMILY = concept("Family history of breast cancer")
NONE_KNOWN, NOBODY = "none of these is known", "Nobody asked"
ICD_10 = "http://hl7.org/fhir/sid/icd-10-cm"
IPS = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"
NO_MEDICINE = concept("", (IPS, "no-medication-info", ""))
STANDS: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "none known": (allergy(NONE), "names_none", NONE_KNOWN, NOBODY),
    "none known, as people write it": (allergy(concept("NKDA")), "names_none", NONE_KNOWN, NOBODY),
    "none known, as it was called before": (
        allergy(concept("", (SNOMED, "160244002", "No known allergies (situation)"))),
        "names_none",
        NONE_KNOWN,
        NOBODY,
    ),
    "no problem": (
        sent("Condition", status=None, clinicalStatus=coded("active"), code=concept("No known problems")),
        "names_none",
        NONE_KNOWN,
        NOBODY,
    ),
    "no problem on file": (
        sent("Condition", status=None, code=concept("", (IPS, "no-problem-info", ""))),
        "names_none",
        NOBODY,
        NONE_KNOWN,
    ),
    "no medicine": (
        sent(
            "MedicationStatement",
            status="active",
            medicationCodeableConcept=concept("", (IPS, "no-known-medications", "No known medications")),
        ),
        "names_none",
        NONE_KNOWN,
        NOBODY,
    ),
    "no medicine, where it refers to": (
        sent("MedicationStatement", status="active", medicationReference={"display": "No known medications"}),
        "names_none",
        NONE_KNOWN,
        NOBODY,
    ),
    "no medicine on file, inside": (
        sent(
            "MedicationStatement",
            status="unknown",
            contained=[{"resourceType": "Medication", "id": "m", "code": NO_MEDICINE}],
            medicationReference={"reference": "#m"},
        ),
        "names_none",
        NOBODY,
        NONE_KNOWN,
    ),
    "no vaccine, and none was given": (
        sent("Immunization", status="not-done", vaccineCode=concept("", (IPS, "no-immunization-info", ""))),
        "names_none",
        NOBODY,
        "Not given",
    ),
    "no device": (
        sent("DeviceUseStatement", status="active", device={"display": "No known devices in use"}),
        "names_none",
        NONE_KNOWN,
        NOBODY,
    ),
    "another name beside none": (
        allergy(concept("Penicillin", ("urn:oid:1.2", "77", "No known allergies"))),
        "current",
        "Penicillin",
        NONE_KNOWN,
    ),
    "no longer so": (allergy(NONE, "inactive"), "past", "No known drug allergy", NONE_KNOWN),
    "refuted": (allergy(NONE, verified="refuted"), "ruled_out", "Ruled out", NONE_KNOWN),
    "not asked": (allergy(concept("Patient not asked")), "names_none", NOBODY, NONE_KNOWN),
    "of the reaction": (allergy(NO_INFORMATION), "current", "Penicillin", NOBODY),
    "of the family": (sent("Condition", status=None, code=FAMILY), "of_family", "not of you", "Ruled out"),
    "of the family, by its code": (
        sent("Condition", status=None, code=concept("FAM HX-BREAST MALIG", (ICD_10, "Z80.3", ""))),
        "of_family",
        "not of you",
        "Ruled out",
    ),
    "in the family, beside what somebody has": (
        sent("Condition", status=None, code=concept("COPD", (ICD_10, "J44.9", ""), (ICD_10, "Z82.5", ""))),
        "unsaid",
        "COPD",
        "not of you",
    ),
    "refuted in the other status": (
        sent("Condition", status=None, clinicalStatus=coded("refuted"), code=concept("Pneumonia")),
        "ruled_out",
        "Ruled out: Pneumonia",
        "did not say",
    ),
}


KINDS = {
    "AllergyIntolerance": ALLERGY,
    "Condition": PROBLEM,
    "MedicationStatement": MEDICINE,
    "Immunization": VACCINE,
    "DeviceUseStatement": ELSE,
}


@pytest.mark.parametrize(("tree", "standing", "told", "untold"), STANDS.values(), ids=STANDS)
def test_none_not_asked_and_the_familys_are_told_where_they_hold(
    tree: dict[str, Any], standing: str, told: str, untold: str
) -> None:
    text, (kind, record) = page(tree), read(tree)
    assert record.standing == standing
    assert told in text
    assert untold not in text
    assert kind is KINDS[tree["resourceType"]]
    assert (standing in ("of_family", "ruled_out", "names_none")) == (standing in NOT_SO)


def test_a_status_that_is_words_alone_is_the_status_they_spell() -> None:
    """A mistake was told as a health problem, and a diagnosis of one visit as a standing one."""
    mistake = sent(
        "Condition", status=None, code=concept("Flu"), verificationStatus=concept("Entered in Error")
    )
    assert read(mistake)[1].kept_apart == "mistake"
    noted = sent("Condition", status=None, code=concept("Flu"), category=[concept("Encounter Diagnosis")])
    assert read(noted)[1].standing == "noted"


OTHER_STATUSES = {
    ("DeviceUseStatement", "intended"): "planned",
    ("Communication", "preparation"): "planned",
    ("Appointment", "pending"): "planned",
    ("Task", "failed"): "failed",
    ("Media", "stopped"): "stopped",
    ("Composition", "preliminary"): "may_change",
    ("RiskAssessment", "registered"): "unfinished",
    ("RiskAssessment", "amended"): "corrected",
    ("List", "retired"): "past",
    ("FamilyMemberHistory", "partial"): "",
}


@pytest.mark.parametrize(("what", "standing"), OTHER_STATUSES.items())
def test_what_is_meant_failed_or_not_final_stands_so_whatever_its_type(
    what: tuple[str, str], standing: str
) -> None:
    """Crutches that are meant to be used stood in the list as in use, and "Status: intended" below."""
    name, status = what
    tree = sent(name, status=status, code=concept("Crutches"))
    assert read(tree)[1].standing == standing
    assert ("Status:" in page(tree)) == (not standing)


@pytest.mark.parametrize(
    ("grade", "actuality", "standing"),
    [("0", "actual", "not_done"), ("2", "actual", ""), ("2", "potential", "not_done")],
)
def test_an_unwanted_event_that_was_not_is_told_as_one_that_did_not_happen(
    grade: str, actuality: str, standing: str
) -> None:
    """By CTCAE's grade 0 somebody says that they looked for it, and it was not there; a near miss was not."""
    of = {"url": "http://hl7.org/fhir/us/ctcae/StructureDefinition/ctcae-grade"}
    event = sent("AdverseEvent", status=None, actuality=actuality, event=concept("Anemia"))
    told = event | {"extension": [of | {"valueCodeableConcept": coded(grade)}]}
    kind, record = read(told)
    assert record.standing == standing
    assert ("Did not happen: Anemia" in page(told)) == bool(standing)
    assert kind.summarise is not None and kind.summarise([entry_of(record)]) == bool(standing), "not counted"


def pressure(top: dict[str, Any], bottom: dict[str, Any]) -> dict[str, Any]:
    """Return a blood pressure of two parts."""
    parts = [
        {"code": concept("", (LOINC, code, "")), **part}
        for code, part in (("8480-6", top), ("8462-4", bottom))
    ]
    return sent("Observation", code=concept("BP"), component=parts)


def amount(value: float, unit: str = "mmHg", **more: Any) -> dict[str, Any]:
    """Return one side of a blood pressure."""
    return {"valueQuantity": {"value": value, "unit": unit, **more}}


MASKED = {"dataAbsentReason": coded("masked")}
ENDED = {"clinicalStatus": coded("active"), "abatementDateTime": "2020-01-01", "code": concept("Flu")}
GONE = {"url": "http://hl7.org/fhir/StructureDefinition/allergyintolerance-abatement"}
LEFT = {"status": "in-progress", "period": {"start": "2020-01-01", "end": "2020-01-02"}}
CONTRADICTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "above": (pressure(amount(300, comparator=">"), amount(140)), "BP: > 300 / 140 mmHg"),
    "two units": (pressure(amount(120), amount(10.6, "kPa")), "BP: 120 mmHg / 10.6 kPa"),
    "no quantity": (pressure({"valueString": "120"}, {"valueInteger": 80}), "BP: 120 / 80"),
    "masked": (pressure(amount(120), MASKED), "BP: 120 / held back mmHg"),
    "ended": (sent("Condition", status=None, **ENDED), "calls this current, and also says that it ended."),
    "an allergy that ended": (
        allergy(concept("Ragweed")) | {"extension": [GONE | {"valueDateTime": "2010"}]},
        "calls this current, and also says that it ended.",
    ),
    "left": (sent("Encounter", **LEFT), "unfinished, and also says that it ended."),
}


@pytest.mark.parametrize(("tree", "told"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_each_side_and_each_contradiction_is_told_as_sent(tree: dict[str, Any], told: str) -> None:
    assert told in page(tree)


@pytest.mark.parametrize(("status", "standing"), [("final", ""), ("unknown", "unsaid"), (None, "unsaid")])
def test_a_result_is_final_only_where_that_was_sent(status: str | None, standing: str) -> None:
    assert read(lab(status=status, valueQuantity=AMOUNT))[1].standing == standing
    assert read(sent("DiagnosticReport", status=status))[1].standing == standing
    completed = "completed" if status == "final" else status
    assert read(sent("QuestionnaireResponse", status=completed))[1].standing == standing


def test_m_10_a_reason_for_absence_under_the_address_of_another_list_names_nothing() -> None:
    """A stay whose type is CPT's "not-applicable" is called by its class."""
    stay = sent(
        "Encounter",
        status="finished",
        type=[concept("", ("http://www.ama-assn.org/go/cpt", "not-applicable", ""))],
        period={"start": "2025-02-09", "end": "2025-02-13"},
        **{"class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"}},
    )
    text = page(stay)
    assert "Hospital stay, February 9 to 13, 2025." in text
    assert "not-applicable" not in text


@pytest.mark.parametrize("reason", ["IGNORED_FIELD", "null", "0", "12.5"])
def test_a_reason_for_absence_that_says_nothing_is_not_said(reason: str) -> None:
    """Seed 2770 of the mutated bundles: a placeholder of a sender stood on the page as the reason."""
    why = {"extension": [{"url": ABSENT, "valueCode": reason}]}
    text = page(sent("Procedure", status="completed", code=concept("X-ray"), _performedDateTime=why))
    assert "not recorded" in text and reason.lower() not in text
