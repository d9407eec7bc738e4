"""What CARIN Blue Button 2.0.0 demands of an app that reads claims, by number (facts: conformance.md 2.1)."""

from typing import Any

import pytest

from apps.kinds.claim import wording
from apps.kinds.claim.records import ClaimRecord
from tests.claims import made
from tests.claims.made import claim, concept, priced, reading
from tests.claims.systems import C4BB, ICD

ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
EXTENSION = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
DIAGNOSIS = "http://terminology.hl7.org/CodeSystem/ex-diagnosistype"
KINDS = ["institutional", "oral", "professional"]


def not_told(why: str = "unknown") -> dict[str, Any]:
    """Return what stands beside or in place of a value that a plan says it does not have."""
    return {"extension": [{"url": EXTENSION, "valueCode": why}]}


def renumbered(elements: list[dict[str, Any]], *numbers: int) -> list[dict[str, Any]]:
    """Return the same elements under other sequence numbers."""
    return [one | {"sequence": number} for one, number in zip(elements, numbers, strict=True)]


def both(element: str, elements: list[dict[str, Any]], kind: str = "professional") -> list[ClaimRecord]:
    """Return a claim read twice: with sequences as they count, and with sequences the other way round."""
    count = range(1, len(elements) + 1)
    return [
        reading(claim(kind=kind, **{element: renumbered(elements, *numbers)}))
        for numbers in (count, reversed(count))
    ]


@pytest.mark.parametrize("why", ["unknown", "not-applicable", "masked", "asked-unknown", "unsupported"])
def test_carin_8_what_a_plan_says_it_does_not_have_is_unknown_and_costs_nothing_else(why: str) -> None:
    """@8: as a coding, as an extension in place of a value, and beside a value that is left out."""
    absent = concept((ABSENT, why))
    bill = priced("submitted", "480.00")
    share = {
        "category": concept((C4BB, "memberliability")),
        "amount": {"_value": not_told(why), "currency": "USD"},
    }
    record = reading(
        claim(
            bill,
            share,
            provider=not_told(why),
            billablePeriod={"_start": not_told(why)},
            diagnosis=[{"sequence": 1, "diagnosisCodeableConcept": absent}],
            procedure=[{"sequence": 1, "procedureCodeableConcept": absent}],
            careTeam=[{"sequence": 1, "provider": not_told(why), "role": absent}],
            payment={"amount": not_told(why)},
        )
    )
    assert str(record.money.billed.amount) == "480.00"
    assert record.money.your_share.amount is None
    assert (record.provider, record.service_on, record.payer) == (None, None, "Harborlight Health")
    assert (record.diagnoses, record.procedures, record.care_team) == ((), (), ())
    story = wording.story(record)
    shown = {row.testid: row.text for row in story.receipt}
    assert shown["your-share"] == shown["plan-paid"] == "not shared by your plan"
    assert "$0.00" not in story.answer


def test_carin_121_supporting_information_is_found_by_its_category() -> None:
    """@121: whatever its sequence and place."""
    infos = [
        {"category": concept((C4BB, "dayssupply")), "valueQuantity": {"value": 30}},
        {"category": concept((C4BB, "refillnum")), "valueQuantity": {"value": 2}},
        {"category": concept((C4BB, "clmrecvddate")), "timingDate": "2026-03-11"},
    ]
    product = concept(("http://hl7.org/fhir/sid/ndc", "65862000899"))
    for some in (renumbered(infos, 1, 2, 3), renumbered(infos[::-1], 1, 2, 3), renumbered(infos, 9, 4, 7)):
        line = made.line(1, productOrService=product)
        record = reading(claim(kind="pharmacy", supportingInfo=some, item=[line]))
        assert record.drug is not None
        assert (record.drug.supply_days, record.drug.refill) == (30, 2)
        assert str(record.received_on) == "2026-03-11"


