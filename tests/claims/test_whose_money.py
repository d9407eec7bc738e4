"""Whose an amount is: the provider's by its contract, the member's, nobody's, or left open by the plan."""

from decimal import Decimal
from typing import Any

import pytest

from apps.kinds.claim import unpaid, wording
from apps.kinds.claim.wording import bill, story
from apps.kinds.claim.wording.balance import balance
from tests.claims.made import OUT, claim, cms, concept, line, money, reading, stating, status, why
from tests.claims.systems import DISCRIMINATOR
from tests.claims.telling import asked, lead

MAY_NOT = "the provider normally may not charge this to you"


def test_a_member_whom_medicare_protects_is_told_so_before_any_bill() -> None:
    figures = money("submitted 200, eligible 100, benefit 80, coinsurance 20, deductible 0")
    record = reading(claim(*figures, item=[line(1, *money("benefit 80"), why("PR 2"), why("N781"))]))
    assert unpaid.apart(record) == "protected"
    assert "Qualified Medicare Beneficiary" in lead(record)
    assert asked(record).startswith("Your plan marks you as a Qualified Medicare Beneficiary")
    compared = bill.check(record, Decimal(20))
    assert (compared.outcome, "Pay nothing" in compared.answer) == ("cannot", True)


@pytest.mark.parametrize(("group", "is_asked"), [("CO", False), ("PR", True)])
def test_above_the_price_outside_the_network_the_plans_group_says_whose_it_is(
    group: str, is_asked: bool
) -> None:
    figures = money("submitted 1000, eligible 200, benefit 160, coinsurance 40")
    made = claim(*figures, adjudication=[OUT], item=[line(1, *money("submitted 1000"), why(f"{group} 45"))])
    told = " ".join(story(reading(made)).reasons)
    assert ("may ask you for this part" in told) is is_asked
    assert (MAY_NOT in told) is not is_asked


UNCOVERED = money("submitted 300, eligible 0, benefit 0, noncovered 300")


@pytest.mark.parametrize(
    ("first", "second", "is_providers"),
    [
        (("100", "CO 50"), ("200", "CO 96"), True),
        (("100", "CO 50"), ("200", None), False),
        (("100", "CO 50"), ("200", "PR 45"), False),
        (("100", "CO 50"), ("200", "PR 96"), False),
        (("300", "CO 50"), ("0", None), True),
        (("0", "CO 16"), ("300", None), False),
        (("100", "CO 45"), ("200", "CO 50"), True),
    ],
)
def test_all_that_is_not_covered_is_the_providers_only_where_the_reasons_stand_at_all_of_it(
    first: tuple[str, str | None], second: tuple[str, str | None], is_providers: bool
) -> None:
    items = [
        line(
            number,
            *money(f"submitted {amount}, benefit 0, noncovered {amount}"),
            *([why(code)] if code else []),
        )
        for number, (amount, code) in enumerate((first, second), 1)
    ]
    record = reading(claim(*UNCOVERED, item=items))
    assert unpaid.refusals_are_providers(record) is is_providers
    assert (MAY_NOT in lead(record)) is is_providers


def test_a_share_that_holds_what_the_plan_puts_on_the_provider_says_so() -> None:
    alone = reading(
        claim(*UNCOVERED, *money("memberliability 300"), item=[line(1, *UNCOVERED, why("CO 50"))])
    )
    assert "counts $300.00 in it that the provider normally may not charge to you" in lead(alone)
    assert asked(alone) == "$0.00, without the $300.00 that the provider normally may not charge to you."
    assert bill.check(alone, Decimal(300)).outcome == "higher"
    figures = money(
        "submitted 300, eligible 200, benefit 160, noncovered 100, coinsurance 40, memberliability 140"
    )
    items = [
        line(1, *money("submitted 200, benefit 160, coinsurance 40")),
        line(2, *money("submitted 100, benefit 0, noncovered 100"), why("CO 50")),
    ]
    mixed = reading(claim(*figures, item=items))
    assert asked(mixed) == "$40.00, without the $100.00 that the provider normally may not charge to you."
    assert unpaid.left(mixed) == 40


