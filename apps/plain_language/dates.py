"""Dates in everyday words; partial dates stay partial."""

from datetime import date

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def date_words(text: str | date | None) -> str:
    """Return "March 5, 2025" for 2025-03-05, "March 2025" for 2025-03, "2025" for 2025; "" for None.

    Text that is no date comes back as it is.
    """
    if text is None:
        return ""
    if isinstance(text, date):
        return f"{MONTHS[text.month - 1]} {text.day}, {text.year}"
    parts = text.split("T")[0].split("-")
    if not all(part.isascii() and part.isdigit() for part in parts) or len(parts) > 3:
        return text
    numbers = [int(part) for part in parts]
    if len(numbers) > 1 and not 1 <= numbers[1] <= 12:
        return text
    if len(numbers) == 3:
        return f"{MONTHS[numbers[1] - 1]} {numbers[2]}, {numbers[0]}"
    return f"{MONTHS[numbers[1] - 1]} {numbers[0]}" if len(numbers) == 2 else str(numbers[0])


def span_words(start: str | None, end: str | None) -> str:
    """Return "March 5 to March 9, 2025", one date when both are the same, "from ..." or "until ..."."""
    if start and end and start != end:
        first, last = date_words(start), date_words(end)
        year = f", {start[:4]}"
        return f"{first.removesuffix(year) if start[:4] == end[:4] else first} to {last}"
    if start:
        return date_words(start)
    return f"until {date_words(end)}" if end else ""
