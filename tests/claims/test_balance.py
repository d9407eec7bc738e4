"""Whether figures add up: to the cent, with what was sent, and nothing assumed (facts claims 3)."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.kinds.claim import wording
from apps.kinds.claim.reading import read
from apps.kinds.claim.records import Figure, Money
from apps.kinds.claim.wording import story
from apps.kinds.claim.wording.balance import Balance, balance
from apps.plain_language.money import MINUS
from tests.claims.made import claim, line, money, priced, reading, stating
from tests.claims.payer_data import claims
from tests.claims.systems import C4BB


def of(currency: str = "USD", **amounts: str) -> Balance:
    """Return the balance of these amounts."""
    return balance(Money(**{name: Figure(Decimal(text), currency) for name, text in amounts.items()}))


def outcomes(found: Balance) -> list[str]:
    return [check.outcome for check in found.checks]


FULL = {
    "billed": "480.00",
    "discount": "212.40",
    "not_covered": "0.00",
    "allowed": "267.60",
    "plan_paid": "214.08",
    "other_payer": "0.00",
    "your_share": "53.52",
}


def test_both_equations_hold_to_the_cent() -> None:
    found = of(**FULL)
    assert found.adds_up
    assert outcomes(found) == ["holds", "holds"]


@pytest.mark.parametrize("concept", ["billed", "discount", "allowed"])
def test_one_cent_too_much_is_noticed_in_the_bill(concept: str) -> None:
    found = of(**FULL | {concept: str(Decimal(FULL[concept]) + Decimal("0.01"))})
    assert found.billing.outcome == "off"
    assert abs(found.billing.gap.amount or 0) == Decimal("0.01")


@pytest.mark.parametrize("concept", ["allowed", "plan_paid", "other_payer", "your_share"])
def test_one_cent_too_much_is_noticed_in_the_price(concept: str) -> None:
    found = of(**FULL | {concept: str(Decimal(FULL[concept]) + Decimal("0.01"))})
    assert found.sharing.outcome == "off"


def test_what_is_left_over_is_open_while_a_figure_is_missing() -> None:
    """1.26: a share of 120 and 1,393.57 paid of 1,542.01 leave 28.44 that another payer may have paid."""
    found = of(billed="7147.20", allowed="1542.01", plan_paid="1393.57", your_share="120")
    assert found.sharing.outcome == "open"
    assert found.sharing.gap.amount == Decimal("28.44")
    assert found.sharing.missing == ("other_payer",)


def test_what_is_too_much_is_off_whatever_is_missing() -> None:
    """A figure that was not sent can explain what is left, never that the parts exceed the whole."""
    found = of(billed="500", allowed="100", plan_paid="90", your_share="30")
    assert found.sharing.outcome == "off"
    assert found.sharing.gap.amount == Decimal(-20)


def test_a_discount_that_was_not_sent_is_worked_out_and_marked_so() -> None:
    found = of(billed="100", allowed="70", not_covered="10", plan_paid="70", your_share="0")
    assert found.taken_off.amount == Decimal(20)
    assert found.taken_off.source is not None
    assert found.billing.outcome == "worked_out"


def test_nothing_is_worked_out_where_the_plan_pays_more_than_it_allows() -> None:
    """2.1: Medicare's hospital claims state 0 allowed and pay all the same."""
    found = of(billed="20000", allowed="0", plan_paid="14000", your_share="1632")
    assert not found.taken_off.is_known
    assert outcomes(found) == ["open"]


@pytest.mark.parametrize(
    ("amounts", "inside"),
    [
        ({"allowed": "150", "your_share": "80"}, "your_share"),
        ({"allowed": "200", "your_share": "80"}, "allowed"),
    ],
)
def test_what_is_not_covered_may_already_be_counted_elsewhere(amounts: dict[str, str], inside: str) -> None:
    found = of(billed="300", discount="100", not_covered="50", plan_paid="120", **amounts)
    assert found.adds_up
    assert [check.inside for check in found.checks if check.inside] == [inside]


@pytest.mark.parametrize("price", [{"discount": "100", "allowed": "200"}, {"allowed": "200"}])
def test_what_is_not_covered_may_be_in_the_price_and_not_in_the_share(price: dict[str, str]) -> None:
    """3.9: "More than these figures allow: $50.00" stood above the price, and below it "In none of these"."""
    found = of(billed="300", not_covered="50", plan_paid="120", your_share="30", copay="30", **price)
    assert found.adds_up
    assert [check.inside for check in found.checks] == ["allowed", "allowed"]
    sent = "submitted 300, noncovered 50, benefit 120, copay 30, eligible 200"
    record = stating(f"{sent}, discount 100" if "discount" in price else sent)
    rows = {row.testid: row.sign for row in story(record).receipt}
    assert (rows["not-covered"], {"gap", "surplus"} & rows.keys()) == (MINUS, set())
    assert not any("none of these figures" in sentence for sentence in story(record).sums)


def test_without_the_allowed_price_the_bill_is_compared_with_everything() -> None:
    found = of(billed="590", not_covered="257.50", plan_paid="332.50", your_share="0")
    assert found.whole is not None
    assert found.adds_up


def test_amounts_of_different_currencies_are_never_added() -> None:
    figures = {name: Figure(Decimal(text), "EUR") for name, text in FULL.items()}
    found = balance(Money(**figures | {"plan_paid": Figure(Decimal("214.08"), "USD")}))
    assert found.sharing.outcome == "currencies"


