"""Units of measure (UCUM) in everyday words."""

from apps.plain_language.language import said

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


def unit_words(unit: str | None) -> str:
    """Return a unit in English words, an unknown one as it is, "" for none; who shows it translates."""
    text = (unit or "").strip()
    return _UNITS.get(text.lower(), text)
