"""What was done, and what only names an illness: which lines name a claim and are asked after."""

from typing import Any

from apps.kinds.claim import wording
from apps.kinds.claim.brief import brief
from tests.claims.made import claim, concept, line, priced, reading

SNOMED = "http://snomed.info/sct"


def test_a_condition_among_the_lines_is_no_service_that_is_asked_after() -> None:
    visit, sinusitis = [
        line(number, productOrService=concept((SNOMED, code), text=words))
        for number, code, words in (
            (1, "185345009", "Encounter for symptom"),
            (2, "444814009", "Viral sinusitis (disorder)"),
        )
    ]
    both, alone = (
        {box: words for box, _question, words in wording.story(reading(claim(item=item))).checklist}
        for item in ([visit, sinusitis], [sinusitis])
    )
    assert (both["services"], alone["services"]) == ("Encounter for symptom", "Viral sinusitis")


def test_a_line_that_stands_for_a_diagnosis_is_told_as_the_diagnosis() -> None:
    """1.10: some send of a diagnosis a reference alone, and its name as a line that points to it."""
    sent: dict[str, Any] = {"sequence": 1, "diagnosisReference": {"reference": "urn:uuid:9"}}
    visit = line(1, productOrService=concept((SNOMED, "424441002"), text="Prenatal initial visit"))
    named = {"productOrService": concept((SNOMED, "19169002"), text="Miscarriage"), "diagnosisSequence": [1]}
    record = reading(claim(diagnosis=[sent], item=[line(2, **named), visit]))
    told = wording.story(record)
    assert told.diagnoses == (("Diagnosis", "Miscarriage (19169002)"),)
    assert {box: words for box, _question, words in told.checklist}["services"] == "Prenatal initial visit"
    assert "Miscarriage" not in wording.title(record) + wording.title(brief(record))
    # A service that was billed, or whose diagnosis is told apart, stands for none.
    billed = line(2, priced("submitted", "9.00"), **named)
    apart = sent | {"diagnosisCodeableConcept": concept(("http://hl7.org/fhir/sid/icd-10-cm", "O03"))}
    for made in (
        claim(diagnosis=[sent], item=[billed, visit]),
        claim(diagnosis=[apart], item=[line(2, **named), visit]),
        claim(diagnosis=[sent], item=[line(2, **named)]),
    ):
        assert not any(told.is_diagnosis for told in reading(made).lines)


def test_a_claim_is_named_by_the_line_that_costs_most() -> None:
    """A vaccine of 140.52 named a claim of 20,805.42: the money is an operation's."""
    done = {"Encounter for check up": "", "Influenza vaccine": "140.52", "Thrombectomy": "20664.90"}
    lines = [
        line(place, *([priced("submitted", cost)] if cost else []), productOrService=concept(text=words))
        for place, (words, cost) in enumerate(done.items(), 1)
    ]
    record = reading(claim(item=lines))
    assert wording.title(record).startswith("Thrombectomy")
    assert wording.title(brief(record)) == wording.title(record)
