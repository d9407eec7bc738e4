"""What happens by itself, and when a member may ask, in a member's words; pure."""

from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from apps.plain_language.dates import date_words
from apps.plain_language.language import _, plural, said
from apps.plain_language.times import time_words
from apps.sync import wording
from apps.sync.models import Refresh

HOURLY: Final = (said("once an hour"), said("every {number} hours"))
DAILY: Final = (said("once a day"), said("every {number} days"))


def of(
    refresh: Refresh | None, *, plan: str, now: datetime, ends_at: datetime | None = None
) -> tuple[str, bool]:
    """Say when *plan* is asked for news next, or why not; True when the member should do something.

    `ends_at` is the known end of a permission that only the member can renew: nothing after it is promised.
    """
    if refresh is None or (refresh.rests_because == Refresh.Rest.PERMISSION):
        return "", False  # what the permission allows is said above, in the words of the permission
    if ends_at is not None and (ends_at <= now or (refresh.due_at is not None and refresh.due_at >= ends_at)):
        return "", False
    if refresh.rests_because == Refresh.Rest.PLAN:
        return _("We ask {plan} for news only when you press “Update now”.").format(plan=plan), False
    if refresh.rests_because == Refresh.Rest.FAILURES:
        why = wording.problem(refresh.problem)
        text = _(
            "We stopped asking {plan} for news by ourselves: it did not work {number} times in a row. {why} "
            "Press “Update now” to try again; after that we go on by ourselves."
        )
        return text.format(plan=plan, number=refresh.failures, why=why), True
    text = _("We ask {plan} for news {often} by ourselves. Next time: {moment}.")
    words = text.format(plan=plan, often=often(refresh.hours), moment=moment(refresh.due_at or now, now=now))
    return words, False


def often(hours: int) -> str:
    """Return ``once a day``, ``every 12 hours``."""
    number, (singular, many) = (hours, HOURLY) if hours % 24 else (hours // 24, DAILY)
    return plural(singular, many, number).format(number=number)


def moment(at: datetime, *, now: datetime) -> str:
    """Return ``within the hour``, ``today``, ``tomorrow``, or the date."""
    if at - now < timedelta(hours=1):
        return _("within the hour")
    day, today = timezone.localtime(at).date(), timezone.localtime(now).date()
    if day == today:
        return _("today")
    return _("tomorrow") if day - today == timedelta(days=1) else date_words(day)


def rest(until: datetime) -> str:
    """Say when a member who asked often may ask again; in the next minute when rounded."""
    return _("You can update again at {time}.").format(time=time_words(until + timedelta(seconds=59)))
