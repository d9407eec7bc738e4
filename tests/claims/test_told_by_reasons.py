"""What reasons, shares and lines say of money that a plan did not pay, and what a member does about it."""

from typing import Any

import pytest

from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording import story
from tests.claims.made import (
    DENIED,
    claim,
    cms,
    line,
    money,
    of_one_line,
    reading,
    stating,
    status,
    why,
    why_of,
)
from tests.claims.telling import lead, steps_of
from tests.claims.test_equations import assert_adds_up
from tests.claims.test_uncovered import labels

IN = status("billingnetworkstatus", "innetwork")


def of_lines(figures: str, *lines: tuple[str, list[dict[str, Any]]], **changes: Any) -> ClaimRecord:
    """Return a claim in the network with these figures, and lines of figures and reasons."""
    items = [line(number, *money(told), *reasons) for number, (told, reasons) in enumerate(lines, 1)]
    return stating(figures, adjudication=[IN], item=items, **changes)


def test_what_another_arrangement_covers_is_not_told_as_a_refusal() -> None:
    """5.3: CO 24 was told as "Your plan paid nothing. $420.00 of the bill was not covered"."""
    record = of_one_line(
        "submitted 450, noncovered 420, benefit 0, copay 30, memberliability 30", why_of("CO 24", "420")
    )
    told = lead(record)
    assert "another arrangement covers $420.00 of this." in told
    assert "paid nothing" not in told
    assert "not covered" not in told
    assert labels(record)["Covered by another arrangement"] == "$420.00"
    bare = of_one_line("submitted 450, benefit 0, copay 30", why_of("CO 24", "420"), why_of("PR 3", "30"))
    assert "another arrangement covers $420.00 of this" in lead(bare)
    assert "paid nothing" not in lead(bare)
    assert labels(bare)["Covered by another arrangement"] == "$420.00"
    figures = money("submitted 450, eligible 450, benefit 0, copay 30, noncovered 420")
    of_line = reading(claim(*figures, item=[line(1, why("CO 24"))]))  # without amounts of its own
    assert "another arrangement covers $420.00 of this." in lead(of_line)
    assert not any("not covered" in sentence for sentence in story(of_line).sums)


def test_a_stated_share_of_nothing_says_that_a_plan_counts_none_of_it_as_the_members() -> None:
    """3.6: it said that the plan did not say, where the refused line itself states a share of nothing."""
    paid = "submitted 450, discount 150, eligible 300, benefit 240, coinsurance 60, memberliability 60"
    refused = "submitted 250, eligible 0, benefit 0, noncovered 250, memberliability 0"
    whole = "submitted 700, eligible 300, benefit 240, noncovered 250, discount 150, coinsurance 60"
    record = of_lines(f"{whole}, memberliability 60", (paid, []), (refused, [why("50")]))
    assert "Your plan counts none of it as yours." in lead(record)
    parts = "submitted 700, eligible 300, benefit 300, noncovered 250, discount 150, copay 0, coinsurance 0"
    made = of_lines(parts, (parts, [why("50")]))
    assert "counts none of it" not in lead(made)
    yours = of_lines(f"{whole}, memberliability 60", (paid, []), (refused, [why("OA 50"), why("PR 96")]))
    assert "counts none of it" not in lead(yours)


def test_what_a_payer_decides_without_a_contract_is_not_counted_as_the_members() -> None:
    """5.3: X12's PI is, in the payer's opinion, not the patient's; it was told as "Not said whose it is"."""
    record = of_one_line(
        "submitted 300, eligible 0, benefit 0, noncovered 300, memberliability 0", why_of("PI 204", "300")
    )
    assert "does not count this as yours, but no agreement binds the provider" in lead(record)
    both = of_one_line(
        "submitted 300, benefit 0, noncovered 300, memberliability 0",
        why_of("PI 204", "200"),
        why_of("CO 96", "100"),
    )
    assert labels(both)["Not counted as yours"] == "$200.00"
    assert "Your plan does not count $200.00 of it as yours" in lead(both)


