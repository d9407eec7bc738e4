"""How R4 writes values (dates, amounts, codings, references, names), read tolerantly and without Django."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import unquote

import msgspec

from apps.fhir import numbers, placeholders

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ][0-9:.,+\-Zz]*)?)?)?", re.ASCII)
_NO_DAY = re.compile(r"(?:0\d{3}|1[0-7]\d\d|2[2-9]\d\d|[3-9]\d{3})(?!\d)|1900-01-01", re.ASCII)
_FILLER = re.compile(r"0\d{3}|1753-01-01|1900-01-01|(?:2[1-9]|[3-9]\d)99|3000-01-01", re.ASCII)
_FIRST_DAY, _YEAR_AFTER = "1900-01-01", "2200"
_AMOUNT = re.compile(r"-?\d{1,30}(?:\.\d{1,30})?", re.ASCII)
_REFERENCE = re.compile(
    r"(?P<base>https?://\S+/)?(?P<type>[A-Z][A-Za-z]{2,40})/(?P<id>[A-Za-z0-9\-.]{1,64})", re.ASCII
)
_CONDITIONAL = re.compile(
    r"(?:https?://\S+/)?(?P<type>[A-Z][A-Za-z]{2,40})\?identifier="
    r"(?:(?P<system>[^\s|&]*)\|)?(?P<value>[^\s|&]+)",
    re.ASCII,
)
"""A reference by a search for a number: http://hl7.org/fhir/R4/http.html#trules"""
_LARGEST = Decimal(10) ** 12
_CENTS, _TENTHS = Decimal("0.01"), Decimal("0.1")
ROLE_OF = ("practitioner", "organization")
"""The elements whose names a role goes by, the first that has one."""
_CURRENCY = re.compile(r"[A-Z]{3}")


# `gc=False` here and in the shapes of records: what is frozen and made of values has no cycles to look for.
# With thousands of claims in memory that is half the time of decoding.


class Coding(msgspec.Struct, frozen=True, gc=False):
    """One code of one system, with the words its sender knows it by."""

    system: str | None = None
    code: str | None = None
    display: str | None = None


class Concept(msgspec.Struct, frozen=True, gc=False):
    """R4 CodeableConcept: several codings of one thing; their order means nothing (facts 1.15)."""

    ALONE: ClassVar = "text"
    coding: tuple[Coding, ...] = ()
    text: str | None = None


class Identifier(msgspec.Struct, frozen=True, gc=False):
    """A number by which somebody knows something."""

    system: str | None = None
    value: str | None = None
    type: Concept | None = None


class Reference(msgspec.Struct, frozen=True, gc=False):
    """Points to another record by path, by number, or only by name."""

    ALONE: ClassVar = "display"
    PATH: ClassVar = "reference"
    reference: str | None = None
    display: str | None = None
    identifier: Identifier | None = None


class Period(msgspec.Struct, frozen=True, gc=False):
    """Start and end as written, either may be missing."""

    start: str | None = None
    end: str | None = None


class Quantity(msgspec.Struct, frozen=True, gc=False):
    """A number with its unit; `value` is whatever JSON held, read it with `number`."""

    ALONE: ClassVar = "value"
    value: Any = None
    unit: str | None = None
    code: str | None = None


class Amount(msgspec.Struct, frozen=True, gc=False):
    """R4 Money; `value` is whatever JSON held, read it with `amount`."""

    ALONE: ClassVar = "value"
    value: Any = None
    currency: str | None = None


class Day(msgspec.Struct, frozen=True, order=True, gc=False):
    """A date as written: `text` has 4, 7 or 10 characters; `first` is the earliest whole day it can mean."""

    first: date
    text: str


def day(text: str | None) -> Day | None:
    """Read YYYY, YYYY-MM, YYYY-MM-DD or the date part of a dateTime; None when it is no date.

    The date is taken as written: a midnight-UTC dateTime never becomes the day before (facts section 8). What
    stands for no date ("9999-12-31") is none.
    """
    if text is None:
        return None
    if (
        len(text) == 10 and text[4] == text[7] == "-" and _FIRST_DAY < text < _YEAR_AFTER
    ):  # nearly always: a fifth of the time
        try:
            return Day(date.fromisoformat(text), text)
        except ValueError:
            pass  # not a date, or one with spaces around: as below
    match = _DATE.fullmatch(text.strip()) if len(text) < 64 else None
    if match is None or _NO_DAY.match(match[0]):
        return None
    year, month, day_of_month = match.groups()
    try:
        first = date(int(year), int(month or 1), int(day_of_month or 1))
    except ValueError:
        return None
    return Day(first, "-".join(part for part in match.groups() if part))


