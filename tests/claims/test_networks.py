"""The provider's network, how the plan paid, and a contract: three things (facts claims 2.3)."""

from typing import Any

import pytest

from apps.kinds.claim.excess import excess
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording import story
from tests.claims.made import claim, info, line, money, reading, stating, status
from tests.claims.test_decisions_said import SHARED


def test_a_network_that_is_stated_in_two_ways_is_told_as_that() -> None:
    both = [status("billingnetworkstatus", "innetwork"), status("benefitpaymentstatus", "outofnetwork")]
    of_claim = stating(SHARED, adjudication=both)
    told = "The provider is in your plan's network; your plan says that it paid as for outside. Ask why."
    assert (of_claim.network, story(of_claim).network) == ("paid_out", told)
    assert story(of_claim).notices == (told,)
    of_line = stating(SHARED, item=[line(1, *money(SHARED), *both)])
    assert told in story(of_line).lines[0].details
    other_way = [status("billingnetworkstatus", "outofnetwork"), status("benefitpaymentstatus", "innetwork")]
    assert stating(SHARED, adjudication=other_way).network == "paid_in"


@pytest.mark.parametrize(
    ("sent", "network", "told"),
    [
        (
            status("benefitpaymentstatus", "innetwork"),
            "only_paid_in",
            "Paid as in its network, says your plan",
        ),
        (
            {"category": {"coding": [{"code": "innetwork"}], "text": "paid in network"}},
            "only_paid_in",
            "Paid as in its network, says your plan",
        ),
        (
            status("benefitpaymentstatus", "outofnetwork"),
            "only_paid_out",
            "Paid as outside its network, says your plan",
        ),
    ],
)
def test_how_it_was_paid_does_not_say_where_the_provider_is(
    sent: dict[str, Any], network: str, told: str
) -> None:
    """2.3: "paid in network. This does not indicate the contracting status" (CARIN BB 1.1)."""
    of_claim = stating(SHARED, adjudication=[sent])
    assert (of_claim.network, story(of_claim).network) == (network, told)
    of_line = stating(SHARED, item=[line(1, *money(SHARED), sent)])
    assert (of_line.lines[0].network, story(of_line).lines[0].details) == (network, (told,))


def test_a_share_that_was_paid_as_outside_does_not_count_the_provider_as_outside() -> None:
    figures = money("submitted 300, eligible 200, benefit 60, memberliability 140")
    paid = status("benefitpaymentstatus", "outofnetwork")
    for made in ({"adjudication": [paid]}, {"item": [line(1, *figures, paid)]}):
        assert story(reading(claim(*figures, **made))).causes == (
            "Your plan paid this as outside its network.",
        )


def test_a_contract_is_no_network() -> None:
    """2.3: it is "regardless of the network" (CARIN BB 1.1), and beside "outside" the price is agreed."""
    contract = info("billingnetworkcontractingstatus", code={"coding": [{"code": "contracted"}]})
    record = stating(SHARED, supportingInfo=[contract])
    assert story(record).network == "Has a contract with your plan"
    figures = money("submitted 84.40, eligible 10, benefit 10, memberliability 0")
    out = status("benefitpaymentstatus", "outofnetwork")
    both = reading(claim(*figures, adjudication=[out], supportingInfo=[contract]))
    assert story(both).network == (
        "Paid as outside its network, says your plan; the provider has a contract with your plan"
    )
    assert "may ask for more" not in str(story(both).checklist)
    assert "may ask for more" in str(story(reading(claim(*figures, adjudication=[out]))).checklist)


def test_a_line_tells_how_it_was_paid_and_not_of_its_providers_network() -> None:
    billing, paid = status("billingnetworkstatus", "innetwork"), status("benefitpaymentstatus", "other")
    told = story(stating(SHARED, adjudication=[billing], item=[line(1, *money(SHARED), paid)]))
    assert told.network == "In your plan's network"
    assert told.lines[0].details == (
        "Your plan says that it paid as “other”: another network, or no network applies",
    )


IN, OUT = "innetwork", "outofnetwork"
CONTRACT = info("billingnetworkcontractingstatus", code={"coding": [{"code": "contracted"}]})


@pytest.mark.parametrize(
    ("billing", "paid_as", "more", "is_bound"),
    [
        (IN, "", {}, True),
        ("", "", {}, True),
        (IN, OUT, {}, True),
        ("", "", {"supportingInfo": [CONTRACT]}, True),
        (OUT, "", {"supportingInfo": [CONTRACT]}, True),
        (OUT, "", {}, False),
        (OUT, IN, {}, False),
        ("both", "", {}, False),
        ("", "", {"item": [line(1, status("benefitpaymentstatus", OUT))]}, False),
    ],
)
def test_who_has_no_price_with_the_plan_is_held_to_none(
    billing: str, paid_as: str, more: dict[str, Any], is_bound: bool
) -> None:
    """Only of "outside" was it known; a network that is stated otherwise, or of the lines alone, was "in"."""
    said = {"billingnetworkstatus": billing, "benefitpaymentstatus": paid_as}
    told = [status(category, answer) for category, answer in said.items() if answer]
    if billing == "both":
        told = [status("billingnetworkstatus", IN), status("renderingnetworkstatus", OUT)]

    def record(figures: str) -> ClaimRecord:
        return stating(figures, **{"adjudication": told} | more)

    borne = story(record("submitted 480, benefit 400, discount 80"))
    assert ("nothing of the bill is left" in borne.answer) is is_bound
    above = excess(record("submitted 480, eligible 100, benefit 80, memberliability 40"))
    assert (above is not None) is is_bound
    stated = story(record("submitted 480, eligible 300, discount 180, benefit 200, memberliability 100"))
    assert ("discount took off" in stated.answer) is is_bound
    open_bill = story(record("submitted 84.40, eligible 10, benefit 10, memberliability 0"))
    assert ("may ask for more" in str(open_bill.checklist)) is not is_bound


def test_a_contract_does_not_take_away_that_the_provider_is_outside() -> None:
    figures = money("submitted 300, eligible 200, benefit 60, memberliability 140")
    out, outside = (
        status("billingnetworkstatus", OUT),
        "Your plan counts this provider as outside its network.",
    )
    of_line = line(1, *figures, out)
    for made in ({"adjudication": [out]}, {"item": [of_line]}):
        told = story(reading(claim(*figures, supportingInfo=[CONTRACT], **made)))
        assert outside in told.causes


@pytest.mark.parametrize(
    ("of_claim", "of_line", "contract", "is_told"),
    [
        ([("billing", OUT)], OUT, [CONTRACT], False),
        ([("billing", OUT)], IN, [CONTRACT], True),
        ([("billing", OUT), ("paid", IN)], IN, [], False),
        ([("billing", IN), ("paid", OUT)], OUT, [], False),
        ([], OUT, [CONTRACT], True),
    ],
)
def test_a_line_tells_its_network_only_where_the_claim_does_not_say_it(
    of_claim: list[tuple[str, str]], of_line: str, contract: list[dict[str, Any]], is_told: bool
) -> None:
    names = {"billing": "billingnetworkstatus", "paid": "benefitpaymentstatus"}
    sent = [status(names[name], answer) for name, answer in of_claim]
    item = line(1, *money(SHARED), status("benefitpaymentstatus", of_line))
    told = story(stating(SHARED, adjudication=sent, supportingInfo=contract, item=[item]))
    assert bool(told.lines[0].details) is is_told
