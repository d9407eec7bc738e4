"""Moments in everyday words: the day and the time of day that it is at the site."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format

from apps.plain_language.dates import date_words


def day_words(moment: datetime) -> str:
    """Return the day at the site, "March 5, 2025"."""
    return date_words(timezone.localtime(moment).date())


def time_words(moment: datetime) -> str:
    """Return the time of day at the site with its zone, "3:15 p.m. EST": members live in others."""
    local = timezone.localtime(moment)
    return f"{date_format(local, 'TIME_FORMAT')} {local.tzname()}"