def is_no_day(text: str) -> bool:
    """Return whether a date is what systems write where there is none: in the years 1, 1753, 1900, 9999.

    Another day of no year that people live in is a mistake: it was sent, and is told as it was sent.
    """
    return bool(_FILLER.match(text))


def number(value: Any) -> Decimal | None:
    """Return an exact Decimal of what JSON held (number or clean text), else None.

    Refused as unknown: booleans, NaN, infinities, exponents beyond reason, more than a million million.
    """
    # Nearly always, and then in a sixth of the time: cents, tenths (plans write 12.5), whole numbers.
    if type(value) is Decimal and (value.same_quantum(_CENTS) or value.same_quantum(_TENTHS)):
        if value.adjusted() < 12:
            return value
    elif type(value) is int and abs(value) < 10**12:
        return Decimal(value)
    if isinstance(value, str) and _AMOUNT.fullmatch(value.strip()):
        exact = Decimal(value.strip())
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        exact = Decimal(value)
    else:
        return None
    if not exact.is_finite():
        return None
    exponent = exact.as_tuple().exponent
    if exact.adjusted() > 12 or abs(exact) > _LARGEST or not isinstance(exponent, int) or exponent < -30:
        return None
    # 1E+3 is written out, so that two equal amounts look equal.
    return exact.quantize(Decimal(1)) if exponent > 0 else exact


def amount(money: Amount | None) -> tuple[Decimal, str | None] | None:
    """Return (amount, currency as sent) or None when no usable amount was sent."""
    value = number(money.value) if money else None
    return None if money is None or value is None else (value, currency(money.currency))


def currency(code: str | None) -> str | None:
    """Return a currency as three capital letters, None when it is none."""
    if code is None:
        return None
    upper = code.strip().upper()
    return upper if _CURRENCY.fullmatch(upper) else None


def codes(concept: Concept | None, system: str = "") -> tuple[str, ...]:
    """Return all codes of a concept, of systems that contain *system*."""
    if concept is None:
        return ()
    return tuple(
        [coding.code.strip() for coding in concept.coding if coding.code and system in (coding.system or "")]
    )


def words(concept: Concept | None) -> str | None:
    """Return the words that came with a concept: a display, else the text; None when only codes came."""
    if concept is None:
        return None
    for coding in concept.coding:
        if coding.display and (display := stated(coding.display)):
            return display
    return stated(concept.text)


def stated(text: str | None, limit: int = 400) -> str | None:
    """Return words as `clean` does, None for what stands in their place: "N/A", "-", a column's name."""
    line = clean(text, limit)
    if line and "issing value" in line:
        line = placeholders.without_remark(line)
    return line if line and not placeholders.is_no_words(line) else None


def clean(text: str | None, limit: int = 400) -> str | None:
    """Return text on one line without control characters, None when nothing is left."""
    if not text:
        return None
    if len(text) <= limit and " " not in text and text.isprintable():
        return text  # nearly always: codes, references, numbers
    line = text[: limit * 2]
    if not line.isprintable():  # seldom, and slow: character by character
        line = "".join(char if char.isprintable() else " " for char in line)
    line = " ".join(line.split())
    return (line if len(line) <= limit else line[: limit - 1] + "…") or None


def as_sent(value: Any) -> str:
    """Return a value as short text; what is inside objects is shown as JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal | int | float):
        return str(value)[:80]
    if not isinstance(value, str):
        try:
            value = json.dumps(value, default=str)
        except RecursionError:
            return "?"
    return storable(value, 200) or "?"


def storable(value: Any, limit: int = 400) -> str:
    """Return text on one line, "" for anything else.

    Half a character (a lone surrogate) is legal in JSON, and can be neither stored nor shown.
    """
    text = value.encode("utf-8", "replace").decode() if isinstance(value, str) else None
    return clean(text, limit) or ""


def status(text: str | None) -> str | None:
    """Return a status, an outcome or a use in the letters of FHIR's lists: people also write "Canceled"."""
    word = (clean(text, 40) or "").lower()
    return {"canceled": "cancelled"}.get(word, word) or None


def last_part(code: str) -> str:
    """Return the last segment of a code that is a URL (Blue Button v2 variables), else the code."""
    return code.rstrip("/").rsplit("/", 1)[-1].strip()


def target(reference: str | None) -> str | None:
    """Return `Type/id` (or the absolute URL) a reference names, without version; None when it names nothing.

    `#id` and `urn:uuid:` are returned as they are: they can only be found inside the same answer.
    """
    text = (reference or "").strip()
    if not text or len(text) > 500:
        return None
    if text.startswith(("#", "urn:uuid:", "urn:oid:")):
        return text if len(text) > 1 else None
    match = _REFERENCE.fullmatch(text.split("/_history/", 1)[0])
    return match.group(0) if match else None


