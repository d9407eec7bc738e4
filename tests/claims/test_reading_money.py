"""Which figure is shown: the rules of precedence (facts claims 3), each with a claim made for it."""

from typing import Any

import pytest

from tests.claims import made
from tests.claims.made import (
    amount,
    amounts,
    balance,
    claim,
    cms,
    concept,
    line,
    money,
    priced,
    reading,
    stating,
)
from tests.claims.systems import BB_TYPE, C4BB


def test_total_goes_before_header_before_balance_before_lines() -> None:
    """3.3."""
    header = [priced("deductible", "2.00")]
    lines = [line(1, priced("deductible", "4.00")), line(2, priced("deductible", "5.00"))]
    by_balance = balance(nch_bene_ptb_ddctbl_amt="3.00")
    every = claim(priced("deductible", "1.00"), adjudication=header, benefitBalance=by_balance, item=lines)
    without_total = claim(adjudication=header, benefitBalance=by_balance, item=lines)
    assert amount(reading(every).money.deductible) == "1.00"
    assert amount(reading(without_total).money.deductible) == "2.00"
    assert amount(reading(claim(benefitBalance=by_balance, item=lines)).money.deductible) == "3.00"
    assert amount(reading(claim(item=lines)).money.deductible) == "9.00"


def test_lines_are_summed_only_where_every_line_states_the_amount() -> None:
    """3.3 and 3.7."""
    record = reading(claim(item=[line(1, priced("copay", "10.00")), line(2, priced("submitted", "5.00"))]))
    assert not record.money.copay.is_known


def test_a_concept_stated_twice_differently_on_a_line_is_not_summed() -> None:
    twice = line(1, priced("submitted", "10.00"), priced("submitted", "11.00"))
    assert not reading(claim(item=[twice, line(2, priced("submitted", "5.00"))])).money.billed.is_known


def test_equal_names_count_once_and_alternatives_stand_behind_more_details() -> None:
    """3.4."""
    item = line(
        1,
        cms("rev_cntr_coinsrnc_wge_adjstd_c", "15.00", "coinsurance"),
        cms("rev_cntr_rdcd_coinsrnc_amt", "11.00", "coinsurance"),
        cms("line_bene_pmt_amt", "3.00", "paidtopatient"),
        cms("line_bene_pmt_amt", "3.00", "paidtoprovider"),
    )
    found = reading(claim(item=[item])).lines[0]
    assert amount(found.money.coinsurance) == "15.00"
    assert amount(found.money.paid_to_you) == "3.00"
    assert [(one.label, amount(one.figure)) for one in found.details] == [
        ("Coinsurance the provider chose to charge", "11.00")
    ]


def test_a_bill_of_two_amounts_is_added_only_where_something_tells_of_the_sum() -> None:
    """A price alone goes into any bill: two amounts were added to one that nothing proved, and silently."""
    borne = "eligible 60, benefit 50, memberliability 10"
    bills = {
        figures: reading(claim(*money(f"{figures}, {borne}")))
        for figures in ("submitted 100, submitted 40", "submitted 100, submitted 40, discount 80")
    }
    shown = [(record.money.billed.amount, bool(record.disagreements)) for record in bills.values()]
    assert shown == [(100, True), (140, False)]


def test_names_that_say_add_are_added() -> None:
    item = line(
        1,
        cms("rev_cntr_cash_ddctbl_amt", "12.89", "deductible"),
        cms("rev_cntr_blood_ddctbl_amt", "10.45", "deductible"),
        cms("rev_cntr_1st_msp_pd_amt", "1.00", "priorpayerpaid"),
        cms("rev_cntr_2nd_msp_pd_amt", "2.00", "priorpayerpaid"),
    )
    money = reading(claim(item=[item])).lines[0].money
    assert (amount(money.deductible), amount(money.other_payer)) == ("23.34", "3.00")


@pytest.mark.parametrize(
    ("totals", "payment", "chosen", "others"),
    [
        (["benefit 110.00", "paidtoprovider 100.00"], None, "110.00", ["100.00"]),
        (["paidtoprovider 100.00", "paidtopatient 5.00"], None, "105.00", []),
        (["paidtoprovider 620"], None, "620", []),
        (["benefit 332.50"], "0", "332.50", ["0"]),
        ([], "75.10", "75.10", []),
    ],
)
def test_plan_paid_is_benefit_else_both_payments_else_payment(
    totals: list[str], payment: str | None, chosen: str, others: list[str]
) -> None:
    """3.5."""
    made_totals = [priced(*total.split(), system=C4BB) for total in totals]
    paid: dict[str, Any] | None = {"amount": {"value": made.number(payment)}} if payment else None
    record = reading(claim(*made_totals, payment=paid))
    assert amount(record.money.plan_paid) == chosen
    assert [str(one.amount) for found in record.disagreements for one in found.others] == others


def test_in_medicares_fee_for_service_the_payment_comes_first() -> None:
    record = reading(
        claim(
            cms("CLM_PRVDR_PMT_AMT", "0.0", "paidtoprovider"),
            type=concept((BB_TYPE, "INPATIENT")),
            payment={"amount": {"value": made.number("14837.65")}},
        )
    )
    assert amount(record.money.plan_paid) == "14837.65"


def test_a_drug_of_part_d_tells_what_the_member_paid_and_its_gross_cost_is_no_coinsurance() -> None:
    """PDE (2.4): gross drug costs are coded coinsurance; the member's share is ptnt_pay_amt."""
    item = line(
        1,
        cms("cvrd_d_plan_pd_amt", "126.99", "benefit"),
        cms("gdc_blw_oopt_amt", "995.34", "coinsurance"),
        cms("ptnt_pay_amt", "235.85", "paidbypatient"),
        cms("lics_amt", "122.23", "discount"),
        cms("tot_rx_cst_amt", "550.00", "drugcost"),
    )
    record = reading(claim(type=concept((BB_TYPE, "PDE")), item=[item]))
    assert amounts(record) == {
        "discount": "122.23",
        "plan_paid": "126.99",
        "your_share": "235.85",
        "you_paid": "235.85",
        "drug_cost": "550.00",
    }


def test_a_share_that_is_not_stated_is_its_known_parts_and_not_covered_stays_apart() -> None:
    record = stating("deductible 20.00, coinsurance 10.00, noncovered 5.00")
    assert (amount(record.money.your_share), amount(record.money.not_covered)) == ("30.00", "5.00")


def test_a_lone_deductible_of_zero_does_not_say_that_you_pay_nothing() -> None:
    assert not reading(claim(priced("deductible", "0"))).money.your_share.is_known
    assert amount(reading(claim(priced("deductible", "20"))).money.your_share) == "20"


def test_what_a_patient_paid_for_a_visit_is_never_taken_for_the_share() -> None:
    """Humana's medical claims state 0 here where the coinsurance is 39.14 (1.26)."""
    record = stating("patientpayamount 0, coinsuranceamount 39.14")
    assert amount(record.money.your_share) == "39.14"
    assert not reading(claim(priced("paidbypatient", "0", system=C4BB))).money.your_share.is_known


@pytest.mark.parametrize("order", [1, -1])
def test_a_plans_own_word_paid_takes_no_sum_from_the_code_beside_it(order: int) -> None:
    """3.2: where it stood second, what the plan paid was lost."""
    category = concept(*[(C4BB, "benefit"), ("urn:plan", "paid")][::order])
    record = reading(claim(total=[{"category": category, "amount": {"value": 80, "currency": "USD"}}]))
    assert record.money.plan_paid.amount == 80
