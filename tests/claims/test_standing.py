"""Where a claim stands, and which versions of it count (facts claims 5)."""

from decimal import Decimal
from typing import Any

import pytest

from apps.claims import standing
from apps.claims.records import ClaimRecord, Figure, Money, Related
from tests.claims.made import C4BB, claim, concept, line, priced, reading, status


@pytest.mark.parametrize(
    ("changes", "state", "counts"),
    [
        ({"status": "cancelled"}, "cancelled", False),
        ({"status": "entered-in-error"}, "mistake", False),
        (
            {"type": concept(("https://bluebutton.cms.gov/fhir/CodeSystem/CLM-TYPE-CD", "3"))},
            "deleted",
            False,
        ),
        (
            {"supportingInfo": [{"category": concept((C4BB, "typeofbill")), "code": concept(("x", "118"))}]},
            "void",
            False,
        ),
        ({"outcome": "error"}, "error", False),
        ({"outcome": "queued"}, "undecided", False),
        ({"outcome": "partial"}, "incomplete", True),
        ({"adjudication": [status("benefitpaymentstatus", "denied")]}, "denied", True),
        ({"adjudication": [status("benefitpaymentstatus", "partiallypaid")]}, "partly_paid", True),
        ({"total": [priced("benefit", "1.00")]}, "paid", True),
        (
            {
                "total": [priced("benefit", "1.00")],
                "adjudication": [status("benefitpaymentstatus", "denied")],
            },
            "partly_paid",
            True,
        ),
        (
            {
                "total": [
                    priced("submitted", "9"),
                    priced("benefit", "0"),
                    priced("noncovered", "9", system=C4BB),
                ]
            },
            "not_covered",
            True,
        ),
        ({"item": [line(1, status("benefitpaymentstatus", "denied")), line(2)]}, "partly_paid", True),
        ({"item": [line(1, status("benefitpaymentstatus", "denied"))]}, "denied", True),
        ({"status": "draft"}, "draft", True),
        ({"status": "draft", "total": [priced("benefit", "1.00")]}, "paid", True),
        ({"status": None, "outcome": None}, "plain", True),
        ({"use": "preauthorization"}, "plain", False),
    ],
)
def test_a_claim_stands_where_its_plan_says(changes: dict[str, Any], state: str, counts: bool) -> None:
    record = reading(claim(**changes))
    assert (standing.state(record), standing.counts(record)) == (state, counts)


def a(resource_id: str, number: str = "", **changes: Any) -> ClaimRecord:
    """Return a record known by id and number."""
    numbers = (number or resource_id,)
    return ClaimRecord(resource_id=resource_id, claim_number=numbers[0], numbers=numbers, **changes)


def test_a_claim_that_another_replaces_is_old_in_whatever_order_they_arrive() -> None:
    first = a("1", "CLM-1")
    by_number = a("2", "CLM-2", related=(Related("prior", None, "CLM-1"),))
    by_path = a("3", "CLM-3", related=(Related("prior", "ExplanationOfBenefit/1"),))
    assert standing.superseded([first, by_number]) == {0}
    assert standing.superseded([by_path, first]) == {1}


def test_a_replaced_claim_counts_until_its_successor_is_there() -> None:
    old = a("1", related=(Related("replacedby", None, "CLM-2"),))
    assert standing.superseded([old]) == frozenset()
    assert standing.superseded([old, a("2", "CLM-2")]) == {0}


def test_an_associated_claim_is_no_version() -> None:
    assert standing.superseded([a("1"), a("2", related=(Related("associated", None, "1"),))]) == frozenset()


def test_of_two_forms_of_one_claim_the_one_with_money_counts() -> None:
    money = Money(billed=Figure(Decimal(1)))
    basis = a("1", "CLM-1", shares_money=False, created="2026-05-01")
    full = a("2", "CLM-1", money=money, created="2026-04-01")
    assert standing.superseded([basis, full]) == {0}


def test_one_number_on_different_kinds_or_days_names_different_claims() -> None:
    assert standing.superseded([a("1", "N", kind="oral"), a("2", "N", kind="pharmacy")]) == frozenset()
    assert standing.superseded([a("1", "N", service_start="2026-01-01"), a("2", "N")]) == frozenset()


def test_a_claim_that_names_itself_is_not_lost() -> None:
    assert standing.superseded([a("1", related=(Related("prior", None, "1"),))]) == frozenset()
