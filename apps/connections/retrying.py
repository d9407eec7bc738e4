"""When a plan is asked again: our own patience, and the wait it asked for; pure."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

BACKOFF: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
    timedelta(days=1),
)
LONGEST: Final = timedelta(days=30)  # a wish beyond this is no date but a mistake


def backoff(attempts: int) -> timedelta:
    """The wait after so many attempts (from 1): a minute at first, a day in the end."""
    return BACKOFF[min(max(attempts, 1), len(BACKOFF)) - 1]


def asked_to_wait(header: str, *, now: datetime) -> timedelta:
    """What Retry-After asks for (RFC 9110 section 10.2.3: seconds or a date); none for every other text."""
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), LONGEST)
    try:
        moment = parsedate_to_datetime(text)
        wait = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
    except (ValueError, TypeError, OverflowError):  # no date, or a year or zone that no calendar knows
        return timedelta(0)
    return min(max(wait, timedelta(0)), LONGEST)
