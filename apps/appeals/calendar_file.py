"""A calendar file with one day in it and a title that tells nobody what it is about (RFC 5545); pure."""

from datetime import date, datetime, timedelta
from uuid import UUID

from apps.plain_language.language import _


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
