"""The dates of a claim, taken as written (facts claims 8)."""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

from apps.fhir.placeholders import is_nothing
from apps.fhir.values import Day, Period, day, is_no_day
from apps.kinds.claim.reading.shapes import Explanation, Item
from apps.kinds.claim.records import Kind

type DayIs = Literal["paid", "made", "unread"]
type Span = tuple[str, str | None]
"""First and last day as written; None for a last day that was not sent, or is the first."""


class Dates(NamedTuple):
    """All dates of a claim; None where none was sent or none could be read."""

    service_start: Day | None
    service_end: Day | None
    period_start: Day | None
    period_end: Day | None
    created: Day | None
    paid: Day | None
    received: Day | None
    is_received_before: bool
    day_is: DayIs | None
    """What the start of service is where no day of service was sent; that one was, and cannot be read."""
    stay_since: Day | None
    """The day of admission, where the bill is of a later part of the stay alone."""
    apart: tuple[Span, ...]
    """When else it was, by other places of the claim that do not meet the days of service."""
    unreadable: tuple[str, ...]


class LineDays(NamedTuple):
    """First and last day of a line, and its dates that are none, as sent."""

    start: Day | None
    end: Day | None
    unreadable: tuple[str, ...] = ()


_YEAR: Final = timedelta(days=366)
"""How long a period without an end goes on, how far the line of the total may be from the others, and how
far from a stay somebody may be treated for it."""
A_DAY: Final = timedelta(days=1)
"""How far two times of one claim may be apart: midnight of one place is the day before elsewhere."""
NO_DAYS: Final = LineDays(None, None)


def of_line(item: Item) -> LineDays:
    """Return when a line was served; a single day is its own end."""
    period = item.serviced_period
    single = day(item.serviced_date)
    if period is None and (single or not item.serviced_date):
        return LineDays(single, single)
    start, end = (day(period.start), day(period.end)) if period else (None, None)
    raw = (item.serviced_date, *((period.start, period.end) if period else ()))
    return LineDays(single or start, single or end or start, unreadable(raw))


def dates_of(
    claim: Explanation,
    lines: Sequence[LineDays],
    received: str | None,
    *,
    kind: Kind,
    stay: Period | None,
    of_whole: Sequence[LineDays] = (),
) -> Dates:
    """Read every date. *lines* are those without the pseudo lines that repeat the whole claim.

    *of_whole* is such a line where it is the only one: its day is no day of service, but told where it is
    over a year away.

    Service is the earliest line, else the period; of a stay in hospital the time of admission, unless the
    bill is of a later part of it, else the period, else the lines; for drugs, where none of these is there,
    the day of payment or creation. *stay* is the time of other care too, as hospice, which is billed by part.
    """
    period, payment, created = claim.billable_period, day(claim.payment.date), day(claim.created)
    lines = [*dict.fromkeys(lines)]  # mostly all of one day
    whole = LineDays(day(period.start), day(period.end))
    care = LineDays(day(stay.start), day(stay.end)) if stay else NO_DAYS
    times = _Told(kind, whole, care, _spanned(lines), lines)
    start, end = _first_with_start(times.in_order)
    day_is: DayIs | None = None
    if start is None and kind == "pharmacy":
        start, day_is = (payment, "paid") if payment else (created, "made" if created else None)
    of_care = [*unreadable((period.start, period.end))]
    of_care += [text for line_days in lines for text in line_days.unreadable]
    day_is = "unread" if start is None and of_care else day_is
    odd = [*of_care, *unreadable((claim.created, claim.payment.date))]
    arrived = day(received)
    dated = start if day_is is None else None
    return Dates(
        service_start=start,
        service_end=None if end and start and end < start else end,
        period_start=whole.start,
        period_end=whole.end,
        created=created,
        paid=payment,
        received=arrived,
        is_received_before=arrived is not None
        and dated is not None
        and is_before(arrived.text, arrived.first, dated.first),
        day_is=day_is,
        stay_since=times.admitted.start if times.is_part else None,
        apart=tuple(dict.fromkeys(map(_span, _contradicting(times, of_whole)))),
        unreadable=tuple(dict.fromkeys(odd))[:10],
    )


