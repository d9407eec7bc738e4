"""Which claims are for a record, by which rule, and which are not (facts clinical 2c)."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from msgspec import structs

from apps.kinds.care.entry import CareEntry, entry_of
from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.joined.rules import joins, may_be_unnamed
from apps.records import ties
from apps.records.entries import Facts
from apps.records.volumes import Held
from tests.care.given import read, sent

PLAN, DAY, NEXT = UUID(int=99), date(2026, 3, 9), date(2026, 3, 10)
METFORMIN, VISIT_CODE = ties.code("NDC", "0093-1048-01"), ties.code("CPT", "99213")


def care(fhir_type: str, on: date = DAY, visit: str = "", **tied: Any) -> Held[CareEntry]:
    entry = CareEntry(id=UUID(int=1), own=f"{fhir_type}/7", on=on, visit=visit, ties=ties.ties(**tied))
    return Held(entry, PLAN)


def claim(
    number: int = 2, kind: str = "professional", on: date = DAY, person: str = "", **tied: Any
) -> Held[ClaimEntry]:
    entry = ClaimEntry(
        id=UUID(int=number),
        on=on,
        kind=kind,  # type: ignore[arg-type]
        counts=True,
        person_key=person,
        facts=Facts(own=(f"ExplanationOfBenefit/{number}", f"CLM-{number}")),
        ties=ties.ties(**tied),
    )
    return Held(entry, PLAN)


CLINIC = {"who": ["Riverside Clinic"]}
DRUG = {"codes": [METFORMIN]}
RX = {"numbers": ["RX-5511"]}
LATER, TWO = date(2026, 3, 12), ["RxNorm 1", "RxNorm 2"]
BY_LINE = {"numbers": ["CLM-2-1"]}


@pytest.mark.parametrize(
    ("record", "beside", "rule"),
    [
        (care("Encounter", NEXT), claim(names=["Encounter/7"]), "named"),
        (care("Condition", NEXT), claim(names=["Condition/7"]), "named"),
        (care("Encounter", date.min, numbers=["CLM-2"]), claim(), "numbered"),
        (care("Procedure", NEXT, **BY_LINE), claim(), "numbered"),
        (care("Procedure", NEXT, numbers=["CLM-21"]), claim(), ""),
        (care("MedicationRequest", NEXT, **RX), claim(kind="pharmacy", **RX), "numbered"),
        (care("MedicationDispense", **RX), claim(kind="pharmacy", **RX), "numbered"),
        (care("MedicationDispense", NEXT, **RX), claim(kind="pharmacy", **RX), ""),
        (care("Procedure", NEXT, "Encounter/3"), claim(names=["Encounter/3"]), "visit"),
        (care("DiagnosticReport", NEXT, "Encounter/3"), claim(kind="pharmacy", names=["Encounter/3"]), ""),
        (care("MedicationDispense", codes=["NDC 00093104801"]), claim(kind="pharmacy", **DRUG), "drug"),
        (care("MedicationDispense", NEXT, **DRUG), claim(kind="pharmacy", **DRUG), ""),
        (care("MedicationDispense", **DRUG), claim(**DRUG), ""),
        (care("Procedure", codes=[VISIT_CODE]), claim(codes=[VISIT_CODE]), "code"),
        (care("Procedure", NEXT, codes=[VISIT_CODE]), claim(codes=[VISIT_CODE]), ""),
        (care("Encounter", **CLINIC), claim(who=["RIVERSIDE  clinic"]), "place"),
        (care("Encounter", **CLINIC), claim(who=["Lakeside Clinic"]), ""),
        (care("Encounter", **CLINIC), claim(kind="pharmacy", **CLINIC), ""),
        (care("Encounter", until=date(2026, 3, 12), **CLINIC), claim(on=NEXT, **CLINIC), "place"),
        (care("DiagnosticReport", **CLINIC), claim(**CLINIC), "place"),
        (care("Immunization", **CLINIC), claim(**CLINIC), ""),
        (care("Encounter", date.min, **CLINIC), claim(on=date.min, **CLINIC), ""),
        (care("Encounter", **CLINIC), claim(person="somebody", **CLINIC), ""),
        (care("Procedure", NEXT, numbers=["CLM-2-A7"]), claim(), ""),
        (care("Encounter", until=LATER, **CLINIC), claim(on=LATER, **CLINIC), "place"),
        (care("Encounter", until=LATER, **CLINIC), claim(on=date(2026, 3, 13), **CLINIC), ""),
        (care("DiagnosticReport", LATER, **CLINIC), claim(kind="inpatient", until=LATER, **CLINIC), "place"),
        (care("DiagnosticReport", NEXT, **CLINIC), claim(until=LATER, **CLINIC), ""),
        (care("DiagnosticReport", LATER, **CLINIC), claim(kind="inpatient", until=NEXT, **CLINIC), ""),
        (care("DiagnosticReport", **CLINIC), claim(on=NEXT, kind="inpatient", until=LATER, **CLINIC), ""),
        (care("Encounter", NEXT, until=LATER, **CLINIC), claim(**CLINIC), ""),
        (care("MedicationDispense", codes=["RxNorm 1"]), claim(kind="pharmacy", codes=["RxNorm 1"]), "drug"),
        (care("MedicationDispense", codes=TWO), claim(kind="pharmacy", codes=["RxNorm 1"]), ""),
    ],
)
def test_a_claim_is_for_a_record_by_reference_number_visit_or_perhaps_by_what_they_share(
    record: Held[CareEntry], beside: Held[ClaimEntry], rule: str
) -> None:
    assert [join.rule.name for join in joins(record, {}, [beside])] == ([rule] if rule else [])


@pytest.mark.parametrize("standing", ["not_given", "not_done", "declined", "ruled_out"])
def test_no_claim_is_for_what_did_not_happen(standing: str) -> None:
    shot = care("Immunization", numbers=["CLM-2"], codes=[VISIT_CODE])
    undone = Held(structs.replace(shot.entry, standing=standing), PLAN)
    beside = claim(names=["Immunization/7"], codes=[VISIT_CODE])
    assert joins(shot, {}, [beside]) and joins(undone, {}, [beside]) == []


@pytest.mark.parametrize(
    ("unseen", "on", "may_be"),
    [({}, DAY, False), ({"twin_of": UUID(int=5)}, DAY, True), ({"twin_of": UUID(int=5)}, NEXT, False)],
)
def test_a_claim_that_stands_elsewhere_may_be_for_a_fill(
    unseen: dict[str, Any], on: date, may_be: bool
) -> None:
    beside = Held(claim(kind="pharmacy", on=on, **DRUG).entry, PLAN, **unseen)
    assert may_be_unnamed(care("MedicationDispense", **DRUG), beside) == may_be


def test_where_the_plan_says_which_claim_it_is_no_other_is_perhaps_it() -> None:
    visit = care("Encounter", numbers=["CLM-2"], **CLINIC)
    claims = [claim(2, **CLINIC), claim(3, **CLINIC)]
    assert [join.claim.id.int for join in joins(visit, {}, claims)] == [2]
    taken = joins(visit, {}, claims)[0].subject
    told = [(join.claim.id.int, join.is_apart) for join in joins(visit, {}, claims, {taken})]
    assert told == [(3, False), (2, True)]


def test_what_was_done_at_a_visit_goes_with_the_claim_that_has_the_number_of_the_visit() -> None:
    visit = care("Encounter", numbers=["CLM-2"]).entry
    scan = care("DiagnosticReport", NEXT, "Encounter/7")
    assert [join.rule.name for join in joins(scan, {"Encounter/7": visit}, [claim()])] == ["visit"]


def test_no_claim_of_another_plan_replaced_or_shown_elsewhere_is_for_it() -> None:
    visit = care("Encounter", **CLINIC)
    entry = claim(**CLINIC).entry
    others = [
        Held(entry, UUID(int=98)),
        Held(entry, PLAN, twin_of=UUID(int=5)),
        Held(entry.moved(is_current=False), PLAN),
        Held(entry.moved(gone_at="2026-01-01"), PLAN),
    ]
    assert joins(visit, {}, others) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sent", "eleven"),
    [("0093-1048-01", "00093104801"), ("54458-872-10", "54458087210"), ("12345-6789-1", "12345678901")],
)
def test_a_drug_code_has_its_zeros_where_the_hyphens_tell(sent: str, eleven: str) -> None:
    assert ties.code("NDC", sent) == ties.code("NDC", eleven)


def test_a_vaccine_is_joined_by_the_code_of_a_list_that_both_name_and_by_no_family() -> None:
    """Which code of CPT is which of CVX is in no list that may be shipped."""
    codes = [{"system": "http://hl7.org/fhir/sid/cvx", "code": "3"}]
    shot = sent(
        "Immunization", status="completed", occurrenceDateTime="2026-03-09", vaccineCode={"coding": codes}
    )
    vaccine = Held(entry_of(read(shot)[1]), PLAN)
    for of_claim, rules in ((("CVX", "03"), ["code"]), (("CPT", "90707"), []), (("CVX", "94"), [])):
        told = joins(vaccine, {}, [claim(codes=[ties.code(*of_claim)])])
        assert [join.rule.name for join in told] == rules


@pytest.mark.parametrize("number", ["0000", "N/A", "undefined", "12", "-----"])
def test_what_stands_for_no_number_ties_nothing(number: str) -> None:
    assert ties.ties(numbers=[number]).numbers == ()
