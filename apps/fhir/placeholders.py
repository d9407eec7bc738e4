"""What systems write where they leave an id, a number, a name or words out; pure (facts claims 1.25)."""

import re
from typing import Final

IDS: Final = frozenset({"IGNORED_FIELD"})
"""Words that one payer writes for the id of a record: they name nothing. An id of 0 is one."""
_NOTHING: Final = frozenset(
    {
        *("n/a", "na", "n.a.", "none", "null", "nil", "nan", "unknown", "unk", "undefined", "ignored_field"),
        *("tbd", "not available", "not applicable", "not found", "not provided", "not assigned", "not known"),
        "dummy",
    }
)
_NO_WORDS: Final = _NOTHING | {
    *("not specified", "not shared", "not on file", "not asked", "not performed", "not permitted", "no name"),
    *(
        "no data",
        "body site not specified",
        "no value",
        "no description",
        "no description available",
        "no display",
        "no information",
        "not-applicable",
        "missing",
    ),
    *("blank", "empty", "unspecified", "unsupported", "masked", "asked but unknown", "asked-unknown"),
    *(
        "no description available",
        "temporarily unknown",
        "temp-unknown",
        "not a number (nan)",
        "as text",
        "string",
        "object object",
    ),
}
_NINES: Final = re.compile(r"9{5,}", re.ASCII)
"""What fills the place of a code that is not known."""
_NO_NAME: Final = ("not found", "unknown", "ignored_field")
"""What names begin with that name nobody: "Not Found-03966f69", "Unknown Provider"."""
SAID_NPI: Final = re.compile(r"\s*npi\W*(?!(\d)\1{9})(\d{10})\s*", re.ASCII | re.IGNORECASE)
"""An NPI, its second group, that stands where a name belongs: "NPI: 1407891336"."""
_COLUMN: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+", re.ASCII)
"""The name of a field, where its content belongs: `item_quantity_unit`."""
_AROUND: Final = " .:;\"'()[]<>{}*"
_SIGNS: Final = "%°$#€"
"""What says something alone: the unit of a quantity."""
_REMARK: Final = re.compile(r"\s*\([^()]*\bmissing values?\b[^()]*\)", re.IGNORECASE)
"""What a list of codes says of how it is filled in: "None indicated (may also have missing values)"."""
_LONGEST: Final = 30
"""Longer sentences are words: those we know to say nothing are shorter."""


def is_no_number(text: str) -> bool:
    """Return whether a text stands where a number should be and is none: dashes, zeros, "N/A"."""
    return text.strip().casefold() in _NOTHING or not any(char.isalnum() and char != "0" for char in text)


def without_remark(text: str) -> str:
    """Return words without what is said there of missing values."""
    return _REMARK.sub("", text)


def is_no_words(text: str) -> bool:
    """Return whether a text says nothing where words should be: "N/A", "-", `item_quantity_unit`."""
    bare = text.strip(_AROUND).casefold()
    if bare.startswith("unknown value"):
        return True
    if len(text) > _LONGEST and " " in text.strip():
        return False
    return is_nothing(text) or ("_" in text and bool(_COLUMN.fullmatch(text.strip())))


def is_nothing(text: str) -> bool:
    """Return whether a text or a code stands for nothing: "N/A", "-". A column's name may be a code."""
    bare = text.strip(_AROUND).casefold()
    if bare in _NO_WORDS or (bare[:1] == "9" and _NINES.fullmatch(bare)):
        return True
    return not (bare[:1].isalnum() or any(char.isalnum() or char in _SIGNS for char in bare))


def is_no_name(text: str) -> bool:
    """Return whether a text stands where a name should be and names nobody: "Unknown", "1234"."""
    lower = text.strip().casefold()
    if lower.startswith(_NO_NAME) or is_nothing(text) or not any(map(str.isalpha, lower)):
        return True
    if "npi" in lower and SAID_NPI.fullmatch(text):
        return True
    is_of_one_case = text.islower() or text.isupper()
    return "_" in text and is_of_one_case and bool(_COLUMN.fullmatch(text.strip()))
