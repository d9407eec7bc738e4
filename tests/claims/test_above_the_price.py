"""What is billed above the plan's price: taken off, the member's, or held to nothing (X12's 45)."""

from decimal import Decimal
from typing import Any

import pytest

from apps.kinds.claim import whose, wording
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording import bill
from apps.kinds.claim.wording.receipt import rows
from tests.claims.made import claim, concept, line, money, reading, status
from tests.claims.test_closing_prices import because

OUTSIDE = [status("billingnetworkstatus", "outofnetwork")]
INSIDE = [status("billingnetworkstatus", "innetwork")]
AMOUNTS = "submitted 1000, eligible 400, benefit 200, memberliability 200"
PLACES = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"


def a_claim(
    network: list[dict[str, Any]], *reasons: dict[str, Any], amounts: str = AMOUNTS, place: str = "11"
) -> ClaimRecord:
    only_line = line(1, *reasons, locationCodeableConcept=concept((PLACES, place)))
    return reading(claim(*money(amounts), adjudication=network, item=[only_line]))


def asked(record: ClaimRecord) -> str:
    return next(answer for box, _question, answer in wording.story(record).checklist if box == "share")


@pytest.mark.parametrize(
    ("network", "reasons"),
    [(OUTSIDE, [because("45", "600", "PR")]), (INSIDE, [because("45", "600", "PR")]), (OUTSIDE, [])],
)
def test_what_the_provider_may_ask_for_above_the_price_is_not_said_to_be_taken_off(
    network: list[dict[str, Any]], reasons: list[dict[str, Any]]
) -> None:
    """Facts claims 2.4: the reason said that the provider may charge it, the receipt that nobody pays it."""
    record = a_claim(network, *reasons)
    assert whose.is_above_open(record)
    assert "The $600.00 above your plan's price may come on top of it." in wording.story(record).answer
    assert [row.label for row in rows(record)].count("Above your plan's price") == 1
    assert "provider may ask for more, up to the $1,000.00 billed. Ask first." in asked(record)
    (cause,) = bill.check(record, Decimal(800)).causes
    assert "ask why you pay it" not in cause


def test_what_comes_to_the_bill_with_the_share_has_nothing_on_top() -> None:
    amounts = "submitted 1000, eligible 400, benefit 300, memberliability 700"
    assert "on top" not in wording.story(a_claim(OUTSIDE, amounts=amounts)).answer


@pytest.mark.parametrize("network", [OUTSIDE, INSIDE])
def test_what_all_above_the_price_is_the_providers_is_not_asked_for(network: list[dict[str, Any]]) -> None:
    """Why said that it may not be charged, and the bill check that the provider may ask for it."""
    record = a_claim(network, because("45", "600", "CO"), place="23")
    story = wording.story(record)
    assert not whose.is_above_open(record)
    assert "on top" not in story.answer
    assert "may ask for more" not in asked(record)
    (why,) = story.reasons
    assert "may not charge this to you" in why
    assert ("contract" in why) == (network is INSIDE)


def test_after_an_emergency_outside_the_network_federal_rules_may_limit_what_is_asked() -> None:
    told = "After an emergency, federal rules may limit this to your share inside the network: ask your plan."
    assert told in asked(a_claim(OUTSIDE, place="23"))
    assert told not in asked(a_claim(OUTSIDE, place="11"))
    part = a_claim(OUTSIDE, because("45", "500", "CO"), place="11")
    assert "may ask for more" in asked(part)
