"""Whole equations by source, and what is said where only a part of one was sent."""

import json
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from apps.kinds.claim import wording
from apps.kinds.claim.reading import read
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording import receipt
from apps.kinds.claim.wording.story import Row
from apps.plain_language.money import MINUS
from tests.claims import made
from tests.claims.made import claim, cms, concept, line, money, priced, reading, stating, why, why_of
from tests.claims.payer_data import FOLDERS, claims
from tests.claims.systems import C4BB, V3
from tests.claims.telling import ALL, steps_of
from tests.demo_payer.people_on_a_day import different_claims

PDE = concept(("https://bluebutton.cms.gov/resources/codesystem/eob-type", "PDE"))
V3_PDE = concept(("http://terminology.hl7.org/CodeSystem/claim-type", "pharmacy"))


def shown(record: ClaimRecord) -> dict[str, str]:
    return {row.label: row.text for row in receipt.rows(record)}


def printed(text: str) -> Decimal:
    """Return the amount that a row shows, without what follows: ", from 1 line"."""
    text = text.partition(", ")[0]
    digits = "".join(letter for letter in text if letter.isdigit() or letter == ".")
    return -Decimal(digits) if text.startswith(MINUS) else Decimal(digits)


def assert_adds_up(rows: Iterable[Row]) -> int:
    """Add a receipt as it is printed; return how many of its rows were reached by those above them.

    What some lines state of a bill or a price is in no sum, and none goes across another currency.
    """
    above: Decimal | None = None
    unit, reached = "", 0
    shown_rows = [row for row in rows if row.style not in ("part", "aside") and row.is_known]
    counted = [row for row in shown_rows if row.figure.is_known or ", " not in row.text]
    is_of_one_currency = len({row.figure.unit for row in counted if row.figure.is_known}) < 2
    for row in counted:
        amount, currency = printed(row.text), row.text.partition(", ")[0].strip(MINUS).rstrip("0123456789.,")
        if row.sign in ("", "="):
            # Without a sign, where there are two currencies, it says nothing of those above it.
            is_sum = above is not None and currency == unit and (row.sign == "=" or is_of_one_currency)
            assert not is_sum or above == amount, row.label
            reached += is_sum
            above, unit = amount, currency
        elif above is not None:
            signed = amount if row.sign == "+" else -amount
            above = above + signed if currency == unit else None
    return reached


def test_m_02_the_whole_cost_of_a_drug_of_medicare_before_2025() -> None:
    names = {"tot_rx_cst_amt": "200.00", "cvrd_d_plan_pd_amt": "50.00", "ptnt_pay_amt": "50.00"}
    names |= {
        "lics_amt": "0.00",
        "rptd_gap_dscnt_num": "100.00",
        "othr_troop_amt": "0.00",
        "plro_amt": "0.00",
    }
    story = wording.story(reading(claim(type=PDE, item=[line(1, *(cms(*one) for one in names.items()))])))
    assert story.sums == ("The figures add up to the cent.",)
    assert "Manufacturer discount: $100.00." in story.answer
    assert not any("not explain" in text or "none of these" in text for text in (story.answer, *story.sums))


def test_m_02_all_who_bear_a_part_of_a_drug_are_in_the_equation() -> None:
    names = {"tot_rx_cst_amt": "200.00", "cvrd_d_plan_pd_amt": "50.00", "ncvrd_plan_pd_amt": "10.00"}
    names |= {"ptnt_pay_amt": "40.00", "lics_amt": "30.00", "rptd_gap_dscnt_num": "40.00"}
    names |= {"othr_troop_amt": "10.00", "plro_amt": "20.00"}
    record = reading(claim(type=PDE, item=[line(1, *(cms(*one) for one in names.items()))]))
    assert wording.story(record).sums == ("The figures add up to the cent.",)
    rows = shown(record)
    assert rows["Your plan paid"] == "$60.00"
    assert rows["Extra Help (low-income subsidy) and manufacturer discount"] == "$70.00"
    assert rows["Paid by others for you and paid by another plan"] == "$30.00"


