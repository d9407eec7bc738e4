"""Times of day in everyday words."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format


def time_words(moment: datetime) -> str:
    """Return the time of day at the site with its zone, "3:15 p.m. EST": members live in others."""
    local = timezone.localtime(moment)
    return f"{date_format(local, 'TIME_FORMAT')} {local.tzname()}"