def test_carin_122_the_number_of_a_care_team_member_means_nothing() -> None:
    """@122: who took part and as what is told by role and provider."""
    one, other = both(
        "careTeam",
        [
            {"role": concept((C4BB, "rendering")), "provider": {"display": "Ana Lopez, MD"}},
            {"role": concept((C4BB, "referring")), "provider": {"display": "Ruth Okafor, MD"}},
        ],
    )
    assert len(one.care_team) == 2
    assert one == other


@pytest.mark.parametrize("kind", KINDS)
def test_carin_137_the_number_of_a_diagnosis_means_nothing(kind: str) -> None:
    """@137 (inpatient), @147 (oral), @166 (professional)."""
    one, other = both(
        "diagnosis",
        [{"diagnosisCodeableConcept": concept((ICD, code))} for code in ("J069", "E119", "I10")],
        kind,
    )
    assert len(one.diagnoses) == 3
    assert {known.role for known in one.diagnoses} == {None}
    assert one == other


@pytest.mark.parametrize("kind", KINDS)
def test_carin_138_what_a_diagnosis_is_in_a_claim_is_told_by_its_type(kind: str) -> None:
    """@138, @167: principal, admitting and secondary, also where the principal one comes last."""
    given = [("I10", "secondary"), ("E119", "admitting"), ("J069", "principal")]
    record = reading(
        claim(
            kind=kind,
            diagnosis=[
                {
                    "sequence": number,
                    "diagnosisCodeableConcept": concept((ICD, code)),
                    "type": [concept((DIAGNOSIS, role))],
                }
                for number, (code, role) in enumerate(given, start=1)
            ],
        )
    )
    assert [(one.what.code, one.role) for one in record.diagnoses] == [
        ("J069", "principal"),
        ("I10", "secondary"),
        ("E119", "admitting"),
    ]
    assert len({label for label, _ in wording.story(record).diagnoses}) == 3


def test_carin_139_the_number_of_a_procedure_means_nothing() -> None:
    """@139."""
    system = "http://www.cms.gov/Medicare/Coding/ICD10"
    one, other = both(
        "procedure",
        [
            {"procedureCodeableConcept": concept((system, code)), "date": day}
            for code, day in (("0SRC0J9", "2026-03-09"), ("0QS604Z", "2026-03-10"))
        ],
        "institutional",
    )
    assert len(one.procedures) == 2
    assert one == other


@pytest.mark.parametrize("words", [("primary", "secondary"), ("principal", "other")])
def test_carin_140_the_main_procedure_is_told_by_its_type_and_comes_first(words: tuple[str, str]) -> None:
    """@140: whatever its sequence and place; where no type came, nothing is said of it."""
    system = "http://www.cms.gov/Medicare/Coding/ICD10"
    primary, secondary = (concept(("https://x.example/type", word)) for word in words)
    given = [
        {"procedureCodeableConcept": concept((system, "0QS604Z")), "type": [secondary], "date": "2026-03-10"},
        {"procedureCodeableConcept": concept((system, "0SRC0J9")), "type": [primary], "date": "2026-03-09"},
        {"procedureCodeableConcept": concept((system, "0SRD0J9")), "date": "2026-03-11"},
    ]
    record = reading(claim(kind="institutional", procedure=renumbered(given, 1, 2, 3)))
    assert [one.is_primary for one in record.procedures] == [True, False, None]
    assert [label for label, _ in wording.story(record).procedures] == [
        "Main procedure, March 9, 2026",
        "Another procedure, March 10, 2026",
        "March 11, 2026",
    ]


@pytest.mark.parametrize(("code", "told"), [("Y", True), ("n", False), ("U", None), ("W", None), ("1", None)])
def test_a_diagnosis_tells_whether_it_was_there_on_arrival(code: str, told: bool | None) -> None:
    record = reading(
        claim(
            diagnosis=[
                {"diagnosisCodeableConcept": concept((ICD, "J069")), "onAdmission": concept(("poa", code))}
            ]
        )
    )
    assert record.diagnoses[0].on_admission is told
    words = dict(wording.story(record).diagnoses)["Diagnosis"]
    assert ("on arrival" in words) is (told is not None)
