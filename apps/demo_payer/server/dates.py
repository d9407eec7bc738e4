"""FHIR's partial dates as ranges of time, and the comparisons of search (https://hl7.org/fhir/R4/search.html#date)."""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

_FORM = re.compile(
    r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9][0-9])(?:-(?P<day>[0-9][0-9])"
    r"(?P<time>T[0-9][0-9]:[0-9][0-9](?::[0-9][0-9](?:\.[0-9]+)?)?)?(?P<zone>Z|[+-][0-9][0-9]:[0-9][0-9])?)?)?"
)
PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb")


class Span(NamedTuple):
    """A stretch of time, in UTC: `start` is in it, `end` is not."""

    start: datetime
    end: datetime


class Comparison(NamedTuple):
    """One search value: its prefix ("eq" when none) and the span it names."""

    prefix: str
    span: Span


def span(text: str) -> Span:
    """Return the time a FHIR date, dateTime or instant covers; without a zone it is read as UTC.

    Raises ValueError.
    """
    match = _FORM.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is not a FHIR date")
    year, month, day, time, zone = match.group("year", "month", "day", "time", "zone")
    if zone and not time:
        raise ValueError(f"{text!r} has a zone but no time")
    try:
        if time:
            start = datetime.fromisoformat(f"{year}-{month}-{day}{time}{zone or 'Z'}").astimezone(UTC)
            return Span(start, start + _precision(time))
        start = datetime(int(year), int(month or 1), int(day or 1), tzinfo=UTC)
        if day:
            return Span(start, start + timedelta(days=1))
        if month:
            return Span(start, (start + timedelta(days=31)).replace(day=1))
        return Span(start, start.replace(year=start.year + 1))
    except OverflowError as error:
        raise ValueError(f"{text!r} is beyond the calendar") from error


def span_of(value: object) -> Span | None:
    """Return the same of a value of a record; None where it is no date."""
    try:
        return span(value) if isinstance(value, str) else None
    except ValueError:
        return None


def comparison(text: str) -> Comparison:
    """Return what a search value such as `ge2024-01-01` means. Raises ValueError."""
    prefix = text[:2] if text[:2] in PREFIXES else "eq"
    rest = text.removeprefix(prefix) if text[:2] in PREFIXES else text
    return Comparison(prefix, span(rest.replace(" ", "+")))  # an unescaped "+" arrives as a blank


def _precision(time: str) -> timedelta:
    fraction = time.partition(".")[2]
    if fraction:
        return timedelta(microseconds=10 ** max(0, 6 - len(fraction)))
    return timedelta(seconds=1) if time.count(":") == 2 else timedelta(minutes=1)
