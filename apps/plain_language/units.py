"""Units of measure (UCUM) in everyday words."""

_UNITS = {
    "[mi_i]": "miles",
    "[mi_us]": "miles",
    "km": "km",
    "[lb_av]": "pounds",
    "kg": "kg",
    "g": "g",
    "mg": "mg",
    "ml": "mL",
    "d": "days",
    "h": "hours",
    "min": "minutes",
    "1": "",
    "un": "units",
    "{unit}": "units",
    "each": "",
}


def unit_words(unit: str | None) -> str:
    """Return a unit in words, an unknown one as it is, "" for none."""
    text = (unit or "").strip()
    return _UNITS.get(text.lower(), text)
