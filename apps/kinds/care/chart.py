"""Results of one code over time, or one beside its range: which may be drawn, and the pictures; pure.

Lengths along are per cent of the picture's width, heights are pixels; a table beside it says the same.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import groupby, pairwise
from typing import Final
from uuid import UUID

from msgspec import structs

from apps.kinds.care import wording
from apps.kinds.care.amounts import counted, plain, unit_words
from apps.kinds.care.points import are_one, converted, shared_by
from apps.kinds.care.records import Point
from apps.kinds.care.scales import HEAD, HUNDRED, PLOT, Scale, around, percent
from apps.plain_language.dates import date_words
from apps.plain_language.language import _
from apps.plain_language.theirs import listed

FOOT: Final = 22
ON_LINE: Final = 40
"""Where the line of one result lies, in pixels from the top."""
BAND: Final = 18
type Ends = tuple[Decimal, Decimal] | tuple[()]
"""From where to where a range goes; () for none."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A number of a day: of which record it is."""

    id: UUID
    on: date
    point: Point
    flag: str = ""
    """The flag that came with it, in words."""
    sent: str = ""
    """The words it was sent in, where its number is converted."""

    @property
    def words(self) -> str:
        """It as it was sent, with what is drawn where that is another number, and with its flag."""
        drawn = _amount(self.point)
        value = f"{self.sent} ({drawn})" if self.sent else drawn
        return f"{value} · {self.flag}" if self.flag else value


@dataclass(frozen=True, slots=True)
class Mark:
    """A number in the picture: open where it is only known to be below or above."""

    x: str
    y: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class Label:
    """Words in the picture."""

    words: str
    x: str
    y: int
    anchor: str


