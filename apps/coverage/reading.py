"""FHIR R4 Coverage -> CoverageRecord: pure, and tolerant of what payers really send (facts: CARIN BB Coverage)."""

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from apps.coverage.records import Cost, CostException, CoverageClass, CoverageRecord

DATE = re.compile(r"(\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?)(?:T.*)?$")
NPI = "http://hl7.org/fhir/sid/us-npi"


class Unreadable(Exception):
    """This is no Coverage we can read; `reason` is for operators and quotes nothing from the data."""

    sentence = "Your plan sent a coverage we could not read. Nothing else is affected."
    retry = False

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read(body: bytes, names: Mapping[str, str]) -> CoverageRecord:
    """Return what *body* (the JSON of one Coverage) says; raise Unreadable when it is none.

    *names* gives the display name of a reference as `references` returns it (`Organization/123`).
    """
    coverage = _parsed(body)
    subscriber = _text(coverage.get("subscriberId"))
    unreadable: list[str] = []
    period = _object(coverage.get("period"))
    kind = _object(coverage.get("type"))
    return CoverageRecord(
        resource_id=_text(coverage.get("id")),
        status=_text(coverage.get("status")),
        type_code=next((code for coding in _codings(kind) if (code := _text(coding.get("code")))), None),
        type_words=_words(kind),
        member_number=_member_number(coverage) or subscriber or _only_identifier(coverage),
        subscriber_number=subscriber,
        dependent=_text(coverage.get("dependent")),
        relationship=_code(coverage.get("relationship")),
        starts=_date(period.get("start"), unreadable),
        ends=_date(period.get("end"), unreadable),
        unreadable_dates=tuple(unreadable),
        payers=tuple(dict.fromkeys(name for payor in _payors(coverage) if (name := _payer(payor, coverage, names)))),
        is_self_pay=any("Patient/" in (_text(payor.get("reference")) or "") for payor in _payors(coverage)),
        classes=tuple(_class(entry) for entry in _objects(coverage.get("class"))),
        network=_text(coverage.get("network")),
        order=coverage["order"] if isinstance(coverage.get("order"), int) else None,
        costs=tuple(_cost(entry) for entry in _objects(coverage.get("costToBeneficiary"))),
    )


def references(body: bytes) -> frozenset[str]:
    """Return what must be read to name the payers: `Organization/123`, without version; empty when unreadable."""
    try:
        coverage = _parsed(body)
    except Unreadable:
        return frozenset()
    found = (_unversioned(_text(payor.get("reference")) or "") for payor in _payors(coverage))
    return frozenset(reference for reference in found if "Organization/" in reference)


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        coverage = json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise Unreadable("not JSON") from None
    if not isinstance(coverage, dict) or coverage.get("resourceType") != "Coverage":
        raise Unreadable("not a Coverage")
    return coverage


def _payors(coverage: dict[str, Any]) -> list[dict[str, Any]]:
    return _objects(coverage.get("payor"))


def _payer(payor: dict[str, Any], coverage: dict[str, Any], names: Mapping[str, str]) -> str | None:
    """The payer's name from: the resource read, contained, display, an identifier that reads like a name."""
    reference = _unversioned(_text(payor.get("reference")) or "")
    if "Patient/" in reference:
        return None
    if reference.startswith("#"):
        for inside in _objects(coverage.get("contained")):
            if inside.get("id") == reference[1:] and (name := _text(inside.get("name"))):
                return name
    if reference in names:
        return names[reference]
    display = _text(payor.get("display"))
    if display and not display.startswith("Not Found"):
        return display
    identifier = _object(payor.get("identifier"))
    value = _text(identifier.get("value"))
    if value and reads_like_a_name(value):
        return value
    return f"NPI {value}" if value and identifier.get("system") == NPI else None


def _member_number(coverage: dict[str, Any]) -> str | None:
    """Identifier of type MB (HL7 v2-0203), or one whose type says "member" in words only (Humana)."""
    for identifier in _objects(coverage.get("identifier")):
        kind = _object(identifier.get("type"))
        is_member = any(coding.get("code") == "MB" for coding in _codings(kind))
        text = (_text(kind.get("text")) or "").lower()
        if is_member or (len(text) < 30 and "member" in text):
            return _text(identifier.get("value"))
    return None


def _only_identifier(coverage: dict[str, Any]) -> str | None:
    identifiers = _objects(coverage.get("identifier"))
    return _text(identifiers[0].get("value")) if len(identifiers) == 1 else None


def _class(entry: dict[str, Any]) -> CoverageClass:
    return CoverageClass(
        kind=_code(entry.get("type")), value=_text(entry.get("value")), name=_text(entry.get("name"))
    )


def _cost(entry: dict[str, Any]) -> Cost:
    """A bare number up to 1 without unit is a share (Cigna sends 0.15 for 15 %), never cents."""
    money, quantity = _object(entry.get("valueMoney")), _object(entry.get("valueQuantity"))
    number = _number(quantity.get("value"))
    unit = _text(quantity.get("unit")) or _text(quantity.get("code"))
    amount, currency, share = _number(money.get("value")), _text(money.get("currency")), None
    if number is not None and unit in ("%", "percent"):
        number, share = None, number / 100
    elif number is not None and unit in ("USD", "$"):
        number, amount, currency = None, number, "USD"
    elif number is not None and unit is None and 0 <= number <= 1:
        number, share = None, number
    return Cost(
        kind=_code(entry.get("type")),
        words=_words(_object(entry.get("type"))),
        amount=amount,
        currency=currency if amount is not None else None,
        share=share,
        quantity=number,
        unit=unit if number is not None else None,
        exceptions=tuple(_exception(each) for each in _objects(entry.get("exception"))),
    )


def _exception(entry: dict[str, Any]) -> CostException:
    period, reason = _object(entry.get("period")), entry.get("type")
    return CostException(
        reason=_words(_object(reason)) or _code(reason),
        starts=_date(period.get("start"), []),
        ends=_date(period.get("end"), []),
    )


def reads_like_a_name(value: str) -> bool:
    """Whether *value* is words ("Part A", "PPO-GOLD") rather than a key ("MCHMO1", "P7")."""
    return any(letter.isalpha() for letter in value) and not any(letter.isdigit() for letter in value)


def _date(value: object, unreadable: list[str]) -> str | None:
    """The date part as written; a text that is no date goes to *unreadable*. No time zone is ever applied."""
    text = _text(value)
    if text is None:
        return None
    if (match := DATE.match(text)) and days_of(match[1]):
        return match[1]
    unreadable.append(text[:40])
    return None


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal, str)):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _words(concept: dict[str, Any]) -> str | None:
    displays = (_text(coding.get("display")) for coding in _codings(concept))
    return _text(concept.get("text")) or next((display for display in displays if display), None)


def _code(concept: object) -> str | None:
    """The first code, else the text: payers put "POS" or "EPO" into text alone."""
    known = _object(concept)
    codes = (_text(coding.get("code")) for coding in _codings(known))
    return next((code for code in codes if code), None) or _text(known.get("text"))


def _codings(concept: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from _objects(concept.get("coding"))


def _unversioned(reference: str) -> str:
    return reference.split("/_history/")[0]


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _text(value: object) -> str | None:
    """A text that says something, trimmed and cut at 500 characters; numbers are texts in dirty data."""
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        return None
    return str(value).strip()[:500] or None
