"""The dates of a claim, taken as written (facts claims 8)."""

from collections.abc import Iterator
from typing import NamedTuple

from apps.claims.reading import facts
from apps.claims.reading.shapes import Explanation, Item
from apps.fhir.values import Day, Period, day


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


def dates_of(claim: Explanation, *, is_drug: bool) -> Dates:
    """Read every date; service is the earliest line, else the period, for drugs payment or creation."""
    period, payment = claim.billable_period, day(claim.payment.date)
    created, start, end = day(claim.created), day(period.start), day(period.end)
    starts = [found for item in claim.item if (found := line_start(item))]
    ends = [found for item in claim.item if (found := line_end(item))]
    service_start = min(starts, default=None) or start
    service_end = max(ends, default=None) if starts else end
    if service_start is None and is_drug:
        service_start = payment or created
    if service_end and service_start and service_end < service_start:
        service_end = None
    raw = (*_raw_of_header(claim), *(text for item in claim.item for text in _raw_of_line(item)))
    unreadable = tuple(dict.fromkeys(text[:40] for text in raw if text and day(text) is None))
    return Dates(
        service_start,
        service_end,
        start,
        end,
        created,
        payment,
        day(facts.received(claim)),
        unreadable[:10],
    )


def line_start(item: Item) -> Day | None:
    """Return the first day of a line."""
    return day(item.serviced_date) or day((item.serviced_period or Period()).start)


def line_end(item: Item) -> Day | None:
    """Return the last day of a line; a single day is its own end."""
    return day(item.serviced_date) or day((item.serviced_period or Period()).end) or line_start(item)


def _raw_of_header(claim: Explanation) -> Iterator[str | None]:
    yield from (claim.billable_period.start, claim.billable_period.end, claim.created, claim.payment.date)


def _raw_of_line(item: Item) -> Iterator[str | None]:
    period = item.serviced_period or Period()
    yield from (item.serviced_date, period.start, period.end)