def test_a_credit_note_adds_up_with_its_minus() -> None:
    found = of(billed="-100", allowed="-60", plan_paid="-48", your_share="-12")
    assert found.taken_off.amount == Decimal(-40)
    assert found.adds_up


def test_an_amount_of_zero_counts_as_sent() -> None:
    assert of(billed="10", plan_paid="10", your_share="0").adds_up
    assert of(billed="10", plan_paid="10").whole is not None
    assert outcomes(of(billed="10", plan_paid="10")) == ["unknown"]


def test_what_of_the_share_has_no_name_is_worked_out_only_where_all_names_were_sent() -> None:
    parts = {"deductible": "10", "copay": "0", "coinsurance": "5"}
    assert of(your_share="20", **parts).rest_of_share.amount == Decimal(5)
    assert not of(your_share="20", deductible="10").rest_of_share.is_known


amounts = st.none() | st.decimals(min_value=-2000, max_value=2000, places=2)


@given(st.lists(amounts, min_size=len(Money.__struct_fields__), max_size=len(Money.__struct_fields__)))
def test_whatever_is_sent_no_verdict_is_wrong(values: list[Decimal | None]) -> None:
    names = Money.__struct_fields__
    money = Money(**{name: Figure(value) for name, value in zip(names, values, strict=True)})
    found = balance(money)
    for check in found.checks:
        if check.outcome in ("off", "open"):
            assert (check.total.amount or 0) - (check.added.amount or 0) == check.gap.amount != 0
        if check.outcome == "open":
            assert all(not getattr(money, name).is_known for name in check.missing)
            assert check.missing


def test_no_published_claim_is_told_to_add_up_when_it_does_not(shared: Path) -> None:
    seen = 0
    for folder in ("carin-bb-2.2.0", "cms-bb2-python-sdk", "cms-bfd-v2", "carin-connectathon"):
        for name, body in claims(shared, folder):
            record = read(body, {})
            sentences = story(record).sums
            seen += 1
            assert all("{" not in one for one in sentences), name
            if any(one == "The figures add up to the cent." for one in sentences):
                money = record.money
                left = (money.billed.amount or money.drug_cost.amount or Decimal(0)) - sum(
                    getattr(money, one).amount or Decimal(0)
                    for one in ("discount", "not_covered", "plan_paid", "other_payer", "your_share")
                )
                assert abs(left) in (0, abs(money.not_covered.amount or 0)), name
    assert seen > 100


def test_2_1_a_price_of_zero_beside_a_payment_is_in_no_sum() -> None:
    """Billed 500 less 200 is what was paid: the receipt said that it makes the $0.00 that the plan allows."""
    record = stating("submitted 500, discount 200, eligible 0, benefit 300, memberliability 0")
    told = story(record)
    rows = [(row.testid, row.sign, row.text) for row in told.receipt]
    assert rows[:2] == [("billed", "", "$500.00"), ("discount", "−", "$200.00")]
    assert ("allowed", "", "$0.00") in rows and (told.receipt[-1].style, told.receipt[-1].help) == (
        "aside",
        "",
    )
    assert not [row for row in rows if row[0] == "gap"]
    assert told.sums == (
        "Your plan states $0.00 as the price it allows, and paid $300.00 all the same. "
        "So that price is in no sum here.",
        "The figures add up to the cent.",
    )


def test_2_1_a_price_of_zero_beside_payments_that_disagree_names_none_of_them() -> None:
    made = claim(
        *money("submitted 500, discount 200, eligible 0, benefit 300"), item=[line(1, priced("benefit", "4"))]
    )
    told = story(reading(made))
    assert [row.sign for row in told.receipt if row.testid == "allowed"] == [""]
    assert told.sums == (
        "Your plan states $0.00 as the price it allows, and a payment all the same. "
        "So that price is in no sum here.",
    )


def test_2_1_a_price_of_zero_of_which_nothing_was_paid_is_the_result_of_the_sum() -> None:
    record = stating("submitted 500, discount 500, eligible 0, benefit 0, memberliability 0")
    told = story(record)
    assert [(row.sign, row.text) for row in told.receipt if row.testid == "allowed"] == [("=", "$0.00")]
    assert told.sums == ("The figures add up to the cent.",)


def test_what_the_bill_has_more_than_its_lines_is_laid_at_the_lines_without_amounts() -> None:
    """Said was that the plan did not share its discount, where all priced lines were allowed in full."""
    totals = money("submitted 265.00, benefit 112.00, memberliability 28.00")
    vaccine = line(2, *money("submitted 140.00, benefit 112.00, coinsurance 28.00"))
    bare = [
        line(place, productOrService={"text": words})
        for place, words in ((1, "Encounter for check up"), (3, "Stroke"))
    ]

    def told(*lines: dict[str, Any]) -> str:
        record = reading(claim(*totals, item=list(lines)))
        return story(record).sums[0]

    assert told(bare[0], vaccine) == (
        "$125.00 of the bill is on no line with amounts. “Encounter for check up” came without any: "
        "ask the provider whether it is for that."
    )
    assert "up” and “Stroke” came without any: ask the provider whether it is for one" in told(*bare, vaccine)
    assert "in none of these figures" in told()


def test_nothing_is_said_to_be_worked_out_where_nothing_was_taken_off_the_bill() -> None:
    totals = [priced(code, "82.97") for code in ("submitted", "eligible", "benefit")]
    story = wording.story(reading(claim(*totals, priced("memberliability", 0, system=C4BB))))
    assert story.sums == ("The figures add up to the cent.",)
