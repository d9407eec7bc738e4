"""How the plan paid: to whom, when, by which check or transfer (facts claims 1.6 and 5.3)."""

from typing import Any

import pytest

from apps.kinds.claim.records import Payment
from tests.claims.made import STATUS, THO, amount, claim, concept, money, priced, reading
from tests.claims.test_oddities_structure import ABSENT


@pytest.mark.parametrize(
    ("payment", "expected"),
    [
        ({"amount": {"value": 5}}, None),
        ({"date": "2026-04-01"}, Payment(on="2026-04-01")),
        (
            {"date": "2026-04-01", "type": concept(("x", "complete"))},
            Payment("2026-04-01", kind="complete payment"),
        ),
        ({"type": concept((STATUS, "paid"))}, Payment(kind="paid")),
        (
            {"type": {"text": "Check"}, "identifier": {"value": "CHK 1007"}},
            Payment(number="CHK 1007", kind="Check"),
        ),
        ({"date": "soon"}, None),
        ({}, None),
        ([], None),
    ],
)
def test_a_payment_comes_in_many_forms(payment: Any, expected: Payment | None) -> None:
    """1.6."""
    assert reading(claim(payment=payment)).payment == expected


def test_m_09_the_payment_keeps_its_own_amount() -> None:
    paid = {"amount": {"value": 5}, "date": "2026-04-01"}
    assert amount(reading(claim(payment=paid)).payment.amount) == "5"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("changes", "to"),
    [
        ({"payee": {"type": concept(("x", "provider"))}}, "provider"),
        ({"payee": {"type": concept(("x", "subscriber"))}}, "you"),
        ({"payee": {"type": concept(("", "M"))}}, "you"),
        ({"payee": {"party": {"reference": "Patient/1"}}}, "you"),
        ({"payee": {"party": {"reference": "https://p.example/fhir/Organization/2"}}}, "provider"),
        ({"payee": ABSENT}, None),
        ({"extension": [{"url": "https://x/carr_clm_pmt_dnl_cd", "valueCoding": {"code": "2"}}]}, "you"),
        ({"total": [*money("paidtoprovider 5.00, paidtopatient 1.00", system=THO)]}, "both"),
        # Where the money went says more than who asked for it.
        ({"total": [priced("paidtopatient", "1.00")], "payee": {"type": concept(("x", "provider"))}}, "you"),
    ],
)
def test_to_whom_the_plan_paid_is_said_by_amounts_payee_or_carrier(
    changes: dict[str, Any], to: str | None
) -> None:
    """1.6 and 5.3."""
    found = reading(claim(**changes)).payment
    assert (found.to if found else None) == to
