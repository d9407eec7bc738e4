"""The values of a plan's records in words: codes, names, addresses, amounts, dates, references; pure."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from apps.fhir import tolerant, values
from apps.kinds.care.wording import TYPES
from apps.kinds.claim.kind import CLAIM
from apps.kinds.claim.reading import concepts
from apps.kinds.claim.reading.facts import labels
from apps.kinds.claim.wording import vocabulary
from apps.plain_language.dates import date_words, span_words
from apps.plain_language.free_words import unit_words
from apps.plain_language.language import _, said
from apps.plain_language.money import NOT_SHARED, money
from apps.plain_language.theirs import filled, joined, theirs, translated
from apps.sync.element_words import CODES, NUMBERS
from config.fhir_types import fhir_types

ABSENT: Final = "data-absent-reason"
_DATED: Final = re.compile(r".*(date|datetime|updated|instant)|created|authored|start|end", re.IGNORECASE)
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d.*)?")
"""A whole date, which is one under whatever name; a year or a month may be a number."""
_CODED: Final = frozenset({"gender", "status", "use", "outcome", "preferred", "valueCode"})
_PROSE: Final = frozenset(
    {"text", "display", "title", "description", "disposition", "comment", "valueString", "valueMarkdown"}
)
"""Elements of words, not of names, numbers or codes."""
_SOCIAL_SECURITY: Final = re.compile(r"\bSS\b|us-ssn|2\.16\.840\.1\.113883\.4\.1$")
_MARKS: Final = frozenset({"id", "extension"})
_CODING: Final = frozenset({"system", "code", "display", "version", "userSelected"}) | _MARKS
_CONCEPT: Final = frozenset({"coding", "text"}) | _MARKS
_REFERENCE: Final = frozenset({"reference", "display", "identifier", "type"}) | _MARKS
_KINDS: Final = {CLAIM.fhir_types[0]: said("Claim"), "#": said("Inside this record")}
"""What a reference names that is no clinical record, person or place."""
_PERIOD: Final = frozenset({"start", "end"}) | _MARKS
_QUANTITY: Final = frozenset({"value", "unit", "system", "code", "comparator", "currency"}) | _MARKS


def value_words(name: str, value: Any, names: Mapping[str, str]) -> str | None:
    """Return the value of the element *name*; "" for none, None where it is made of elements of its own."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Decimal):
        return f"{value:f}" if abs(value.adjusted()) < 40 else str(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _written(name, value)
    return _of_object(name, value, names) if isinstance(value, dict) else ""


def _written(name: str, text: str) -> str:
    shown = values.storable(text, 2000)
    day = values.day(shown)
    if day and (_DATED.fullmatch(name) or (name != "id" and _MOMENT.fullmatch(shown))):
        return date_words(day.text)
    if name == "profile":
        return values.last_part(shown)
    if name in _CODED and shown in CODES:
        return _(CODES[shown])
    return theirs(shown) if name in _PROSE else shown


def _of_object(name: str, value: dict[str, Any], names: Mapping[str, str]) -> str | None:
    has = value.keys()
    if has <= _MARKS:
        return ""  # what the extension says is told by itself
    if name in _BY_NAME:
        return _BY_NAME[name](value)
    if has & {"family", "given"} or (name in ("name", "valueHumanName") and "text" in has):
        return values.human_name(value) or ""
    if has <= _CONCEPT:
        return _known(name, value) or _concept(value)
    if has <= _REFERENCE:
        return _reference(value, names)
    return next((words(value) for shape, words in _BY_SHAPE if has <= shape), None)


def _day(value: Any) -> str | None:
    day = values.day(value) if isinstance(value, str) else None
    return day.text if day else values.storable(value) or None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _concept(value: dict[str, Any]) -> str:
    shown, text = _coded(_listed(value.get("coding"))), values.storable(value.get("text"))
    return joined("; ", [word for word in (theirs(text) if text not in shown else "", shown) if word])


def _known(name: str, value: dict[str, Any]) -> str:
    """Return our words for a category or a role that came as a bare code."""
    concept = tolerant.convert(value, values.Concept)
    code = next(iter(values.codes(concept)), "")
    if values.words(concept) or not code:
        return ""
    words = vocabulary.TEAM_ROLES.get(code, "") if name == "role" else ""
    if name == "category":
        label = labels().get(values.last_part(code).lower())
        words = label.words if label else concepts.LABELS.get(concepts.meaning(concept).concept, "")
    return _("{words} ({code})").format(words=_(words), code=code) if words else ""


def _coded(codings: list[Any]) -> str:
    words_of_codings = []
    for coding in codings:
        if isinstance(coding, dict):
            code, words = values.storable(coding.get("code")), theirs(values.storable(coding.get("display")))
            both = filled("{words} ({code})", words=words, code=code) if words and code else words or code
            both = code if words == code else both
            words_of_codings.append(_(NOT_SHARED) if ABSENT in str(coding.get("system")) else both)
    return joined("; ", list(dict.fromkeys(words for words in words_of_codings if words)))


def _reference(value: dict[str, Any], names: Mapping[str, str]) -> str:
    identifier = value.get("identifier")
    return (
        values.known_name(tolerant.convert(value, values.Reference), names)
        or (_number(identifier) if isinstance(identifier, dict) else "")
        or _path(values.storable(value.get("reference")))
    )


def _path(reference: str) -> str:
    """Return what kind of record a reference names, with its number; as sent where that is not known."""
    kind = values.resource_type(reference) or ""
    fhir_type = fhir_types().get(kind)
    words = TYPES.get(kind) or (fhir_type.shown if fhir_type else "") or _KINDS.get(kind or reference[:1], "")
    return _("{words} ({code})").format(words=_(words), code=reference) if words else reference


def _number(value: dict[str, Any]) -> str:
    """Return a number with what kind of number it is; of a social security number its end only."""
    number, system = values.storable(value.get("value")), values.storable(value.get("system"))
    kind = value.get("type")
    kind_words = _concept(kind) if isinstance(kind, dict) else ""
    if number and _SOCIAL_SECURITY.search(f"{kind_words} {system}"):
        number = f"•••-••-{number[-4:]}"
    shown = kind_words or _(next((words for part, words in NUMBERS.items() if part in system), ""))
    return filled("{number} ({kind})", number=number, kind=shown) if number and shown else number


def _address(value: dict[str, Any]) -> str:
    street = [values.storable(line) for line in _listed(value.get("line"))]
    town = " ".join(part for key in ("state", "postalCode") if (part := values.storable(value.get(key))))
    lines = (*street, values.storable(value.get("city")), town, values.storable(value.get("country")))
    return ", ".join(line for line in lines if line) or values.storable(value.get("text"))


def _quantity(value: dict[str, Any]) -> str:
    amount = values.amount(values.Amount(value.get("value"), values.storable(value.get("currency"))))
    if amount is None:
        return values.storable(value.get("value")) or _(NOT_SHARED)
    if "currency" in value:
        return money(amount[0], amount[1] or "USD")
    unit = unit_words(values.storable(value.get("unit")) or values.storable(value.get("code")))
    return joined(" ", [part for part in (f"{amount[0]:f}", translated(unit) if unit else "") if part])


def _period(value: dict[str, Any]) -> str:
    start, end = _day(value.get("start")), _day(value.get("end"))
    if start and not end:
        return _("since {date}").format(date=date_words(start))
    return span_words(start, end)


def _contact(value: dict[str, Any]) -> str:
    return values.storable(value.get("value"))


_BY_NAME: Final[dict[str, Callable[[dict[str, Any]], str]]] = {
    "identifier": _number,
    "valueIdentifier": _number,
    "address": _address,
    "valueAddress": _address,
    "telecom": _contact,
    "valueContactPoint": _contact,
}
_BY_SHAPE: Final[tuple[tuple[frozenset[str], Callable[[dict[str, Any]], str]], ...]] = (
    (_PERIOD, _period),
    (_CODING, lambda value: _coded([value])),
    (_QUANTITY, _quantity),
)
