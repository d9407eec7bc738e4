"""Figures of one claim that contradict each other are both named, wherever it is told of or summed (M-01)."""

import json
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.kinds.claim import standing, wording
from apps.kinds.claim.reading import read
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording import history
from apps.kinds.claim.wording.history import Sent
from apps.takeaway import ours, tables
from tests.claims.given import a_connection, claims_of, save
from tests.claims.made import body, claim, cms, line, money, priced, reading, stating
from tests.claims.systems import C4BB, V3
from tests.claims.telling import told
from tests.demo_payer.people_on_a_day import different_claims


def zeros(**changes: Any) -> dict[str, Any]:
    """Return a claim as a large payer's sandbox sends it: totals of zero beside a payment and lines."""
    made = claim(
        *money("submitted 6200.00, benefit 0, coinsurance 0"),
        item=[
            line(1, *money("submitted 6000.00, coinsurance 713.98")),
            line(2, priced("submitted", "200.00")),
        ],
        payment={"amount": {"value": 2855.94, "currency": "USD"}, "date": "2026-03-20"},
    )
    return made | changes


def concepts(record: ClaimRecord) -> dict[str, str]:
    """Return what contradicts what: concept -> how they differ."""
    return {one.concept: one.about for one in record.disagreements}


def test_m_01_zeros_that_payment_and_lines_contradict_are_no_facts() -> None:
    record = reading(zeros())
    assert concepts(record) == {"coinsurance": "lines", "plan_paid": "places", "your_share": "lines"}
    assert (record.money.plan_paid.amount, record.money.coinsurance.amount) == (
        Decimal("2855.94"),
        Decimal("713.98"),
    )
    answer = wording.story(record).answer
    assert "paid nothing" not in answer
    joined = (
        "Your plan's figures disagree on what your plan paid: $2,855.94, but also $0.00; on your share: "
        "$713.98, but also $0.00."
    )
    assert joined in answer
    assert "We think $2,855.94 and $713.98 are right: zeros often stand where" in answer
    assert "Your share is" not in answer


def test_m_01_a_share_of_zero_that_lines_contradict_is_no_fact() -> None:
    made = zeros(item=[line(1, priced("memberliability", "80.00", system=C4BB)), line(2)])
    made["total"] = [*money("submitted 100.00, memberliability 0")]
    record = reading(made)
    assert concepts(record) == {"your_share": "lines"}
    assert "your share: $80.00, but also $0.00." in wording.story(record).answer
    row = wording.row(record)
    assert (row.share, row.is_share_known, row.badge) == ("$80.00 or $0.00", False, "Figures disagree")


def test_m_01_two_figures_of_which_none_is_zero_are_named_without_taking_a_side() -> None:
    record = stating("benefit 110.00, paidtoprovider 100.00")
    story = wording.story(record)
    assert "what your plan paid: $110.00, but also $100.00." in story.answer
    assert "We think" not in story.answer + " ".join(story.disagreements)
    assert (any(row.span for row in story.receipt), story.sums) == (False, ())


def test_m_01_one_number_of_two_currencies_is_two_amounts() -> None:
    paid = priced("paidtoprovider", "110.00", system=C4BB, currency="CAD")
    assert concepts(reading(claim(*money("benefit 110.00"), paid))) == {"plan_paid": "places"}
    same = priced("paidtoprovider", "110.00", system=C4BB)
    assert concepts(reading(claim(*money("benefit 110.00"), same))) == {}


@pytest.mark.parametrize(
    ("total", "first", "second", "disagrees"),
    [
        ("30.00", "10.00", "20.02", False),
        ("30.00", "10.00", "20.03", True),
        ("30.00", "10.00", "19.98", False),
        ("30.00", "10.00", "19.97", True),
    ],
)
def test_m_01_lines_may_differ_from_their_total_by_a_cent_each(
    total: str, first: str, second: str, disagrees: bool
) -> None:
    lines = [line(1, priced("submitted", first)), line(2, priced("submitted", second))]
    assert bool(reading(claim(priced("submitted", total), item=lines)).disagreements) is disagrees


