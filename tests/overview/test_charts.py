"""Charts as text: what is drawn is what is known, to scale, and is said in words too."""

import re
from decimal import Decimal

from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from apps.overview.charts import AMOUNTS, LABELS, Chart, Item, bars, described, progress

MONTHS = (
    Item("Jan", Decimal("80.00"), claims=2),
    Item("Feb", Decimal("-20.00"), claims=1),
    Item("Mar", None, claims=1, unknown=1),
    Item("Apr", None),
    Item("May", Decimal("40.00"), claims=2, unknown=1),
    Item("Jun", Decimal("0.00"), claims=1),
)


def chart(items: tuple[Item, ...] = MONTHS, *, tall: bool = False) -> Chart:
    """Return a chart of *items*."""
    return bars(
        "month-usd",
        title="Your share by month",
        description=described(items, "USD"),
        items=items,
        currency="USD",
        tall=tall,
    )


def svg(template: str, **context: object) -> str:
    """Return the picture a template draws, a line for each element."""
    drawn = re.search(r"<svg.*</svg>", render_to_string(template, context), re.DOTALL)
    assert drawn
    return re.sub(r">\s*<", ">\n<", drawn[0])


def test_the_picture_of_a_year_draws_credits_and_unknown_months_honestly() -> None:
    assert svg("overview/chart.html", chart=chart()).splitlines() == [
        '<svg class="chart__picture" width="100%" height="180" role="img" '
        'aria-labelledby="month-usd-title month-usd-desc">',
        '<title id="month-usd-title">Your share by month</title>',
        '<desc id="month-usd-desc">Jan: $80.00; Feb: -$20.00; Mar: not shared by your plan; '
        "May: $40.00, and 1 claim that does not say; Jun: $0.00.</desc>",
        '<pattern id="month-usd-credit" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)">',
        '<rect class="chart__ground" width="6" height="6"/>',
        '<rect class="chart__bar" width="3" height="6"/>',
        "</pattern>",
        '<text class="chart__label" x="0" y="20">Jan</text>',
        '<text class="chart__amount" x="100%" y="20" text-anchor="end">$80.00</text>',
        '<rect class="chart__bar" x="24.80%" y="7" width="47.20%" height="16"/>',
        '<line class="chart__axis" x1="24.80%" y1="0" x2="24.80%" y2="30"/>',
        '<text class="chart__label" x="0" y="50">Feb</text>',
        '<text class="chart__amount" x="100%" y="50" text-anchor="end">-$20.00</text>',
        '<rect class="chart__credit" x="13.00%" y="37" width="11.80%" height="16" '
        'fill="url(#month-usd-credit)"/>',
        '<line class="chart__axis" x1="24.80%" y1="30" x2="24.80%" y2="60"/>',
        '<text class="chart__label" x="0" y="80">Mar</text>',
        '<text class="chart__amount chart__amount--unknown" x="100%" y="80" text-anchor="end">'
        "not shared by your plan</text>",
        '<line class="chart__axis" x1="24.80%" y1="60" x2="24.80%" y2="90"/>',
        '<text class="chart__label" x="0" y="110">Apr</text>',
        '<text class="chart__amount chart__amount--unknown" x="100%" y="110" text-anchor="end">'
        "no claims</text>",
        '<line class="chart__axis" x1="24.80%" y1="90" x2="24.80%" y2="120"/>',
        '<text class="chart__label" x="0" y="140">May</text>',
        '<text class="chart__amount" x="100%" y="140" text-anchor="end">$40.00 + ?</text>',
        '<rect class="chart__bar" x="24.80%" y="127" width="23.60%" height="16"/>',
        '<line class="chart__axis" x1="24.80%" y1="120" x2="24.80%" y2="150"/>',
        '<text class="chart__label" x="0" y="170">Jun</text>',
        '<text class="chart__amount" x="100%" y="170" text-anchor="end">$0.00</text>',
        '<line class="chart__axis" x1="24.80%" y1="150" x2="24.80%" y2="180"/>',
        "</svg>",
    ]


def test_names_of_providers_and_kinds_cannot_break_out_of_the_picture() -> None:
    drawn = svg("overview/chart.html", chart=chart((Item("<script>", Decimal(1), claims=1),), tall=True))
    assert "<script" not in drawn
    assert "&lt;script&gt;" in drawn


def test_the_picture_reads_the_same_where_decimals_have_a_comma() -> None:
    from django.utils import translation  # noqa: PLC0415 - only here

    with translation.override("es"):
        assert 'width="47.20%"' in svg("overview/chart.html", chart=chart())


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
    drawn = svg("overview/progress.html", progress=shown)
    assert 'role="img"' in drawn
    assert '<desc id="d-desc">$600.00 of $1,500.00 is counted.</desc>' in drawn
    assert drawn.count('fill="url(#d-maybe)"') == 1


AMOUNTS_OR_NOT = st.none() | st.decimals(min_value=-99999, max_value=99999, places=2)
ITEMS = st.lists(
    st.builds(
        Item,
        label=st.just("x"),
        amount=AMOUNTS_OR_NOT,
        claims=st.integers(1, 9),
        unknown=st.integers(0, 3),
    ),
    max_size=14,
).map(tuple)


@given(ITEMS, st.booleans())
def test_bars_sum_to_the_totals_stay_in_the_picture_and_unknown_has_none(
    items: tuple[Item, ...], tall: bool
) -> None:
    drawn = chart(items, tall=tall)
    left, right = (Decimal(0), Decimal(100)) if tall else (LABELS, AMOUNTS)
    assert len(drawn.lines) == len(items)
    for item, line in zip(items, drawn.lines, strict=True):
        assert (line.bar is None) == (not item.amount)
        assert line.is_known == (item.amount is not None)
    drawn_bars = [line.bar for line in drawn.lines if line.bar]
    assert sum(bar.amount for bar in drawn_bars) == sum(item.amount or 0 for item in items)
    for bar in drawn_bars:
        assert left - Decimal("0.02") <= bar.x
        assert bar.x + bar.width <= right + Decimal("0.02")
        zero = bar.x if bar.look == "plain" else bar.x + bar.width
        assert abs(zero - drawn.axis) <= Decimal("0.02")
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
