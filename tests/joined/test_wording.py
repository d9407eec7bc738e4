"""What pages say of a claim that stands beside a record."""

from decimal import Decimal
from typing import Any

import pytest

from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.joined import wording


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("partly_refused", "your share $5.00, and your plan refused a part"),
        ("partly_paid", "your share $5.00, and your plan refused a part"),
        ("denied", "your share $5.00, and your plan refused it"),
        ("not_covered", "your share $5.00, and your plan did not cover it"),
        ("paid", "your share $5.00"),
    ],
)
def test_a_fill_says_what_its_claim_was_refused(state: Any, told: str) -> None:
    assert wording.share(ClaimEntry(your_share=Decimal(5), state=state, counts=True)) == told
    assert wording.share(ClaimEntry(your_share=Decimal(5), state=state)) == "your share $5.00"


@pytest.mark.parametrize("state", ["partly_refused", "partly_paid"])
def test_a_part_above_a_limit_is_not_said_to_be_refused(state: Any) -> None:
    """As the claim's own page: the plan keeps to its terms, and refuses nothing."""
    claim = ClaimEntry(your_share=Decimal(5), state=state, counts=True, is_above_limit=True)
    assert wording.share(claim) == "your share $5.00, and your plan did not cover a part"