def test_what_the_plan_counts_as_the_members_may_come_on_top_of_a_share_without_it() -> None:
    refused = line(1, *money("benefit 0, noncovered 300"), why("PR 96"))
    record = stating("submitted 300, benefit 0, noncovered 300, memberliability 0", item=[refused])
    assert "The $300.00 that is not covered may come on top of it." in lead(record)
    assert asked(record) == "$0.00. The $300.00 that is not covered may come on top."
    assert unpaid.left(record) is None
    figures = money("submitted 300, benefit 0, noncovered 300, memberliability 300")
    held = reading(claim(*figures, item=[refused]))
    assert asked(held) == "$300.00"
    assert "on top" not in lead(held)


def test_two_shares_under_one_name_disagree_whichever_stands_first() -> None:
    for shares in ("memberliability 0, memberliability 40", "memberliability 40, memberliability 0"):
        record = stating(f"submitted 300, eligible 200, benefit 160, {shares}")
        assert [row.concept for row in record.disagreements] == ["your_share"]
        assert asked(record).startswith("$40.00 or $0.00: the figures do not agree.")


def test_the_share_of_one_line_is_not_the_most_that_a_bill_may_ask_for() -> None:
    items = [
        line(1, *money("submitted 200, benefit 80, memberliability 20")),
        line(2, *money("submitted 2000, benefit 0, noncovered 2000"), why("PR 96")),
    ]
    record = reading(claim(item=items))
    assert wording.row(record).share == "$20.00 for a part"
    assert asked(record).startswith("$20.00 for a part of it. Your plan did not say what the rest is.")


@pytest.mark.parametrize(
    ("figures", "shows"),
    [
        # Another payer took the deductible over: the price adds up with a share of nothing.
        ("eligible 200, benefit 40, priorpayerpaid 160, deductible 40, memberliability 0", "0"),
        ("eligible 300, benefit 20, priorpayerpaid 240, coinsurance 60, memberliability 40", "40"),
        # Nothing explains the copay, but the price adds up without it: both are told, none is preferred.
        ("eligible 150, benefit 150, copay 20, memberliability 0", None),
        ("eligible 120, benefit 100, copay 20, memberliability 0", "likelier"),
        ("benefit 100, copay 20, memberliability 0", "likelier"),
        # The price adds up with neither: no view of ours makes one of them right.
        ("eligible 200, benefit 100, copay 20, memberliability 0", None),
        # Nor is one likelier that is more, with all that was paid, than was billed.
        ("benefit 380, copay 20, memberliability 0", "likelier"),
        ("benefit 381, copay 20, memberliability 0", None),
        ("benefit 190, priorpayerpaid 190, copay 20, memberliability 0", "likelier"),
        ("benefit 190, priorpayerpaid 191, copay 20, memberliability 0", None),
        ("drugcost 400, benefit 380, copay 20, memberliability 0", "likelier"),
        ("drugcost 400, benefit 381, copay 20, memberliability 0", None),
    ],
)
def test_a_stated_share_that_closes_the_price_goes_before_parts_that_do_not(
    figures: str, shows: str | None
) -> None:
    """Facts 3.6."""
    billed = "" if "drugcost" in figures else "submitted 400, "
    record = stating(f"{billed}{figures}")
    if shows in (None, "likelier"):
        assert [row.concept for row in record.disagreements] == ["your_share"]
        assert ("We think" in lead(record)) is (shows == "likelier")
    else:
        assert record.disagreements == ()
        assert record.money.your_share.amount == Decimal(shows or 0)


