"""A year says what the pages of its claims say: paid by some lines, whose what is not covered is, a tax."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from apps.kinds.claim.brief import brief
from apps.kinds.claim.entry import entry_of
from apps.kinds.claim.wording import receipt, story
from apps.kinds.claim.year import sums
from apps.overview import wording as of_year
from apps.records.entries import NOTHING
from apps.takeaway import tables
from tests.claims.made import claim, counted, line, money, priced, reading, stating, why
from tests.claims.test_year import PLAN, paid, year_of


def _reason(*codes: str) -> dict[str, Any]:
    return {"reason": why(*codes)["reason"]}


def test_what_only_some_lines_say_was_paid_is_in_the_sums_and_told_3_7() -> None:
    """3.7: the page takes it off the bill, and the year and the file said that the plan did not tell."""
    lines = [line(1, *money("submitted 60, benefit 40")), line(2, *money("submitted 40"))]
    part = stating("submitted 100, memberliability 30", item=lines)
    year = year_of([part, paid("2", "10.00", "10.00")])
    assert year.sums[0].plan_paid[:4] == (Decimal(40), "USD", 1, 1)
    assert year.notes == ("1 claim states what your plan paid for some of its lines only: it may be more.",)
    entry = entry_of(part, person_key="", provider_key="", brief=NOTHING)
    assert (entry.plan_paid, entry.for_newer) == (Decimal(40), "")
    (cells,) = tables.claim_rows(part, plan="x", is_current=True)
    row = dict(zip(tables.CLAIMS, cells, strict=True))
    assert (row["plan_paid"], row["left_over"], row["of_some_lines"]) == (40, 30, "plan_paid: 1")


@pytest.mark.parametrize(
    ("paid_in", "amount", "told"),
    [
        ("USD", "40", "In 2026 your plan paid at least $40.00."),
        ("EUR", "40", "In 2026 your plan paid at least EUR 40.00."),
        ("USD", "0", "In 2026 your plan was billed $100.00."),
    ],
)
def test_a_year_says_what_some_lines_were_paid_in_every_currency_and_not_at_least_nothing(
    paid_in: str, amount: str, told: str
) -> None:
    """3.7: no sum had what lines were paid in euros; "your plan paid at least $0.00"."""
    lines = [line(1, priced("benefit", amount, currency=paid_in)), line(2, *money("submitted 40"))]
    year = year_of([stating("submitted 100", item=lines)])
    answer = of_year.answer(year, period="In 2026", plans=1)
    assert answer == f"{told} It did not share what your share is."


@pytest.mark.parametrize(
    ("share", "groups", "apart"),
    [
        ("40", ("CO", "PR"), ("60", "0", "40", "0", "0")),
        ("80", ("CO", "PR"), ("60", "0", "0", "40", "0")),
        ("140", ("CO", "PR"), ("0", "60", "0", "100", "0")),
        ("40", ("CO", "CO"), ("100", "0", "0", "0", "0")),
        ("40", ("PR", "PR"), ("0", "0", "100", "0", "0")),
        ("40", ("OA", "PR"), ("0", "0", "40", "0", "0")),
    ],
)
def test_whose_what_is_not_covered_is_stays_apart_in_the_sums_5_3(
    share: str, groups: tuple[str, str], apart: tuple[str, ...]
) -> None:
    """5.3: a part that a share holds was "more than these figures allow", and both parts were one amount."""
    lines = [
        line(1, {**money("noncovered 60")[0], **_reason(f"{groups[0]} 197")}, *money("submitted 150")),
        line(2, {**money("noncovered 40")[0], **_reason(f"{groups[1]} 96")}, *money("submitted 150")),
    ]
    figures = money(f"submitted 300, eligible 200, benefit 160, noncovered 100, memberliability {share}")
    record = reading(claim(*figures, item=lines))
    (told,) = year_of([record]).sums
    assert (told,) == sums([counted(record, PLAN, date.min, PLAN, kept=brief(record))])
    said = (told.providers, told.providers_in_both, told.on_top, told.in_both, told.excess)
    assert said == tuple(map(Decimal, apart))


@pytest.mark.parametrize(
    ("figures", "on_top"),
    [
        ("submitted 500, benefit 160, memberliability 140, deductible 40", 0),
        ("submitted 400, benefit 160, memberliability 140", 100),
        ("memberliability 100", 0),
        ("submitted 500, discount 100, eligible 400, benefit 260, memberliability 140, copay 40", 0),
        ("submitted 500, discount 100, eligible 400, benefit 260, memberliability 140", 0),
        ("submitted 500, eligible 300, benefit 160, memberliability 140, coinsurance 40", 0),
        ("submitted 500, discount 100, eligible 300, benefit 160, memberliability 140, coinsurance 40", 100),
        ("submitted 300, benefit 160", 0),
    ],
)
def test_a_year_says_of_the_same_amounts_as_pages_that_they_may_come_on_top_of_the_share_5_3(
    figures: str, on_top: int
) -> None:
    """5.3: "may come on top", in the year, of $100.00 that the share of its page holds."""
    of_line = line(1, {**money("noncovered 100")[0], **_reason("PR 96")})
    record = stating(f"{figures}, noncovered 100", item=[of_line])
    (told,) = year_of([record]).sums
    assert told.on_top == on_top
    assert ("may come on top" in story(record).answer) is bool(on_top)


@pytest.mark.parametrize(
    ("figures", "taken", "tax"),
    [
        ("submitted 21, eligible 20, benefit 10, memberliability 11, tax 1", "1", "1"),
        ("submitted 20, eligible 20, benefit 10, memberliability 11, tax 1", "0", "1"),
        ("submitted 20, benefit 10, memberliability 11, tax 1", None, "1"),
        ("submitted 20, eligible 20, benefit 10, memberliability 10, tax 1", "0", None),
    ],
)
def test_a_tax_on_the_price_is_added_in_a_year_as_on_the_page_of_the_claim_3_9(
    figures: str, taken: str | None, tax: str | None
) -> None:
    """3.9: the year asked why the claim comes to more than its bill; its own page added up."""
    record = stating(figures)
    (total,) = year_of([record]).sums
    amounts = tuple(
        str(told.amount) if told.amount is not None else None for told in (total.discount, total.tax)
    )
    assert amounts == (taken, tax)
    assert (total.excess, total.exceeding) == (0, 0)
    on_page = {row.label: row.text for row in receipt.rows(record) if row.style not in ("part", "aside")}
    in_year = {row.label: row.text for row in of_year.receipt(total)}
    assert on_page.get("Tax") == in_year.get("Tax") == (f"${tax}.00" if tax else None)
    assert taken is None or on_page.get("Taken off the bill", "$0.00") == in_year["Taken off the bill"]
