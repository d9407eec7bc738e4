"""Lead, badge, question and bill in hand read one value: what is to pay, to pass on and to ask back."""

from decimal import Decimal
from typing import Any

import pytest

from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording import bill, story
from apps.kinds.claim.wording.to_pay import back
from tests.claims.made import claim, cms, concept, money, reading, stating, why
from tests.claims.never_together import together
from tests.claims.telling import asked

PAID = "submitted 100, eligible 80, benefit 60, memberliability 20"
PAYEES = "http://terminology.hl7.org/CodeSystem/payeetype"


def of(totals: str, **changes: Any) -> ClaimRecord:
    return stating(totals, **changes)


def to(payee: str, part: int = 0) -> dict[str, Any]:
    """Return whom the plan names as paid, with a payment of *part*, which it calls partial."""
    payment = {"type": {"coding": [{"code": "partial"}]}, "amount": {"value": part, "currency": "USD"}}
    return {"payee": {"type": concept((PAYEES, payee))}} | ({"payment": payment} if part else {})


def against(record: ClaimRecord, typed: str, noted: str = "0") -> tuple[str, ...]:
    """Return how a bill compares, with its causes."""
    check = bill.compared(record, typed, (), noted=Decimal(noted))
    return check.outcome, *check.causes


@pytest.mark.parametrize("paid", ["", ", paidbypatient 10", ", benefit 60, paidtopatient 60"])
def test_a_share_above_the_price_is_asked_about_wherever_it_is_told(paid: str) -> None:
    """The first lines asked before anybody pays, and the bill was "the same" as the share."""
    record = of(f"submitted 100, eligible 80, memberliability 90{paid}")
    ask = "That is more than the price your plan allows: ask your plan why before you pay."
    assert ask in story(record).answer
    assert asked(record) == f"$90.00. {ask}"
    assert against(record, "90") == ("cannot",)


def test_a_share_above_the_price_that_was_paid_leaves_nothing_to_ask_for() -> None:
    record = of("submitted 100, eligible 80, memberliability 90, paidbypatient 90")
    assert against(record, "0") == ("same",)


MARKED = {"adjudication": [why("N781")]}
"""As a Qualified Medicare Beneficiary."""


@pytest.mark.parametrize(
    ("figures", "more"),
    [
        ("memberliability 20, coinsurance 20, paidbypatient 20", 20),
        ("memberliability 20, coinsurance 20, paidbypatient 10", 10),
        ("memberliability 20, paidbypatient 20", 20),
        ("memberliability 0, coinsurance 20, paidbypatient 20", 20),
        ("memberliability 40, coinsurance 20, noncovered 20, paidbypatient 40", 20),
    ],
)
def test_what_a_protected_member_paid_is_asked_back(figures: str, more: int) -> None:
    """3.6: a provider refunds it; "Ask before you pay. Already paid. Nothing left." was told."""
    record = of(f"submitted 100, eligible 80, benefit 60, {figures}", **MARKED)
    told = story(record)
    assert f"Ask the provider whether ${more}.00 comes back to you." in told.asks
    assert f"which is ${more}.00 more than your share without that." in told.answer
    assert "Nothing left" not in told.answer
    assert told.badge is not None
    assert told.badge.kind in ("quiet", "attention")
    assert against(record, "20") == ("cannot",)


def test_a_protected_member_who_paid_is_not_told_to_ask_before_paying() -> None:
    told = {
        paid: "Ask before you pay." in story(of(f"{PAID}, coinsurance 20{paid}", **MARKED)).answer
        for paid in ("", ", paidbypatient 10", ", paidbypatient 20")
    }
    assert list(told.values()) == [True, False, False]


@pytest.mark.parametrize("reasons", [["PR 2"], ["CO 120", "PR 1"]])
def test_a_protected_member_who_paid_what_is_not_covered_has_nothing_left(reasons: list[str]) -> None:
    """3.6: "Ask before you pay. Already paid. Nothing left.", and "Before you pay the provider"."""
    figures = "submitted 140, eligible 100, benefit 60, noncovered 20, memberliability 40, paidbypatient 20"
    record = of(figures, adjudication=[*map(why, reasons), why("N781")])
    assert together(record) == [], story(record).answer