@pytest.mark.parametrize(
    ("figures", "share"),
    [
        ("benefit 0, noncovered 224", None),
        ("benefit 0, noncovered 0", None),
        ("benefit 0", None),
        ("benefit 100, noncovered 124", None),
        ("benefit 0, priorpayerpaid 224, noncovered 0", "0"),
        ("benefit 224, noncovered 0", "0"),
        # Sequestration and the like leave a little of a price: that alone says nothing against it.
        ("benefit 219, noncovered 0", "0"),
    ],
)
def test_parts_of_zero_are_no_share_of_zero_beside_what_nobody_paid(figures: str, share: str | None) -> None:
    """A deductible and a copay of zero do not say whose it is what is not covered, or not paid at all."""
    amounts = money(f"submitted 751, eligible 224, {figures}, deductible 0, copay 0")
    whole, by_line = reading(claim(*amounts)), reading(claim(item=[line(1, *amounts)]))
    expected = None if share is None else Decimal(share)
    assert [record.money.your_share.amount for record in (whole, by_line)] == [expected, expected]
    assert by_line.lines[0].money.your_share.amount == expected
    assert ("Your share is $0.00." in lead(whole)) is (share is not None)
    assert asked(whole) == ("Your plan did not say. Ask it before you pay." if share is None else "$0.00")


def test_a_network_that_one_status_names_and_another_denies_is_in_doubt() -> None:
    both = [status("billingnetworkstatus", "innetwork"), status("renderingnetworkstatus", "outofnetwork")]
    assert stating("submitted 200", adjudication=both).network == "disagree"
    assert stating("submitted 200", adjudication=both[1:]).network == "out"


@pytest.mark.parametrize(
    ("amount", "answer", "row"),
    [
        (
            "40",
            "Your plan lists $40.00 as your payment, made or still to make. Look for your receipts.",
            {"yours-to-pay": "$40.00"},
        ),
        ("0", "Your plan did not say. Look for your receipts.", {}),  # Medicare fills its lines with zeros
    ],
)
def test_what_a_pricer_works_out_is_no_row_of_what_you_paid(
    amount: str, answer: str, row: dict[str, str]
) -> None:
    """It said "You paid $0.00, what your plan knows" under "we do not know whether it was paid"."""
    paid = cms("rev_cntr_ptnt_rspnsblty_pmt", amount)
    lines = [line(1, *money("submitted 60"), paid)]
    record = stating("submitted 60, benefit 20, memberliability 40", item=lines)
    told = wording.story(record)
    assert next(words for box, _question, words in told.checklist if box == "paid") == answer
    rows = {shown.testid: shown.text for shown in told.receipt}
    assert {name: rows[name] for name in ("you-paid", "yours-to-pay") if name in rows} == row


@pytest.mark.parametrize("share", ["", ", memberliability 300"])
def test_what_is_refused_is_not_called_a_lower_price(share: str) -> None:
    figures = money(f"submitted 300, eligible 0, benefit 0{share}")
    record = reading(claim(*figures, item=[line(1, *money("submitted 300, benefit 0"), why("PR 27"))]))
    assert "lower" not in lead(record)
    assert not balance(record.money).taken_off.is_known


@pytest.mark.parametrize(
    "figures",
    [
        "submitted 300, eligible 300, benefit 160, noncovered 100, memberliability 140",
        "submitted 500, eligible 400, benefit 200, noncovered 200, memberliability 200",
    ],
)
def test_what_is_not_covered_inside_the_price_leaves_no_gap_under_a_sum_that_fits(figures: str) -> None:
    told = story(stating(figures))
    assert any("is already in the price your plan allows" in sentence for sentence in told.sums)
    assert not any(row.testid == "gap" for row in told.receipt)


def test_what_lines_have_above_the_price_and_inside_it_is_not_called_inside() -> None:
    """Made of an 835: of $10.00 not covered "already in the price", the second line's $3.00 was above it."""
    lines = [
        line(1, *money("submitted 40, eligible 40, benefit 33, copay 7, noncovered 7")),
        line(2, *money("submitted 15, eligible 12, benefit 12, noncovered 3")),
    ]
    told = story(stating("submitted 55, benefit 45", item=lines))
    [inside] = [sentence for sentence in told.sums if "already in the price" in sentence]
    assert inside.startswith("The $7.00 that is not covered is already")