class _Told(NamedTuple):
    """The places of a claim that tell when the care was."""

    kind: Kind
    whole: LineDays
    """The billable period."""
    care: LineDays
    """The stay in hospital, or the time of other care that is billed by part."""
    served: LineDays
    """From the first of the lines to the last."""
    lines: Sequence[LineDays]

    @property
    def admitted(self) -> LineDays:
        """Return the stay in hospital."""
        return self.care if self.kind == "inpatient" else NO_DAYS

    @property
    def is_part(self) -> bool:
        """Return whether the bill is of a part of a stay that begins after the admission, as of long ones."""
        whole, stay = self.whole, self.admitted
        if not (whole.start and stay.start) or whole.start.first - stay.start.first <= A_DAY:
            return False
        return stay.end is None or _last_day(whole) - _last_day(stay) <= A_DAY

    @property
    def in_order(self) -> tuple[LineDays, ...]:
        """Return where the days of service are looked for, the best place first."""
        if self.kind != "inpatient":
            return (self.served, self.whole)
        stay_first = (self.admitted, self.whole) if not self.is_part else (self.whole, self.admitted)
        return (*stay_first, self.served)


def _contradicting(times: _Told, of_whole: Iterable[LineDays]) -> list[LineDays]:
    """Return when else it was, by places that do not meet the days that are shown."""
    shown = next((days for days in times.in_order if days.start), NO_DAYS)
    billed = times.whole if times.whole.start else times.admitted
    outside = _spanned(days for days in times.lines if not _meet(days, billed))
    apart = _apart(shown, billed, times.served, outside)
    apart += [days for days in of_whole if not _meet(days, shown, slack=_YEAR)]
    care = times.care
    if care.start and times.kind != "inpatient":
        # Hospice and care at home go on for years, where no end is sent.
        lasting = care if care.end else LineDays(care.start, Day(date.max, str(date.max)))
        slack = A_DAY if times.kind == "outpatient" else _YEAR
        is_one = _meet(lasting, billed, slack) and _meet(lasting, shown, slack)
        apart += [] if is_one else [care]
    ended = [time for time in (care, times.whole, *times.lines) if time.start and time.end]
    return apart + [LineDays(time.end, time.end) for time in ended if _ends_before(time)]


def _first_with_start(in_order: Sequence[LineDays]) -> tuple[Day | None, Day | None]:
    """Return the first start; its end, else the first end of what is looked at after it."""
    place = next((place for place, days in enumerate(in_order) if days.start), 0)
    return in_order[place].start, next((days.end for days in in_order[place:] if days.end), None)


def _apart(shown: LineDays, billed: LineDays, served: LineDays, outside: LineDays) -> list[LineDays]:
    """Return the times that contradict the one that is *shown*.

    *billed* is the time that the bill is for, *outside* that of the lines that do not lie there: it is the
    other one where the lines are shown.
    """
    if shown is served:
        return [billed] if outside.start else []
    return [days for days in (billed, outside) if not _meet(days, shown)]


def _spanned(times: Iterable[LineDays]) -> LineDays:
    """Return the first and the last day of several times."""
    dates_known = list(times)
    return LineDays(
        min([days.start for days in dates_known if days.start], default=None),
        max([days.end for days in dates_known if days.end], default=None),
    )


def _span(days: LineDays) -> Span:
    first, last = (day.text if day else None for day in (days.start, days.end))
    return first or "", last if last != first else None


def _meet(days: LineDays, others: LineDays, slack: timedelta = A_DAY) -> bool:
    """Return whether two times can be one; what was not sent contradicts nothing."""
    if days.start is None or others.start is None:
        return True
    if days == others:
        return True
    spans = sorted([(time.start.first, _last_day(time)) for time in (days, others) if time.start])
    return spans[1][0] - spans[0][1] <= slack


def _ends_before(days: LineDays) -> bool:
    """Return whether a time is said to end before it begins."""
    return days.start is not None and _last_day(LineDays(None, days.end)) < days.start.first


def _last_day(days: LineDays) -> date:
    """Return the latest day that a time can mean, never before its first: of a year or month alone the last.

    Lines have an end; a period without one goes on.
    """
    first, last = days.start.first if days.start else date.min, days.end
    if last is None:
        return first + _YEAR if days.start else date.max
    year, month = last.first.year, 12 if len(last.text) == 4 else last.first.month
    is_whole = len(last.text) == 10
    return max(first, last.first if is_whole else date(year, month, monthrange(year, month)[1]))


def unreadable(raw: Iterable[str | None]) -> tuple[str, ...]:
    """Return what stands where a date belongs and is none; what stands for nothing is no date left unread."""
    odd = [text for text in raw if text and day(text) is None]
    return tuple([text[:40] for text in odd if not is_nothing(text) and not is_no_day(text)])


def is_before(written: str | None, first: date | None, other: date | None) -> bool:
    """Return whether a day, *written* so, is before *other*: not by a day, which midnight elsewhere may make,
    nor as a month that holds it."""
    is_early = first is not None and other is not None and other - first > A_DAY
    return is_early and not str(other).startswith(written or str(first))
