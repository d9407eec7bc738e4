"""Coverage in shapes that payers' servers send; each is invented and minimal."""

import datetime as dt
import json
from typing import Any

import pytest

from apps.kinds.coverage import wording
from apps.kinds.coverage.kind import COVERAGE

CLASS = "http://terminology.hl7.org/CodeSystem/coverage-class"


def card(**more: Any) -> wording.Card:
    made = {
        "resourceType": "Coverage",
        "id": "c",
        "status": "active",
        "payor": [{"display": "HARBORLIGHT INC"}],
    }
    record = COVERAGE.read(json.dumps(made | more).encode(), {})
    return wording.card(record, on=dt.date(2026, 11, 25), shared_by="Harborlight Health")


def of_class(kind: str, value: str, name: str) -> dict[str, Any]:
    return {"type": {"coding": [{"system": CLASS, "code": kind}]}, "value": value, "name": name}


def test_names_in_capitals_are_written_as_names() -> None:
    shown = card(**{"class": [of_class("plan", "7", "GOLD PLUS HMO"), of_class("group", "12", "ACME CORP")]})
    assert (shown.title, shown.payer) == ("Gold Plus HMO", "Harborlight Inc")
    assert ("Group", "Acme Corp (12)") in shown.facts
    assert card(payor=[{"display": "UPMC AND AARP HEALTH"}]).payer == "UPMC and AARP Health"


def test_a_number_that_stands_in_the_name_is_not_said_again() -> None:
    shown = card(**{"class": [of_class("plan", "H1036-137", "Gold Plus H1036-137 (HMO)")]})
    assert ("Plan", "Gold Plus H1036-137 (HMO)") in shown.facts


X12 = "https://x12.org/codes/individual-relationship-1069"


@pytest.mark.parametrize(
    ("relationship", "words"),
    [
        ({"coding": [{"code": "18", "display": "Self"}]}, "Holds this plan"),
        ({"coding": [{"system": X12, "code": "01"}]}, "Spouse or partner of the person who holds the plan"),
        ({"coding": [{"system": X12, "code": "19"}]}, "Child of the person who holds the plan"),
        ({"coding": [{"system": "urn:plan", "code": "01", "display": "Subscriber"}]}, "Holds this plan"),
        ({"coding": [{"code": "19", "display": "Grandchild"}]}, "Grandchild"),
        ({"coding": [{"code": "SELF"}]}, "Holds this plan"),
        ({"text": "Self"}, "Holds this plan"),
        ({"coding": [{"code": "34", "display": "OTHER ADULT"}]}, "Other adult"),
    ],
)
def test_a_relation_is_told_in_words(relationship: dict[str, Any], words: str) -> None:
    """It said "18"."""
    assert dict(card(relationship=relationship).facts)["Relation to the plan"] == words


def test_a_payer_of_whom_only_a_number_came_has_no_name() -> None:
    number = {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1407891336"}
    assert card(payor=[{"identifier": number}]).payer == "not shared by your plan"


@pytest.mark.parametrize("status", ["CANCELLED", "Canceled", " cancelled "])
def test_a_coverage_is_cancelled_however_its_plan_spells_that(status: str) -> None:
    """It said "You have been covered since January 1, 2026.", and that nothing was known of "Active"."""
    assert card(status=status, period={"start": "2026-01-01"}).state == "cancelled"
    assert card(status="Active").state == "active"


@pytest.mark.parametrize("period", [{"start": "2024-01-01", "end": "12/31/2024"}, {"start": "20240101"}])
def test_a_coverage_whose_end_cannot_be_read_may_have_ended(period: dict[str, str]) -> None:
    """It was active, "You have been covered since January 1, 2024.", or active "without dates"."""
    shown = card(period=period)
    (unreadable,) = (text for text in period.values() if "-" not in text)
    assert shown.state == "unknown"
    assert shown.sentence == f"Your plan sent a date that cannot be read: {unreadable}."
    until = card(period={"start": "20240101", "end": "2026-12-31"})
    assert (until.state, until.sentence) == ("active", "You are covered until December 31, 2026.")


def test_costs_and_kinds_in_capitals_are_written_as_words() -> None:
    shown = card(
        type={"text": "COMMERCIAL MEDICAL"},
        costToBeneficiary=[
            {"type": {"text": "OFFICE COPAY"}, "valueMoney": {"value": 20, "currency": "USD"}}
        ],
    )
    assert shown.title == "Commercial medical"
    assert shown.costs[0].label == "Office copay"
