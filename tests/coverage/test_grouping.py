"""Parts of a plan stand together, copies once, and nothing of two people is put together."""

import json
import uuid
from pathlib import Path

from apps.kinds.coverage import kinds, plan_groups
from apps.kinds.coverage.kind import COVERAGE
from apps.kinds.coverage.plan_groups import Held, PlanHeld
from apps.kinds.coverage.records import CoverageClass, CoverageRecord
from tests.coverage.test_reading import coverages

ONE, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)


def held(record: CoverageRecord, *, source: uuid.UUID = ONE, person: str = "", plan: str = "My plan") -> Held:
    return Held(uuid.uuid4(), record, source, plan, person)


def part(letter: str, number: str = "1S00") -> CoverageRecord:
    classes = (CoverageClass("group", "Medicare"), CoverageClass("plan", f"Part {letter}"))
    return CoverageRecord(member_number=number, classes=classes)


def gold(**changes: str) -> CoverageRecord:
    fields = {"member_number": "H100", "starts": "2026-01-01"} | changes
    return CoverageRecord(classes=(CoverageClass("plan", "G5", "Gold"),), type_code="HIP", **fields)


def parts_of(plan: PlanHeld) -> list[str]:
    return [(kinds.part_of(record) or ("", ""))[1] for record in plan.records]


def test_the_parts_of_medicare_are_one_plan_in_their_order() -> None:
    """Facts 10: Blue Button sends one Coverage per part."""
    [plan] = plan_groups.plans([held(part(letter)) for letter in "DBAC"])
    assert parts_of(plan) == ["Part A", "Part B", "Part C", "Part D"]


def test_the_published_blue_button_coverages_are_one_plan(shared: Path) -> None:
    """Facts 10."""
    bundle = json.loads((shared / "fhir/cms-bfd-v2/coverageSearchByPatientId.json").read_bytes())
    found = [held(COVERAGE.read(json.dumps(each).encode(), {})) for each in coverages(bundle)]
    [plan] = plan_groups.plans(found)
    assert parts_of(plan) == ["Part A", "Part B", "Part C", "Part D"]


def test_older_answers_name_the_parts_as_subgroup_and_subplan() -> None:
    """Facts 10, BB2."""
    record = CoverageRecord(
        classes=(CoverageClass("subgroup", "Medicare"), CoverageClass("subplan", "Part B"))
    )
    assert kinds.part_of(record) == ("Medicare", "Part B")


def test_parts_of_two_people_or_with_two_numbers_stay_apart() -> None:
    people = [held(part("A"), person="Ada"), held(part("B"), person="Bo")]
    assert len(plan_groups.plans(people)) == 2
    assert len(plan_groups.plans([held(part("A")), held(part("B", "2T00"))])) == 2


def test_the_same_coverage_through_two_connections_is_one_plan_that_says_so() -> None:
    [plan] = plan_groups.plans(
        [held(gold(), plan="Harborlight"), held(gold(), source=OTHER, plan="Employer portal")]
    )
    assert plan.shared_by == ("Harborlight", "Employer portal")
    assert len(plan.ids) == 2
    assert plan.records == (gold(),)


def test_parts_through_two_connections_are_still_one_plan() -> None:
    rows = [held(part(letter), source=source) for source in (ONE, OTHER) for letter in "AB"]
    [plan] = plan_groups.plans(rows)
    assert (parts_of(plan), len(plan.ids)) == (["Part A", "Part B"], 4)


def test_what_differs_in_number_person_year_or_name_is_not_the_same_coverage() -> None:
    first = held(gold())
    for other in (
        held(gold(member_number="H101"), source=OTHER),
        held(gold(starts="2025-01-01"), source=OTHER),
        held(gold(dependent="02"), source=OTHER),
        held(gold(), source=OTHER, person="Somebody"),
    ):
        assert len(plan_groups.plans([first, other])) == 2


def test_coverages_without_a_number_are_never_taken_for_the_same() -> None:
    bare = CoverageRecord(payers=("Payer",))
    assert len(plan_groups.plans([held(bare), held(bare, source=OTHER)])) == 2


def test_two_equal_coverages_of_one_connection_are_both_shown() -> None:
    assert len(plan_groups.plans([held(gold()), held(gold())])) == 2
