"""What makes a bill doubtful that asks for just the share is said where a member holds the two together."""

from decimal import Decimal
from typing import Any

import pytest

from apps.kinds.claim import whose
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording import bill, story
from tests.claims.made import DENIED, claim, line, money, of_one_line, priced, reading, stating, why, why_of
from tests.claims.systems import C4BB
from tests.claims.telling import asked, steps_of
from tests.claims.test_whose_part import ASSIGNMENT

PAID = "submitted 200, eligible 120, discount 80, benefit 100, memberliability 20"
CARRIER = "https://bluebutton.cms.gov/resources/variables/carr_clm_pmt_dnl_cd"


def same(record: ClaimRecord) -> str:
    """Return what is said of a bill that asks for just what is to pay."""
    check = bill.check(record, Decimal(20 if record.money.your_share.amount else 0))
    assert check.outcome == "same"
    return " ".join(check.causes)


@pytest.mark.parametrize(
    ("figures", "reason", "told"),
    [
        (PAID, "OA 209", "Ask which: it may come back to you."),
        ("submitted 200, benefit 0, memberliability 20", "OA 18", "ask it whether you paid twice."),
    ],
)
def test_of_what_was_paid_nothing_is_asked_before_it_is_paid(figures: str, reason: str, told: str) -> None:
    """5.3: "Ask which before you pay." stood beside "Already paid. Nothing left."."""
    record = of_one_line(f"{figures}, paidbypatient 20", why(reason))
    for text in (story(record).answer, asked(record)):
        assert told in text
        assert "before you pay" not in text
    assert "before you pay" in story(of_one_line(f"{figures}, paidbypatient 5", why(reason))).answer


@pytest.mark.parametrize(
    ("reason", "part"), [("CO 1", "deductible"), ("PI 2", "coinsurance"), ("CO 3", "copay")]
)
def test_a_reason_that_calls_an_amount_yours_and_not_yours_is_asked_about(reason: str, part: str) -> None:
    """5.3: "This part is your coinsurance." stood before "may not charge this to you"."""
    record = of_one_line(f"{PAID}, {part} 20", why_of(reason, "20"))
    [told] = story(record).reasons
    assert told.startswith(f"Line 1: By its number this is your {part}, by its letters it is not yours: ask")
    assert "may not charge" not in told
    doubt = "A code of your plan says of a part both that it is yours and that it is not: ask your plan."
    assert all(doubt in text for text in (story(record).answer, asked(record), same(record)))
    nothing_paid = f"submitted 200, eligible 20, benefit 0, memberliability 20, {part} 20"
    assert whose.group(of_one_line(nothing_paid, why_of(reason, "20"))) == ""


@pytest.mark.parametrize("code", ["A", "N"])
@pytest.mark.parametrize("sent", ["", ", paidtopatient 64"])
def test_more_may_come_on_top_where_the_provider_did_not_accept_medicares_price(code: str, sent: str) -> None:
    """2.4: the page said that more may be asked for, and its checklist "$16.00"."""
    figures = f"submitted 150, eligible 80, benefit 64, memberliability 16{sent}"
    extension = [{"url": ASSIGNMENT, "valueCoding": {"system": ASSIGNMENT, "code": code}}]
    record = stating(figures, extension=extension)
    told = "This provider did not accept Medicare's price: more may come on top. Ask Medicare how much."
    assert (told in asked(record)) is (code == "N")
    assert ("perhaps for more" in story(record).answer) is (code == "N" and bool(sent))


@pytest.mark.parametrize(
    "figures",
    [
        "submitted 200, eligible 150, eligible 160, benefit 120",
        "submitted 200, benefit 120, memberliability 30",
        "eligible 150, benefit 120, memberliability 30",
    ],
    ids=["a price in doubt", "no price", "no bill"],
)
def test_a_doubt_does_not_silence_that_the_provider_did_not_accept_the_price(figures: str) -> None:
    """2.4: only where a price without doubt was below the bill did any page say it."""
    extension = [{"url": ASSIGNMENT, "valueCoding": {"system": ASSIGNMENT, "code": "N"}}]
    record = reading(claim(*money(figures), extension=extension))
    shown = story(record)
    assert any(notice.startswith("The provider did not accept Medicare's price") for notice in shown.notices)
    assert asked(record).endswith("more may come on top. Ask Medicare how much.")


