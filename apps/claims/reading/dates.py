"""The dates of a claim, taken as written (facts claims 8)."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from apps.claims.reading.shapes import Explanation, Item
from apps.fhir.values import Day, day


class Dates(NamedTuple):
    """All dates of a claim; None where none was sent or none could be read."""

    service_start: Day | None
    service_end: Day | None
    period_start: Day | None
    period_end: Day | None
    created: Day | None
    paid: Day | None
    received: Day | None
    unreadable: tuple[str, ...]


class LineDays(NamedTuple):
    """First and last day of a line, and its dates that are none, as sent."""

    start: Day | None
    end: Day | None
    unreadable: tuple[str, ...] = ()


def of_line(item: Item) -> LineDays:
    """Return when a line was served; a single day is its own end."""
    period = item.serviced_period
    single = day(item.serviced_date)
    if period is None and (single or not item.serviced_date):
        return LineDays(single, single)
    start, end = (day(period.start), day(period.end)) if period else (None, None)
    raw = (item.serviced_date, *((period.start, period.end) if period else ()))
    return LineDays(single or start, single or end or start, _unreadable(raw))


def dates_of(claim: Explanation, lines: Sequence[LineDays], received: str | None, *, is_drug: bool) -> Dates:
    """Read every date; service is the earliest line, else the period, for drugs payment or creation."""
    period, payment = claim.billable_period, day(claim.payment.date)
    created, start, end = day(claim.created), day(period.start), day(period.end)
    starts = [one.start for one in lines if one.start]
    ends = [one.end for one in lines if one.end]
    service_start = min(starts, default=None) or start
    service_end = max(ends, default=None) if starts else end
    if service_start is None and is_drug:
        service_start = payment or created
    if service_end and service_start and service_end < service_start:
        service_end = None
    read = {period.start: start, period.end: end, claim.created: created, claim.payment.date: payment}
    unreadable = [text[:40] for text, found in read.items() if text and found is None]
    unreadable += [text for one in lines for text in one.unreadable]
    return Dates(
        service_start,
        service_end,
        start,
        end,
        created,
        payment,
        day(received),
        tuple(dict.fromkeys(unreadable))[:10],
    )


def _unreadable(raw: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(text[:40] for text in raw if text and day(text) is None)
