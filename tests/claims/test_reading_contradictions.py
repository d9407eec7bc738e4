"""Figures that cannot be true together: totals and lines, a share and its parts, all of it and the bill."""

from decimal import Decimal
from typing import Any

import pytest

from apps.kinds.claim import wording
from apps.kinds.claim.records import ClaimRecord
from apps.takeaway import cells
from tests.claims.made import amount as exact
from tests.claims.made import balance, claim, cms, line, money, reading, stating

DEDUCTIBLE_OF_NOTHING = (
    cms("line_bene_ptb_ddctbl_amt", "0"),
    cms("line_coinsrnc_amt", "9.57"),
    cms("line_alowd_chrg_amt", "47.84"),
    cms("line_nch_pmt_amt", "38.27"),
)


def apart(record: ClaimRecord) -> dict[str, tuple[Decimal | None, ...]]:
    """Return of every concept in doubt the figures, the one shown first."""
    return {
        row.concept: (row.chosen.amount, *(other.amount for other in row.others))
        for row in record.disagreements
    }


def amounts(*told: str) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, told))


def _carrier(*lines: dict[str, Any]) -> ClaimRecord:
    return reading(
        claim(
            benefitBalance=balance(carr_clm_cash_ddctbl_apld_amt="777"),
            payment={"amount": {"value": 38.27, "currency": "USD"}},
            item=list(lines),
        )
    )


def test_a_zero_of_lines_that_tell_who_bore_the_price_contradicts_the_total() -> None:
    """3.9: the line closes by itself, 47.84 = 38.27 + 9.57 and no deductible."""
    told = apart(_carrier(line(1, *DEDUCTIBLE_OF_NOTHING)))
    assert told == {"deductible": amounts("777", "0"), "your_share": amounts("786.57", "9.57")}


def test_lines_that_tell_who_bore_the_price_contradict_what_others_paid_too() -> None:
    """3.9: "Others paid $11.00" stood alone, of which the only line says that both others paid nothing."""
    totals = money("submitted 100, priorpayerpaid 11")
    for benefit, told in (("40", amounts("11", "0")), ("0", None)):
        bare = line(1, *money(f"submitted 100, benefit {benefit}, priorpayerpaid 0"))
        assert apart(reading(claim(*totals, item=[bare]))).get("other_payer") == told


def test_zeros_of_lines_that_split_nothing_contradict_nothing() -> None:
    """3.9: Medicare's outpatient lines state what was billed, and zeros for all the rest."""
    bare = line(1, cms("line_sbmtd_chrg_amt", "90"), cms("line_bene_ptb_ddctbl_amt", "0"))
    assert not apart(_carrier(bare))
    assert not apart(_carrier(line(1, *DEDUCTIBLE_OF_NOTHING), line(2, cms("line_coinsrnc_amt", "1"))))


def test_a_share_is_made_of_one_places_figures_and_never_of_two_places() -> None:
    """3.6: total 118 + 175.73, lines 23.34 and 15.23 or 11, and what the lines state as to be paid."""
    record = reading(
        claim(
            benefitBalance=balance(nch_bene_ptb_ddctbl_amt="118", nch_bene_ptb_coinsrnc_amt="175.73"),
            item=[
                line(
                    1,
                    cms("rev_cntr_cash_ddctbl_amt", "23.34"),
                    cms("rev_cntr_coinsrnc_wge_adjstd_c", "15.23"),
                    cms("rev_cntr_rdcd_coinsrnc_amt", "11"),
                    cms("rev_cntr_ptnt_rspnsblty_pmt", "500"),
                )
            ],
        )
    )
    assert apart(record)["your_share"] == amounts("293.73", "38.57", "34.34", "500")


