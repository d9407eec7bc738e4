"""Amounts over a year as a picture: months as columns, what counted as steps; pure, tested as text.

Lengths along are per cent of the picture's width, heights are pixels; a table beside it says the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from apps.overview.charts import Bar, Item, rounded
from apps.plain_language.language import _
from apps.plain_language.money import money

PLOT: Final = 110
"""How high months may be drawn, in pixels."""
STAIRS: Final = 64
"""How high steps may be drawn, in pixels."""
HEAD: Final = 22
"""Room above a plot for the words of its highest amount."""
FOOT: Final = 22
"""Room below a plot for the names of months."""
WEEKS: Final = 53
"""Columns of a picture of steps: what happens within one is drawn as one step; its table has each."""
_ZERO: Final = Decimal(0)
_HUNDRED: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class Label:
    """Words in a picture: `x` in per cent, `y` in pixels, `anchor` as SVG has it."""

    words: str
    x: Decimal
    y: int
    anchor: str = "middle"

    @property
    def at(self) -> str:
        """`x` as SVG writes it in every language."""
        return f"{self.x}%"


@dataclass(frozen=True, slots=True)
class Plot:
    """Amounts over a year: columns or steps over an axis at `axis` pixels, words, and a line at `limit`."""

    name: str
    title: str
    description: str
    bars: tuple[Bar, ...]
    labels: tuple[Label, ...]
    axis: int
    height: int
    limit: int | None = None
    notes: tuple[str, ...] = ()
    """What its marks mean, in sentences."""

    @property
    def has_patterns(self) -> bool:
        """Whether anything in it is striped."""
        return any(bar.look != "plain" for bar in self.bars)


@dataclass(frozen=True, slots=True)
class Step:
    """What had counted by the end of a day, and how much of it is beyond doubt."""

    on: date
    total: Decimal
    certain: Decimal


def strip(name: str, *, title: str, description: str, items: Sequence[Item], currency: str) -> Plot:
    """Return a column for each of *items* (months), credits below the axis; the highest says its amount.

    A month whose claims do not say all of it has a question mark, one without claims has nothing.
    """
    amounts = [item.amount or _ZERO for item in items]
    lowest, highest = min([*amounts, _ZERO]), max([*amounts, _ZERO])
    scale = PLOT / ((highest - lowest) or Decimal(1))
    axis, wide = HEAD + int(highest * scale), _HUNDRED / (len(items) or 1)
    drawn: list[Bar] = []
    labels: list[Label] = []
    for place, (item, amount) in enumerate(zip(items, amounts, strict=True)):
        middle = rounded(place * wide + wide / 2)
        tall = max(int(abs(amount) * scale), 1)
        top = axis - tall if amount > 0 else axis
        labels.append(Label(item.label, middle, HEAD + PLOT + FOOT - 6))
        if amount:
            left, width = rounded(place * wide + wide / 8), rounded(wide * 3 / 4)
            drawn.append(Bar("plain" if amount > 0 else "credit", left, width, top, amount, tall))
        if amount == highest > 0 and place == amounts.index(highest):
            labels.append(_above(money(amount, currency), middle, place, len(items), top))
        elif item.claims and (item.amount is None or item.unknown):
            labels.append(Label("?", middle, top - 6))
    return Plot(
        name,
        title,
        description,
        tuple(drawn),
        tuple(labels),
        axis,
        HEAD + PLOT + FOOT,
        notes=tuple(_notes(items)),
    )


def steps(
    name: str,
    *,
    title: str,
    description: str,
    given: Sequence[Step],
    span: tuple[date, date],
    until: date,
    limit: Decimal,
    limit_words: str,
    months: Sequence[str],
) -> Plot:
    """Return the sum of *given* (in order of days) as it grew in *span*, and a line where its *limit* is.

    Days outside the span are drawn at its ends, nothing after *until*. *months* are the names under it.
    """
    days = Decimal((span[1] - span[0]).days + 1)
    end = min(max(Decimal((until - span[0]).days + 1) * _HUNDRED / days, _ZERO), _HUNDRED)
    highest = max([limit, *(step.total for step in given)])
    drawn = list(_areas(_weekly(given, span[0], days, end), end, STAIRS / highest))
    width = _HUNDRED / (len(months) or 1)
    labels = [
        Label(month, rounded(place * width + width / 2), HEAD + STAIRS + FOOT - 6)
        for place, month in enumerate(months)
    ]
    notes = (_("Striped: it may not count."),) if any(bar.look == "maybe" for bar in drawn) else ()
    line = HEAD + STAIRS - int(limit * STAIRS / highest)
    labels.append(Label(limit_words, _HUNDRED, line - 6, "end"))
    return Plot(
        name,
        title,
        description,
        tuple(drawn),
        tuple(labels),
        HEAD + STAIRS,
        HEAD + STAIRS + FOOT,
        line,
        notes,
    )


def _notes(items: Sequence[Item]) -> Iterator[str]:
    if any((item.amount or 0) < 0 for item in items):
        yield _("A striped column below the line is money that came back to you.")
    if any(item.claims and (item.amount is None or item.unknown) for item in items):
        yield _("“?” means that not every claim of the month says what your share is.")


def _weekly(given: Iterable[Step], starts: date, days: Decimal, end: Decimal) -> dict[Decimal, Step]:
    """Return the last step of each week by where it begins, in per cent."""
    weekly: dict[Decimal, Step] = {}
    for step in given:
        week = min(max(int((step.on - starts).days * WEEKS / days), 0), WEEKS - 1)
        weekly[min(week * _HUNDRED / WEEKS, end)] = step
    return weekly


def _areas(weekly: dict[Decimal, Step], end: Decimal, scale: Decimal) -> Iterator[Bar]:
    """Yield what lies under the steps: what is certain below, what may not count above it."""
    begins = [*weekly, end]
    for place, step in enumerate(weekly.values()):
        left, width = rounded(begins[place]), rounded(begins[place + 1] - begins[place])
        # Whatever counted is seen, be it small beside the limit.
        sure = int(max(min(step.certain, step.total), _ZERO) * scale) or 2 * (step.certain > 0)
        whole = max(int(max(step.total, _ZERO) * scale), sure + 2 * (step.total > step.certain))
        if width > 0 and sure:
            yield Bar("plain", left, width, HEAD + STAIRS - sure, step.certain, sure)
        if width > 0 and whole > sure:
            yield Bar("maybe", left, width, HEAD + STAIRS - whole, step.total - step.certain, whole - sure)


def _above(words: str, middle: Decimal, place: int, of: int, top: int) -> Label:
    """Return words over a column, kept inside the picture at both of its ends."""
    if place < 2:
        return Label(words, _ZERO, top - 6, "start")
    if place >= of - 2:
        return Label(words, _HUNDRED, top - 6, "end")
    return Label(words, middle, top - 6)