def test_m_01_lines_that_exceed_their_total_contradict_it_even_where_other_lines_are_silent() -> None:
    lines = [line(1, priced("copay", "40.00")), line(2)]
    assert concepts(reading(claim(priced("copay", "30.00"), item=lines))) == {
        "copay": "lines",
        "your_share": "lines",
    }
    assert concepts(reading(claim(priced("copay", "50.00"), item=lines))) == {}


@pytest.mark.parametrize(("total", "disagrees"), [("9.00", False), ("10.00", False), ("6.61", True)])
def test_m_01_lines_that_state_a_coinsurance_in_two_ways_agree_with_their_total_in_one(
    total: str, disagrees: bool
) -> None:
    """M-01, fact 3.9: adjusted 5 and 4, reduced 4 and 6, which no one took for a sum at all."""
    ways = [("5.00", "4.00"), ("4.00", "6.00")]
    lines = [
        line(
            place, cms("rev_cntr_coinsrnc_wge_adjstd_c", adjusted), cms("rev_cntr_rdcd_coinsrnc_amt", reduced)
        )
        for place, (adjusted, reduced) in enumerate(ways, 1)
    ]
    record = reading(claim(cms("clm_mdcr_coinsrnc_amt", total), item=lines))
    told = {"coinsurance": "lines", "your_share": "lines"}
    assert concepts(record) == (told if disagrees else {})
    if disagrees:
        assert [[other.amount for other in row.others] for row in record.disagreements] == [[9, 10], [9, 10]]


def test_m_12_a_share_takes_in_the_part_that_only_one_line_states() -> None:
    """M-12, fact 3.6: deductible 10 in the total, coinsurance 50 on one line: "your share is $10.00"."""
    lines = [line(1), line(2, priced("coinsurance", "50.00", system=C4BB))]
    record = reading(claim(priced("deductible", "10.00"), item=lines))
    assert (record.money.your_share.amount, record.money.coinsurance.amount) == (60, 50)
    assert concepts(record) == {}


def test_m_01_a_deductible_for_blood_contradicts_no_other_deductible() -> None:
    """M-01, facts 3.4: it comes in addition, wherever it stands."""
    held = {"type": cms("nch_bene_ip_ddctbl_amt", "0")["category"], "usedMoney": {"value": 1632}}
    blood = cms("nch_bene_blood_ddctbl_lblty_am", "40.00")
    record = reading(claim(blood, benefitBalance=[{"category": {}, "financial": [held]}]))
    assert (record.money.deductible.amount, concepts(record)) == (1672, {})
    assert [detail.figure.amount for detail in record.details] == [40, 1632]


def test_m_01_of_two_deductibles_each_is_named_as_the_plan_states_it_and_blood_is_in_both_shares() -> None:
    """Facts 3.4: "and also $30.31" was said of 20.98 and, for blood, 9.33; only some shares held it."""
    record = reading(
        claim(
            *(cms("clm_mdcr_ddctbl_amt", "527.33"), cms("clm_mdcr_coinsrnc_amt", "22.50")),
            adjudication=[cms("clm_mdcr_ip_bene_ddctbl_amt", "20.98"), cms("clm_blood_lblty_amt", "9.33")],
        )
    )
    apart = {one.concept: (str(one.chosen.amount), str(one.others[0].amount)) for one in record.disagreements}
    assert apart == {"deductible": ("527.33", "20.98"), "your_share": ("559.16", "52.81")}
    assert str(record.money.deductible.amount) == "536.66"
    assert [str(detail.figure.amount) for detail in record.details] == ["527.33", "9.33"]


