"""Amounts as pictures: columns of months, steps of what counted, bars, progress; pure, tested as text.

Lengths along are per cent of the picture's width, so that pictures grow with the page and letters do not;
heights are pixels. A table or a sentence beside each says the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from apps.plain_language.language import _, plural
from apps.plain_language.money import NOT_SHARED, money

type Look = Literal["plain", "credit", "maybe"]
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
ROW: Final = 54
"""How high a bar stands with its label above it, in pixels."""
BAR: Final = 16
_ZERO: Final = Decimal(0)
_HUNDRED: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class Item:
    """An amount to draw: `amount` None where nothing is known, `unknown` claims did not say theirs."""

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
class Label:
    """Words in a picture: `x` in per cent, `y` in pixels, `anchor` as SVG has it."""

    words: str
    x: Decimal
    y: int
    anchor: str = "middle"
    look: Literal["month", "label", "amount", "unknown"] = "month"

    @property
    def at(self) -> str:
        """`x` as SVG writes it in every language."""
        return f"{self.x}%"


@dataclass(frozen=True, slots=True)
class Line:
    """A line from one point to another, as SVG writes them: where zero is, or a limit."""

    x1: str
    y1: int
    x2: str
    y2: int
    look: Literal["axis", "limit"] = "axis"

    @classmethod
    def across(cls, y: int, look: Literal["axis", "limit"] = "axis") -> "Line":
        """Return a line over the whole width."""
        return cls("0", y, "100%", y, look)


@dataclass(frozen=True, slots=True)
class Plot:
    """A whole picture: what is drawn, and the same in words."""

    name: str
    title: str
    description: str
    bars: tuple[Bar, ...]
    height: int
    labels: tuple[Label, ...] = ()
    lines: tuple[Line, ...] = ()
    notes: tuple[str, ...] = ()
    """What its marks mean, in sentences."""
    is_track: bool = False
    """A bar within a frame that is its limit: the sentence above it is its caption."""

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
        HEAD + PLOT + FOOT,
        tuple(labels),
        (Line.across(axis),),
        tuple(_notes(items)),
    )


def steps(
    name: str,
    *,
    title: str,
    description: str,
    grown: Sequence[Step],
    span: tuple[date, date],
    until: date,
    limit: Decimal,
    limit_words: str,
    months: Sequence[str],
) -> Plot:
    """Return the sum of *grown* (in order of days) as it grew in *span*, and a line where its *limit* is.

    Days outside the span are drawn at its ends, nothing after *until*. *months* are the names under it.
    """
    days = Decimal((span[1] - span[0]).days + 1)
    end = min(max(Decimal((until - span[0]).days + 1) * _HUNDRED / days, _ZERO), _HUNDRED)
    highest = max([limit, *(step.total for step in grown)])
    drawn = list(_areas(_weekly(grown, span[0], days, end), end, STAIRS / highest))
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
        HEAD + STAIRS + FOOT,
        tuple(labels),
        (Line.across(HEAD + STAIRS), Line.across(line, "limit")),
        notes,
    )


def bars(name: str, *, title: str, description: str, items: Sequence[Item], currency: str) -> Plot:
    """Return a bar for each of *items* whose amount is known and not zero; credits go left of the axis."""
    amounts = [item.amount or _ZERO for item in items]
    lowest, highest = min([*amounts, _ZERO]), max([*amounts, _ZERO])
    scale = _HUNDRED / ((highest - lowest) or Decimal(1))
    axis = -lowest * scale
    drawn: list[Bar] = []
    labels: list[Label] = []
    for place, (item, amount) in enumerate(zip(items, amounts, strict=True)):
        top = place * ROW
        labels.append(Label(item.label, _ZERO, top + 20, "start", "label"))
        look: Literal["amount", "unknown"] = "unknown" if item.amount is None else "amount"
        labels.append(Label(_words(item, currency), _HUNDRED, top + 20, "end", look))
        if amount:
            start, width = axis + min(amount, _ZERO) * scale, abs(amount) * scale
            drawn.append(
                Bar("plain" if amount > 0 else "credit", rounded(start), rounded(width), top + 28, amount)
            )
    # Zero is a line beside each bar, so that it never strikes through a label.
    zero = f"{rounded(axis)}%"
    tops = (place * ROW + 28 for place in range(len(items)))
    lines = tuple(Line(zero, top - 2, zero, top + BAR + 2) for top in tops)
    notes = tuple(_bar_notes(items))
    return Plot(name, title, description, tuple(drawn), len(items) * ROW, tuple(labels), lines, notes)


def progress(
    name: str, *, title: str, description: str, counted: Decimal, uncertain: Decimal, limit: Decimal
) -> Plot:
    """Return how far *counted* (of it *uncertain*) has come toward *limit*; never longer than the limit."""
    certain = min(max(counted - uncertain, _ZERO), limit)
    maybe = min(max(counted, _ZERO), limit) - certain
    scale = _HUNDRED / limit
    drawn = []
    if certain > 0:
        drawn.append(Bar("plain", _ZERO, rounded(certain * scale), 0, certain))
    if maybe > 0:
        drawn.append(Bar("maybe", rounded(certain * scale), rounded(maybe * scale), 0, maybe))
    return Plot(name, title, description, tuple(drawn), BAR, is_track=True)


def described(items: Sequence[Item], currency: str) -> str:
    """Return the same as a picture in words, for who does not see it."""
    months = [_described(item, currency) for item in items if item.claims]
    return "; ".join(months) + "." if months else ""


def _described(item: Item, currency: str) -> str:
    if item.amount is None:
        return _("{label}: not shared by your plan").format(label=item.label)
    amount = money(item.amount, currency)
    if not item.unknown:
        return _("{label}: {amount}").format(label=item.label, amount=amount)
    return plural(
        "{label}: {amount}, and {n} claim that does not say",
        "{label}: {amount}, and {n} claims that do not say",
        item.unknown,
    ).format(label=item.label, amount=amount, n=item.unknown)


def _words(item: Item, currency: str) -> str:
    if item.amount is None:
        return _(NOT_SHARED) if item.claims else _("no claims")
    amount = money(item.amount, currency)
    return _("{amount} + ?").format(amount=amount) if item.unknown else amount


def _bar_notes(items: Sequence[Item]) -> Iterator[str]:
    if any((item.amount or 0) < 0 for item in items):
        yield _("A striped bar to the left takes back an earlier share.")
    if any(item.unknown for item in items):
        yield _("“+ ?” means that not every claim says what your share is.")


def _notes(items: Sequence[Item]) -> Iterator[str]:
    if any((item.amount or 0) < 0 for item in items):
        yield _("A striped column below the line takes back an earlier share.")
    if any(item.claims and (item.amount is None or item.unknown) for item in items):
        yield _("“?” means that not every claim of the month says what your share is.")


def _weekly(steps: Iterable[Step], starts: date, days: Decimal, end: Decimal) -> dict[Decimal, Step]:
    """Return the last step of each week by where it begins, in per cent."""
    weekly: dict[Decimal, Step] = {}
    for step in steps:
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
    if place == 0:
        return Label(words, _ZERO, top - 6, "start")
    if place == of - 1:
        return Label(words, _HUNDRED, top - 6, "end")
    return Label(words, middle, top - 6)


def rounded(length: Decimal) -> Decimal:
    """Return a length as pictures write it."""
    return length.quantize(Decimal("0.01"))
