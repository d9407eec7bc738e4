"""What a page says of figures that cannot be true together, and of what only lines tell."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from apps.kinds.claim import wording
from apps.kinds.claim.records import ClaimRecord, Disagreement
from apps.kinds.claim.tallies import Tally
from apps.kinds.claim.wording import share, story
from apps.kinds.claim.wording.list_words import result
from tests.claims.made import balance, claim, cms, line, money, reading, stating, why
from tests.claims.telling import asked
from tests.claims.test_entry import entry
from tests.claims.test_reading_contradictions import CONNECTATHON

DISPUTED = stating(
    f"{CONNECTATHON}, deductible 600, copay 60, coinsurance 0, memberliability 0, paidbypatient 380"
)


def row(record: ClaimRecord, testid: str) -> str:
    return next(one.text for one in story(record).receipt if one.testid == testid)


def test_not_covered_beside_a_payment_of_the_whole_bill_is_said_to_be_more_than_it() -> None:
    shown = story(DISPUTED)
    assert (
        "Your plan also states $380.00 as not covered: with what it paid, that is more than" in shown.answer
    )
    assert "of the bill was not covered" not in shown.answer
    assert "Your plan states $440.00 as paid and $380.00 as not covered, of a bill of $440.00." in (
        shown.disagreements
    )


def test_what_was_paid_already_is_said_where_nobody_knows_the_share() -> None:
    assert "whole price, and you are listed as having paid $380.00 too." in story(DISPUTED).answer
    assert story(DISPUTED).asks[0] == "Ask the provider whether $380.00 comes back to you."
    unknown = stating("submitted 440, benefit 60, paidbypatient 10")
    assert story(unknown).answer.endswith("Your plan says that you paid $10.00 already.")


def test_a_disputed_share_above_the_bill_is_said_to_be_in_the_answer_and_beside_a_bill() -> None:
    told = "$660.00 is more than was billed: ask your plan why before you pay."
    assert told in story(DISPUTED).answer
    assert asked(DISPUTED, "share") == f"$660.00 or $0.00: the figures do not agree. {told}"


def test_what_is_not_covered_is_no_other_share() -> None:
    """A plan's "not covered" stood among the shares that it states."""
    assert (
        "Your plan states a share of $0.00. But the parts it lists as yours come to $660.00."
        in story(DISPUTED).disagreements
    )
    assert "$660.00, but also $0.00" in story(DISPUTED).answer


def test_lines_that_state_one_thing_in_two_ways_come_to_one_or_the_other() -> None:
    """3.9: "Its lines add up to $15.23 and $11.00", as if these were one sum."""
    ways = [cms("rev_cntr_coinsrnc_wge_adjstd_c", "15.23"), cms("rev_cntr_rdcd_coinsrnc_amt", "11.00")]
    head = balance(nch_bene_ptb_coinsrnc_amt="175.73")
    told = story(reading(claim(benefitBalance=head, item=[line(1, *ways)]))).disagreements
    assert "For the coinsurance, the claim says $175.73. Its lines add up to $15.23 or $11.00." in told


def test_what_we_added_up_is_not_said_to_be_stated() -> None:
    record = stating(
        "benefit 100, paidtoprovider 70, paidtopatient 50",
        benefitBalance=balance(nch_bene_ptb_ddctbl_amt="112", nch_bene_blood_ddctbl_lblty_am="6"),
        item=[line(1, cms("rev_cntr_cash_ddctbl_amt", "23"))],
    )
    paid, deductible = (
        next(told for told in story(record).disagreements if f"For {name}," in told)
        for name in ("what your plan paid", "the deductible")
    )
    assert "your plan's figures give $100.00, and also $120.00, worked out by us from" in paid
    (payment,) = [one.others for one in story(record).receipt if one.testid == "plan-paid"]
    assert payment == ("added up by us: $120.00",)
    assert deductible == (
        "For the deductible, the figures of the claim come to $118.00. Its lines add up to $23.00."
    )


