"""Where a claim stands (facts claims 5)."""

from typing import Any

import pytest

from apps.claims import standing
from apps.claims.records import ClaimRecord
from tests.claims.made import C4BB, THO, claim, concept, line, priced, reading, status


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
        (
            {
                "supportingInfo": [
                    {"category": concept(("x", "CLM_ADJSTMT_TYPE_CD")), "code": concept(("x", "3"))}
                ]
            },
            "taken_back",
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
        ({"item": [line(1, status("benefitpaymentstatus", "denied")), line(2)]}, "partly_refused", True),
        (
            {
                "item": [
                    line(1, status("benefitpaymentstatus", "denied")),
                    line(2, status("benefitpaymentstatus", "paid")),
                ]
            },
            "partly_paid",
            True,
        ),
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


@pytest.mark.parametrize(
    "amounts",
    [
        {"submitted": "207", "discount": "65", "noncovered": "142", "benefit": "0"},
        {"submitted": "207", "discount": "65", "noncovered": "207", "benefit": "0"},
        {"submitted": "207", "eligible": "0", "benefit": "0"},
        {"submitted": "207", "discount": "65", "eligible": "0", "noncovered": "100", "benefit": "0"},
    ],
)
def test_a_discount_does_not_hide_that_nothing_was_covered_5_3(amounts: dict[str, str]) -> None:
    assert standing.state(_with(amounts)) == "not_covered"


@pytest.mark.parametrize(
    "amounts",
    [
        {"submitted": "20", "discount": "20", "eligible": "0", "benefit": "0"},
        {"submitted": "20", "eligible": "0", "benefit": "0", "noncovered": "0"},
        {"submitted": "20", "eligible": "0", "benefit": "0", "priorpayerpaid": "20"},
    ],
)
def test_a_price_of_nothing_is_no_refusal_where_the_plan_says_who_bears_the_bill(
    amounts: dict[str, str],
) -> None:
    assert standing.state(_with(amounts)) == "nothing_paid"


@pytest.mark.parametrize(
    ("amounts", "state"),
    [
        ({"submitted": "3000", "noncovered": "2390", "benefit": "500"}, "partly_paid"),
        (
            {
                "submitted": "3000",
                "noncovered": "2390",
                "eligible": "610",
                "benefit": "0",
                "deductible": "610",
            },
            "partly_refused",
        ),
        ({"submitted": "3000", "noncovered": "0", "benefit": "500"}, "paid"),
        ({"submitted": "3000", "noncovered": "2390"}, "partly_refused"),
    ],
)
def test_a_claim_of_which_a_part_was_refused_says_so(amounts: dict[str, str], state: str) -> None:
    assert standing.state(_with(amounts)) == state


@pytest.mark.parametrize(
    ("amounts", "state"),
    [
        ({"eligible": "120", "benefit": "0", "deductible": "120", "memberliability": "120"}, "deductible"),
        ({"benefit": "0", "deductible": "120"}, "deductible"),
        ({"eligible": "120", "benefit": "0", "deductible": "100", "copay": "20"}, "nothing_paid"),
        ({"eligible": "12", "benefit": "0", "copay": "12"}, "nothing_paid"),
        ({"eligible": "120", "deductible": "120", "memberliability": "120"}, "plain"),
    ],
)
def test_a_claim_that_is_all_the_members_is_decided(amounts: dict[str, str], state: str) -> None:
    """The plan said what became of it: only where it did not is a claim `plain`."""
    assert standing.state(_with(amounts)) == state


def _with(amounts: dict[str, str]) -> ClaimRecord:
    """Return a claim with *amounts* as its totals."""
    ours = ("discount", "noncovered", "memberliability", "priorpayerpaid")
    return reading(
        claim(*[priced(code, text, system=C4BB if code in ours else THO) for code, text in amounts.items()])
    )