def test_a_share_of_parts_that_are_likelier_at_two_places_is_that_of_the_head() -> None:
    """3.6: the head's deductible and the lines' coinsurance were one share, beside a stated one of zero."""
    head = cms("CLM_MDCR_DDCTBL_AMT", "1384.12"), cms("CLM_MDCR_COINSRNC_AMT", "0")
    lines = cms("CLM_LINE_MDCR_DDCTBL_AMT", "33.14"), cms("CLM_LINE_MDCR_COINSRNC_AMT", "22.82")
    stated = cms("CLM_COB_PTNT_RESP_AMT", "0")
    for adjudication in ([], [stated]):
        record = reading(claim(*head, adjudication=adjudication, item=[line(1, *lines)]))
        assert apart(record)["your_share"] == amounts("1384.12", "55.96", *(["0"] if adjudication else []))
        receipt = {row.testid: row.style for row in wording.story(record).receipt}
        assert (receipt["deductible"], receipt["coinsurance"]) == ("part", "aside")


CONNECTATHON = (
    "submitted 440, eligible 440, benefit 440, priorpayerpaid 60, noncovered 380, paidbypatient 380"
)


@pytest.mark.parametrize(
    ("parts", "share"),
    [
        ("deductible 600, copay 60, coinsurance 0", amounts("660", "0")),
        ("deductible 0, copay 0, coinsurance 0", amounts("0", "380")),
    ],
)
def test_a_share_of_zero_stands_beside_its_parts_else_what_is_not_covered(
    parts: str, share: tuple[Decimal, ...]
) -> None:
    """3.6: what is not covered is no other share where parts tell one."""
    record = stating(f"{CONNECTATHON}, {parts}, memberliability 0")
    assert apart(record)["your_share"] == share


def test_what_is_not_covered_is_no_other_statement_of_a_share_of_zero() -> None:
    """3.6: both are told as what they are, the claim is in no sum, and the share is nowhere sure."""
    record = stating(f"{CONNECTATHON}, memberliability 0")
    story, listed = wording.story(record), wording.row(record)
    told = "Your plan states a share of $0.00, and $380.00 as not covered."
    assert "more than the bill. Your plan states a share of $0.00. Ask it how these fit" in story.answer
    assert story.answer.count("$380.00 as not covered") == 1  # which the first lines told twice in a row
    assert f"{told} It does not say how these fit together." in story.disagreements
    (share,) = (row for row in story.receipt if row.testid == "your-share")
    assert (share.text, share.others) == ("$0.00", ())
    assert (listed.share, listed.is_share_known, listed.badge) == ("$0.00", False, "Figures disagree")
    may_ask = dict(pair for _name, *pair in story.checklist)["Does it ask for your share, and no more?"]
    assert may_ask == "$0.00: the figures do not agree. Ask your plan before you pay."
    (against,) = (row for row in record.disagreements if row.concept == "your_share")
    assert cells.disagreement(against) == "your_share 0 and not_covered 380"


def test_what_is_not_covered_is_no_share_where_the_price_adds_up_with_the_parts() -> None:
    """3.6: 120 = 100 + 20, and the other 60 of the bill are not covered."""
    told = "submitted 180, eligible 120, benefit 100, noncovered 60, copay 20, memberliability 0"
    assert apart(stating(told)) == {"your_share": amounts("20", "0")}


def test_what_was_paid_and_what_was_not_covered_are_no_more_than_the_bill() -> None:
    """3.9: and a payment above the bill is a price by itself, as Medicare's for a stay."""
    too_much = stating("submitted 440, benefit 440, noncovered 380")
    assert apart(too_much) == {"not_covered": amounts("380", "440", "440")}
    assert not apart(stating("submitted 440, benefit 60, noncovered 380"))
    assert not apart(stating("submitted 440, benefit 500, noncovered 380"))


def test_what_went_to_the_provider_has_what_other_places_state_beside_it() -> None:
    """3.9: 123.45 stood alone, of which the lines say 37.50."""
    record = reading(
        claim(
            benefitBalance=balance(nch_clm_prvdr_pmt_amt="123.45", nch_clm_bene_pmt_amt="888"),
            payment={"amount": {"value": 199.99, "currency": "USD"}},
            item=[line(1, cms("line_nch_pmt_amt", "37.50"), cms("line_prvdr_pmt_amt", "37.50"))],
        )
    )
    assert apart(record)["paid_to_provider"] == amounts("123.45", "37.50")
    rows = {row.testid: (row.text, row.others) for row in wording.story(record).receipt}
    assert rows["paid-to-provider"] == ("$123.45", ("also stated: $37.50",))