@pytest.mark.parametrize(
    ("head", "of_line", "told"),
    [
        ("noncovered 33", "noncovered 88", "on what is not covered: $33.00, but also $88.00"),
        ("priorpayerpaid 33", "priorpayerpaid 88", "on what others paid: $33.00, but also $88.00"),
        ("eligible 33", "eligible 88", "on what your plan allows: $33.00, but also $88.00"),
        ("discount 33", "discount 88", "on the plan discount: $33.00, but also $88.00"),
    ],
)
def test_the_answer_names_every_figure_in_doubt_that_it_would_tell(
    head: str, of_line: str, told: str
) -> None:
    record = stating(f"submitted 500, {head}", item=[line(1, *money(f"{of_line}, benefit 5"))])
    assert told in story(record).answer


def test_money_that_only_one_figure_sends_to_the_member_may_be_for_the_provider() -> None:
    def sent(to_you: str) -> str:
        lines = [line(1, cms("line_nch_pmt_amt", "37.50"), cms("line_bene_pmt_amt", to_you))]
        paid: dict[str, Any] = {"amount": {"value": 199.99}}
        given = claim(benefitBalance=balance(nch_clm_bene_pmt_amt="888"), payment=paid, item=lines)
        return story(reading(given)).answer

    may_be = "If you got it, it may be for the provider."
    assert f"By one figure your plan sent you $888.00, by another $0.00. {may_be}" in sent("0")
    assert f"By one figure your plan sent you $888.00. {may_be}" in sent("888")
    header = stating("paidtopatient 11", benefitBalance=balance(nch_clm_bene_pmt_amt="888"),
                           item=[line(1, cms("line_bene_pmt_amt", "82"))])  # fmt: skip
    assert "your plan sent you $11.00, by another $888.00 or $82.00." in story(header).answer


def test_what_of_a_line_went_to_the_member_is_printed_and_a_second_figure_so_called() -> None:
    amounts = (
        cms("line_nch_pmt_amt", "90"),
        cms("line_bene_pmt_amt", "11"),
        cms("line_bene_pmt_amt", "82.29"),
    )
    details = story(reading(claim(item=[line(1, *amounts)]))).lines[0].details
    assert "Paid to you: $11.00" in details
    assert "Paid to you, also stated: $82.29" in details


SILENT = [line(1), line(2, *money("eligible 140, deductible 0, coinsurance 28, benefit 112")), line(3)]


def test_what_all_lines_with_amounts_state_is_shared() -> None:
    """3.7: a visit without amounts beside what was done then."""
    record = stating("submitted 265, benefit 112", item=SILENT)
    told = [row(record, name) for name in ("allowed", "deductible", "coinsurance", "your-share")]
    assert told == [f"${amount}.00, from 1 line" for amount in (140, 0, 28, 28)]
    assert {each.in_two for each in story(record).receipt if each.testid == "allowed"} == {
        ("$140.00", "from 1 line")
    }
    other = stating("submitted 265, benefit 112", item=[*SILENT, line(4, *money("benefit 1"))])
    assert (row(other, "deductible"), row(other, "allowed")) == ("not shared by your plan",) * 2


def test_a_sum_of_shares_known_in_part_is_at_least_that() -> None:
    tally = Tally()
    tally.add(entry(stating("submitted 265, benefit 112", item=SILENT)))
    assert result(tally) == "1 claim, your share at least $28.00"


LINES = [
    line(1, *money("submitted 100, discount 20, eligible 80, benefit 60, memberliability 20")),
    line(2, *money("submitted 200, discount 80, eligible 120, benefit 90, memberliability 30")),
]


@pytest.mark.parametrize(
    ("totals", "shown", "beside"),
    [
        ("submitted 300, eligible 200, benefit 100", "300 100 200 150 50", "$100.00"),
        ("submitted 300, eligible 220, benefit 150, memberliability 50", "300 100 200 150 50", "$220.00"),
        ("submitted 350, paidtoprovider 150", "300 100 200 150 50", "$350.00"),
        ("submitted 300, benefit 150, memberliability 100", "300 100 200 150 50", "$100.00"),
        # The head adds up too: it goes first. What its lines call a discount it calls not covered.
        (
            "submitted 300, discount 90, eligible 210, benefit 160, memberliability 50",
            "300 90 210 160 50",
            "",
        ),
        ("submitted 300, eligible 200, benefit 150, noncovered 100", "300 100 200 150 50", ""),
        ("submitted 290, eligible 190, tax 10, benefit 150", "290 100 190 10 150 50", ""),
    ],
)
def test_a_receipt_is_of_the_place_whose_figures_add_up(totals: str, shown: str, beside: str) -> None:
    """3.3 and 3.9: a receipt of totals and lines together may close with neither."""
    told = story(stating(totals, item=LINES))
    rows = [one for one in told.receipt if one.is_known and one.style not in ("part", "aside")]
    assert [one.text for one in rows] == [f"${amount}.00" for amount in shown.split()]
    if beside:
        assert [one.others for one in rows if one.others] == [(f"also stated: {beside}",)]
    assert ("Only the figures of its lines add up" in told.answer) == bool(beside)
    assert not any("already in" in text for text in told.sums)


