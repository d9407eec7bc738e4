"""FHIR R4 Coverage -> CoverageRecord: pure, and tolerant of what payers really send."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from apps.coverage.records import Cost, CostException, CoverageClass, CoverageRecord
from apps.fhir import tolerant, values
from apps.fhir.values import Amount, Concept, Identifier, Period, Quantity, Reference

SHARE_UNITS = ("%", "percent")
MONEY_UNITS = ("USD", "$")


class Unreadable(Exception):
    """This is no Coverage we can read; `reason` is for operators and quotes nothing from the data."""

    sentence = "Your plan sent a coverage we could not read. Nothing else is affected."
    retry = False

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Class(msgspec.Struct, frozen=True):
    type: Concept | None = None
    value: str | None = None
    name: str | None = None


class _Exception(msgspec.Struct, frozen=True):
    type: Concept | None = None
    period: Period | None = None


class _Cost(msgspec.Struct, frozen=True, rename="camel"):
    type: Concept | None = None
    value_money: Amount | None = None
    value_quantity: Quantity | None = None
    exception: tuple[_Exception, ...] = ()


class _Contained(msgspec.Struct, frozen=True):
    id: str | None = None
    name: Any = None


class _Coverage(msgspec.Struct, frozen=True, rename="camel"):
    resource_type: str | None = None
    id: str | None = None
    identifier: tuple[Identifier, ...] = ()
    status: str | None = None
    type: Concept | None = None
    subscriber_id: str | None = None
    dependent: str | None = None
    relationship: Concept | None = None
    period: Period | None = None
    payor: tuple[Reference, ...] = ()
    class_: tuple[_Class, ...] = msgspec.field(default=(), name="class")
    network: str | None = None
    cost_to_beneficiary: tuple[_Cost, ...] = ()
    contained: tuple[_Contained, ...] = ()


def read(body: bytes, names: Mapping[str, str]) -> CoverageRecord:
    """Return what *body* (the JSON of one Coverage) says; raise Unreadable when it is none.

    *names* gives the display name of a reference as `references` returns it (`Organization/123`).
    """
    coverage = _parsed(body)
    subscriber = values.clean(coverage.subscriber_id)
    period, unreadable = coverage.period or Period(), list[str]()
    contained = {f"#{each.id}": name for each in coverage.contained if (name := values.human_name(each.name))}
    payers = [
        values.known_name(payor, {**names, **contained}) for payor in coverage.payor if not _is_person(payor)
    ]
    return CoverageRecord(
        resource_id=coverage.id,
        status=values.clean(coverage.status),
        type_code=_first_code(coverage.type),
        type_words=_words(coverage.type),
        member_number=_member_number(coverage) or subscriber or _only_identifier(coverage),
        subscriber_number=subscriber,
        dependent=values.clean(coverage.dependent),
        relationship=_first_code(coverage.relationship) or _words(coverage.relationship),
        starts=_date(period.start, unreadable),
        ends=_date(period.end, unreadable),
        unreadable_dates=tuple(unreadable),
        payers=tuple(dict.fromkeys(name for name in payers if name)),
        is_self_pay=any(_is_person(payor) for payor in coverage.payor),
        classes=tuple(
            CoverageClass(_first_code(each.type), values.clean(each.value), values.clean(each.name))
            for each in coverage.class_
        ),
        network=values.clean(coverage.network),
        costs=tuple(_cost(each) for each in coverage.cost_to_beneficiary),
    )


def references(body: bytes) -> frozenset[str]:
    """Return what must be read to name the payers (`Organization/123`); empty when unreadable."""
    try:
        payors = _parsed(body).payor
    except Unreadable:
        return frozenset()
    found = {values.target(payor.reference) for payor in payors if not _is_person(payor)}
    return frozenset(reference for reference in found if values.resource_type(reference) and reference)


def _parsed(body: bytes) -> _Coverage:
    try:
        coverage = tolerant.decode(body, _Coverage)
    except tolerant.Hopeless as error:
        raise Unreadable(error.reason) from None
    if coverage.resource_type != "Coverage":
        raise Unreadable("it is not a Coverage")
    return coverage


def _is_person(payor: Reference) -> bool:
    return values.resource_type(payor.reference) in ("Patient", "RelatedPerson")


def _member_number(coverage: _Coverage) -> str | None:
    """Identifier of type MB (HL7 v2-0203), or one whose type says "member" in words only (Humana)."""
    for identifier in coverage.identifier:
        text = (identifier.type.text or "") if identifier.type else ""
        if "MB" in values.codes(identifier.type) or (len(text) < 30 and "member" in text.lower()):
            return values.clean(identifier.value)
    return None


def _only_identifier(coverage: _Coverage) -> str | None:
    return values.clean(coverage.identifier[0].value) if len(coverage.identifier) == 1 else None


def _cost(entry: _Cost) -> Cost:
    """A bare number up to 1 without unit is a share (Cigna sends 0.15 for 15 %), never cents."""
    amount, currency = values.amount(entry.value_money) or (None, None)
    sent = entry.value_quantity or Quantity()
    quantity, unit = values.number(sent.value), values.clean(sent.unit or sent.code, 40)
    share: Decimal | None = None
    if quantity is not None and unit in SHARE_UNITS:
        share, quantity = quantity / 100, None
    elif quantity is not None and unit in MONEY_UNITS:
        amount, currency, quantity = quantity, "USD", None
    elif quantity is not None and unit is None and 0 <= quantity <= 1:
        share, quantity = quantity, None
    return Cost(
        kind=_first_code(entry.type),
        words=_words(entry.type),
        amount=amount,
        currency=currency,
        share=share,
        quantity=quantity,
        unit=unit if quantity is not None else None,
        exceptions=tuple(_exception(each) for each in entry.exception),
    )


def _exception(entry: _Exception) -> CostException:
    period = entry.period or Period()
    return CostException(
        reason=_words(entry.type) or _first_code(entry.type),
        starts=_date(period.start, []),
        ends=_date(period.end, []),
    )


def _date(text: str | None, unreadable: list[str]) -> str | None:
    """The date part as written; a text that is no date goes to *unreadable*."""
    if day := values.day(text):
        return day.text
    if raw := values.clean(text, 40):
        unreadable.append(raw)
    return None


def _first_code(concept: Concept | None) -> str | None:
    return next(iter(values.codes(concept)), None)


def _words(concept: Concept | None) -> str | None:
    """The plan's own text first: payers put "PPO" or "EPO" there."""
    return values.clean(concept.text if concept else None) or values.words(concept)
