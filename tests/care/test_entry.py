"""What of a clinical record tells that it is of sensitive care, and what else that tells it of."""

from typing import Any

import pytest

from apps.kinds.care import wording
from apps.kinds.care.entry import CareEntry, brief, entry_of, folded
from apps.kinds.care.timeline import brief_of
from apps.records.sensitive import UNCLEAR
from tests.care.given import SNOMED, coded, concept, lab, read, sent

PANEL, HIV = {"code": concept("Screening panel")}, "HIV-1 antibody: reactive"


def entry(tree: dict[str, Any]) -> CareEntry:
    return entry_of(read(tree)[1])


@pytest.mark.parametrize(
    "elements",
    [
        {"valueString": HIV},
        {"component": [{**PANEL, "valueString": HIV}]},
        {"interpretation": [concept(HIV)], "valueString": "see below"},
        {"note": [{"text": HIV}]},
        {"note": [{"text": f"{'x' * 1000} {HIV}"}]},
        {
            "component": [
                *({"code": concept(f"Marker {'x' * 100}{n}")} for n in range(9)),
                {"code": concept(HIV)},
            ]
        },
    ],
)
def test_what_a_result_says_in_words_tells_of_which_care_it_is(elements: dict[str, Any]) -> None:
    """A neutral name over a value that names the illness: the value is what a list would print."""
    assert "hiv" in entry(lab(**PANEL, **elements)).categories
    assert "hiv" not in entry(lab(**PANEL, valueString="Glucose: normal")).categories


@pytest.mark.parametrize(
    ("coding", "is_unclear"),
    [
        ((SNOMED, "86406008", ""), True),
        (("urn:oid:1.2.3", "4711", ""), True),
        ((SNOMED, "86406008", "Sprain of ankle"), False),
        (("http://www.ama-assn.org/go/cpt", "99213", ""), False),
    ],
)
def test_a_code_alone_of_a_list_that_no_rule_knows_may_be_of_any_care(
    coding: tuple[str, str, str], is_unclear: bool
) -> None:
    """HIV under SNOMED CT's number alone stood in sight while that care was hidden; a ruled reason beside it
    tells nothing of it."""
    why = [concept("", ("http://hl7.org/fhir/sid/icd-10-cm", "R10.9", ""))]
    tree = sent("Procedure", status="completed", code=concept("", coding))
    for more in ({}, {"reasonCode": why}):
        assert (UNCLEAR in entry(tree | more).categories) == is_unclear


NDC = "http://hl7.org/fhir/sid/ndc"
METHADONE = {"ingredient": [{"itemCodeableConcept": concept("", (NDC, "00054-0391-68", ""))}]}


def test_what_a_medicine_is_of_is_told_by_its_parts_and_not_by_why_it_was_asked_for() -> None:
    """The codes of parts reached no rule; a reason of ICD-10-CM made a drug that nobody knows a known one."""
    why = [concept("", ("http://hl7.org/fhir/sid/icd-10-cm", "R10.9", ""))]
    order = sent("MedicationRequest", status="active", intent="order", reasonCode=why)
    unknown = order | {"medicationCodeableConcept": concept("House mixture")}
    assert UNCLEAR in entry(unknown).categories
    inside = {"resourceType": "Medication", "id": "m", "code": concept("House mixture"), **METHADONE}
    mixed = order | {"contained": [inside], "medicationReference": {"reference": "#m"}}
    assert {"substance", UNCLEAR} <= entry(mixed).categories, "what else is in it, nobody can tell"


def test_what_hides_a_record_hides_where_it_came_from() -> None:
    """Who made a record tells of the care, so a Provenance belongs with what it names."""
    source = entry(sent("Provenance", id="w1", target=[{"reference": "Observation/o1"}], agent=[]))
    assert "Observation/o1" in source.joined
    assert "Observation/o1" not in entry(lab(derivedFrom=[{"reference": "Observation/o1"}])).joined


@pytest.mark.parametrize(
    ("category", "called"),
    [
        ("survey", "Answer"),
        ("social-history", "Answer"),
        ("vital-signs", "Measurement"),
        ("laboratory", "Result"),
    ],
)
def test_an_observation_is_called_what_it_is_in_lists_and_on_its_page(category: str, called: str) -> None:
    """Blood pressure is no result of a laboratory, and an answer to a survey none at all."""
    _kind, record = read(
        sent("Observation", code=concept("Score"), category=[coded(category)], valueInteger=2)
    )
    for told in (record, brief(record), brief_of(folded(entry_of(record)))):
        assert told is not None and wording.kind_words(told) == called