def test_totals_of_lines_that_are_more_than_the_bill_contradict_it() -> None:
    """3.9: HL7's own example bills 135.57 for lines of 135.57 and 200; less may be after a discount."""

    def billed(*nets: float | None) -> dict[str, tuple[Decimal | None, ...]]:
        lines = [
            line(number, **({"net": {"value": net, "currency": "USD"}} if net else {}))
            for number, net in enumerate(nets, 1)
        ]
        return apart(stating("submitted 135.57", item=lines))

    assert billed(135.57, 200) == {"billed": amounts("135.57", "335.57")}
    assert billed(100, 20) == billed(135.57) == {}
    assert billed(200, None) == {}


PART_A = {
    "nch_bene_ip_ddctbl_amt": "112.00",
    "nch_bene_blood_ddctbl_lblty_am": "6.00",
    "nch_bene_pta_coinsrnc_lblty_amt": "5.00",
}


def _stay(**balances: str) -> ClaimRecord:
    return reading(claim(kind="institutional", benefitBalance=balance(**balances)))


def test_medicares_total_of_deductibles_and_coinsurance_contradicts_a_share_that_its_parts_do_not_make() -> (
    None
):
    """3.6: CMS: "The total of all Part A and blood deductibles and coinsurance amounts on the claim."."""
    assert apart(_stay(**PART_A, nch_ip_tot_ddctn_amt="14.00")) == {"your_share": amounts("123", "14")}
    assert apart(_stay(**PART_A, nch_ip_tot_ddctn_amt="0")) == {"your_share": amounts("123", "0")}
    zeros = dict.fromkeys(PART_A, "0")
    told = {"your_share": amounts("14", "0")}
    assert apart(_stay(**zeros, nch_ip_tot_ddctn_amt="14.00")) == told
    assert apart(_stay(**zeros, nch_ip_tot_ddctn_amt="14.00", nch_ip_ncvrd_chrg_amt="14.00")) == told


def test_medicares_total_of_deductibles_and_coinsurance_is_the_share_where_a_part_of_it_is_absent() -> None:
    """3.7: absent is not zero, so the total may hold more than the parts; less it cannot be."""
    without_blood = {name: amount for name, amount in PART_A.items() if "blood" not in name}
    record = _stay(**without_blood, nch_ip_tot_ddctn_amt="123.00")
    assert (apart(record), record.money.your_share.amount) == ({}, Decimal(123))
    assert _stay(nch_ip_tot_ddctn_amt="14.00").money.your_share.amount == Decimal(14)
    assert apart(_stay(**without_blood, nch_ip_tot_ddctn_amt="14.00")) == {"your_share": amounts("117", "14")}


@pytest.mark.parametrize(
    ("uncovered", "told"),
    [
        ("150", "$150.00 of the bill was not covered."),
        ("300", "Your plan states $300.00 as not covered."),
        ("600", "Your plan states $600.00 as not covered."),
    ],
)
def test_more_than_a_stated_bill_is_no_part_of_the_bill(uncovered: str, told: str) -> None:
    """ "$300.00 of the bill was not covered", of a bill of "$199.99, but also $2,555.00"."""
    record = stating(f"submitted 200, noncovered {uncovered}", item=[line(1, *money("submitted 500"))])
    assert told in wording.story(record).answer


def test_a_contradicted_share_of_zero_does_not_hide_what_is_stated_as_to_be_paid() -> None:
    """3.6: "$1,429.91, but also $0.00", beside 301,808.25 that Medicare names as the patient's."""
    to_pay = cms("clm_bene_pmt_amt", "301")
    stated = claim(*money("memberliability 0, deductible 14"), to_pay)
    assert apart(reading(stated))["your_share"] == amounts("14", "0", "301")
    assert not apart(reading(claim(*money("memberliability 14, deductible 14"), to_pay)))