def test_money_that_was_sent_and_taken_back_is_not_to_be_passed_on() -> None:
    payment = {"amount": {"value": 0}, "adjustment": {"value": -80}}
    figures = money("submitted 100, eligible 100, benefit 80, paidtopatient 80, memberliability 20")
    record = reading(claim(*figures, payment=payment))
    assert "Pass it on" not in lead(record)
    assert "100.00" not in asked(record)


@pytest.mark.parametrize("words", ["Not covered: cosmetic", "Excluded by your contract"])
def test_a_price_is_not_taken_for_whose_a_refusal_is(words: str) -> None:
    """A discount by contract on one line says nothing of another line that was refused in words."""
    refused = {"category": concept((DISCRIMINATOR, "denialreason")), "reason": {"text": words}}
    items = [
        line(1, *money("submitted 100, benefit 0"), why("CO 45")),
        line(2, *money("submitted 100, benefit 0"), refused),
    ]
    record = stating("submitted 200, benefit 0, memberliability 0", item=items)
    assert unpaid.apart(record) != "provider"
    assert not unpaid.refusals_are_providers(record)
    assert story(record).steps is not None


def test_a_price_speaks_of_the_discount_where_one_is_stated() -> None:
    figures = money("submitted 200, eligible 100, discount 40, noncovered 60, benefit 80, memberliability 20")
    record = reading(claim(*figures, item=[line(1, *figures, why("CO 45"))]))
    assert MAY_NOT not in lead(record)


@pytest.mark.parametrize(
    ("price", "uncovered"), [("140", "60"), ("140", "-20"), ("140", "60.01"), ("140.01", "60")]
)
def test_a_share_that_closes_the_price_does_not_hold_what_is_not_covered(price: str, uncovered: str) -> None:
    """A cent a line is rounding, as everywhere."""
    stated = f"submitted 200, eligible {price}, benefit 40, memberliability 100, noncovered {uncovered}"
    figures = money(stated)
    record = reading(claim(*figures, item=[line(1, *figures, why("CO 50"))]))
    assert asked(record) == "$100.00"
    assert "in it that the provider" not in lead(record)


def test_one_line_that_was_sent_before_makes_no_whole_claim_that_was() -> None:
    items = [
        line(1, *money("submitted 80, benefit 0, copay 50"), why("PR 3")),
        line(2, *money("submitted 80, benefit 0"), why("CO 18")),
    ]
    record = stating("submitted 160, benefit 0, copay 50, memberliability 50", item=items)
    steps = story(record).steps
    assert steps is None or steps.heading != "Your plan already had this"


HARBORLIGHT = {"focal": True, "coverage": {"display": "Silver PPO"}}
CINDERPOINT = {"focal": False, "coverage": {"display": "Cinderpoint Mutual"}}


@pytest.mark.parametrize(
    ("insurance", "names"),
    [
        ([HARBORLIGHT, CINDERPOINT], ("Cinderpoint Mutual",)),
        ([CINDERPOINT, HARBORLIGHT, CINDERPOINT], ("Cinderpoint Mutual",)),
        ([HARBORLIGHT, {"focal": False, "coverage": {"display": "SILVER PPO"}}], ()),
        ([CINDERPOINT], ()),  # some plans mark no coverage as the claim's own
        ([HARBORLIGHT, {"focal": False}], ()),
    ],
)
def test_other_insurance_that_a_claim_names_is_named_and_not_said_to_have_paid(
    insurance: list[dict[str, Any]], names: tuple[str, ...]
) -> None:
    """9: only where the claim marks which one it is for."""
    amounts = money("submitted 300, benefit 100, priorpayerpaid 150, memberliability 50")
    record = reading(claim(*amounts, insurance=insurance))
    assert record.other_plans == names
    told = story(record)
    assert (
        "Others paid $150.00. This claim also names another plan: Cinderpoint Mutual." in told.answer
    ) == (bool(names))
    assert dict(told.facts).get("Other insurance it names", "") == ", ".join(names)


