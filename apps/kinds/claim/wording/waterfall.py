"""The waterfall: each row of a receipt as a bar that starts where the last one ended; pure.

The same numbers stand beside it as text, so the picture says nothing of its own.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Final

from apps.kinds.claim.wording.story import Row, Span
from apps.plain_language.money import MINUS

WIDTH: Final = 1000
"""Units of the SVG's view box; the page scales it."""
LEAST: Final = 4
"""Of a bar, so that a small amount is seen."""
_NAMES: Final = {
    "billed": "whole",
    "drug-cost": "whole",
    "discount": "discount",
    "plan-paid": "paid",
    "other-payer": "other",
    "not-covered": "uncovered",
    "not-covered-added": "uncovered",
    "your-share": "share",
}


def drawn(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Return *rows* with their bars; without any where the figures do not fit into the first one.

    What is folded away has none: of a zero there is nothing to see.
    """
    every = tuple(rows)
    counted = [row for row in every if row.style not in ("part", "aside") and row.figure.amount is not None]
    if not counted or counted[0] is not every[0] or len({row.figure.unit for row in counted}) > 1:
        return every
    spans = dict(zip(map(id, counted), _spans(counted), strict=True))
    whole = counted[0].figure.amount or Decimal(0)
    if whole <= 0 or any(start < 0 or start > end or end > whole for start, end in spans.values()):
        return every
    return tuple(
        replace(row, span=_scaled(row.testid, *spans[id(row)], whole))
        if id(row) in spans and not row.is_folded
        else row
        for row in every
    )


def _spans(rows: Iterable[Row]) -> Iterator[tuple[Decimal, Decimal]]:
    """Yield from where to where each row goes, in its currency."""
    reached = Decimal(0)
    for row in rows:
        amount = row.figure.amount or Decimal(0)
        if row.sign == MINUS:
            yield reached - amount, reached
            reached -= amount
        elif row.sign == "+":
            yield reached, reached + amount
            reached += amount
        else:
            yield Decimal(0), amount
            reached = amount


def _scaled(testid: str, start: Decimal, end: Decimal, whole: Decimal) -> Span:
    x, right = int(start * WIDTH / whole), int(end * WIDTH / whole)
    width = max(right - x, LEAST if end > start else 0)
    return Span(_NAMES.get(testid, "rest"), min(x, WIDTH - width), width)
