"""Charts as numbers for an SVG: pure, tested as text; the template draws them and a table says the same.

Lengths along are per cent of the picture's width, so that bars grow with the page and letters do not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from apps.plain_language.language import _, plural
from apps.plain_language.money import NOT_SHARED, money

Look = Literal["plain", "credit", "maybe"]
ROW: Final = 54
BAR: Final = 16
_ZERO: Final = Decimal(0)
_HUNDRED: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class Item:
    """What one bar is to show: `amount` None where nothing is known, `unknown` claims did not say theirs."""

    label: str
    amount: Decimal | None
    claims: int = 0
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle: `x` and `width` in per cent, `y` and `height` in pixels; it stands for `amount`."""

    look: Look
    x: Decimal
    width: Decimal
    y: int
    amount: Decimal
    height: int = BAR

    @property
    def at(self) -> str:
        """`x` as SVG writes it in every language."""
        return f"{self.x}%"

    @property
    def length(self) -> str:
        """`width` as SVG writes it in every language."""
        return f"{self.width}%"


@dataclass(frozen=True, slots=True)
class Line:
    """One label with its amount in words, on the baseline `y`; `bar` None where there is nothing to draw.

    Zero is a line from `axis_from` to `axis_to`, so that it never strikes through a label.
    """

    label: str
    words: str
    is_known: bool
    y: int
    axis_from: int
    axis_to: int
    bar: Bar | None


@dataclass(frozen=True, slots=True)
class Chart:
    """A whole chart; `axis` is where zero is, in per cent."""

    name: str
    title: str
    description: str
    lines: tuple[Line, ...]
    axis: Decimal
    height: int
    has_credits: bool
    has_unknown: bool

    @property
    def axis_at(self) -> str:
        """`axis` as SVG writes it in every language."""
        return f"{self.axis}%"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an amount has come toward a limit; what is not certain is drawn apart."""

    name: str
    title: str
    description: str
    bars: tuple[Bar, ...]
    height: int = BAR


def bars(name: str, *, title: str, description: str, items: Sequence[Item], currency: str) -> Chart:
    """Return a chart with a bar for each known amount other than zero; credits go left of the axis."""
    known = [item.amount for item in items if item.amount is not None]
    lowest, highest = min([*known, _ZERO]), max([*known, _ZERO])
    scale = _HUNDRED / ((highest - lowest) or Decimal(1))
    drawn = _Scale(-lowest * scale, scale, currency)
    lines = tuple(_line(item, place * ROW, drawn) for place, item in enumerate(items))
    return Chart(
        name,
        title,
        description,
        lines,
        rounded(drawn.axis),
        len(lines) * ROW,
        lowest < 0,
        any(item.unknown for item in items),
    )


def progress(
    name: str, *, title: str, description: str, counted: Decimal, uncertain: Decimal, limit: Decimal
) -> Progress:
    """Return how far *counted* (of it *uncertain*) has come toward *limit*; never longer than the limit."""
    certain = min(max(counted - uncertain, _ZERO), limit)
    maybe = min(max(counted, _ZERO), limit) - certain
    scale = _HUNDRED / limit
    drawn = []
    if certain > 0:
        drawn.append(Bar("plain", _ZERO, rounded(certain * scale), 0, certain))
    if maybe > 0:
        drawn.append(Bar("maybe", rounded(certain * scale), rounded(maybe * scale), 0, maybe))
    return Progress(name, title, description, tuple(drawn))


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where zero is, and how much of the width an amount of one takes."""

    axis: Decimal
    unit: Decimal
    currency: str


def _line(item: Item, top: int, scale: _Scale) -> Line:
    bar_top = top + 28
    bar = None
    if item.amount:
        width = abs(item.amount) * scale.unit
        start = scale.axis if item.amount > 0 else scale.axis - width
        look: Look = "plain" if item.amount > 0 else "credit"
        bar = Bar(look, rounded(start), rounded(width), bar_top, item.amount)
    return Line(
        label=item.label,
        words=_words(item, scale.currency),
        is_known=item.amount is not None,
        y=top + 20,
        axis_from=bar_top - 2,
        axis_to=bar_top + BAR + 2,
        bar=bar,
    )


def _words(item: Item, currency: str) -> str:
    if item.amount is None:
        return _(NOT_SHARED) if item.claims else _("no claims")
    amount = money(item.amount, currency)
    return _("{amount} + ?").format(amount=amount) if item.unknown else amount


def described(chart_items: Sequence[Item], currency: str) -> str:
    """Return the same as a chart in words, for who does not see it."""
    said = []
    for item in chart_items:
        if not item.claims:
            continue
        if item.amount is None:
            said.append(_("{label}: not shared by your plan").format(label=item.label))
        elif item.unknown:
            said.append(
                plural(
                    "{label}: {amount}, and {n} claim that does not say",
                    "{label}: {amount}, and {n} claims that do not say",
                    item.unknown,
                ).format(label=item.label, amount=money(item.amount, currency), n=item.unknown)
            )
        else:
            said.append(_("{label}: {amount}").format(label=item.label, amount=money(item.amount, currency)))
    return "; ".join(said) + "." if said else ""


def rounded(length: Decimal) -> Decimal:
    return length.quantize(Decimal("0.01"))