@pytest.mark.parametrize(
    ("others", "second", "has_rate"),
    [
        ("", "benefit 80, coinsurance 20", True),
        ("", "benefit 100", False),
        (", priorpayerpaid 20", "benefit 80, coinsurance 20", False),
    ],
)
def test_a_rate_is_told_where_each_line_bears_it_and_nobody_else_paid(
    others: str, second: str, has_rate: bool
) -> None:
    """5.3: a secondary plan's $40 of $500, and the coinsurance of one line of two, were told as "8%"."""
    mine = 40 if "coinsurance" in second else 20
    paid = 200 - mine - (20 if others else 0)
    figures = f"submitted 200, eligible 200, benefit {paid}, coinsurance {mine}, memberliability {mine}"
    first = ("eligible 100, benefit 80, coinsurance 20", [])
    record = of_lines(figures + others, first, (f"eligible 100, {second}", []))
    assert ("% of" in " ".join(story(record).causes)) is has_rate


@pytest.mark.parametrize(
    ("numbers", "heading"),
    [
        (["97"], "Already paid within another service"),
        (["24"], "Paid by a fixed amount"),
        (["97", "24"], "Already in other payments"),
    ],
)
def test_what_another_payment_includes_is_no_refusal_to_appeal_though_it_is_marked_as_denied(
    numbers: list[str], heading: str
) -> None:
    """5.3: X12's 97 of a whole claim was told as "Your plan said no", with an appeal; 24 as well.
    The two of two lines were headed by the one."""
    figures = "submitted 150, eligible 0, benefit 0, noncovered 150, memberliability 0"
    denied = [IN, DENIED]
    told = stating(
        figures,
        adjudication=denied,
        item=[line(1, *money(figures), why_of(f"CO {number}", "150")) for number in numbers],
    )
    steps = steps_of(told)
    assert steps.heading == heading
    assert "appeal" not in " ".join(steps.steps)
    refused = stating(
        figures, adjudication=denied, item=[line(1, *money(figures), why(f"CO {numbers[0]}"), why("CO 50"))]
    )
    assert "appeal" in " ".join(getattr(story(refused).steps, "steps", ()))


@pytest.mark.parametrize("number", ["97", "24"])
@pytest.mark.parametrize("share", ["", ", memberliability 0"])
def test_what_another_payment_includes_is_nobodys_only_where_the_share_says_so(
    number: str, share: str
) -> None:
    """A share that is not shared is not zero: "Nothing is yours here", beside no figure for the share."""
    told = story(of_one_line(f"submitted 150, benefit 0{share}", why_of(f"CO {number}", "150")))
    assert told.steps is not None
    assert ("Nothing is yours here." in told.steps.meaning) is bool(share)


def test_a_claim_marked_as_paid_in_part_whose_unpaid_line_is_included_has_nothing_to_appeal() -> None:
    """Remittances: a visit paid, a test that its payment includes (97): "Your plan refused a part"."""
    visit = line(1, *money("submitted 250, eligible 180, benefit 150, copay 30"), why_of("CO 45", "70"))
    included = line(2, *money("submitted 40, benefit 0, memberliability 0"), why_of("CO 97", "40"))
    totals = money("submitted 290, discount 70, benefit 150, copay 30, memberliability 30")
    made = claim(
        *totals, item=[visit, included], adjudication=[status("benefitpaymentstatus", "partiallypaid")]
    )
    told = story(reading(made))
    assert told.steps is None
    unsaid = made | {"item": [visit, included | {"adjudication": money("benefit 0")}]}
    assert "appeal" in " ".join(steps_of(reading(unsaid)).steps)


