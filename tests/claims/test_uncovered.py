"""What "not covered" consists of by the amounts of its reasons, in lead, receipt and sums."""

from decimal import Decimal
from itertools import starmap
from typing import Any

import pytest

from apps.kinds.claim import excess, unpaid, whose
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording import story
from tests.claims.made import claim, concept, line, money, of_one_line, reading, status, why, why_of
from tests.claims.systems import CARC
from tests.claims.telling import lead
from tests.claims.test_equations import assert_adds_up


def labels(record: ClaimRecord) -> dict[str, str]:
    return {row.label: row.text for row in story(record).receipt if row.is_known}


@pytest.mark.parametrize(
    ("figures", "above", "others"),
    [
        ("submitted 300, eligible 180, priorpayerpaid 144, benefit 36, memberliability 0", "120", "144"),
        ("submitted 900, priorpayerpaid 400, benefit 60, coinsurance 40, memberliability 40", "400", "400"),
    ],
)
def test_what_others_paid_and_what_is_above_the_price_is_not_told_again_as_not_covered(
    figures: str, above: str, others: str
) -> None:
    """3.4: "Figures disagree", and "$400.00 more", of money that the claim's own reasons explain."""
    together = f"{figures}, noncovered {int(above) + int(others)}"
    record = of_one_line(together, why_of("CO 45", above), why_of("OA 23", others), why("PR 2"))
    assert not record.disagreements
    assert excess.is_summed(record)
    assert "not covered" not in lead(record)
    assert "Not covered" not in labels(record)
    assert_adds_up(story(record).receipt)
    assert ("Not covered", f"${int(above) + int(others)}.00") in story(record).more


def test_money_that_discount_and_others_tell_is_not_told_as_not_covered_too() -> None:
    figures = (
        "submitted 900, discount 400, eligible 500, priorpayerpaid 400, benefit 100, "
        "memberliability 0, noncovered 400"
    )
    record = of_one_line(figures, why_of("CO 45", "400"), why_of("OA 23", "400"))
    assert "not covered" not in lead(record)
    assert_adds_up(story(record).receipt)


@pytest.mark.parametrize(
    ("figures", "code", "amount"),
    [
        ("submitted 150, discount 50, noncovered 80, benefit 20, memberliability 0", "OA 23", "80"),
        ("submitted 150, discount 50, noncovered 70, benefit 20, memberliability 10", "OA 23", "70"),
        ("submitted 200, eligible 100, noncovered 1.60, benefit 78.40, memberliability 20", "CO 253", "1.60"),
    ],
)
def test_what_a_payer_before_decided_or_is_off_the_payment_is_not_called_not_covered(
    figures: str, code: str, amount: str
) -> None:
    """3.4: "$80.00 of the bill was not covered.", of what another payer had paid or adjusted."""
    record = of_one_line(figures, why_of("CO 45", "50"), why_of(code, amount))
    assert "not covered" not in lead(record)
    assert "Not covered" not in labels(record)
    assert f"By code {code}" in labels(record)
    assert excess.is_summed(record)
    assert_adds_up(story(record).receipt)


@pytest.mark.parametrize(
    ("figures", "paid"),
    [
        ("submitted 200, eligible 100, benefit 0, deductible 100, memberliability 100", 60),
        ("submitted 200, eligible 100, benefit 0, deductible 40, memberliability 40", None),
    ],
)
def test_what_an_account_paid_is_of_the_share_where_the_figures_close_without_it(
    figures: str, paid: int | None
) -> None:
    """3.4: 187 was counted nowhere, and a share of which most was paid stood as all to pay."""
    record = of_one_line(figures, why_of("CO 45", "100"), why_of("PR 187", "60"))
    assert record.money.you_paid.amount == paid
    is_told = "$60.00 of it was paid from your health account. $40.00 is left." in lead(record)
    assert is_told is bool(paid)
    assert ("By code PR 187" in labels(record)) is not is_told
    assert_adds_up(story(record).receipt)


@pytest.mark.parametrize(("of_claim", "amount"), [(True, "40"), (False, "-60")])
def test_what_an_account_paid_is_counted_once_and_not_below_nothing(of_claim: bool, amount: str) -> None:
    """Told at the claim and at its line, it was twice what was paid."""
    figures = "submitted 200, eligible 100, benefit 0, deductible 100, memberliability 100"
    reason = why_of("PR 187", amount)
    items = [line(1, *money(figures), why_of("CO 45", "100"), reason)]
    record = reading(claim(*money(figures), *([reason] if of_claim else []), item=items))
    assert not record.money.you_paid.is_known
    assert "health account" not in lead(record)