def test_m_01_lines_of_zero_under_a_total_say_that_it_was_not_split() -> None:
    lines = [line(1, priced("benefit", "0")), line(2, priced("benefit", "0"))]
    assert concepts(reading(claim(priced("benefit", "30.00"), item=lines))) == {}


def test_m_01_a_payment_after_the_change_that_the_plan_states_contradicts_nothing() -> None:
    payment = {"amount": {"value": 50}, "adjustment": {"value": -50}}
    assert concepts(reading(claim(priced("benefit", "100.00"), payment=payment))) == {}


def test_m_01_what_is_not_covered_contradicts_a_share_of_zero_only_where_the_bill_does_not_add_up() -> None:
    stated = [*money("noncovered 257.50, memberliability 0")]
    closes = claim(*money("submitted 590.00, benefit 332.50"), *stated)
    assert concepts(reading(closes)) == {}
    answer = wording.story(reading(closes)).answer
    assert "Your plan did not say whether that may be billed to you." in answer
    gapes = claim(*money("submitted 590.00, benefit 300.00"), *stated)
    assert concepts(reading(gapes)) == {"your_share": "uncovered"}


def test_m_11_a_share_after_another_insurer_stands_beside_the_parts_it_differs_from() -> None:
    made = claim(
        *money("CLM_MDCR_DDCTBL_AMT 20.00, CLM_MDCR_COINSRNC_AMT 7.67", system=V3),
        adjudication=[priced("CLM_COB_PTNT_RESP_AMT", "10.03", system=V3)],
    )
    assert (
        "Your plan states $10.03 as your part after another insurer. But the parts it lists as yours come to "
        "$27.67, and it did not say what makes the difference." in wording.story(reading(made)).answer
    )
    made["adjudication"].append(priced("CLM_MDCR_PRFNL_PRMRY_PYR_AMT", "17.64", system=V3))
    assert "Your share is $10.03." in wording.story(reading(made)).answer


def test_m_13_no_per_cent_is_told_that_the_figures_do_not_show() -> None:
    made = claim(*money("eligible 1275.33, benefit 1275.33, coinsurance 1275.33, memberliability 1275.33"))
    record = reading(made)
    assert wording.story(record).causes == ()
    assert "%" not in told(record)


def test_m_01_files_tell_contradicted_claims_apart_from_sums() -> None:
    record = reading(zeros())
    place = tables.CLAIMS.index("counts_in_sums")
    assert [row[place] for row in tables.claim_rows(record, plan="", is_current=True)] == [False]
    [row] = tables.claim_rows(record, plan="", is_current=True)
    assert (
        row[tables.CLAIMS.index("disagreements")]
        == "coinsurance: 713.98 or 0 | plan_paid: 2855.94 or 0 | your_share: 713.98 or 0"
    )
    assert ours.claim(record, plan="", is_current=True)["counts_in_sums"] is False


