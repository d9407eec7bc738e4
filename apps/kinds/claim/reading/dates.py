"""The dates of a claim, taken as written (facts claims 8)."""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

from apps.fhir.placeholders import is_nothing
from apps.fhir.values import Day, Period, day, is_no_day
from apps.kinds.claim.reading.shapes import Explanation, Item
from apps.kinds.claim.records import Kind

type DayIs = Literal["paid", "made"]


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
    """What the start of service is where no day of service was sent."""
    apart: tuple[str, ...]
    """When else it was, by other places of the claim that are over a year away from the days of service."""
    unreadable: tuple[str, ...]


class LineDays(NamedTuple):
    """First and last day of a line, and its dates that are none, as sent."""

    start: Day | None
    end: Day | None
    unreadable: tuple[str, ...] = ()


_YEAR: Final = timedelta(days=366)
"""Between two times of one claim that contradict each other."""
NO_DAYS: Final = LineDays(None, None)


def of_line(item: Item) -> LineDays:
    """Return when a line was served; a single day is its own end."""
    period = item.serviced_period
    single = day(item.serviced_date)
    if period is None and (single or not item.serviced_date):
        return LineDays(single, single)
    start, end = (day(period.start), day(period.end)) if period else (None, None)
    raw = (item.serviced_date, *((period.start, period.end) if period else ()))
    return LineDays(single or start, single or end or start, _unreadable(raw))


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

    Service is the earliest line, else the period; of a stay the time of admission, else the period, else the
    lines; for drugs, where none of these is there, the day of payment or creation.
    """
    period, payment, created = claim.billable_period, day(claim.payment.date), day(claim.created)
    whole = LineDays(day(period.start), day(period.end))
    served = LineDays(
        min((line_days.start for line_days in lines if line_days.start), default=None),
        max((line_days.end for line_days in lines if line_days.end), default=None),
    )
    admitted = LineDays(day(stay.start), day(stay.end)) if stay else NO_DAYS
    in_order = (admitted, whole, served) if kind == "inpatient" else (served, whole)
    start, end = _first_with_start(in_order)
    day_is: DayIs | None = None
    if start is None and kind == "pharmacy":
        start, day_is = (payment, "paid") if payment else (created, "made" if created else None)
    if end and start and end < start:
        end = None
    unreadable = [*_unreadable((period.start, period.end, claim.created, claim.payment.date))]
    unreadable += [text for line_days in lines for text in line_days.unreadable]
    return Dates(
        service_start=start,
        service_end=end,
        period_start=whole.start,
        period_end=whole.end,
        created=created,
        paid=payment,
        received=(arrived := day(received)),
        is_received_before=day_is is None and _is_before(arrived, start),
        day_is=day_is,
        apart=_apart((*in_order, *of_whole)),
        unreadable=tuple(dict.fromkeys(unreadable))[:10],
    )


def _first_with_start(in_order: Sequence[LineDays]) -> tuple[Day | None, Day | None]:
    """Return the first start; its end, else the first end of what is looked at after it."""
    place = next((place for place, days in enumerate(in_order) if days.start), 0)
    return in_order[place].start, next((days.end for days in in_order[place:] if days.end), None)


def _is_before(received: Day | None, start: Day | None) -> bool:
    """Return whether a claim was received before the day of the care; a month that holds the day is not."""
    return bool(
        received and start and received.first < start.first and not start.text.startswith(received.text)
    )


def _apart(in_order: Sequence[LineDays]) -> tuple[str, ...]:
    """Return the first days that are more than a year from those of the place that is shown, the best one."""
    shown = next((days for days in in_order if days.start), NO_DAYS)
    starts = [days.start for days in in_order if days.start and _are_a_year_apart(days, shown)]
    return tuple(dict.fromkeys(start.text for start in starts))


def _are_a_year_apart(days: LineDays, others: LineDays) -> bool:
    """Whether more than a year lies between two times; one that holds the other is as long as it is."""
    if days.start is None or others.start is None:
        return False
    (_first, ended), (began, _last) = sorted(
        (time.start.first, _last_day(time.end or time.start)) for time in (days, others) if time.start
    )
    return began - ended > _YEAR


def _last_day(day: Day) -> date:
    """Return the latest day that a date as written can mean: of a year or month alone the last of it."""
    year, month = day.first.year, 12 if len(day.text) == 4 else day.first.month
    return day.first if len(day.text) == 10 else date(year, month, monthrange(year, month)[1])


def _unreadable(raw: Iterable[str | None]) -> tuple[str, ...]:
    """Return what stands where a date belongs and is none; what stands for nothing is no date left unread."""
    odd = (text for text in raw if text and day(text) is None)
    return tuple(text[:40] for text in odd if not is_nothing(text) and not is_no_day(text))
