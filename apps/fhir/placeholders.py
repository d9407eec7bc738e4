"""What systems write where they leave an id or a number out; pure (facts claims 1.25)."""

from typing import Final

IDS: Final = frozenset({"IGNORED_FIELD"})
"""Words that one payer writes for the id of a record: they name nothing. An id of 0 is one."""
_NUMBERS: Final = frozenset(
    {
        *("n/a", "na", "none", "null", "nil", "unknown", "unk", "undefined", "ignored_field", "tbd"),
        *("not available", "not applicable", "not found", "not provided", "not assigned", "not known"),
    }
)


def is_no_number(text: str) -> bool:
    """Return whether a text stands where a number should be and is none: dashes, zeros, "N/A"."""
    return text.strip().casefold() in _NUMBERS or not any(char.isalnum() and char != "0" for char in text)