def test_a_share_and_what_was_paid_in_two_currencies_are_said_to_differ() -> None:
    """The bill check said that the share is not final, or not known."""
    record = reading(claim(*money(PAID), priced("paidbypatient", "20", system=C4BB, currency="EUR")))
    check = bill.check(record, Decimal(20))
    assert check.outcome == "cannot"
    assert "in different currencies. Ask your plan what is left." in check.answer


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"extension": [{"url": CARRIER, "valueCoding": {"system": CARRIER, "code": "3"}}]},
            "does not say how much each: what came to you may be for the provider.",
        ),
        (
            {"payee": {"party": {"display": "Lake Trust"}}},
            "If Lake Trust, whom your plan names as paid, is not the provider, the bill may ask for that",
        ),
    ],
)
def test_who_was_paid_and_how_much_is_doubted_beside_the_share(changes: dict[str, Any], told: str) -> None:
    """1.6: the checklist gave the bare share, and a bill of it was "the same"."""
    record = stating(PAID, **changes)
    assert told in asked(record)
    assert told in same(record)
    assert "does not say how much" not in asked(
        stating(f"{PAID}, paidtopatient 40, paidtoprovider 60", **changes)
    )


@pytest.mark.parametrize(
    ("figures", "changes", "told"),
    [
        (PAID, {"adjudication": [DENIED]}, "marks this claim as denied, and states a payment of $100.00"),
        (PAID, {"disposition": "Denied"}, "marks this claim as denied, and states a payment of $100.00"),
        (
            "submitted 20, eligible 20, benefit 0, memberliability 20, deductible 20",
            {"adjudication": [DENIED]},
            "marks this claim as denied, and counts all of its price as your share",
        ),
        ("submitted 40, benefit 30, memberliability 20", {}, "come to more than was billed."),
        ("submitted 40, noncovered 10, benefit 30, memberliability 0", {}, "whether the $10.00 that is not"),
    ],
)
def test_a_share_that_the_page_asks_about_is_not_sure_beside_a_bill(
    figures: str, changes: dict[str, Any], told: str
) -> None:
    """5.3: beside "denied, and paid all the same", and above what was billed, a bill was "the same"."""
    record = stating(figures, **changes)
    assert asked(record).count(told) == same(record).count(told) == 1


@pytest.mark.parametrize(("reason", "is_told"), [("CO 120", True), ("CO 45", False)])
@pytest.mark.parametrize("paid", ["", ", paidbypatient 20"])
def test_a_share_that_waits_for_another_payer_is_not_sure_beside_a_bill(
    reason: str, is_told: bool, paid: str
) -> None:
    """5.3: the bill could not be compared, and the checklist gave "$20.00"."""
    told = asked(of_one_line(f"{PAID}{paid}", why(reason)))
    assert ("says that another payer comes first: ask before you pay." in told) is (is_told and not paid)


@pytest.mark.parametrize("share", ["", "memberliability 20, memberliability 40"])
def test_that_another_payer_comes_first_is_said_where_the_bill_cannot_be_compared(share: str) -> None:
    """5.3: it stood deep in the details alone, where a share is in doubt or not stated."""
    told = asked(stating(f"submitted 200, benefit 100, {share}".rstrip(", "), item=[line(1, why("CO 120"))]))
    assert told.endswith("Your plan says that another payer comes first.")


@pytest.mark.parametrize(
    ("reason", "is_of_all"), [("CO 120", True), ("CO 120 180", True), ("CO 120 50", False)]
)
def test_a_reason_of_another_amount_does_not_say_why_the_plan_did_not_pay(
    reason: str, is_of_all: bool
) -> None:
    """5.3: of $180.00 not covered, "it thinks another insurer should", by a reason of $50.00."""
    figures = "submitted 300, eligible 120, benefit 100, noncovered 180, memberliability 20"
    code, _, amount = reason.partition(" 120 ")
    steps = steps_of(of_one_line(figures, why_of(f"{code} 120", amount) if amount else why(reason)))
    assert ("another insurer should" in steps.meaning) is is_of_all


def test_what_was_sent_to_a_protected_member_is_the_providers_all_the_same() -> None:
    figures = "submitted 100, eligible 80, discount 20, benefit 60, paidtopatient 60, memberliability 20"
    record = of_one_line(f"{figures}, coinsurance 20", why("N781"))
    assert "(QMB): the provider may not charge you" in asked(record)
    assert "Your plan sent $60.00 to you. Pass it on" in asked(record)