@pytest.mark.parametrize("discount", ["", ", discount 0"])
@pytest.mark.parametrize(
    ("uncovered", "reason"),
    [
        (", noncovered 111.90", why_of("CO 45", "111.90")),
        (", noncovered 111.90", why("45")),
        ("", why_of("CO 45", "111.90")),
    ],
)
def test_a_charge_above_the_price_is_taken_off_the_bill_and_not_said_to_be_not_covered(
    uncovered: str, reason: dict[str, Any], discount: str
) -> None:
    """3.4: Optum's sandbox states a discount of zero beside it: "it did not share what it does not cover",
    and "your plan states no discount"; a stated zero is told, and that it does not agree."""
    figures = f"submitted 150, eligible 38.10, benefit 38.10, memberliability 0{uncovered}{discount}"
    record = of_one_line(figures, reason)
    assert "Your plan's price is $111.90 lower, and your plan paid $38.10. Your share is $0.00." in lead(
        record
    )
    assert labels(record)["Taken off the bill"] == "$111.90"
    assert "Not covered" not in labels(record)
    assert "did not share" not in " ".join(story(record).sums)
    assert ("states no discount" in " ".join(story(record).sums)) is not bool(discount)
    assert (("Plan discount", "$0.00") in story(record).more) is bool(discount)
    told = "a discount of $0.00. By its own reasons, $111.90 is above its price: these do not agree."
    assert (told in " ".join(story(record).sums)) is bool(discount)


def test_of_what_is_not_covered_the_rest_is_told_with_whose_it_is() -> None:
    figures = (
        "submitted 500, eligible 220, benefit 150, deductible 50, coinsurance 20, noncovered 280, "
        "memberliability 100"
    )
    reasons = [why_of("CO 45", "220"), why_of("PR 96", "30"), why_of("CO 96", "30")]
    record = of_one_line(figures, *reasons)
    assert labels(record)["Not covered"] == "$60.00"
    assert whose.parts(record) == {"PR": 30, "CO": 30}
    assert unpaid.left(record) == 100
    assert_adds_up(story(record).receipt)


def test_an_amount_that_its_reasons_do_not_come_to_stays_as_it_was_sent() -> None:
    figures = "submitted 300, eligible 180, priorpayerpaid 144, benefit 36, memberliability 0, noncovered 264"
    for reasons in (
        [why_of("CO 45", "120"), why_of("OA 23", "140")],
        [why_of("CO 45", "120"), why_of("OA 23", "144"), why("CO 50")],
    ):
        record = of_one_line(figures, *reasons)
        assert labels(record)["Not covered"] == "$264.00"
        assert record.disagreements


@pytest.mark.parametrize(
    ("figures", "amount", "is_told"),
    [("", "", True), ("", "100", True), (", eligible 200", "", False), (", priorpayerpaid 30", "", False)],
)
def test_without_a_price_what_a_payer_before_had_settled_is_told_and_nothing_is_missing(
    figures: str, amount: str, *, is_told: bool
) -> None:
    """5.3: "your plan did not share its discount, what it does not cover and what others paid" (OA 23)."""
    reason = why_of("OA 23", amount) if amount else why("OA 23")
    told = story(of_one_line(f"submitted 200, benefit 50, memberliability 20{figures}", reason)).sums[0]
    others = "By a reason of your plan, another payer had already paid or adjusted some of it."
    assert told.endswith(others) is is_told
    assert ("did not share" in told) is not is_told


def test_a_price_that_another_payer_paid_more_than_is_no_part_of_the_sums() -> None:
    """3.9: Medicaid behind Medicare was said to take $260.00 off, and to leave $104.00 to ask about."""
    figures = "submitted 300, eligible 40, priorpayerpaid 144, benefit 0, memberliability 0"
    record = of_one_line(figures, why_of("OA 23", "144"), why_of("CO 45", "156"))
    assert "discount took off $156.00" in lead(record)
    assert story(record).sums == (
        "Others paid more than the price your plan allows, $40.00. So that price is in no sum here.",
        "The figures add up to the cent.",
    )
    assert_adds_up(story(record).receipt)


