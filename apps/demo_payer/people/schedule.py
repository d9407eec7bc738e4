"""Days on which things happen: plan years are calendar years, offices open on weekdays."""

from collections.abc import Iterator
from datetime import date, timedelta


def office_day(year: int, month: int, day: int) -> date:
    """That day, or the Monday after it when it falls on a weekend."""
    wanted = date(year, month, day)
    return wanted + timedelta(days=max(0, 7 - wanted.weekday()) if wanted.weekday() > 4 else 0)


def plan_years(today: date, count: int = 3) -> range:
    """The last `count` calendar years, this one included."""
    return range(today.year - count + 1, today.year + 1)


def monthly(first: date, today: date) -> Iterator[date]:
    """The same day of every month from `first` until today; `first.day` is at most 28."""
    year, month = first.year, first.month
    while (day := date(year, month, first.day)) <= today:
        yield day
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def every(days: int, first: date, last: date) -> Iterator[date]:
    """Every so many days from `first` to `last`."""
    day = first
    while day <= last:
        yield day
        day += timedelta(days=days)
