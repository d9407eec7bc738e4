"""The numbers of one result over time, as its page shows them: tables, and pictures where one is right."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from django.urls import reverse

from apps.kinds.care import chart, repeats, timeline, wording
from apps.kinds.care.chart import Chart, Dated
from apps.kinds.care.entry import CareEntry, points_of
from apps.kinds.care.kind import CANCELLED
from apps.kinds.care.records import CareRecord, Point
from apps.plain_language.dates import date_words
from apps.plain_language.language import _, said
from apps.plain_language.theirs import filled
from apps.records.entries import UNDATED
from apps.records.kinds import Kind
from apps.records.models import Record
from apps.records.shelf import Library
from apps.records.volumes import Held

MOST: Final = 200
MOST_AT_ONCE: Final = 8
NO_PICTURE: Final = said(
    "No picture is drawn of this result: that takes one plain range, from a lower end to an upper one."
)
_ONE_DAY: Final = said("These results are of one day, so no line over time is drawn.")


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """One result of the same code: its day, value and range."""

    url: str
    on: str
    value: str
    range: str
    is_this: bool


@dataclass(frozen=True, slots=True)
class Series:
    """Results of the same code and unit over time, as a table, and as a picture where one is right.

    Where they make no line over time it is one result beside its range that is drawn.
    """

    heading: str
    chart: Chart | None = field(repr=False)
    rows: list[SeriesRow] = field(repr=False)
    refusal: str
    cut: str = ""
    """That there are older ones than are shown."""

    @property
    def newest(self) -> list[SeriesRow]:
        """The rows shown at once."""
        return self.rows[:MOST_AT_ONCE]

    @property
    def older(self) -> list[SeriesRow]:
        """The rows behind a fold."""
        return self.rows[MOST_AT_ONCE:]

    @property
    def has_ranges(self) -> bool:
        """Whether any range came."""
        return any(row.range for row in self.rows)


def series_of(library: Library, row: Record, kind: Kind, record: CareRecord) -> Iterable[Series]:
    """Yield results of the same code over time for each number of this one."""
    if not record.points:
        return
    results = list(repeats.each_once(library.held(kind, plan=row.connection_id)))
    keys = {named.point.key for named in record.points}
    dated = [
        Dated(held.id, held.entry.on, point, timeline.flag_words(held.entry) if point.is_of_whole else "")
        for held in results
        if held.entry.on != UNDATED and not held.entry.is_gone
        for point in points_of(held.entry)
        if point.key in keys
    ]
    gaps = _gaps([*results, *library.held(CANCELLED, plan=row.connection_id)])
    of_parts = {part.name: part.ranges for part in record.parts}
    for named in record.points:
        name = wording.told(named.name) if named.name else wording.name_words(record)
        ranges = of_parts.get(named.name) if named.name else record.ranges
        broken_on = gaps.get(named.point.key, ())
        series = _one_series(dated, named.point, name, row, gaps=broken_on, has_range=bool(ranges))
        if len(series.rows) > 1 or series.refusal or series.chart:
            yield series


def _gaps(results: Iterable[Held[CareEntry]]) -> Mapping[str, Collection[date]]:
    """Return on which days a number did not come or was cancelled, by its key."""
    gaps = defaultdict[str, set[date]](set)
    for held in results:
        for key in () if held.entry.is_gone else held.entry.gaps:
            gaps[key].add(held.entry.on)
    return gaps


def _one_series(
    dated: Sequence[Dated], point: Point, name: str, row: Record, *, gaps: Collection[date], has_range: bool
) -> Series:
    base, every = reverse("care:list"), chart.sharing(dated, point)
    points = every[-MOST:]
    rows = [
        SeriesRow(
            url=f"{base}{dated_point.id}/",
            on=date_words(dated_point.on),
            value=dated_point.words,
            range=_range(dated_point),
            is_this=dated_point.id == row.pk,
        )
        for dated_point in reversed(points)
    ]
    over_time, refusal = chart.chart(points, name=name, gaps=gaps), chart.refusal(dated, point)
    alone = None if over_time else chart.number_line(point, name=name)
    is_one = len(rows) < 2
    if not (over_time or alone or refusal) and (has_range or not is_one):
        refusal = _(NO_PICTURE if is_one else _ONE_DAY)
    heading = _("{name} over time") if over_time else "{name}"
    if is_one and alone:
        heading = _("{name} beside its range")
    return Series(filled(heading, name=name), over_time or alone, rows, refusal, _cut(len(every)))


def _cut(every: int) -> str:
    """Return that older results are not shown; "" where all are."""
    sentence = _("The newest {number} of {every} results are shown.")
    return sentence.format(number=MOST, every=f"{every:,}") if every > MOST else ""


def _range(dated: Dated) -> str:
    """Return the range that came with a number; with its unit where both are converted."""
    point, unit = dated.point, f" {dated.point.unit}" if dated.sent else ""
    low, high = (f"{end:f}" if end is not None else "" for end in (point.low, point.high))
    if low and high:
        return _("{low} to {high}").format(low=low, high=f"{high}{unit}")
    if high:
        return _("{high} or less").format(high=f"{high}{unit}")
    return _("{low} or more").format(low=f"{low}{unit}") if low else ""