@pytest.mark.parametrize(
    ("concept", "sent"),
    [
        ("billed", "submitted 480.00, submitted 500.00, benefit 214.08, memberliability 53.52"),
        ("plan_paid", "submitted 480.00, benefit 480.00, benefit 500.00, memberliability 53.52"),
        ("allowed", "submitted 900.00, eligible 480.00, eligible 500.00, benefit 214.08"),
    ],
)
def test_m_01_what_totals_state_twice_under_one_name_is_told_with_both(concept: str, sent: str) -> None:
    """M-01: the first stood as fact, and the second behind "More details" alone."""
    record = stating(sent)
    assert apart(record) == {concept: amounts("480.00", "500.00")}
    assert "$480.00, but also $500.00" in wording.story(record).answer


@pytest.mark.parametrize(
    "sent",
    [
        "submitted 500, discount 100, discount 50, benefit 280, memberliability 70",
        "submitted 500, eligible 200, copay 30, copay 20, benefit 150",
        "submitted 480, eligible 267.60, benefit 200, benefit 14.08, memberliability 53.52",
        "submitted 900, eligible 60, priorpayerpaid 30, priorpayerpaid 15, benefit 10, memberliability 5",
    ],
)
def test_what_totals_state_twice_are_parts_where_all_adds_up_with_both(sent: str) -> None:
    """3.9: two copays of one visit are no contradiction: bill and price tell that they are added."""
    record = stating(sent)
    assert apart(record) == {}
    assert "add up to the cent" in wording.story(record).sums[0]


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ("paidbypatient 10, paidbypatient 20", {"you_paid": amounts("10", "20")}),
        ("copay 10, copay 20", {"copay": amounts("10", "20")}),
        ("copay 10, copay 30", {}),
        ("copay 10, copay 30, paidbypatient 10, paidbypatient 20", {"you_paid": amounts("10", "20")}),
    ],
)
def test_what_totals_state_twice_is_added_only_where_a_sum_holds_it(
    sent: str, told: dict[str, tuple[Decimal, ...]]
) -> None:
    """3.9: bill and price added up whatever the member had paid, and "You paid $30.00 already" was told."""
    assert apart(stating(f"submitted 100, benefit 60, memberliability 40, {sent}")) == told


@pytest.mark.parametrize(
    ("sent", "share"),
    [
        ("submitted 200, eligible 100, benefit 60, copay 25, copay 15", "40"),
        ("benefit 60, copay 25, copay 15", "40"),
        ("copay 25, copay 25", "25"),
        ("copay 25, copay 15, copay 15", None),
        ("copay 25, copay 15, copay 25", None),
        ("eligible 100, benefit 60, copay 25, copay 15, copay 25", "40"),
        ("submitted 125, benefit 60, copay 25, copay 15, copay 25", "65"),
        ("eligible 110, benefit 60, copay 25, copay 25", "50"),
        ("benefit 60, copay 25, copay 0", None),
        ("eligible 85, benefit 60, copay 25, copay 15", None),
        ("benefit 60, memberliability 25, copay 25, copay 15", None),
        ("submitted 90, benefit 50, copay 25, copay 40", None),
        ("submitted 90, discount 10, benefit 40, copay 25, copay 40", None),
    ],
)
def test_copays_of_one_line_are_parts_of_the_share_unless_one_alone_closes_it(
    sent: str, share: str | None
) -> None:
    """3.4: "$25.00, but also $15.00", which no bill would ask; the two are added, of several lines too. One
    that stands there again beside others was left out, and nobody told."""
    alone, other = line(1, *money(sent)), line(2, *money("submitted 30, copay 5"))
    record, among = reading(claim(item=[alone])), reading(claim(item=[alone, other]))
    assert (None if apart(record) else exact(record.money.your_share)) == share
    if share:
        assert exact(among.money.copay) == str(int(share) + 5)
        assert not apart(among)


