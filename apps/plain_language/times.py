"""Moments in everyday words: the day and the time of day that it is at the site."""

from datetime import datetime, time

from django.utils import timezone
from django.utils.formats import date_format, time_format

from apps.plain_language.dates import date_words


def day_words(moment: datetime) -> str:
    """Return the day at the site, "March 5, 2025"."""
    return date_words(timezone.localtime(moment).date())


def clock_words(text: str) -> str:
    """Return an "HH:MM" by the clock of its own place, "10:30 a.m."; what is no time of day as it is."""
    try:
        return time_format(time.fromisoformat(text))
    except ValueError:
        return text


def time_words(moment: datetime) -> str:
    """Return the time of day at the site with its zone, "3:15 p.m. EST": members live in others."""
    local = timezone.localtime(moment)
    return f"{date_format(local, 'TIME_FORMAT')} {local.tzname()}"
