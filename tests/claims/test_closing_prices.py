"""What closes a price to the cent is told as that, and leaves nothing to pay or to ask back."""

from typing import Any

import pytest

from apps.kinds.claim import unpaid, wording
from apps.kinds.claim.excess import excess, excess_paid
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording.receipt import rows
from tests.claims.made import claim, money, reading


def a_claim(amounts: str, **changes: Any) -> ClaimRecord:
    return reading(claim(*money(amounts), **changes))


CARD = "drugcost 2000, benefit 1920, copay 80, memberliability 80, priorpayerpaid 75"


@pytest.mark.parametrize(
    ("amounts", "kind", "told"),
    [
        (f"{CARD}, paidbypatient 5", "pharmacy", "Of it, others paid $75.00 and you paid $5.00. Nothing left."),
        (
            "submitted 150, eligible 100, benefit 60, priorpayerpaid 30, paidbypatient 10, memberliability 40",
            "professional",
            "Of it, others paid $30.00 and you paid $10.00. Nothing left.",
        ),
    ],
)
def test_nothing_is_left_of_a_share_where_plan_others_and_the_member_paid_the_price(
    amounts: str, kind: str, told: str
) -> None:
    """Of a copay of $80.00 that a card paid $75.00 of, $75.00 was said to be left."""
    record = a_claim(amounts, kind=kind)
    story = wording.story(record)
    assert told in story.answer
    assert "is left" not in story.answer
    assert "need not be a mistake" not in " ".join(story.sums)
    assert excess(record) is None
    assert unpaid.left(record) in (None, 0)


def test_what_others_paid_is_in_no_share_that_the_price_does_not_close_with() -> None:
    record = a_claim(f"{CARD}, paidbypatient 3", kind="pharmacy")
    assert "You paid $3.00 of it already. $77.00 is left." in wording.story(record).answer


TAXED = "drugcost 100, tax 9, benefit 80, copay 29, memberliability 29, paidbypatient 29"


def test_a_tax_that_closes_the_price_belongs_to_it() -> None:
    """A tax of $9.00 was to be asked back for."""
    record = a_claim(TAXED, kind="pharmacy")
    assert excess(record) is None
    assert excess_paid(record) is None
    receipt = [(row.label, row.sign) for row in rows(record) if row.style not in ("part", "aside")]
    assert ("Tax", "+") in receipt
    assert "More than these figures allow" not in dict(receipt)
    assert wording.story(record).sums == ("The figures add up to the cent.",)


def test_a_tax_that_closes_nothing_stays_beside_the_price() -> None:
    record = a_claim(TAXED.replace("tax 9", "tax 5"), kind="pharmacy")
    assert excess_paid(record) is not None
    assert [row.style for row in rows(record) if row.label == "Tax"] == ["aside"]
