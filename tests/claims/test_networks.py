"""The provider's network, how the plan paid, and a contract: three things (facts claims 2.3)."""

from apps.kinds.claim.wording import story
from tests.claims.made import claim, line, money, reading, status
from tests.claims.test_decisions_said import SHARED
from tests.claims.test_names_and_days import info


def test_a_network_that_is_stated_in_two_ways_is_told_as_that() -> None:
    both = [status("billingnetworkstatus", "innetwork"), status("benefitpaymentstatus", "outofnetwork")]
    of_claim = reading(claim(*money(SHARED), adjudication=both))
    told = "The provider is in your plan's network; your plan says that it paid as for outside. Ask why."
    assert (of_claim.network, story(of_claim).network) == ("paid_out", told)
    of_line = reading(claim(*money(SHARED), item=[line(1, *money(SHARED), *both)]))
    assert told in story(of_line).lines[0].details
    other_way = [status("billingnetworkstatus", "outofnetwork"), status("benefitpaymentstatus", "innetwork")]
    assert reading(claim(*money(SHARED), adjudication=other_way)).network == "paid_in"


def test_a_contract_is_no_network() -> None:
    """2.3: it is "regardless of the network" (CARIN BB 1.1), and beside "outside" the price is agreed."""
    contract = info("billingnetworkcontractingstatus", code={"coding": [{"code": "contracted"}]})
    record = reading(claim(*money(SHARED), supportingInfo=[contract]))
    assert story(record).network == "Has a contract with your plan"
    figures = money("submitted 84.40, eligible 10, benefit 10, memberliability 0")
    out = status("benefitpaymentstatus", "outofnetwork")
    both = reading(claim(*figures, adjudication=[out], supportingInfo=[contract]))
    assert story(both).network == "Outside your plan's network, but with a contract with your plan"
    assert "may ask for more" not in str(story(both).checklist)
    assert "may ask for more" in str(story(reading(claim(*figures, adjudication=[out]))).checklist)


def test_a_line_tells_how_it_was_paid_and_not_of_its_providers_network() -> None:
    billing, paid = status("billingnetworkstatus", "innetwork"), status("benefitpaymentstatus", "other")
    told = story(reading(claim(*money(SHARED), adjudication=[billing], item=[line(1, *money(SHARED), paid)])))
    assert told.network == "In your plan's network"
    assert told.lines[0].details == ("Paid as neither in nor outside the network, says your plan",)