@dataclass(frozen=True, slots=True)
class Band:
    """The laboratory's range, shaded."""

    x: str
    y: int
    width: str
    height: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Results over an axis of real time, or one on a line; `caption` says in words what a reader sees.

    `description` has the numbers for who hears it; "" where the caption has them.
    """

    title: str
    description: str
    caption: str
    marks: tuple[Mark, ...]
    segments: tuple[tuple[Mark, Mark], ...]
    labels: tuple[Label, ...]
    bands: tuple[Band, ...]
    height: int = HEAD + PLOT + FOOT

    @property
    def has_open(self) -> bool:
        """Whether a number is only known to be below or above."""
        return any(mark.is_open for mark in self.marks)


def sharing(points: Iterable[Dated], like: Point) -> list[Dated]:
    """Return the numbers that may share a line with *like*, in its unit, oldest first."""
    same = [
        _like(dated, like)
        for dated in points
        if dated.point.key == like.key and shared_by(dated.point.unit) == shared_by(like.unit)
    ]
    return sorted(same, key=lambda dated: (dated.on, dated.id.bytes))


def _like(dated: Dated, like: Point) -> Dated:
    """Return a number in the unit of *like*, with the words it was sent in where that is another."""
    point = dated.point
    if are_one(point.unit, like.unit):
        return dated
    value, low, high = (
        None if number is None else converted(number, point.unit, like.unit)
        for number in (point.number, point.low, point.high)
    )
    assert value is not None
    drawn = structs.replace(point, number=value, unit=like.unit, low=low, high=high)
    return replace(dated, point=drawn, sent=_amount(point))


def refusal(points: Iterable[Dated], like: Point) -> str:
    """Return why other numbers of the same code are not in the picture; "" where there are none."""
    several = {
        shared_by(dated.point.unit): dated.point.unit for dated in points if dated.point.key == like.key
    }
    if len(several) < 2:
        return ""
    named = [wording.told(unit_words(unit)) or _("no unit") for unit in sorted(several.values())]
    return _("These results came in different units, which are not put on one line: {units}.").format(
        units=listed(named)
    )


def chart(points: Sequence[Dated], *, name: str, gaps: Collection[date] = ()) -> Chart | None:
    """Return the picture of *points* (oldest first); None for fewer than two days.

    On days of *gaps* no number came, or it was cancelled: no line goes on over them.
    """
    if len({dated.on for dated in points}) < 2:
        return None
    newest = points[-1].point
    ranges = [_ends(dated.point) for dated in points]
    values = [dated.point.number for dated in points] + [end for ends in ranges for end in ends]
    scale = Scale(min(values), max(values), points[0].on, points[-1].on)
    marks = [
        Mark(scale.x(dated.on), scale.y(dated.point.number), bool(dated.point.comparator)) for dated in points
    ]
    broken = [any(before.on < gap < after.on for gap in gaps) for before, after in pairwise(points)]
    joined = [
        (before, after)
        for (before, after), is_broken in zip(pairwise(marks), broken, strict=True)
        if not (is_broken or before.is_open or after.is_open)
    ]
    return Chart(
        title=_title(name, newest),
        description=" ".join(f"{date_words(dated.on)}: {number(dated.point)}." for dated in points[-50:]),
        caption=" ".join(_captions(points, ranges, is_broken=any(broken))),
        marks=tuple(marks),
        segments=tuple(joined),
        labels=tuple(_labels(points, scale)),
        bands=tuple(_bands(points, ranges, scale)),
    )


def _captions(points: Sequence[Dated], ranges: Sequence[Ends], *, is_broken: bool) -> Iterator[str]:
    shaded = {ends for ends in ranges if ends}
    is_one = len(shaded) == 1 and () not in ranges
    sentences = (
        (is_one, _("The shaded band is the range that came with these results.")),
        (shaded and not is_one, _("A range is shaded where results came with both its ends.")),
        (len(shaded) > 1, _("It changes where a result came with another one.")),
        (is_broken, _("The line is broken where a result came without a number, or was cancelled.")),
        (
            any(dated.sent for dated in points),
            _("Numbers that came in another unit are converted: the table has both."),
        ),
    )
    return (text for is_so, text in sentences if is_so)


def _ends(point: Point) -> Ends:
    """Return the range that came with a number; () where it lacks an end, or these are not in order."""
    low, high = point.low, point.high
    return (low, high) if low is not None and high is not None and low <= high else ()


def number_line(point: Point, *, name: str) -> Chart | None:
    """Return the picture of one result beside its range; None where no range with two ends came with it.

    Where a result lies is all that is drawn: nothing is said of what that means.
    """
    ends = _ends(point)
    if not ends or ends[0] == ends[1]:
        return None
    low, high = ends
    scale = around(low, high, point.number)
    mark = Mark(scale.x(point.number), ON_LINE, bool(point.comparator))
    anchors = (low, "end"), (high, "start")
    under = ON_LINE + BAND // 2 + 18
    return Chart(
        title=_title(name, point),
        description="",
        caption=_("{value}. The range that came with it, {low} to {high}, is shaded.").format(
            value=number(point), low=f"{low:f}", high=f"{high:f}"
        ),
        marks=(mark,),
        segments=(
            (Mark("0%", ON_LINE, False), Mark("100%", ON_LINE, False)),
            *((_at(scale.x(end), -1), _at(scale.x(end), 1)) for end in ends),
        ),
        labels=(
            Label(number(point), mark.x, ON_LINE - BAND, "middle"),
            *(Label(f"{end:f}", scale.x(end), under, anchor) for end, anchor in anchors),
        ),
        bands=(Band(scale.x(low), ON_LINE - BAND // 2, percent(scale.along(high) - scale.along(low)), BAND),),
        height=under + 6,
    )


def _at(x: str, side: int) -> Mark:
    """Return the upper or lower end of the stroke that ends a range, for eyes that do not see its tint."""
    return Mark(x, ON_LINE + side * BAND // 2, False)


def _title(name: str, point: Point) -> str:
    return f"{name} ({wording.told(unit_words(point.unit))})" if point.unit else name


def number(point: Point) -> str:
    """Return a number with its comparator; a long fraction is rounded, as everywhere."""
    return f"{point.comparator} {plain(point.number)}".strip()


def _amount(point: Point) -> str:
    """Return a number with its unit, in the words of the result's own page."""
    return wording.told(counted(number(point), point.number, point.unit))


def _bands(points: Sequence[Dated], ranges: Sequence[Ends], scale: Scale) -> Iterator[Band]:
    """Yield each range from halfway to the result before that has another one to halfway to the next."""
    borders = [(scale.along(before.on) + scale.along(after.on)) / 2 for before, after in pairwise(points)]
    edges = [Decimal(0), *borders, HUNDRED]
    for ends, alike in groupby(range(len(points)), key=ranges.__getitem__):
        places = list(alike)
        left, right = edges[places[0]], edges[places[-1] + 1]
        if ends and left < right:
            top, bottom = scale.y(ends[1]), scale.y(ends[0])
            yield Band(percent(left), top, percent(right - left), max(bottom - top, 1))


def _labels(points: Sequence[Dated], scale: Scale) -> Iterable[Label]:
    bottom = HEAD + PLOT + FOOT - 4
    yield Label(date_words(points[0].on), "0%", bottom, "start")
    yield Label(date_words(points[-1].on), "100%", bottom, "end")
    newest = points[-1].point
    yield Label(number(newest), "100%", max(scale.y(newest.number) - 9, 12), "end")
