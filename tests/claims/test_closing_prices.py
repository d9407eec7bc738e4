"""What closes a price to the cent is told as that, and leaves nothing to pay or to ask back."""

import re
from decimal import Decimal
from typing import Any

import pytest

from apps.kinds.claim import unpaid, wording
from apps.kinds.claim.excess import excess, excess_paid, is_summed
from apps.kinds.claim.wording import to_pay
from apps.kinds.claim.wording.receipt import rows
from tests.claims.made import claim, concept, line, money, number, priced, reading, stating
from tests.claims.systems import DISCRIMINATOR

CARD = "drugcost 2000, benefit 1920, copay 80, memberliability 80, priorpayerpaid 75"


@pytest.mark.parametrize(
    ("amounts", "kind", "told"),
    [
        (
            f"{CARD}, paidbypatient 5",
            "pharmacy",
            "Of it, others paid $75.00 and you paid $5.00. Nothing left.",
        ),
        (
            "eligible 100, benefit 60, priorpayerpaid 30, paidbypatient 10, memberliability 40",
            "professional",
            "Of it, others paid $30.00 and you paid $10.00. Nothing left.",
        ),
    ],
)
def test_nothing_is_left_of_a_share_where_plan_others_and_the_member_paid_the_price(
    amounts: str, kind: str, told: str
) -> None:
    """Of a copay of $80.00 that a card paid $75.00 of, $75.00 was said to be left."""
    record = stating(amounts, kind=kind)
    story = wording.story(record)
    assert told in story.answer
    assert "is left" not in story.answer
    assert "need not be a mistake" not in " ".join(story.sums)
    assert excess(record) is None
    assert unpaid.left(record) in (None, 0)


def test_what_others_paid_is_in_no_share_that_the_price_does_not_close_with() -> None:
    record = stating(f"{CARD}, paidbypatient 3", kind="pharmacy")
    amounts = to_pay.amounts_of(record)
    assert amounts is not None
    assert (amounts.by_others, amounts.due) == (0, 77)
    assert wording.story(record).answer.endswith("You paid $3.00 of your share already.")


TAXED = "drugcost 100, tax 9, benefit 80, copay 29, memberliability 29, paidbypatient 29"


def test_a_tax_that_closes_the_price_belongs_to_it() -> None:
    """Facts claims 3.9: a tax of $9.00 was to be asked back for."""
    record = stating(TAXED, kind="pharmacy")
    assert excess(record) is None
    assert excess_paid(record) is None
    receipt = [(row.label, row.sign) for row in rows(record) if row.style not in ("part", "aside")]
    assert ("Tax", "+") in receipt
    assert "More than these figures allow" not in dict(receipt)
    assert wording.story(record).sums == ("The figures add up to the cent.",)


def test_a_tax_that_closes_nothing_stays_beside_the_price() -> None:
    record = stating(TAXED.replace("tax 9", "tax 5"), kind="pharmacy")
    assert excess_paid(record) is not None
    assert [row.style for row in rows(record) if row.label == "Tax"] == ["aside"]


def because(code: str, amount: str, group: str) -> dict[str, Any]:
    """Return a reason of X12's list with its amount, as CARIN has it."""
    reason = concept(
        ("https://x12.org/codes/claim-adjustment-group-codes", group),
        ("https://x12.org/codes/claim-adjustment-reason-codes", code),
    )
    return {**priced("adjustmentreason", amount, system=DISCRIMINATOR), "reason": reason}


@pytest.mark.parametrize(
    ("amounts", "code", "amount", "words"),
    [
        (
            "submitted 200, eligible 120, benefit 85.5, memberliability 25, discount 80",
            "104",
            "9.50",
            "holds back",
        ),
        ("submitted 180, eligible 100, benefit 78.40, memberliability 20, discount 80", "253", "1.60", "cut"),
    ],
)
def test_what_is_left_of_a_price_is_told_by_the_reason_that_stands_at_it(
    amounts: str, code: str, amount: str, words: str
) -> None:
    """Facts claims 3.9: it was said that the plan did not share what others paid."""
    reasons = [because("45", "80", "CO"), because(code, amount, "CO")]
    record = stating(amounts, item=[line(1, *reasons)])
    (told,) = wording.story(record).sums
    assert (f"By code CO {code}", f"${Decimal(amount):.2f}") in [
        (row.label, row.text) for row in rows(record)
    ]
    assert f"${amount} of the price your plan allows is in none of these figures." in told
    assert f"(Code CO {code})" in told
    assert words in told
    assert "others" not in told
    assert "It also sent" not in told


def test_of_two_reasons_that_fit_or_one_that_does_not_none_tells_what_is_left() -> None:
    amounts = "submitted 180, eligible 100, benefit 78.40, memberliability 20, discount 80"
    for reasons in (
        [because("253", "1.60", "CO"), because("104", "1.60", "CO")],
        [because("253", "1.50", "CO")],
        [because("253", "1.60", "PR")],
    ):
        record = stating(amounts, item=[line(1, *reasons)])
        assert "(Code" not in wording.story(record).sums[0]


PAID = "submitted 200, eligible 120, benefit 95, memberliability 25, copay 25"


