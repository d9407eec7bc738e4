"""Rows of a receipt one after the other: what is left between them, and the waterfall of their bars; pure.

The same numbers stand beside the bars as text, so the picture says nothing of its own.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise, takewhile
from typing import Final, Literal, NamedTuple

from apps.kinds.claim.reading.contradictions import PARTS, Rule
from apps.kinds.claim.reading.figures import add, paths, same
from apps.kinds.claim.records import NOT_SHARED, Figure
from apps.kinds.claim.wording.story import EQUALS, PLUS, Row, Span
from apps.plain_language.money import MINUS, in_cents

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
        elif row.sign == PLUS:
            yield reached, reached + amount
            reached += amount
        else:
            yield Decimal(0), amount
            reached = amount


def _scaled(testid: str, start: Decimal, end: Decimal, whole: Decimal) -> Span:
    x, right = int(start * WIDTH / whole), int(end * WIDTH / whole)
    width = max(right - x, LEAST if end > start else 0)
    return Span(_NAMES.get(testid, "rest"), min(x, WIDTH - width), width)


class Gap(NamedTuple):
    """An amount, as it is printed, that the rows above are more (or, below nothing, less) than the next."""

    concept: Literal["gap", "surplus", "over", "not_met", "rounding"]
    amount: Decimal


class _Left(NamedTuple):
    """What rows leave, as they are printed and exactly; `least` and `most` by all figures in doubt."""

    printed: Decimal
    exact: Decimal
    least: Decimal
    most: Decimal
    is_open: bool = False
    """A figure is in doubt, and no other amount stands in its place: nobody knows how much is left."""

    def plus(self, row: Row, factor: int) -> "_Left":
        """Return it with the amount of a row more, or less where *factor* is -1."""
        amount = row.figure.amount or Decimal(0)
        beside = [other.amount for other in row.against if other.unit == row.figure.unit]
        every = sorted(factor * in_cents(figure) for figure in (amount, *beside) if figure is not None)
        is_open = row.is_in_doubt and len(beside) < max(len(row.against), 1)
        return _Left(
            self.printed + factor * in_cents(amount),
            self.exact + factor * amount,
            self.least + every[0],
            self.most + every[-1],
            self.is_open or is_open,
        )

    def gaps(self) -> tuple[Gap, ...]:
        """Return what hangs on figures in doubt, and what is left whichever of them are right."""
        if self.printed and not in_cents(self.exact):
            return (Gap("rounding", self.printed),)
        sure = Decimal(0)
        if not self.is_open and (self.least > 0 or self.most < 0):
            sure = self.least if self.least > 0 else self.most
        gaps = (Gap("not_met", self.printed - sure), Gap("gap" if sure > 0 else "surplus", sure))
        return tuple(gap for gap in gaps if gap.amount)


_NOTHING = _Left(Decimal(0), Decimal(0), Decimal(0), Decimal(0))


def with_gaps(rows: Iterable[Row]) -> Iterator[tuple[Row, tuple[Gap, ...]]]:
    """Yield *rows*, each with what those above it leave before it."""
    above: Row | None = None
    left, is_crossed = _NOTHING, False
    for row in rows:
        gaps: tuple[Gap, ...] = ()
        if row.is_total and row.figure.amount is None and above is not None and left.printed < 0:
            # Nobody stated what is left: there is no figure to meet, but less than nothing it cannot be.
            gaps = tuple(Gap("over", gap.amount) for gap in left.gaps() if gap.concept == "surplus")
        if row.figure.amount is None or row.style in ("part", "aside"):
            yield row, gaps
            continue
        is_beside = above is None or above.figure.unit == row.figure.unit
        if row.sign in ("", EQUALS):
            if above is not None and is_beside and not is_crossed:
                gaps = left.plus(row, -1).gaps()
            above, left, is_crossed = row, _NOTHING.plus(row, 1), False
        elif is_beside:
            left = left.plus(row, 1 if row.sign == PLUS else -1)
        else:  # what another currency is of those above nobody can tell, nor what they leave
            is_crossed = True
        yield row, gaps


def without_crossed(rows: Iterable[Row]) -> list[Row]:
    """Return *rows*, those of a sum across two currencies without their signs: nothing adds up there."""
    every = list(rows)
    counted = [
        place
        for place, row in enumerate(every)
        if row.figure.amount is not None and row.style not in ("part", "aside")
    ]
    ends = [place for place in counted if every[place].sign in ("", EQUALS)]
    for first, last in pairwise(dict.fromkeys([*ends, *counted[-1:]])):  # no total may close the last one
        if len({every[place].figure.unit for place in counted if first <= place <= last}) > 1:
            every[first + 1 : last + 1] = [replace(row, sign="") for row in every[first + 1 : last + 1]]
    return every


def as_parts(rows: Iterable[Row], rule: Rule) -> Iterator[Row]:
    """Yield *rows*; what is more than the row it would be "of which", or was not added up in it as others of
    its kind were, stands beside it, as no part of it."""
    every, whole, added = list(rows), NOT_SHARED, set[str]()
    for place, row in enumerate(every):
        if row.style != "part":
            parts = list(takewhile(lambda step: step.style == "part", every[place + 1 :]))
            together = add([part.figure for part in parts if part.figure.is_known], "")
            # Below nothing what is more is less of it, and what makes all of it is a part whatever its size.
            is_judged = (row.figure.amount or 0) >= 0 and not same(together, row.figure)
            whole = row.figure if is_judged else NOT_SHARED
            added = _places_added(whole, parts)
        is_apart = row.style == "part" and (rule.exceeds(row.figure, whole) or _is_left_out(row, added))
        yield replace(row, style="aside") if is_apart else row


def _places_added(share: Figure, parts: Iterable[Row]) -> set[str]:
    """Return the places that a share was added up from; none where it was stated itself."""
    stated, added = paths(part.figure for part in parts if part.testid in PARTS), paths([share])
    return added if stated & added else set()


def _is_left_out(row: Row, added: set[str]) -> bool:
    """Return whether a share was *added* up of other places than this amount's, which is of its kind."""
    is_counted = row.testid in PARTS and bool(row.figure.amount)
    return bool(added) and is_counted and added.isdisjoint(paths([row.figure]))