def test_a_protected_member_passes_on_no_more_than_was_sent() -> None:
    answer = story(of(f"{PAID}, coinsurance 20, paidtopatient 60", **MARKED)).answer
    assert "The provider may ask for $60.00 in all." in answer
    assert "comes on top" not in answer


@pytest.mark.parametrize(
    ("figures", "more", "than"),
    [
        ("memberliability 20, paidtopatient 60, paidbypatient 100", 20, 80),
        ("memberliability 20, paidtopatient 60, paidbypatient 80", 0, 80),
        ("memberliability 20, paidtopatient 10, paidtoprovider 50, paidbypatient 40", 10, 30),
        ("paidtopatient 60, paidbypatient 100", 20, 80),
        ("paidtopatient 60, paidbypatient 80", 0, 80),
    ],
)
def test_what_was_paid_above_share_and_money_sent_is_asked_back(figures: str, more: int, than: int) -> None:
    record = of(f"submitted 100, eligible 80, benefit 60, {figures}")
    told = back(record)
    assert (told and (told.amount, told.than)) == ((more, (than,)) if more else None)
    asks = (f"Ask the provider whether ${more}.00 comes back to you.",) if more else ()
    assert story(record).asks == asks
    words = f"By your plan's figures you paid ${more}.00 too much."
    assert (words in story(record).answer) is (bool(more) and "memberliability" in figures)


def test_of_a_payment_in_part_to_the_member_the_rest_may_come() -> None:
    """1.6: "The provider may ask for $50.00 in all" was told, and $30.00 were not sent yet."""
    record = of(PAID, **to("subscriber", 30))
    assert story(record).answer.endswith(
        "The provider may ask for $50.00, and for the rest of your plan's payment."
    )
    told = "$50.00: your share, and the $30.00 that your plan sent to you."
    assert asked(record) == f"{told} The rest of its payment may come on top."
    assert against(record, "50") == ("same",)
    rest = "The difference equals the rest of your plan's payment, $30.00: ask your plan whether it came."
    assert against(record, "80") == ("higher", rest)
    assert against(of(PAID, **to("provider", 30)), "50") == ("higher", rest)


def test_of_a_payment_in_part_nothing_is_asked_back() -> None:
    record = of(f"{PAID}, paidbypatient 80", **to("subscriber", 30))
    assert (back(record), asked(record)) == (None, "You paid your share already.")


OLDER = "the bill may be older"


def test_a_bill_is_not_called_older_than_a_payment_that_may_be_no_providers() -> None:
    doubted = of(f"{PAID}, paidtoprovider 60", **to("subscriber"))
    ask = "The difference equals what your plan paid, $60.00: ask it who was paid."
    assert against(doubted, "80") == ("higher", ask)
    assert against(of(f"{PAID}, paidtopatient 60"), "140") == ("higher",)
    (_, cause) = against(of(f"{PAID}, paidtopatient 20, paidtoprovider 40"), "80")
    assert cause.startswith("The difference equals what your plan paid to the provider, $40.00")


def test_a_note_of_a_payment_is_told_once_and_not_of_a_bill_of_nothing() -> None:
    listed = "submitted 100, eligible 100, benefit 60, memberliability 40, paidbypatient 20"
    assert against(of(PAID), "0", noted="30") == ("lower",)
    noted = "The difference equals the $20.00 that you noted as paid."
    assert against(of(PAID), "0", noted="20") == ("lower", noted)
    assert against(of(listed), "0", noted="20") == ("lower", noted)
    of_plan = "The difference equals the $20.00 that your plan says you paid already: ask about it."
    assert against(of(listed), "40", noted="20") == ("higher", of_plan)


def test_a_payment_above_the_share_is_not_asked_about_where_medicares_price_was_not_accepted() -> None:
    """2.4: who did not accept it may have asked for more than the share."""
    name = "https://bluebutton.cms.gov/resources/variables/asgmntcd"
    figures = [*money("submitted 200, benefit 80, coinsurance 20"), cms("clm_bene_pmt_amt", "35")]
    extension = [{"url": name, "valueCoding": {"system": name, "code": "N"}}]
    assert "ask it which is right" not in story(reading(claim(*figures, extension=extension))).answer