def test_m_02_the_whole_cost_of_a_drug_of_medicare_since_2025() -> None:
    names = {"TOT_RX_CST_AMT": "300.00", "CLM_LINE_CVRD_PD_AMT": "100.00", "CLM_LINE_BENE_PMT_AMT": "60.00"}
    names |= {"CLM_RPTD_MFTR_DSCNT_AMT": "90.00", "CLM_LINE_LIS_AMT": "20.00", "CLM_LINE_PLRO_AMT": "20.00"}
    names |= {"CLM_CMS_CALCD_MFTR_DSCNT_AMT": "91.00"}
    item = line(1, *(priced(name, amount, system=V3) for name, amount in names.items()))
    total = priced("CLM_OTHR_TP_PD_AMT", "10.00", system=V3)
    record = reading(claim(total, type=V3_PDE, item=[item]))
    assert record.disagreements == ()
    assert wording.story(record).sums == ("The figures add up to the cent.",)


def test_m_03_an_amount_that_is_not_covered_is_an_amount_and_no_refusal() -> None:
    story = wording.story(reading(ALL["not-covered-within-the-price"]))
    assert "$50.00 of the bill was not covered." in story.answer
    assert (story.steps, story.badge and story.badge.words) == (None, "Paid by your plan")


@pytest.mark.parametrize(
    ("group", "words", "step"),
    [
        (
            "CO",
            "By its contract with your plan, the provider normally may not charge this to you.",
            "Does the provider ask you for this part? Ask why, and tell your plan.",
        ),
        (
            "PR",
            "Your plan counts this part as yours.",
            "Your plan counts this part as yours. Ask the provider to wait with the bill until your plan has "
            "answered.",
        ),
    ],
)
def test_m_03_who_is_responsible_for_what_is_not_covered_is_said(group: str, words: str, step: str) -> None:
    record = stating("submitted 90.00, benefit 0, noncovered 90.00", item=[line(1, why(group, "50"))])
    story = wording.story(record)
    assert words in story.answer
    assert story.steps is not None
    assert story.steps.steps[0 if group == "CO" else -1] == step


def test_m_08_the_total_of_a_line_is_told_as_what_it_is() -> None:
    item = line(1, net={"value": 25, "currency": "USD"})
    assert wording.story(reading(claim(item=[item]))).answer == (
        "Your plan shared one amount only: $25.00, the total of one line. "
        "It did not say who pays how much of it."
    )


def test_m_09_the_payment_says_its_own_amount() -> None:
    record = reading(
        claim(priced("benefit", "3009.27"), payment={"amount": {"value": 2469.4}, "date": "2026-04-01"})
    )
    assert dict(wording.story(record).payment)["Amount"] == "$2,469.40 or $3,009.27"


def test_m_12_a_share_that_only_lines_state_is_told_with_their_number() -> None:
    """3.6 and 3.7: the claim says nothing of the share, one of its lines does."""
    lines = [line(1), line(2, priced("copay", "28.10"))]
    record = reading(claim(priced("submitted", "100.00"), item=lines))
    assert "Your share, from 1 line: $28.10." in wording.story(record).answer
    assert wording.row(record).share == "$28.10 for a part"


SHARES_OF_TWO_UNITS = [
    line(number, priced("memberliability", "15", system=C4BB, currency=unit))
    for number, unit in ((1, "USD"), (2, "EUR"))
]


@pytest.mark.parametrize(
    ("figures", "more", "left"),
    [
        ("submitted 120, eligible 100, benefit 80", [], "$20.00 of the price your plan allows is in none of"),
        ("submitted 100, eligible 100, noncovered 20, benefit 80", [], ""),
        ("submitted 120, discount 20, benefit 80", [], "$20.00 of the bill is in none of these figures."),
        ("submitted 120, discount 20, benefit 80, priorpayerpaid 20", [], ""),
        ("submitted 120, discount 20, benefit -80", [], ""),
        ("submitted 120, discount 20, benefit 60", [priced("priorpayerpaid", "5", currency="EUR")], ""),
        ("submitted 120, discount 20, benefit 80", SHARES_OF_TWO_UNITS, ""),
    ],
)
def test_what_is_left_where_only_the_share_is_not_shared_is_told(
    figures: str, more: list[dict[str, Any]], left: str
) -> None:
    """3.9: a claim of vision whose missing $20.00 was told nowhere. Beside amounts of another currency and
    shares that lines state nobody knows what is left."""
    items = [element for element in more if "sequence" in element]
    totals = money(figures) + [element for element in more if element not in items]
    sums = " ".join(wording.story(reading(claim(*totals, kind="vision", item=items))).sums)
    assert "did not share what your share is." in sums
    assert left in sums
    assert ("in none of these figures" in sums) is bool(left)