def test_a_payment_that_a_reason_makes_other_than_the_benefit_is_a_changed_payment() -> None:
    """Facts claims 1.6: interest was told as figures that disagree, and the claim left every sum."""
    paid = {"amount": {"value": number("99.12"), "currency": "USD"}, "date": "2026-05-20"}
    record = stating(PAID, payment=paid, adjudication=[because("225", "-4.12", "OA")])
    assert not record.disagreements
    assert "Your plan added $4.12 to its payment (OA 225): it sent $99.12." in wording.story(record).answer
    less = paid | {"amount": {"value": number("93.10"), "currency": "USD"}}
    record = stating(PAID, payment=less, adjudication=[because("253", "1.90", "CO")])
    assert "Your plan lowered its payment by $1.90 (CO 253): it sent $93.10." in wording.story(record).answer
    record = stating(PAID, payment=less, adjudication=[because("253", "1.80", "CO")])
    assert record.disagreements


def test_a_share_that_a_reason_makes_less_than_its_parts_is_no_disagreement() -> None:
    """Facts claims 3.6: what a spending account paid was told as figures that disagree."""
    amounts = "submitted 300, eligible 180, benefit 0, deductible 180, memberliability 80"
    record = stating(amounts, item=[line(1, because("187", "100", "OA"))])
    story = wording.story(record)
    assert not record.disagreements
    assert "Your share is $80.00." in story.answer
    assert "It was paid from a spending account." in " ".join(story.sums)
    assert stating(amounts, item=[line(1, because("187", "90", "OA"))]).disagreements
    assert stating(amounts, item=[line(1, because("45", "100", "CO"))]).disagreements


def test_an_amount_of_an_unknown_name_that_is_all_of_a_gap_is_named_beside_it() -> None:
    amounts = "submitted 300, eligible 180, benefit 0, deductible 180, memberliability 80"
    own = priced("hrapaid", "100", system="http://harborlight.example/amounts")
    own["category"]["text"] = "Paid from HRA"
    record = reading(claim(*money(amounts), own))
    assert record.disagreements
    assert "It also sent: Paid from HRA $100.00." in re.sub(
        "[\u2000-\u206f\ue000-\uf8ff]", "", wording.story(record).answer
    )


@pytest.mark.parametrize(
    ("of_line", "reason", "fits"),
    [
        ("", because("225", "-4.12", "OA"), True),
        ("benefit 95", because("225", "-4.12", "OA"), True),
        ("benefit 99.12", because("225", "-4.12", "CO"), True),
        ("benefit 95", because("225", "-4.10", "OA"), False),
        ("benefit 95", because("225", "4.12", "OA"), False),
        ("benefit 95", because("225", "-4.12", "PR"), False),
        ("benefit 95", because("253", "-4.12", "CO"), False),
        ("benefit 90", because("225", "-4.12", "OA"), False),
        ("", because("253", "-4.12", "CO"), False),
    ],
)
def test_interest_in_the_benefit_contradicts_nothing(
    of_line: str, reason: dict[str, Any], fits: bool
) -> None:
    """1.6: "figures disagree" and "ask your plan before you pay" stood at interest, and no sum took it."""
    lines = [line(1, *money(f"eligible 120, copay 25, memberliability 25, {of_line}"))] if of_line else None
    record = stating(PAID.replace("95", "99.12"), item=lines, adjudication=[reason])
    told = wording.story(record)
    assert is_summed(record) is fits
    assert ("ask your plan" in " ".join((told.answer, *told.asks)).lower()) is not fits
    if fits:
        assert record.money.plan_paid.amount == Decimal("99.12")
        assert "which is $4.12 more. A reason of your plan stands at that amount" in told.sums[0]
        assert f"By code {reason['reason']['coding'][0]['code']} 225" in [row.label for row in told.receipt]


@pytest.mark.parametrize(
    ("of_claim", "of_line", "reasons", "fits"),
    [
        ("95", "93.10", [because("253", "1.90", "CO")], True),
        ("93.10", "95", [because("253", "1.90", "CO")], True),
        ("95", "93.10", [because("104", "1.90", "OA")], True),
        ("95", "93.10", [because("253", "1.80", "CO")], False),
        ("95", "93.10", [because("253", "1.90", "PR")], False),
        ("95", "93.10", [because("97", "1.90", "CO")], False),
        ("95", "93.10", [because("253", "1.90", "CO"), because("104", "1.90", "CO")], False),
        ("95", "93.10", [because("253", "1.90", "CO"), because("225", "-1.90", "OA")], False),
    ],
)
def test_what_is_held_back_of_the_benefit_contradicts_nothing(
    of_claim: str, of_line: str, reasons: list[dict[str, Any]], *, fits: bool
) -> None:
    """1.6: "figures disagree" stood where the head has the benefit, and a line what sequestration left."""
    amounts = money(f"eligible 120, copay 25, memberliability 25, benefit {of_line}")
    record = stating(PAID.replace("95", of_claim), item=[line(1, *amounts, *reasons)])
    assert is_summed(record) is fits
    if fits:
        assert record.money.plan_paid.amount == Decimal("93.10")
        [row] = [row for row in rows(record) if row.label.startswith("By code")]
        assert "$1.90 of the price your plan allows is in none of these" in wording.story(record).sums[0]
        assert row.text == "$1.90"