def relative(reference: str | None) -> str | None:
    """Return the `Type/id` a reference ends in, whatever its base; None for contained, urn and garbage."""
    return path_in(target(reference))


def path_in(where: str | None) -> str | None:
    """Return the `Type/id` that what `target` gave ends in; None for contained and urn."""
    return None if where is None or where[0] in "#u" else "/".join(where.rsplit("/", 2)[-2:])


def resource_type(reference: str | None) -> str | None:
    """Return the type a reference names, `Organization` for `https://x/Organization/1/_history/2`."""
    if "?" in (reference or "") and (asked := _asked(reference or "")):
        return asked["type"]
    path = relative(reference)
    return path.split("/", 1)[0] if path else None


def _asked(reference: str) -> re.Match[str] | None:
    """Return the search for a number that stands in place of a path, None where none does."""
    return _CONDITIONAL.fullmatch(unquote(reference).strip()) if len(reference) <= 500 else None


def identifier_of(reference: Reference | None) -> Identifier | None:
    """Return the number by which a reference names somebody, which may be in a search for it."""
    if reference is None or reference.identifier or "?" not in (reference.reference or ""):
        return reference.identifier if reference else None
    asked = _asked(reference.reference or "")
    return Identifier(asked["system"], asked["value"]) if asked else None


def known_name(reference: Reference | None, names: Mapping[str, str]) -> str | None:
    """Return the best name for a reference: looked up, else as displayed, else its number; None when unknown.

    *names* maps `Type/id`, absolute URL, `#id` or `urn:uuid:...` to a name (facts 9), and under which keys
    others may name the same: its path as they write it, its national number.
    """
    if reference is None:
        return None
    where = target(reference.reference)
    path = path_in(where)
    by_path = names.get(where or "") or names.get(path or "")
    is_path = reference.display is not None and reference.display == reference.reference
    if name := by_path or (None if is_path else name_shown(reference.display)):
        return name
    keys = (path and f"{numbers.SAID}{path}", number_of(reference))
    by_key = next((name for key in keys if (name := names.get(key or ""))), None)
    said = placeholders.SAID_NPI.fullmatch(reference.display or "")
    return by_key or _number_as_name(identifier_of(reference)) or (f"NPI {said[2]}" if said else None)


def name_shown(display: str | None, limit: int = 400) -> str | None:
    """Return a name as a plan displays it; None where what stands there names nobody."""
    name = clean(display, limit)
    return None if name is None or placeholders.is_no_name(name) else name


def number_of(reference: Reference) -> str | None:
    """Return the key of the national number by which a reference names somebody, or which it shows."""
    identifier = identifier_of(reference)
    number = key_of(identifier) if identifier else None
    if number is None and reference.display and (said := placeholders.SAID_NPI.fullmatch(reference.display)):
        return f"{numbers.NPI}{said[2]}"
    return number


def key_of(identifier: Identifier) -> str | None:
    """Return the key of a national number, None for any other."""
    return numbers.key(identifier.value, identifier.system, codes(identifier.type))


def _number_as_name(identifier: Identifier | None) -> str | None:
    value = clean(identifier.value if identifier else None, 80)
    if identifier is None or not value or placeholders.is_no_number(value):
        return None
    kinds = (identifier.system or "", *codes(identifier.type))
    if any("npi" in kind.lower() for kind in kinds):
        return f"NPI {value}" if numbers.is_npi(value) else None
    # Some payers write the name itself where a number belongs (facts 10: payor).
    return value if " " in value and not any(char.isdigit() for char in value) else None


def human_name(name: Mapping[str, Any] | Iterable[Any] | str | None) -> str | None:
    """Return one readable name of an R4 HumanName (or a list of them, official first)."""
    if isinstance(name, str):
        return name_shown(name, 120)
    if isinstance(name, Mapping):
        return _one_name(name)
    if not isinstance(name, list | tuple):
        return None
    entries = [
        entry
        for entry in name[:20]
        if isinstance(entry, Mapping) and entry.get("use") not in ("old", "maiden")
    ]
    entries.sort(key=lambda entry: entry.get("use") not in ("official", "usual"))
    return next((name for entry in entries if (name := _one_name(entry))), None)


def _one_name(name: Mapping[str, Any]) -> str | None:
    text = name.get("text")
    if isinstance(text, str) and (whole := name_shown(text, 120)):
        return whole
    parts: list[str] = []
    for key in ("prefix", "given", "family", "suffix"):
        value = name.get(key)
        parts += [part for part in (value if isinstance(value, list) else [value]) if isinstance(part, str)]
    return name_shown(" ".join(parts), 120)
