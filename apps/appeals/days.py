"""Last days, counted to be safe and only where three things are known, and a calendar file of one; pure."""

import calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from apps.appeals.rules import Certainty, Period
from apps.plain_language.language import _


@dataclass(frozen=True, slots=True)
class Facts:
    """What a last day needs: the letter's date as typed, how sure the coverage is, a ticked row."""

    letter_on: date | None
    certainty: Certainty
    is_checked: bool


def last_day(period: Period | None, facts: Facts) -> date | None:
    """Return the last day to be safe; None without a typed date, a ticked row and a sure coverage."""
    is_sure = facts.certainty in ("certain", "confirmed")
    if period is None or facts.letter_on is None or not facts.is_checked or not is_sure:
        return None
    return counted_from(facts.letter_on, period)


def counted_from(letter_on: date, period: Period) -> date:
    """Return the day a period ends that runs from the date of a letter; the mail counts as its rule says.

    A period that starts with receipt is counted from the letter's date: never too late. A day that a month
    does not have is its last one, and no day moves past a weekend: earlier is safer.
    """
    if period.unit == "days":
        return letter_on + timedelta(days=period.number + period.mailing)
    years, month = divmod(letter_on.month - 1 + period.number, 12)
    year, month = letter_on.year + years, month + 1
    return date(year, month, min(letter_on.day, calendar.monthrange(year, month)[1]))


def calendar_file(day: date, *, uid: UUID, now: datetime) -> str:
    """Return the file: a whole day, with reminders a week and two days before; *now* is in UTC."""
    title = _escaped(_("A day to keep"))
    alarms = [line for days in (7, 2) for line in _alarm(title, days)]
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Plainclaim//EN",
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"DTSTAMP:{now:%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{title}",
        "CLASS:PRIVATE",
        "TRANSP:TRANSPARENT",
        *alarms,
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{line}\r\n" for line in lines)


def _alarm(title: str, days: int) -> tuple[str, ...]:
    return ("BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{title}", f"TRIGGER:-P{days}D", "END:VALARM")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