def test_m_12_what_only_some_lines_say_was_paid_is_told_with_their_number() -> None:
    """3.7: a refused line has none: "What your plan paid was not shared" stood above a line that says it."""
    lines = [
        line(1, *money("submitted 200.00, eligible 120.00, benefit 96.00, coinsurance 24.00")),
        line(2, *money("submitted 80.00, noncovered 80.00")),
    ]
    record = reading(claim(item=lines))
    story = wording.story(record)
    assert "Your plan paid, from 1 line: $96.00. Of the others it did not say." in story.answer
    assert story.sums == (
        "Nobody can check these figures in full, because your plan did not share what it paid for each line.",
    )
    told = shown(record)
    assert told["Your plan paid"] == "$96.00, from 1 line"
    assert told["Your share"] == "$24.00, from 1 line"
    assert told["In none of these figures"] == "$160.00"
    (of_none,) = wording.story(stating("submitted 300, eligible 200, memberliability 20")).sums
    assert of_none.endswith("did not share what it paid.")


def test_m_17_a_limit_that_is_reached_does_not_change_its_mind() -> None:
    denied = made.status("benefitpaymentstatus", "denied")
    record = reading(claim(priced("submitted", "90"), item=[line(1, denied, why("PR", "119"))]))
    steps = steps_of(record)
    assert steps.meaning == (
        "Your plan pays up to a limit for this, and says that the limit is reached. "
        "You can ask it to check its count."
    )


def test_m_21_a_row_without_a_share_says_what_was_shared() -> None:
    row = wording.row(stating("submitted 480.00, benefit 214.08"))
    assert row.share == "not shared"
    assert row.meta.endswith("billed $480.00, plan paid $214.08")


def test_m_16_the_receipts_of_all_stories_add_up_as_printed() -> None:
    for sent in ALL.values():
        assert_adds_up(receipt.rows(reading(sent)))


@pytest.mark.parametrize("folder", FOLDERS)
def test_m_16_the_receipts_of_all_published_claims_add_up_as_printed(shared: Path, folder: str) -> None:
    """A request for approval in advance has no receipt that adds up, HL7's two examples no price."""
    reached = sum(assert_adds_up(receipt.rows(read(body, {}))) for _name, body in claims(shared, folder))
    assert reached or folder in ("davinci-pdex", "hl7-r4-core-examples")


def test_m_16_the_receipts_of_all_demo_members_add_up_as_printed_without_a_row_of_ours() -> None:
    for eob in different_claims():
        rows = receipt.rows(read(json.dumps(eob, default=float).encode(), {}))
        assert_adds_up(rows)
        assert not {"gap", "rounding"} & {row.testid for row in rows}, eob["id"]


def test_m_16_an_amount_without_a_currency_is_in_the_only_one_that_the_claim_names() -> None:
    """M-16: a payment in nothing beside a bill in euro is no payment in dollars."""
    totals = money("submitted 300, eligible 240, benefit 200, memberliability 40, discount 60")
    for total in totals:
        total["amount"]["currency"] = "EUR"
    del totals[2]["amount"]["currency"], totals[4]["amount"]["currency"]
    item = line(1, *money("submitted 300, benefit 200"), net={"value": 300})
    for stated in item["adjudication"]:
        del stated["amount"]["currency"]
    paid = {"amount": {"value": 195.5}, "adjustment": {"value": -4.5}, "identifier": {"value": "USD 5"}}
    record = reading(claim(*totals, item=[item], payment=paid, extension=[{"valueMoney": {"value": 7}}]))
    shown_amounts = [row.text for row in receipt.rows(record) if row.is_known]
    assert shown_amounts == ["EUR 300.00", "EUR 60.00", "EUR 240.00", "EUR 200.00", "EUR 40.00"]
    assert record.disagreements == ()
    story = wording.story(record)
    assert story.sums == ("The figures add up to the cent.",)
    assert "lowered its payment by EUR 4.50: it sent EUR 195.50" in story.answer
    assert {sent.figure.unit for sent in record.also_sent if sent.figure} == {"EUR"}