def test_a_price_of_zero_takes_nothing_off_and_all_of_the_bill_stays_not_covered() -> None:
    """A dental implant outside the network: $2,000.00 was "in none of these figures", as if not shared."""
    figures = "submitted 2000, eligible 0, noncovered 2000, benefit 0, deductible 0, copay 0, discount 0"
    record = of_one_line(figures, why("45"))
    assert labels(record)["Not covered"] == "$2,000.00"
    assert "$2,000.00 of the bill was not covered." in lead(record)
    assert "did not share" not in " ".join(story(record).sums)


DENIED = status("benefitpaymentstatus", "denied")
PAID = "submitted 300, eligible 250, benefit 200, coinsurance 50"
WHOLE = PAID.replace("300", "500")


@pytest.mark.parametrize(
    ("refused", "beside", "paid", "whole", "taken_off"),
    [
        ("submitted 200, eligible 0, benefit 0, coinsurance 0", [why("197")], PAID, WHOLE, None),
        ("submitted 200, benefit 0", [why("197")], PAID, f"{WHOLE}, noncovered 0", None),
        ("submitted 200, noncovered 0, benefit 0", [why("197")], f"{PAID}, noncovered 0", WHOLE, None),
        ("submitted 200, eligible 0, noncovered 200, benefit 0", [], PAID, WHOLE, None),
        ("submitted 200, benefit 0", [why("CO 50"), DENIED], PAID, WHOLE, None),
        ("submitted 200, benefit 0", [why("PR 96"), DENIED], PAID, WHOLE, None),
        # A price above the bill leaves no room for all of the charge.
        ("submitted 200, benefit 0", [why("197")], PAID, WHOLE.replace("250", "450"), None),
        # What is not covered of a line with a price tells nothing of another; nor does whose a charge is.
        (
            "submitted 250, eligible 0, noncovered 0, benefit 0",
            [why("197")],
            "submitted 1000, eligible 600, noncovered 300, benefit 600",
            "submitted 1250, eligible 600, noncovered 300, benefit 600",
            None,
        ),
        (
            "submitted 200, eligible 0, benefit 0, memberliability 200",
            [why("PR 204")],
            PAID,
            "submitted 500, eligible 250, benefit 200, memberliability 250",
            None,
        ),
        # What the plan took back is the same below nothing.
        (
            "submitted -200, benefit 0",
            [why("CO 50")],
            *(figures.replace(" ", " -").replace(", -", ", ") for figures in (PAID, WHOLE)),
            None,
        ),
        ("submitted 200, benefit 0", [why("CO 50")], PAID, f"{WHOLE}, noncovered 200", 50),
        # What another payment includes is taken off.
        ("submitted 200, benefit 0", [why("CO 97")], PAID, WHOLE, 250),
    ],
)
def test_the_charge_of_a_refused_line_is_not_said_to_be_taken_off_by_a_lower_price(
    refused: str, beside: list[dict[str, Any]], paid: str, whole: str, taken_off: int | None
) -> None:
    """3.9: 300 priced at 250, and 200 refused: "your plan's price is $250.00 lower"."""
    lines = [line(1, *money(paid)), line(2, *money(refused), *beside)]
    record = reading(claim(*money(whole), item=lines))
    assert whose.discount_of(record).amount == taken_off
    assert ("lower" in lead(record)) is ("Taken off the bill" in labels(record)) is bool(taken_off)
    assert_adds_up(story(record).receipt)


def test_a_reason_for_the_price_of_one_line_takes_no_refused_one_off_the_bill() -> None:
    """3.9: CO 45 of 50 at the first line put the whole $250.00 back into the year and the file."""
    paid = line(
        1, *money("submitted 300, eligible 250, noncovered 50, benefit 200, coinsurance 50"), why("CO 45")
    )
    refused = line(2, *money("submitted 200, noncovered 0, benefit 0"), why("CO 50"))
    record = reading(claim(*money("submitted 500, eligible 250, noncovered 50"), item=[paid, refused]))
    assert whose.discount_of(record).amount is None


