"""Dates in everyday words; partial dates stay partial."""

import re
from datetime import date, time

from apps.plain_language.language import _, is_spanish, said

MONTHS = (
    *(said("January"), said("February"), said("March"), said("April"), said("May"), said("June")),
    *(said("July"), said("August"), said("September"), said("October"), said("November"), said("December")),
)

_WHOLE_DAY = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-\d\d", re.ASCII)


def month_words(year: int, month: int) -> str:
    """Return "March 2025", "marzo de 2025"."""
    name = _(MONTHS[month - 1])
    return f"{name} de {year}" if is_spanish() else f"{name} {year}"


def at_the_start(words: str) -> str:
    """Return *words* as they start a line: Spanish writes months with a small letter inside a sentence."""
    return f"{words[:1].upper()}{words[1:]}"


def date_words(text: str | date | None) -> str:
    """Return "March 5, 2025" for 2025-03-05, "March 2025" for 2025-03, "2025" for 2025; "" for None.

    Text that is no date comes back as it is.
    """
    if text is None:
        return ""
    if isinstance(text, date):
        return _day_words(text.year, text.month, text.day)
    parts = text.split("T")[0].split("-")
    if not all(part.isascii() and part.isdigit() for part in parts) or len(parts) > 3:
        return text
    numbers = [int(part) for part in parts]
    if len(numbers) > 1 and not 1 <= numbers[1] <= 12:
        return text
    if len(numbers) == 3:
        return _day_words(numbers[0], numbers[1], numbers[2])
    return month_words(numbers[0], numbers[1]) if len(numbers) == 2 else str(numbers[0])


def in_force_words(day: date, since: date) -> str:
    """Return of which *day* a text is, and *since* when it is in force; a day is named once."""
    if day == since:
        return _("{day}, in force from that day").format(day=date_words(day))
    return _("{day}, in force from {since}").format(day=date_words(day), since=date_words(since))


def clock_words(text: str) -> str:
    """Return an "HH:MM" by the clock of its own place, "10:30 a.m."; what is no time of day as it is."""
    try:
        clock = time.fromisoformat(text)
    except ValueError:
        return text
    if not is_spanish() and clock.minute == 0 and clock.hour in (0, 12):
        return "noon" if clock.hour else "midnight"
    minutes = "" if not is_spanish() and clock.minute == 0 else f":{clock.minute:02}"
    return f"{clock.hour % 12 or 12}{minutes} {'a.m.' if clock.hour < 12 else 'p.m.'}"


def span_words(start: str | None, end: str | None) -> str:
    """Return "March 5 to 9, 2025", one date when both are the same, "from ..." or "until ..."."""
    if start and end and start != end:
        if within := _within_a_month(start, end):
            return within
        first, last = date_words(start), date_words(end)
        year = f" de {start[:4]}" if is_spanish() else f", {start[:4]}"
        first = first.removesuffix(year) if start[:4] == end[:4] else first
        words = _("{first} to {last}").format(first=first, last=_the(last))
        return words.replace(" a el ", " al ") if is_spanish() else words
    if start:
        return date_words(start)
    return _("until {date}").format(date=_the(date_words(end))) if end else ""


def span_inside(start: str | None, end: str | None) -> str:
    """Return `span_words` as they stand inside a sentence: in Spanish "del 5 al 9 de marzo"."""
    words = span_words(start, end)
    with_article = _the(words)
    is_span = bool(start and end and start != end) and with_article != words
    return f"d{with_article}" if is_span else with_article


def _within_a_month(start: str, end: str) -> str:
    """Return the days of one month, which is named once; "" for any others."""
    if start[:8] != end[:8] or not (_WHOLE_DAY.fullmatch(start) and _WHOLE_DAY.fullmatch(end)):
        return ""
    if is_spanish():
        return f"{int(start[8:])} al {date_words(end)}"
    month, _last, year = date_words(end).split(" ")
    return f"{month} {int(start[8:])} to {int(end[8:])}, {year}"


def _the(words: str) -> str:
    """Put "el" before a day, as Spanish does inside a sentence; a month or a year has no article."""
    return f"el {words}" if is_spanish() and words[:1].isdigit() and " de " in words else words


def _day_words(year: int, month: int, day: int) -> str:
    name = _(MONTHS[month - 1])
    return f"{day} de {name} de {year}" if is_spanish() else f"{name} {day}, {year}"