def test_m_16_a_receipt_of_two_currencies_adds_up_from_where_the_second_begins() -> None:
    """M-16: what was billed in euro is no part of a price in dollars, whose rows make a sum of their own."""
    billed = priced("submitted", 3)
    billed["amount"]["currency"] = "EUR"
    rows = receipt.rows(
        reading(
            claim(
                billed,
                priced("eligible", 90),
                priced("benefit", 50),
                priced("memberliability", 30, system=C4BB),
            )
        )
    )
    assert assert_adds_up(rows) == 1
    assert [(row.testid, row.text) for row in rows if row.testid == "gap"] == [("gap", "$10.00")]


def test_m_16_a_sum_across_currencies_has_no_signs() -> None:
    """M-16, 3.9: "$200.00 - CAD 170.00 = $30.00" was printed."""
    paid = priced("benefit", 170, currency="CAD")
    totals = (*money("submitted 200, discount 0, eligible 200, memberliability 30"), paid)
    signs = {row.testid: row.sign for row in receipt.rows(reading(claim(*totals)))}
    assert (signs["allowed"], signs["plan-paid"], signs["your-share"]) == ("=", "", "")
    alone = claim(priced("submitted", 100, currency="EUR"), priced("benefit", 70))
    assert [row.sign for row in receipt.rows(reading(alone)) if row.is_known] == ["", ""]


def test_figures_a_cent_apart_a_line_are_not_said_to_hide_what_others_paid() -> None:
    """ "$0.01 of the price is in none of these figures. Your plan did not share what others paid. It also
    sent ..."."""
    sums = money("submitted 66.67, eligible 66.67, benefit 53.33, coinsurance 13.33")
    told = wording.story(reading(claim(*sums, priced("handling-fee", 5))))
    assert told.sums == ("These figures are $0.01 apart, as rounding can leave them.",)


@pytest.mark.parametrize(
    ("figures", "reasons", "words"),
    [
        ("memberliability 19.60, priorpayerpaid 0", [], "come to $99.60, which is $0.40 less. Plans do not"),
        ("memberliability 20.40", [], "come to $100.40, which is $0.40 more."),
        ("memberliability 19.60", [why_of("PI 225", "0.40")], "A reason of your plan stands at that amount:"),
    ],
)
def test_what_is_less_than_a_dollar_apart_is_told(
    figures: str, reasons: list[dict[str, Any]], words: str
) -> None:
    amounts = money(f"submitted 100, eligible 100, benefit 80, {figures}")
    assert words in " ".join(wording.story(reading(claim(*amounts, adjudication=reasons))).sums)


def test_lines_without_amounts_leave_nothing_to_rounding() -> None:
    """Of 119 lines "$1.19 apart, as rounding can leave them" was said, though nobody rounded on them."""
    sums = money("submitted 66.67, eligible 66.67, benefit 53.33, coinsurance 13.00")
    bare = [line(number) for number in range(1, 120)]
    told = wording.story(reading(claim(*sums, item=bare)))
    assert told.sums == (
        "$0.34 of the price your plan allows is in none of these figures. Your plan did not share what "
        "others paid.",
    )


def test_m_16_a_share_in_one_currency_is_not_made_of_parts_in_another() -> None:
    """ "Your share is EUR 220.00: $100.00 deductible and $120.00 coinsurance" added dollars up to euro."""
    share = priced("memberliability", 220, system=C4BB, currency="EUR")
    told = wording.story(reading(claim(*money("submitted 700, deductible 100, coinsurance 120"), share)))
    assert told.answer.endswith("Your share is EUR 220.00.")


def test_m_16_nothing_is_left_over_around_an_amount_of_another_currency() -> None:
    """What it is of the others nobody can tell; "In none of these figures: $430.00" stood below it."""
    paid = priced("benefit", 300)
    paid["amount"]["currency"] = "EUR"
    sent = (priced("submitted", 480), paid, priced("memberliability", 50, system=C4BB))
    assert "In none of these figures" not in shown(reading(claim(*sent)))