def test_lines_that_alone_add_up_are_said_to() -> None:
    """The totals miss the bill by 1,050; the line comes to the cent."""
    totals = money("submitted 2650, paidtoprovider 620")
    told = "submitted 1000, discount 900, paidtoprovider 20, memberliability {share}"

    def answer(share: str) -> str:
        return story(reading(claim(*totals, item=[line(1, *money(told.format(share=share)))]))).answer

    assert (
        "Only the figures of its lines add up: $1,000.00 billed, $900.00 taken off, $20.00 paid by your plan "
        "and $80.00 your share." in answer("80")
    )
    assert "Only the figures" not in answer("81")


@pytest.mark.parametrize(
    ("paid", "told"),
    [("0", "Your plan knows of no payment of yours. Look for your receipts."), ("10", "$10.00")],
)
def test_no_payment_that_the_plan_knows_of_is_no_answer(paid: str, told: str) -> None:
    assert asked(stating(f"submitted 440, paidbypatient {paid}"), "paid") == told


def test_what_a_plan_takes_off_its_payment_without_a_reason_is_not_said_to_be_the_members() -> None:
    payment = {"amount": {"value": 150}, "adjustment": {"value": -50}}
    record = stating("submitted 250, benefit 200", payment=payment)
    told = (
        "Your plan lowered its payment by $50.00: it sent $150.00. "
        "It did not say why, nor that this is yours to pay."
    )
    assert told in story(record).answer


def test_two_deductibles_are_named_apart() -> None:
    deductibles = balance(nch_bene_ip_ddctbl_amt="112", nch_bene_blood_ddctbl_lblty_am="6")
    record = stating("submitted 500", benefitBalance=deductibles)
    assert story(record).causes == (
        "$112.00 (Hospital deductible) and $6.00 (Deductible for blood) of the price went to deductibles.",
    )


def test_a_deductible_for_blood_alone_is_called_so() -> None:
    """2.4: it is counted in pints, and blood that is replaced takes none of it: what was met is not said."""
    record = reading(
        claim(*money("submitted 500"), benefitBalance=balance(nch_bene_blood_ddctbl_lblty_am="6"))
    )
    assert story(record).causes == ("$6.00 of the price went to the deductible for blood.",)
    assert "Deductible for blood" in [row.label for row in story(record).receipt]


@pytest.mark.parametrize(
    ("amounts", "left"),
    [
        ("eligible 1542.01, benefit 1393.57", "$148.44"),
        ("eligible 1542.01, benefit 1393.57, priorpayerpaid 18.44", "$130.00"),
        ("eligible 1513.57, benefit 1393.57", ""),  # one of the shares
        ("eligible 1393.57, benefit 1393.57", ""),
        ("eligible 1542.01", ""),
        ("eligible 1542.01, benefit 1393.57, paidtoprovider 1300", ""),  # nobody knows what was paid
    ],
)
def test_what_the_price_leaves_is_named_beside_shares_that_it_is_none_of(amounts: str, left: str) -> None:
    """ "$120.00, but also $0.00", of a price of which $148.44 is left."""
    record = stating(f"submitted 7147.20, memberliability 0, copay 120, {amounts}")
    told = f"What was paid leaves {left} of the price your plan allows."
    assert (told in story(record).answer) is bool(left)
    assert ("What was paid leaves" in story(record).answer) is bool(left)
    assert not share.beside_parts(record)