def test_m_01_sums_set_contradicted_claims_apart_on_every_page(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    visit = claim(*money("submitted 100.00, benefit 60.00"), priced("memberliability", "40.00"))
    shared = {"provider": {"display": "Riverside Clinic"}, "billablePeriod": {"start": "2026-03-09"}}
    save(
        connection,
        body(visit | shared | {"id": "one", "identifier": [{"value": "C1"}]}),
        body(zeros(id="two", identifier=[{"value": "C2"}]) | shared),
    )
    assert sorted(one.entry.is_counted for one in claims_of(connection)) == [False, True]
    listed = alice_client.get("/claims/").content.decode()
    assert "your share $40.00" in listed
    year = alice_client.get("/money/2026/").content.decode()
    for text in (listed, year, alice_client.get("/claims/providers/").content.decode()):
        assert "1 claim whose figures disagree is in no sum" in text
    assert "your share is $40.00. 1 claim whose figures disagree is not in this sum." in year.replace(
        "&#x27;", "'"
    )


def test_m_01_no_claim_of_a_demo_member_contradicts_itself() -> None:
    records = [read(json.dumps(eob, default=float).encode(), {}) for eob in different_claims()]
    assert Counter(bool(one.disagreements) for one in records) == {False: len(records)}
    assert not any(standing.state(one) == "disagree" for one in records)


def in_doubt(paid: str, **changes: Any) -> ClaimRecord:
    """Return a claim of which the plan states two amounts as paid."""
    return stating(f"benefit {paid}, paidtoprovider 100.00, memberliability 20.00", **changes)


def test_how_the_plan_paid_names_both_amounts_of_two() -> None:
    assert dict(wording.story(in_doubt("110.00")).payment)["Amount"] == "$110.00 or $100.00"
    assert dict(wording.story(in_doubt("100.00")).payment)["Amount"] == "$100.00"
    stated = in_doubt("110.00", payment={"amount": {"value": 110, "currency": "USD"}})
    assert dict(wording.story(stated).payment)["Amount"] == "$110.00 or $100.00"
    third = in_doubt("110.00", payment={"amount": {"value": 120, "currency": "USD"}})
    assert dict(wording.story(third).payment)["Amount"] == "$120.00, $110.00 or $100.00"
    # M-09: what we add up is no amount of the payment.
    lines = [line(1, *money("benefit 60")), line(2, *money("benefit 30"))]
    paid = {"amount": {"value": 110, "currency": "USD"}, "date": "2026-03-20"}
    split = stating("submitted 200, benefit 110", item=lines, payment=paid)
    assert dict(wording.story(split).payment)["Amount"] == "$110.00 (its lines add up to $90.00)"


def test_the_versions_name_both_amounts_of_two() -> None:
    newer, older = in_doubt("110.00"), reading(zeros())
    sent = [Sent(newer, "/2/", is_current=True, is_this=True), Sent(older, "/1/", False, False)]
    newest, first = history.history(sent).rows
    assert (newest.plan_paid, newest.share) == ("$110.00 or $100.00", "$20.00")
    assert (first.plan_paid, first.share) == ("$2,855.94 or $0.00", "$713.98 or $0.00")


def test_no_change_is_asserted_of_an_amount_in_doubt() -> None:
    told = history.differences(in_doubt("100.00"), in_doubt("110.00"))
    assert told == (
        "It was “Paid by your plan” before. Now it is “Figures disagree”.",
        "Your plan's figures on what your plan paid disagree, so how it changed is not known.",
    )
    assert history.differences(in_doubt("110.00"), in_doubt("110.00")) == (
        "No amount, date or decision changed, only details.",
    )


def test_no_remainder_is_worked_out_from_an_amount_in_doubt() -> None:
    rows = wording.story(in_doubt("110.00")).receipt
    assert not [row.label for row in rows if row.is_worked_out]


@pytest.mark.parametrize(
    ("amounts", "missed"),
    [
        ("submitted 200, memberliability 20", {"In none of these figures": "$70.00"}),
        ("submitted 200, eligible 150, memberliability 20", {"In none of these figures": "$20.00"}),
        (
            "submitted 200, eligible 100, discount 100, memberliability 20",
            {"Where the figures do not meet": "$10.00", "More than these figures allow": "$20.00"},
        ),
        (
            "submitted 200, eligible 115, discount 85, memberliability 10",
            {"Where the figures do not meet": "$5.00"},
        ),
        ("submitted 200, eligible 150, discount 50, memberliability 40", {}),
    ],
)
def test_figures_do_not_meet_by_no_more_than_what_is_in_doubt(amounts: str, missed: dict[str, str]) -> None:
    """3.9, M-16: "Where the figures do not meet: $340.00", of two bills of $500.00 and $490.00.

    The plan paid 110 or 100: what is missing either way, as a discount it did not share, has its usual name.
    """
    story = wording.story(stating(f"{amounts}, benefit 110, paidtoprovider 100"))
    assert {row.label: row.text for row in story.receipt if row.testid == "gap"} == missed
    assert story.sums == ()


def test_a_sum_of_ours_is_not_said_to_be_stated() -> None:
    """ "Billed: also stated: $490.00" of a claim whose two lines state $240.00 and $250.00."""
    lines = [line(place, *money(amounts)) for place, amounts in ((1, "submitted 240"), (2, "submitted 250"))]
    story = wording.story(stating("submitted 500, benefit 400", item=lines))
    assert "what was billed: $500.00, but also $490.00 as the sum of its lines." in story.answer
    assert story.receipt[0].others == ("its lines add up to $490.00",)


def test_no_discount_is_worked_out_from_a_bill_in_doubt() -> None:
    made = claim(*money("submitted 200.00, eligible 150.00, benefit 100.00, memberliability 50.00"))
    made["item"] = [line(1, *money("submitted 300.00"))]
    rows = {row.label: row for row in wording.story(reading(made)).receipt}
    assert "Taken off the bill" not in rows
    assert rows["Your plan allows"].text == "$150.00"


def test_m_01_every_row_that_is_set_apart_is_marked_and_its_share_in_doubt(
    alice: Member, alice_client: Client
) -> None:
    """ "Partly paid" stood beside a bold $123.00 of which the page said that it is in no sum."""
    lines = [line(1, priced("submitted", "50.00")), line(2, priced("submitted", "60.00"))]
    unfinished = {"outcome": "partial", "item": lines}
    billed, share = priced("submitted", "100.00"), priced("memberliability", "80.00")
    connection = a_connection(alice)
    save(connection, body(claim(billed, share, id="one", identifier=[{"value": "C1"}], **unfinished)))
    save(connection, body(claim(billed, id="two", identifier=[{"value": "C2"}], **unfinished)))
    save(connection, body(claim(share, id="three", identifier=[{"value": "C3"}])))
    page = alice_client.get("/claims/").content.decode()
    assert page.count(">Not finished yet</span>") == page.count(">Figures disagree</span>") == 2
    assert 'row__amount money--unknown"><span data-testid="your-share">$80.00<' in page
    assert "3 claims, your share $80.00 for the one that can be added up<" in page
    assert page.count(">not shared</span>") == 1
    assert "2 claims whose figures disagree are in no sum." in page
    rows = connection.member.records.all()
    opened = [alice_client.get(f"/claims/{row.pk}/").content.decode() for row in rows]
    assert sum(" Figures disagree</span>" in claim_page for claim_page in opened) == 2


@pytest.mark.parametrize(
    ("changes", "is_current", "badges"),
    [
        ({}, True, ("Figures disagree", "")),
        ({"outcome": "partial"}, True, ("Not finished yet", "Figures disagree")),
        ({"outcome": "partial"}, False, ("Earlier version", "")),
        ({"status": "cancelled"}, True, ("Cancelled", "")),
    ],
)
def test_a_claim_that_stands_says_on_its_page_that_its_figures_disagree(
    changes: dict[str, Any], *, is_current: bool, badges: tuple[str, str]
) -> None:
    """M-01: the list had both badges, the page only the one of what the plan decided."""
    told = wording.story(in_doubt("110.00", **changes), is_current=is_current)
    assert tuple(badge.words if badge else "" for badge in (told.badge, told.doubt)) == badges


@pytest.mark.parametrize("payee", ["paidtoprovider", "paidtopatient"])
def test_m_01_a_payment_of_zero_is_held_against_the_one_line_that_names_who_was_paid(payee: str) -> None:
    """The other line names nobody: "Your plan paid nothing" beside $80.00 that went out."""
    items = [line(1, *money(f"submitted 100, {payee} 80")), line(2, *money("submitted 50"))]
    record = stating("submitted 150", item=items, payment={"amount": {"value": 0}})
    assert "plan_paid" in concepts(record)
    assert "paid nothing" not in wording.story(record).answer
