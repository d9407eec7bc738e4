"""Charts as text: what is drawn is what is known, to scale, and is said in words too."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from apps.overview import limit_words
from apps.overview.plots import HEAD, PLOT, Item, Line, Plot, Step, bars, described, progress, steps, strip

MONTHS = (
    Item("Jan", Decimal("80.00"), claims=2),
    Item("Feb", Decimal("-20.00"), claims=1),
    Item("Mar", None, claims=1, unknown=1),
    Item("Apr", None),
    Item("May", Decimal("40.00"), claims=2, unknown=1),
    Item("Jun", Decimal("0.00"), claims=1),
)


def chart(items: tuple[Item, ...] = MONTHS) -> Plot:
    """Return the bars of *items*."""
    return bars(
        "kind-usd",
        title="Your share by kind of care",
        description=described(items, "USD"),
        items=items,
        currency="USD",
    )


def months(items: tuple[Item, ...] = MONTHS) -> Plot:
    """Return the strip of *items*."""
    return strip(
        "month-usd",
        title="Your share by month",
        description=described(items, "USD"),
        items=items,
        currency="USD",
    )


def stairs(*given: Step, limit: str = "1000.00", until: date = date(2026, 7, 1)) -> Plot:
    """Return the steps of 2026 toward *limit*."""
    return steps(
        "d",
        title="Counted",
        description="",
        grown=given,
        span=(date(2026, 1, 1), date(2026, 12, 31)),
        until=until,
        limit=Decimal(limit),
        limit_words="Limit",
        months=[],
    )


def svg(plot: Plot) -> str:
    """Return the picture as drawn, a line for each element."""
    drawn = re.search(r"<svg.*</svg>", render_to_string("overview/plot.html", {"plot": plot}), re.DOTALL)
    assert drawn
    return re.sub(r">\s*<", ">\n<", drawn[0])


def test_the_strip_of_a_year_draws_credits_and_unknown_months_honestly() -> None:
    assert svg(months()).splitlines() == [
        '<svg class="chart__picture" width="100%" height="154" role="img" '
        'aria-label="Jan: $80.00; Feb: −$20.00; Mar: not shared by your plan; '
        'May: $40.00, and 1 claim that does not say; Jun: $0.00.">',
        '<pattern id="month-usd-striped" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)">',
        '<rect class="chart__ground" width="6" height="6"/>',
        '<rect class="chart__bar" width="3" height="6"/>',
        "</pattern>",
        '<g aria-hidden="true">',
        '<rect class="chart__bar" x="2.08%" y="22" width="12.50%" height="88"/>',
        '<rect class="chart__credit" x="18.75%" y="110" width="12.50%" height="22" '
        'fill="url(#month-usd-striped)"/>',
        '<rect class="chart__bar" x="68.75%" y="66" width="12.50%" height="44"/>',
        '<line class="chart__axis" x1="0" y1="110" x2="100%" y2="110"/>',
        '<text class="chart__month" x="8.33%" y="148" text-anchor="middle">Jan</text>',
        '<text class="chart__month" x="0%" y="16" text-anchor="start">$80.00</text>',
        '<text class="chart__month" x="25.00%" y="148" text-anchor="middle">Feb</text>',
        '<text class="chart__month" x="41.67%" y="148" text-anchor="middle">Mar</text>',
        '<text class="chart__month" x="41.67%" y="104" text-anchor="middle">?</text>',
        '<text class="chart__month" x="58.33%" y="148" text-anchor="middle">Apr</text>',
        '<text class="chart__month" x="75.00%" y="148" text-anchor="middle">May</text>',
        '<text class="chart__month" x="75.00%" y="60" text-anchor="middle">?</text>',
        '<text class="chart__month" x="91.67%" y="148" text-anchor="middle">Jun</text>',
        "</g>",
        "</svg>",
    ]
    assert months().notes == (
        "A striped column below the line takes back an earlier share.",
        "“?” means that not every claim of the month says what your share is.",
    )


@pytest.mark.parametrize(
    ("month", "at"),
    [(0, ("0%", "start")), (1, ("12.50%", "middle")), (10, ("87.50%", "middle")), (11, ("100%", "end"))],
)
def test_the_highest_amount_stands_above_its_own_column(month: int, at: tuple[str, str]) -> None:
    """Only above the first and the last column is there no room for all of it around the middle."""
    items = [Item(str(place), Decimal("1284.44" if place == month else "600"), 1) for place in range(12)]
    drawn = strip("x", title="", description="", items=items, currency="USD")
    [label] = [label for label in drawn.labels if label.words == "$1,284.44"]
    assert (label.at, label.anchor) == at


def test_a_chart_puts_its_label_above_each_bar() -> None:
    drawn = svg(chart()).splitlines()
    for element in (
        '<text class="chart__label" x="0%" y="20" text-anchor="start">Jan</text>',
        '<text class="chart__amount" x="100%" y="20" text-anchor="end">$80.00</text>',
        '<text class="chart__unknown" x="100%" y="128" text-anchor="end">not shared by your plan</text>',
        '<rect class="chart__bar" x="20.00%" y="28" width="80.00%" height="16"/>',
        '<line class="chart__axis" x1="20.00%" y1="26" x2="20.00%" y2="46"/>',
    ):
        assert element in drawn
    assert chart().notes == (
        "A striped bar to the left takes back an earlier share.",
        "“+ ?” means that not every claim says what your share is.",
    )


def test_steps_grow_on_the_days_of_decisions_and_end_today() -> None:
    """What may not count is striped above what does; the limit is a line; nothing is drawn of the future."""
    plot = stairs(
        Step(date(2026, 1, 1), Decimal(250), Decimal(250)), Step(date(2026, 5, 1), Decimal(500), Decimal(250))
    )
    assert [(bar.look, bar.at, bar.y, bar.height) for bar in plot.bars] == [
        ("plain", "0.00%", 70, 16),
        ("plain", "32.08%", 70, 16),
        ("maybe", "32.08%", 54, 16),
    ]
    assert plot.lines == (Line.across(86), Line.across(22, "limit"))
    assert plot.bars[-1].x + plot.bars[-1].width == Decimal("49.87")
    assert plot.notes == ("Striped: it may not count.",)


def test_steps_are_told_in_words_by_the_days_on_which_the_sum_changed() -> None:
    """Forty claims that counted nothing were forty times "$0.00" to those who hear the picture."""
    totals = ((1, 0), (2, 0), (3, 250), (4, 250), (5, 200))
    steps_given = [Step(date(2026, month, 1), Decimal(total), Decimal(total)) for month, total in totals]
    assert limit_words.told_by_days(steps_given, "USD") == "March 1, 2026: $250.00; May 1, 2026: $200.00."


def test_names_of_providers_and_kinds_cannot_break_out_of_the_picture() -> None:
    drawn = svg(chart((Item("<script>", Decimal(1), claims=1),)))
    assert "<script" not in drawn
    assert "&lt;script&gt;" in drawn


def test_the_picture_reads_the_same_where_decimals_have_a_comma() -> None:
    from django.utils import translation  # noqa: PLC0415 - only here

    with translation.override("es"):
        assert 'width="80.00%"' in svg(chart())


def test_progress_draws_what_is_certain_solid_and_what_may_not_count_striped() -> None:
    shown = progress(
        "d",
        title="Deductible",
        description="$600.00 of $1,500.00 is counted.",
        counted=Decimal(600),
        uncertain=Decimal(150),
        limit=Decimal(1500),
    )
    assert [(bar.look, bar.at, bar.length, bar.amount) for bar in shown.bars] == [
        ("plain", "0%", "30.00%", Decimal(450)),
        ("maybe", "30.00%", "10.00%", Decimal(150)),
    ]
    drawn = svg(shown)
    assert 'role="img"' in drawn
    assert ': $600.00 of $1,500.00 is counted.">' in drawn, "no caption says what it is: its name does"
    assert drawn.count('fill="url(#d-striped)"') == 1


AMOUNTS_OR_NOT = st.none() | st.decimals(min_value=-99999, max_value=99999, places=2)
ITEMS = st.lists(
    st.builds(
        Item, label=st.just("x"), amount=AMOUNTS_OR_NOT, claims=st.integers(1, 9), unknown=st.integers(0, 3)
    ),
    max_size=14,
).map(tuple)


@given(ITEMS)
def test_columns_sum_to_the_totals_and_stay_in_the_picture(items: tuple[Item, ...]) -> None:
    plot = months(items)
    assert sum(bar.amount for bar in plot.bars) == sum(item.amount or 0 for item in items)
    assert all(bar.x >= 0 and bar.x + bar.width <= Decimal("100.02") for bar in plot.bars)
    assert all(bar.y >= HEAD - 1 and bar.y + bar.height <= HEAD + PLOT + 2 for bar in plot.bars)
    assert all((bar.look == "credit") == (bar.y == plot.lines[0].y1) for bar in plot.bars)


@given(ITEMS)
def test_bars_sum_to_the_totals_stay_in_the_picture_and_unknown_has_none(items: tuple[Item, ...]) -> None:
    drawn = chart(items)
    known = [item for item in items if item.amount]
    assert [label.look for label in drawn.labels[1::2]] == [
        "unknown" if item.amount is None else "amount" for item in items
    ]
    assert [bar.amount for bar in drawn.bars] == [item.amount for item in known]
    drawn_bars = drawn.bars
    for bar in drawn_bars:
        assert -Decimal("0.02") <= bar.x
        assert bar.x + bar.width <= Decimal("100.02")
        zero = bar.x if bar.look == "plain" else bar.x + bar.width
        assert abs(zero - Decimal(drawn.lines[0].x1.rstrip("%"))) <= Decimal("0.02")
        assert (bar.look == "credit") == (bar.amount < 0)
    if len(drawn_bars) > 1:
        one, other = drawn_bars[:2]
        assert abs(one.width * abs(other.amount) - other.width * abs(one.amount)) <= Decimal("0.01") * (
            abs(one.amount) + abs(other.amount)
        )


@given(
    st.decimals(min_value=-500, max_value=5000, places=2),
    st.decimals(min_value=-100, max_value=5000, places=2),
    st.decimals(min_value="0.01", max_value=3000, places=2),
)
def test_progress_never_passes_its_limit(counted: Decimal, uncertain: Decimal, limit: Decimal) -> None:
    shown = progress("d", title="", description="", counted=counted, uncertain=uncertain, limit=limit)
    assert sum(bar.amount for bar in shown.bars) <= limit
    assert all(bar.width >= 0 and bar.x + bar.width <= Decimal("100.02") for bar in shown.bars)
    if 0 <= uncertain <= counted:
        assert sum(bar.amount for bar in shown.bars) == min(counted, limit)