def test_a_payment_of_yours_with_a_minus_is_not_said_to_be_one() -> None:
    told = asked(stating(f"{PAID}, paidbypatient -20"), "paid")
    assert told == "Your plan states −$20.00: with a minus it may have come back to you. Ask your plan."


def test_nothing_is_said_to_be_left_right_behind_a_price_that_does_not_fit() -> None:
    """Behind "more than the price, $120.00" stood "You paid $10.00 of it already. $10.00 is left."."""
    over = "submitted 200, eligible 120, discount 80, benefit 110, memberliability 20, paidbypatient 10"
    told = story(stating(over)).answer
    assert told.endswith("ask your plan before you pay. You paid $10.00 of your share already.")


def test_a_pharmacy_is_asked_for_what_came_from_a_pharmacy() -> None:
    items = [
        line(1, *money("submitted 60"), productOrService={"text": "Eye drops"}),
        line(2, productOrService={"text": "Gauze"}),
    ]
    whole = "submitted 100, benefit 60, memberliability 0"
    told = [
        " ".join(story(stating(whole, kind=kind, item=items)).sums) for kind in ("pharmacy", "professional")
    ]
    assert "ask the pharmacy whether" in told[0]
    assert "ask the provider whether" in told[1]
    record = stating(PAID, kind="pharmacy")
    taken = story(record, is_current=False, is_taken_back=True, is_known_older=False)
    assert "of the same day and the same pharmacy" in taken.answer


def test_a_bill_is_not_held_against_the_share_alone_where_who_was_paid_is_in_doubt() -> None:
    code = {"url": "https://bluebutton.cms.gov/resources/variables/carr_clm_pmt_dnl_cd"}
    made = claim(*money("submitted 100, benefit 60, paidtoprovider 60, memberliability 40"))
    for value, is_doubted in (("2", True), ("1", False)):
        told = story(reading(made | {"extension": [code | {"valueCoding": {"code": value}}]}))
        (box,) = [answer for box, _question, answer in told.checklist if box == "share"]
        assert box.startswith("$40.00")
        assert ("differs on who was paid" in box) == is_doubted


@pytest.mark.parametrize(
    ("parts", "lines", "told"),
    [
        ("benefit 90, coinsurance 10", "", "What was paid leaves $30.00 of the price your plan allows."),
        ("benefit 90, deductible 10", "", "What was paid leaves $30.00 of the price your plan allows."),
        ("benefit 90, deductible 0, coinsurance 10", "", ""),  # as Medicare states all that it has
        ("benefit 90, coinsurance 30", "", ""),
        # Parts of zero are no share of a bill that nobody bears, wherever they stand.
        ("benefit 0, copay 0", "copay 0, coinsurance 0", "Your plan did not say. Ask it before you pay."),
        ("eligible 0, benefit 0, deductible 0", "deductible 0", "Your plan did not say."),
        ("discount 200, benefit 0, copay 0, deductible 0", "", ""),
    ],
)
def test_parts_are_all_of_a_share_only_where_they_close_the_price(parts: str, lines: str, told: str) -> None:
    """3.6: "Your share is $20.00: the deductible", and $178.00 more of the price were nobody's."""
    price = "" if "eligible" in parts or "benefit 0" in parts else ", eligible 120"
    items = [line(1, *money(f"benefit 0, {lines}"))] if lines else []
    record = reading(claim(*money(f"submitted 200{price}, {parts}"), item=items))
    assert asked(record).count(told) == 1 if told else "What was paid leaves" not in asked(record)
    assert ("What was paid leaves" in told) is ("What was paid leaves" in story(record).answer)
    assert ("did not say what your share is" in story(record).answer) is told.startswith("Your plan")


def test_what_is_still_to_be_decided_is_not_said_to_be_unsaid() -> None:
    """5.3: "Your plan has still to decide $2,925.00", and below that nobody said whether it may be billed."""
    figures = "submitted 3000, benefit 75, noncovered 2925, deductible 0, copay 0, coinsurance 0"
    record = of_one_line(figures, why("OA 133"))
    assert "has still to decide" in story(record).answer
    assert "did not say whether" not in asked(record)