@pytest.mark.parametrize(
    ("lines", "totals", "taken_off"),
    [
        # Nothing was refused, and the line has no price of its own.
        ([("submitted 100, noncovered 40, deductible 60, benefit 0", "CO 45")], "100, 60, 40, 0", 40),
        # What was refused is told of all.
        (
            [
                ("submitted 300, eligible 100, noncovered 200, benefit 100", "CO 45"),
                ("submitted 50, eligible 0, noncovered 50, benefit 0", "PR 96"),
            ],
            "350, 100, 250, 100",
            200,
        ),
        # A cent a line is how plans round.
        (
            [
                ("submitted 300, eligible 250, benefit 200, coinsurance 50", ""),
                ("submitted 66.67, eligible 0, noncovered 66.67, benefit 0", "PR 96"),
                ("submitted 66.67, eligible 0, noncovered 66.67, benefit 0", "PR 96"),
            ],
            "433.34, 250, 133.33, 200",
            "50.01",
        ),
    ],
)
def test_what_a_reason_puts_above_the_price_stays_taken_off_where_no_charge_is_open(
    lines: list[tuple[str, str]], totals: str, taken_off: Any
) -> None:
    """3.9: "Your plan did not share its discount", of which CO 45 told to the cent."""
    items = [
        line(number, *money(figures), *([why(reason)] if reason else []))
        for number, (figures, reason) in enumerate(lines, start=1)
    ]
    named = zip(("submitted", "eligible", "noncovered", "benefit"), totals.split(", "), strict=True)
    record = reading(claim(*money(", ".join(map(" ".join, named))), item=items))
    assert whose.discount_of(record).amount == Decimal(taken_off)


def test_charges_of_refused_lines_tell_whose_what_is_not_covered_is() -> None:
    """5.3: 480 the member's by PR and 300 the provider's: not a word of it in lead or checklist."""
    lines = [
        line(1, *money("submitted 480, eligible 0"), why("PR 96")),
        line(2, *money("submitted 150, eligible 130, coinsurance 26")),
        line(3, *money("submitted 300, eligible 0, noncovered 0"), why("CO 50")),
    ]
    totals = money("submitted 930, noncovered 780, eligible 130, benefit 104, coinsurance 26")
    record = reading(claim(*totals, item=lines))
    assert whose.parts(record) == {"PR": 480, "CO": 300}
    assert "The $480.00 that is not covered may come on top" in lead(record)


@pytest.mark.parametrize(
    ("reasons", "is_open"),
    [
        ({"OA 133": "2925"}, True),
        ({"PR 133": "2925"}, True),
        ({"OA 96": "2925"}, False),
        ({"PI 252": "2925"}, False),
        ({"OA 133": "2000", "OA 96": "925"}, False),
    ],
)
def test_what_the_plan_has_still_to_decide_is_not_said_to_be_not_covered(
    reasons: dict[str, str], is_open: bool
) -> None:
    """5.1: an instalment of braces was told as $2,925.00 "not covered", with figures that disagree."""
    figures = "submitted 4800, eligible 3000, benefit 75, noncovered 2925, memberliability 0"
    record = of_one_line(figures, why_of("CO 45", "1800"), *starmap(why_of, reasons.items()))
    assert ("Your plan has still to decide $2,925.00 of the bill." in lead(record)) is is_open
    assert ("not covered" in lead(record)) is not is_open
    assert (not record.disagreements) is is_open
    assert_adds_up(story(record).receipt)


def with_reason(amount: dict[str, Any], group: str, number: str) -> dict[str, Any]:
    return amount | {"reason": concept((CARC, f"{group}{number}"))}


@pytest.mark.parametrize(("discount", "group"), [("30", ""), ("50", "CO"), ("100", "")])
def test_a_reason_of_another_amount_does_not_say_whose_the_uncovered_one_is(
    discount: str, group: str
) -> None:
    """5.3: "$50.00 was not covered. By its contract ..." by a contract's reason at a discount of $30.00."""
    uncovered, other = money(f"noncovered 50, discount {discount}")
    record = reading(claim(*money("submitted 200, benefit 100"), uncovered, with_reason(other, "CO", "109")))
    assert whose.group(record) == group
    lines = [line(1, *money("submitted 200, benefit 100"), uncovered, with_reason(other, "CO", "109"))]
    assert whose.group(reading(claim(uncovered, item=lines))) == group


@pytest.mark.parametrize("part", ["deductible", "copay", "coinsurance", "priorpayerpaid", "tax"])
def test_a_reason_at_a_part_of_the_share_says_nothing_of_what_is_not_covered(part: str) -> None:
    """5.3: a contract's reason for a copay of $20.00 put what was not covered, $50.00, on the provider."""
    uncovered, other = money(f"noncovered 50, {part} 20")
    whole = money("submitted 200, benefit 100")
    assert whose.group(reading(claim(*whole, uncovered, with_reason(other, "CO", "109")))) == ""
    of_line = line(1, *whole, uncovered, with_reason(other, "CO", "109"))
    assert whose.group(reading(claim(*whole, uncovered, item=[of_line]))) == ""
