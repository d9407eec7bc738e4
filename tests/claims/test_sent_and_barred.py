"""Reasons that say that the money went to the member (100), and that an amount may not be collected (209)."""

from decimal import Decimal
from typing import Any

import pytest

from apps.kinds.claim import unpaid
from apps.kinds.claim.wording import bill, story
from tests.claims.made import claim, line, money, reading
from tests.claims.test_above_the_price import asked
from tests.claims.test_numbers_of_reasons import of_one_line
from tests.claims.test_whose_money import why
from tests.claims.test_whose_part import why_of

PAID = "submitted 200, eligible 120, discount 80, benefit 100, memberliability 20, coinsurance 20"
LOOK = (
    "A reason of your plan says that it sent the payment to you: look for it, and pay the provider from it."
)
SENT_NOTHING = (
    "A reason of your plan says that its payment went to you or the person responsible, but by its figures "
    "it paid nothing: ask it what it sent."
)


@pytest.mark.parametrize("code", ["OA 100", "PR 100", "100"])
@pytest.mark.parametrize("payee", [None, {"type": {"coding": [{"code": "provider"}]}}])
def test_money_that_a_reason_says_was_sent_to_you_is_passed_on(
    code: str, payee: dict[str, Any] | None
) -> None:
    record = of_one_line(PAID, why(code), **({"payee": payee} if payee else {}))
    of_head = reading(claim(*money(PAID), item=[line(1, why(code))], payee=payee))
    assert record.payment is not None
    assert asked(of_head) == asked(record)
    assert record.payment.to == "you"
    assert "Your plan sent $100.00 to you. Pass it on" in story(record).answer
    assert asked(record) == "$120.00: your share, and the $100.00 that your plan sent to you."
    [told] = story(record).reasons
    assert told.startswith("Line 1: Payment was sent to you or the person responsible. (Code")
    assert unpaid.apart(record) == ""


def test_amounts_say_better_to_whom_it_went_than_a_reason() -> None:
    record = of_one_line(f"{PAID}, paidtoprovider 100", why("PR 100"))
    assert record.payment is not None
    assert record.payment.to == "provider"


def test_a_reason_of_some_lines_sends_not_the_whole_payment_to_you() -> None:
    halves = "submitted 100, benefit 50, memberliability 10"
    items = [line(1, *money(halves), why("PR 100")), line(2, *money(halves))]
    record = reading(claim(*money(PAID), item=items))
    assert record.payment is None
    assert "Your plan sent" not in story(record).answer
    assert LOOK in story(record).answer


@pytest.mark.parametrize(("figures", "told"), [("", LOOK), (", benefit 0", SENT_NOTHING)])
def test_a_payment_of_no_known_amount_that_was_sent_to_you_is_looked_for(figures: str, told: str) -> None:
    """1.6: beside "Your plan paid nothing" stood "look for it", and a bill of the share was "the same"."""
    record = of_one_line(f"submitted 200, memberliability 200{figures}", why("PR 100"))
    assert [text for text in (LOOK, SENT_NOTHING) if text in story(record).answer] == [told]
    for checked in (asked(record), " ".join(bill.check(record, Decimal(200)).causes)):
        assert (SENT_NOTHING in checked) is (told == SENT_NOTHING)


def test_a_correction_sends_nothing() -> None:
    record = of_one_line(PAID, why("CR 100"))
    assert record.payment is None
    assert LOOK not in story(record).answer


BARRED = "By law or contract the provider may not collect this from you, and gives it back if it did."


@pytest.mark.parametrize("code", ["OA 209", "CO 209", "209"])
def test_what_may_not_be_collected_is_told_by_its_own_meaning(code: str) -> None:
    """5.3: "Your plan adjusted this for another reason." stood behind it."""
    figures = "submitted 200, benefit 0, noncovered 200, memberliability 0"
    record = of_one_line(figures, why(code))
    [told] = story(record).reasons
    assert told == f"Line 1: {BARRED} Another payer may be asked for it. (Code {code})"
    assert (
        "$200.00 of the bill was not covered. The provider may not charge this to you."
        in story(record).answer
    )
    assert unpaid.apart(record) == "provider"
    assert story(record).steps is None


@pytest.mark.parametrize("code", ["OA 209", "CO 209"])
def test_a_share_that_may_not_be_collected_is_not_to_be_paid(code: str) -> None:
    record = of_one_line("submitted 200, benefit 120, memberliability 80", why_of(code, "80"))
    assert "Your share is $80.00." in story(record).answer
    assert "counts $80.00 in it that the provider normally may not charge to you" in story(record).answer
    assert asked(record) == "$0.00, without the $80.00 that the provider normally may not charge to you."
    assert unpaid.left(record) == 0


def test_a_share_beside_an_amount_that_may_not_be_collected_is_asked_about() -> None:
    record = of_one_line("submitted 200, benefit 120, memberliability 80", why("OA 209"))
    assert (
        "A reason of your plan says that the provider may not collect a part from you."
        in story(record).answer
    )
    assert "the provider may not collect a part" not in story(of_one_line(PAID, why("OA 23"))).answer


def test_a_group_that_says_otherwise_is_told_beside_it() -> None:
    record = of_one_line("submitted 200, benefit 0, noncovered 200, memberliability 0", why("PR 209"))
    assert "Your plan counts this part as yours." in " ".join(story(record).reasons)
    assert "may not charge this to you" not in story(record).answer
    assert "counts this part as yours" not in story(record).answer
