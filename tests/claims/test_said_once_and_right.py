"""Pages of the invented members, looked at one by one: no sentence says more than the claim holds."""

import pytest

from apps.kinds.claim import wording
from tests.claims.made import claim, money, reading
from tests.claims.test_whose_money import OUT, asked, lead

WHOLE = "submitted 1410, eligible 614.50, noncovered 795.50, coinsurance 307.25, benefit 307.25"


@pytest.mark.parametrize("paid_to", ["paidtoprovider", "paidtopatient"])
def test_outside_the_network_nothing_is_asked_on_top_of_the_whole_bill(paid_to: str) -> None:
    """A share of $1,102.75 and the $307.25 that the plan paid are the bill: there is no more to ask for."""
    figures = money(f"{WHOLE}, {paid_to} 307.25, memberliability 1102.75")
    record = reading(claim(*figures, adjudication=[OUT]))
    assert "more" not in asked(record)
    assert "for more" not in lead(record)
    assert asked(record).startswith("$1,102.75" if paid_to == "paidtoprovider" else "$1,410.00: your share")