@pytest.mark.parametrize("place", ["total", "line"])
@pytest.mark.parametrize("name", ["clm_bene_pmt_amt", "rev_cntr_ptnt_rspnsblty_pmt", "CLM_LINE_BENE_PMT_AMT"])
def test_what_medicare_calls_the_patients_responsibility_is_no_payment_of_a_visit(
    name: str, place: str
) -> None:
    """2.5: "Already paid. Nothing left." stood there of `CLM_BENE_PMT_AMT`; a drug's counter took it."""
    totals = [cms("clm_sbmt_chrg_amt", "100.00"), cms("clm_alowd_chrg_amt", "80.00")]
    totals += [cms("clm_mdcr_coinsrnc_amt", "16.00")]
    paid = {"amount": {"value": 64.00, "currency": "USD"}}
    listed = [*totals, cms(name, "16.00")]
    record = reading(
        claim(*listed, payment=paid) if place == "total" else claim(item=[line(1, *listed)], payment=paid)
    )
    assert record.money.you_paid.amount == 16
    assert not unpaid.paid_by_you(record).is_known
    assert (unpaid.left(record), asked(record)) == (16, "$16.00")
    story = wording.story(record)
    assert "Already paid" not in story.answer
    assert {row.testid for row in story.receipt} & {"you-paid", "yours-to-pay"} == {"yours-to-pay"}
    assert not any("What you paid" in row.source for row in story.receipt)
    (row,) = [row for row in story.receipt if row.testid == "yours-to-pay"]
    assert row.label == "Listed as your payment"
    assert "your plan does not say which" in row.help, "Blue Button and CMS' codebook differ on it"


@pytest.mark.parametrize(("amount", "is_asked"), [("35", True), ("20", False), ("8", False)])
def test_a_listed_payment_above_the_share_is_asked_about(amount: str, is_asked: bool) -> None:
    """2.5: "Your share is $20.00", and only far below $35.00, which whether paid or not is more than that."""
    paid = [cms("clm_bene_pmt_amt", amount)]
    record = reading(claim(*money("submitted 200, benefit 80, coinsurance 20"), *paid))
    told = f"Your plan also lists ${amount}.00 as your payment, made or still to make: ask it which is right."
    assert (told in lead(record)) is is_asked
    answers = [words for _box, _question, words in story(record).checklist]
    assert sum(f"${amount}.00 as your payment" in words for words in answers) == 1, "once"
    assert (told in answers) is is_asked
    assert (told in bill.check(record, Decimal(20)).causes) is is_asked


def test_a_responsibility_that_lines_state_otherwise_is_not_called_paid_either() -> None:
    lines = [line(place, cms("clm_line_bene_pmt_amt", "5.00"), *money("submitted 50")) for place in (1, 2)]
    for totals in ([], [cms("clm_bene_pmt_amt", "16.00")]):
        story = wording.story(reading(claim(*totals, item=lines)))
        (row,) = [row for row in story.receipt if row.testid == "yours-to-pay"]
        told = " ".join([row.source, story.answer, *story.disagreements])
        assert "what you paid" not in told.lower()
        assert ("For what is listed as your payment, the claim says $16.00" in told) is bool(totals)


def test_what_a_pharmacy_took_has_one_name_on_its_page() -> None:
    """2.5: "Already paid. Nothing left." stood beside "Listed as your payment", of one figure."""
    drug = claim(cms("tot_rx_cst_amt", "100.00"), cms("clm_bene_pmt_amt", "16.00"), kind="pharmacy")
    story = wording.story(reading(drug))
    assert story.answer.endswith("Already paid.")
    sources = [row.source for row in story.receipt if row.figure.amount == 16]
    assert [source.partition(":")[0] for source in sources] == ["What you paid", "What you paid"]