def test_a_charge_above_an_agreed_price_that_is_counted_as_the_members_is_asked_about() -> None:
    """2.4: "The provider may ask you for this part", of a provider in the network."""
    figures = (
        "submitted 95, eligible 21.30, benefit 17.04, coinsurance 4.26, noncovered 73.70, "
        "memberliability 4.26"
    )
    record = of_lines(figures, (figures, [why_of("PR 45", "73.70")]))
    assert "where the agreed price normally applies" in lead(record)
    assert "where the agreed price normally applies" in " ".join(story(record).reasons)
    assert "may ask you for this part" not in " ".join(story(record).reasons)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("CO 45", "price your plan allows is above the charge"),
        ("CR 45", "corrects an earlier decision"),
        ("CR 96", "corrects an earlier decision"),
    ],
)
def test_a_reason_with_a_minus_is_not_said_to_be_a_charge_above_the_price_nor_a_refusal(
    code: str, told: str
) -> None:
    """5.3: "The charge is above the price", or of a correction "Your plan does not cover this service", stood
    at an amount below nothing."""
    figures = "submitted 100, discount -20, eligible 120, benefit 96, coinsurance 24, memberliability 24"
    words = " ".join(story(of_one_line(figures, why_of(code, "-20"))).reasons)
    assert told in words
    assert "charge is above" not in words
    assert "does not cover" not in words


def test_a_line_taken_back_has_its_charge_above_the_price_as_before() -> None:
    """Remittances send a reversal with every amount below nothing: "the price is above the charge"."""
    figures = "submitted -200, discount -80, benefit -96, coinsurance -24, memberliability -24"
    words = " ".join(story(of_one_line(figures, why_of("CO 45", "-80"))).reasons)
    assert "is above the charge" not in words


@pytest.mark.parametrize(("outcome", "more"), [("queued", ": wait for the decision"), ("error", "")])
def test_a_claim_that_is_not_decided_says_that_nothing_is_to_pay_yet(outcome: str, more: str) -> None:
    """2.3: a bill of $14,500 had no word of what to do; none that could not be finished is decided later."""
    waiting = story(stating("submitted 14500", outcome=outcome))
    assert waiting.asks == (f"There is nothing to pay yet by this claim{more}.",)
    assert not story(stating("submitted 14500, benefit 100")).asks


def test_a_refused_drug_sends_to_who_prescribed_it() -> None:
    """5.3: "Call the provider" stood at a drug that the plan does not cover."""
    figures = "submitted 900, benefit 0, noncovered 900, memberliability 900"
    told = stating(figures, kind="pharmacy", item=[line(1, *money(figures), why_of("PR 96", "900"))])
    steps = " ".join(getattr(story(told).steps, "steps", ()))
    assert "Ask who prescribed it whether they can ask your plan for an exception" in steps
    assert "Call the provider" not in steps


def test_the_rest_of_a_share_that_is_the_amount_not_covered_is_called_that() -> None:
    """3.6: "Other, worked out by us" stood at money that the page had named."""
    figures = (
        "submitted 1400, discount 300, eligible 1100, benefit 380, coinsurance 220, noncovered 500, "
        "memberliability 720"
    )
    record = of_one_line(figures, why_of("CO 45", "300"), why_of("PR 119", "500"))
    assert "$220.00 coinsurance and $500.00 not covered" in lead(record)
    assert [row.label for row in story(record).receipt].count("Not covered") == 1
    assert "Other" not in labels(record)
    providers = of_one_line(figures, why_of("CO 96", "500"))
    assert labels(providers)["Other"] == "$500.00"


def test_a_discount_that_closes_the_price_is_taken_off_below_it() -> None:
    """3.9: a manufacturer's discount was pictured above the price, with two rows that fit nothing."""
    figures = "submitted 640, eligible 600, benefit 390, discount 60, coinsurance 150, memberliability 150"
    record = of_one_line(figures)
    receipt = story(record).receipt
    assert_adds_up(receipt)
    names = [row.testid for row in receipt if row.figure.amount]
    assert names.index("discount") > names.index("allowed")
    assert "gap" not in names
    assert story(record).sums == ("The figures add up to the cent.",)


def test_a_manufacturers_discount_names_no_coverage_gap() -> None:
    """2.4: Part D has had none since 2025."""
    record = reading(claim(cms("rptd_gap_dscnt_num", "21.00"), kind="pharmacy"))
    assert "gap" not in " ".join(labels(record))
