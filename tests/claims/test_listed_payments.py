"""A payment that the plan lists as the member's, made or still to make, beside the share."""

from typing import Any

import pytest

from apps.kinds.claim import wording
from tests.claims.made import claim, cms, line, money, reading
from tests.claims.test_whose_money import why

LISTED = [cms("clm_bene_pmt_amt", "35")]


@pytest.mark.parametrize(
    "sent",
    [
        claim(*money("submitted 200, benefit 80, coinsurance 34.99"), *LISTED),  # rounded
        claim(  # the share of one line alone
            item=[line(1, *money("submitted 100, benefit 80, coinsurance 20"), *LISTED), line(2, *LISTED)]
        ),
        claim(  # what is not covered and the member's too, on top of it
            *money(
                "submitted 200, eligible 100, benefit 80, memberliability 20, noncovered 15, coinsurance 20"
            ),
            *LISTED,
            item=[line(1, why("PR 96"))],
        ),
        claim(  # and what is above the price
            *money("submitted 115, eligible 100, benefit 80, coinsurance 20, discount 15"),
            *LISTED,
            item=[line(1, why("PR 45"))],
        ),
    ],
)
def test_a_listed_payment_that_the_share_may_hold_with_more_is_not_asked_about(sent: dict[str, Any]) -> None:
    """2.5: a part was compared with the whole, and a cent told as another amount."""
    record = reading(sent)
    assert record.money.you_paid.amount == 35 or record.money.your_share.origin.partial
    assert "ask it which is right" not in wording.story(record).answer
