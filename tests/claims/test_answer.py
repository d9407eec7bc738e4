"""The first lines of a claim's page: what is left of the bill."""

from decimal import Decimal
from typing import Any

import pytest

from apps.kinds.claim import wording
from apps.kinds.claim.wording import bill
from tests.claims.made import claim, priced, reading, stating
from tests.claims.systems import C4BB


def test_what_was_paid_already_is_not_too_much_to_compare() -> None:
    record = stating("eligible 150.00, paidtopatient 150.00, paidbypatient 180.00, memberliability 30.00")
    assert bill.check(record, Decimal("0.01")).outcome == "higher"


@pytest.mark.parametrize(
    ("discount", "more", "is_said"),
    [("80.00", {}, True), ("79.99", {}, False), ("80.00", {"status": "draft"}, True), ("-80.00", {}, False)],
)
def test_a_bill_of_which_nothing_is_left_is_said_to_be_one(
    discount: str, more: dict[str, Any], is_said: bool
) -> None:
    sent = priced("submitted", "480.00"), priced("benefit", "400.00")
    record = reading(claim(*sent, priced("discount", discount, system=C4BB), **more))
    answer = wording.story(record).answer
    assert "Your plan did not say what your share is." in answer
    assert ("By these figures, nothing of the bill is left." in answer) is is_said
    uncovered = reading(
        claim(*sent, priced("discount", discount, system=C4BB), priced("noncovered", "9.00", system=C4BB))
    )
    assert "nothing of the bill is left" not in wording.story(uncovered).answer
    one_more = reading(claim(*sent, priced("discount", discount, system=C4BB), priced("copay", "20.00")))
    assert "nothing of the bill is left" not in wording.story(one_more).answer


@pytest.mark.parametrize(("paid", "is_said"), [("480.00", True), ("479.00", False)])
def test_a_bill_that_was_paid_whole_leaves_nothing_where_no_discount_was_sent(
    paid: str, is_said: bool
) -> None:
    """A share that was not sent is no zero; of the bill nothing is left all the same."""
    sent = priced("submitted", "480.00"), priced("benefit", paid), priced("copay", "0.00")
    answer = wording.story(reading(claim(*sent))).answer
    assert "Your plan did not say what your share is." in answer
    assert ("By these figures, nothing of the bill is left." in answer) is is_said