@pytest.mark.parametrize(
    ("others", "told"),
    [
        ([], "$40.00, but also $65.00 as the sum of its lines."),
        (["copay 5"], "$45.00, but also $70.00 as the sum of its lines."),
        (["submitted 5"], "$40.00, but also $65.00 as the sum of its lines."),
    ],
)
def test_a_copay_that_may_be_a_part_once_more_is_told_in_both_sums(others: list[str], told: str) -> None:
    """3.4: two equal amounts beside another one were taken for one, with no word of it."""
    record = reading(
        claim(
            item=[
                line(number, *money(sent))
                for number, sent in enumerate(["copay 25, copay 15, copay 25", *others], 1)
            ]
        )
    )
    story = wording.story(record)
    assert f"disagree on your share: {told}" in story.answer
    copay = next(amount for amount in story.lines[0].amounts if amount.label == "Copay")
    assert (copay.text, copay.others) == ("$40.00", ("added up by us: $65.00",))
    assert not any("65" in detail for detail in story.lines[0].details)


@pytest.mark.parametrize(
    ("more", "paid"),
    [
        ("eligible 700, benefit 100, coinsurance 40", "560"),
        ("eligible 700, benefit 100, memberliability 40", "560"),
        ("submitted 1000, discount 300, benefit 100, coinsurance 40", "560"),
        ("eligible 620, benefit 100, coinsurance 40", "480"),
        # A filled-in part of zero is no reason to leave out the share, with which one alone closes the price.
        ("eligible 660, benefit 100, deductible 0, memberliability 80", "480"),
        ("eligible 800, benefit 100, coinsurance 40", "480"),
    ],
)
def test_what_several_payers_paid_of_one_line_is_added_where_it_closes_with_all(more: str, paid: str) -> None:
    """3.4: "Your plan's figures disagree on what others paid: $560.00, but also $480.00 and $80.00"."""
    item = line(1, *money(f"{more}, priorpayerpaid 480, priorpayerpaid 80"))
    record = stating("submitted 1000, priorpayerpaid 560", item=[item])
    assert exact(record.lines[0].money.other_payer) == paid
    assert ("other_payer" in apart(record)) is (paid != "560")


def test_what_is_not_covered_and_just_as_much_as_the_discount_is_the_discount() -> None:
    """3.9: it said that it was not covered, and that a price holds it that the plan paid nearly all of."""
    sent = "submitted 480, eligible 267.60, discount 212.40, noncovered 212.40, benefit 214.08"
    record = stating(f"{sent}, memberliability 53.52")
    assert not record.money.not_covered.is_known
    assert [(detail.label, detail.figure.amount) for detail in record.details] == [
        ("Not covered", Decimal("212.40"))
    ]
    assert "not covered" not in wording.story(record).answer


def test_what_is_not_covered_and_may_be_hers_is_told_though_it_is_as_much_as_the_discount() -> None:
    """3.9: a price that the plan paid none of lost its "not covered" where that is half of the bill."""
    sent = "submitted 480, eligible 240, discount 240, noncovered 240, benefit 0, memberliability 240"
    told = wording.story(stating(sent)).answer
    assert told.endswith("$240.00 of the bill was not covered. Your share is $240.00.")


def test_zeros_in_all_totals_are_told_to_be_unlikely_once() -> None:
    """M-01: the first lines said it four times, and not of which figure."""
    totals = money("submitted 0, eligible 0, benefit 0, memberliability 0")
    lines = [line(1, *money("submitted 120, eligible 90, benefit 70, memberliability 20"))]
    answer = wording.story(reading(claim(*totals, item=lines))).answer
    assert answer.count("We think") == 1
    assert "and on your share: $20.00, but also $0.00. We think $20.00 is right" in answer
    two = wording.story(stating("benefit 0, memberliability 0, submitted 120", item=lines)).answer
    assert "We think $70.00 and $20.00 are right: zeros often stand where figures were not filled in." in two
    halves = [line(1, *money("submitted 140, benefit 70, memberliability 70"))]
    alike = stating("benefit 0, memberliability 0, submitted 140", item=halves)
    assert "We think $70.00 is right: a zero often" in wording.story(alike).answer


def test_parts_that_are_a_share_stay_one_beside_what_nobody_bears() -> None:
    """Only parts of zero say nothing of what is not covered."""
    every = [line(number, *money("submitted 300, noncovered 50, copay 20")) for number in (1, 2)]
    assert [line.money.your_share.amount for line in reading(claim(item=every)).lines] == [20, 20]
