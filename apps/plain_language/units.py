"""Units of measure (UCUM) in everyday words."""

import re

from apps.plain_language.language import _, said

_UNITS = {
    "[mi_i]": said("miles"),
    "[mi_us]": said("miles"),
    "km": "km",
    "[lb_av]": said("pounds"),
    "kg": "kg",
    "g": "g",
    "mg": "mg",
    "ml": "mL",
    "d": said("days"),
    "h": said("hours"),
    "min": said("minutes"),
    "1": "",
    "un": said("units"),
    "{unit}": said("units"),
    "each": "",
}


_MEASURED = re.compile(r"(-?[\d.,]+) (\w+)")


def measured(text: str) -> str:
    """Return "21 miles" in the reader's language, any other text as it is."""
    match = _MEASURED.fullmatch(text)
    if match is None or match[2] not in _UNITS.values():
        return text
    return f"{match[1]} {_(match[2])}"


def unit_words(unit: str | None) -> str:
    """Return a unit in English words, an unknown one as it is, "" for none; who shows it translates."""
    text = (unit or "").strip()
    return _UNITS.get(text.lower(), text)