def test_m_01_many_figures_for_a_share_are_told_once_in_the_checklist() -> None:
    """It said "figures disagree: the figures do not agree"."""
    record = stating("submitted 480.00, memberliability 5.00")
    share = record.money.your_share
    others = tuple(structs.replace(share, amount=Decimal(amount)) for amount in ("48", "9"))
    record = structs.replace(record, disagreements=(Disagreement("your_share", "places", share, others),))
    answers = {name: answer for name, _question, answer in wording.story(record).checklist}
    told = "$5.00, $48.00 or $9.00: the figures do not agree. Ask your plan before you pay."
    assert answers["share"] == told


@pytest.mark.parametrize(("kind", "who"), [("pharmacy", "the pharmacy"), ("professional", "the provider")])
def test_figures_that_disagree_on_what_a_pharmacy_got_name_the_pharmacy(kind: str, who: str) -> None:
    """It said "what went to the provider" beside "Paid to the pharmacy"."""
    lines = [line(1, *money("submitted 100, paidtoprovider 20"))]
    told = story(stating("submitted 100, paidtoprovider 60", kind=kind, item=lines))
    assert any(sentence.startswith(f"For what went to {who}, ") for sentence in told.disagreements)
    assert f"what went to {who}" in " ".join(told.asks)
    sent = [line(1, *money("benefit 45.00, paidtoprovider 40.00")), line(2, *money("submitted 20.00"))]
    added = {"itemSequence": [1], "adjudication": money("benefit 45.00, paidtoprovider 45.00")}
    of_lines = claim(*money("submitted 300, paidtoprovider 50"), kind=kind, item=sent, addItem=[added])
    assert f"your plan's figures disagree on what went to {who}: " in story(reading(of_lines)).answer


@pytest.mark.parametrize("head", [[], [cms("nch_clm_bene_pmt_amt", "40.00")]])
def test_what_the_only_line_states_twice_under_one_name_is_told_at_the_top(head: list[Any]) -> None:
    """3.9: of two payments to the member on one line, the second stood on that line alone."""
    paid = [cms("line_bene_pmt_amt", amount) for amount in ("11.00", "82.29")]
    told = story(reading(claim(*money("submitted 200, benefit 120"), *head, item=[line(1, *paid)])))
    (others,) = [one.others for one in told.receipt if one.testid == "paid-to-you"]
    assert "82.29" in " ".join(others)
    assert "$82.29" in told.answer


def test_what_the_only_line_states_twice_is_told_of_every_plans_names_and_not_as_a_sum() -> None:
    """3.9: of Medicare's alone it was told, and then as "the lines add up to $480.00. But the claim says"."""
    sent = "submitted 480, submitted 500, benefit 100, memberliability 50, memberliability 60"
    told = story(reading(claim(item=[line(1, *money(sent))])))
    assert told.disagreements == (
        "For what was billed, your plan states $480.00, and also $500.00 in line 1 (amount 2).",
        "For your share, your plan states $50.00, and also $60.00 in line 1 (amount 5).",
    )


QMB = "submitted 180, eligible 100, benefit 80, coinsurance 20, memberliability 0"


def test_of_a_member_who_may_not_be_charged_a_stated_zero_goes_before_its_parts() -> None:
    """3.6: "We think $20.00 is right" stood beside "the provider may not charge you"."""
    record = stating(QMB, item=[line(1, *money(QMB), why("PR 2"), why("N782"))])
    told = story(record)
    assert "disagree on your share: $0.00, but also $20.00. Your plan marks you" in told.answer
    assert "We think" not in " ".join([told.answer, *told.disagreements])
    assert record.money.your_share.amount == 0
    assert told.disagreements[0].startswith("Your plan states a share of $0.00. But it also lists $20.00 (")


@pytest.mark.parametrize(("marks", "share"), [([], 20), ([why("N782")], 0)])
def test_lines_that_say_the_same_zero_as_the_claim_are_no_other_figure(
    marks: list[dict[str, object]], share: int
) -> None:
    """3.9: "For the whole claim it states another figure" was said where the claim states that zero too."""
    record = stating(QMB, item=[line(1, *money(QMB), why("PR 2"), *marks)])
    assert record.money.your_share.amount == share
    assert story(record).lines_note == ""
