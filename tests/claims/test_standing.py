"""Where a claim stands (facts claims 5)."""

from typing import Any

import pytest

from apps.claims import standing
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
