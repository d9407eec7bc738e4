"""Amounts in words: numbers with their units, ranges, ratios; pure."""

import re
from decimal import Decimal
from typing import Final

from apps.kinds.care.records import Words, ours, theirs
from apps.kinds.care.sent import Sent
from apps.kinds.care.vocabulary import UNITS, forms_of
from apps.plain_language.language import said

NO_WORDS: Final = frozenset({"null", "unk", "undefined", "nil"})
_PRECISE: Final = 6
NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)


def quantity(sent: Sent) -> Words | None:
    """Return a number with its comparator and unit as sent; long fractions to four significant figures."""
    number = sent.number("value")
    if number is None:
        text = sent.text("value", 80)
        return theirs(" ".join(filter(None, (text, unit_of(sent))))) if is_shown(text) else None
    sign = sent.text("comparator", 4) or ""
    sign = f"{sign} " if sign in ("<", "<=", ">=", ">") else ""
    return counted(f"{sign}{plain(number)}", number, unit_of(sent))


def counted(amount: str, number: Decimal, unit: str) -> Words:
    """Return an amount with its unit; in our words where that is a piece or a span of time."""
    if forms := forms_of(unit):
        return ours("{number} {unit}", number=Words(amount, "name"), unit=ours(forms[number != 1]))
    return Words(f"{amount} {unit}".strip(), "name")


def unit_words(unit: str) -> Words:
    """Return what a unit is called where it stands alone."""
    forms = forms_of(unit)
    return ours(forms[1]) if forms else Words(unit, "name")


def is_shown(text: str | None) -> bool:
    """Whether a value says anything."""
    return bool(text) and (text or "").strip().lower() not in NO_WORDS


def plain(number: Decimal) -> str:
    """Return a number as sent, none with an exponent; what has more than six places is rounded."""
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > _PRECISE and number:
        number = number.quantize(Decimal(1).scaleb(max(number.adjusted() - 3, exponent)))
    return f"{number:f}"


def unit_of(sent: Sent) -> str:
    """Return the unit as sent, else its code, as people write it; "" where neither says anything."""
    unit = _unit(sent.text("unit", 60))
    if unit or "snomed" in (sent.text("system") or "").lower():
        return unit
    return _unit(sent.text("code", 60))


def _unit(text: str | None) -> str:
    if not text or text in ("1", "#") or text.startswith("{") or text.lower() in NO_WORDS:
        return ""
    return UNITS.get(text, text.removeprefix("# "))  # "# per day": so many a day


def spread(sent: Sent) -> Words | None:
    """Return a Range in words: both ends, or the one that was sent."""
    low, high = sent.one("low"), sent.one("high")
    first, last = low.number("value"), high.number("value")
    unit = unit_of(high) or unit_of(low)
    low_end, high_end = (None if end is None else counted(plain(end), end, unit) for end in (first, last))
    if first is not None and high_end:
        return ours(said("{low} to {high}"), low=Words(plain(first), "name"), high=high_end)
    if low_end:
        return ours(said("{low} or more"), low=low_end)
    return ours(said("{high} or less"), high=high_end) if high_end else None


def ratio(sent: Sent, words: str = "{top} : {bottom}") -> Words | None:
    """Return a Ratio in words: both sides, or the first where the other was not sent."""
    top, bottom = quantity(sent.one("numerator")), quantity(sent.one("denominator"))
    return ours(words, top=top, bottom=bottom) if top and bottom else top


def days(amount: Sent) -> Words | None:
    """Return for how many days a supply is; R4 counts them where no unit was sent."""
    return quantity(amount if unit_of(amount) else Sent({**amount.tree, "unit": "d"}))


def is_said_by(text: str, element: Sent) -> bool:
    """Whether a range's text is its ends and unit alone, and need not be said twice; a word means more."""
    ends = [element.one("low"), element.one("high")]
    numbers = {plain(number) for end in ends if (number := end.number("value")) is not None}
    for unit in filter(None, map(unit_of, ends)):
        text = text.replace(unit, " ")
    is_bare = not NUMBER.sub("", text).strip(" -–—<>=≤≥")
    return is_bare and set(NUMBER.findall(text.replace("-", " "))) <= numbers
