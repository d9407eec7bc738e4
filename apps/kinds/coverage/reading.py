"""FHIR R4 Coverage -> CoverageRecord: pure, and tolerant of what payers really send."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from apps.fhir import contacts, placeholders, tolerant, values
from apps.fhir.tolerant import Unreadable, printable
from apps.fhir.values import Amount, Concept, Identifier, Period, Quantity, Reference
from apps.kinds.coverage.kinds import CLASSES, is_insurance
from apps.kinds.coverage.records import Cost, CostException, CoverageClass, CoverageRecord

SHARE_UNITS = ("%", "percent")
MONEY_UNITS = ("usd", "$", "dollars", "dollar")
PERCENTAGE = "copaypct"
"""HL7 coverage-copay-type: the value is a percentage, so a bare 20 is 20%."""

_CARD_TEXT = "beneficiarycoststring"
"""In the address of C4DIC's extension, whose spelling differs between guide and plans."""
_NUMBERS = re.compile(r"\d+(?:\.\d+)?")
_RELATIONS = {code: code for code in ("self", "spouse", "common", "child", "parent", "other", "injured")} | {
    "subscriber": "self",
    "dependent": "other",
}
"""Code of HL7, or a word for one -> code of HL7."""
_NUMBERED = {"18": "self", "01": "spouse", "53": "spouse", "19": "child"}
"""X12's individual relationships (1069); in lists of others such numbers are something else."""


class _Class(msgspec.Struct, frozen=True):
    type: Concept | None = None
    value: Any = None  # a text, in R5 an Identifier
    name: str | None = None


class _Exception(msgspec.Struct, frozen=True):
    type: Concept | None = None
    period: Period | None = None


class _InWords(msgspec.Struct, frozen=True, rename="camel"):
    url: str | None = None
    value_string: str | None = None


class _Money(Amount, frozen=True):
    """Money, or its text where an insurance card has no number for it (C4DIC-BeneficiaryCostString)."""

    extension: tuple[_InWords, ...] = ()


class _Cost(msgspec.Struct, frozen=True, rename="camel"):
    type: Concept | None = None
    value_money: _Money | None = None
    value_quantity: Quantity | None = None
    exception: tuple[_Exception, ...] = ()


class _Contained(msgspec.Struct, frozen=True, rename="camel"):
    resource_type: str | None = None
    id: str | None = None
    name: Any = None
    telecom: Any = None
    address: Any = None


class _Coverage(msgspec.Struct, frozen=True, rename="camel"):
    resource_type: str | None = None
    id: str | None = None
    identifier: tuple[Identifier, ...] = ()
    status: str | None = None
    type: Concept | None = None
    subscriber_id: Any = None  # a text, in R5 a list of Identifier
    dependent: str | None = None
    relationship: Concept | None = None
    period: Period | None = None
    payor: tuple[Reference, ...] = ()
    insurer: Reference | None = None  # R5's name for it
    kind: Any = None  # R5: insurance, self-pay or other
    class_: tuple[_Class, ...] = msgspec.field(default=(), name="class")
    network: str | None = None
    cost_to_beneficiary: tuple[_Cost, ...] = ()
    contained: tuple[_Contained, ...] = ()
    beneficiary: Reference | None = None
    order: Any = None


class Opened(msgspec.Struct, frozen=True):
    """A decoded coverage."""

    body: bytes
    coverage: _Coverage


def opened(body: bytes) -> Opened:
    """Decode the JSON of one Coverage; raise `Unreadable` when it is none."""
    coverage = tolerant.decode(body, _Coverage)
    if coverage.resource_type != "Coverage":
        raise Unreadable("it is not a Coverage")
    return Opened(body, coverage)


def record(opened: Opened, names: Mapping[str, str]) -> CoverageRecord:
    """Return what a decoded coverage says.

    *names* gives the display name of a reference as `references_of` returns it (`Organization/123`), and how
    payers are reached under the keys of `apps.fhir.contacts`.
    """
    coverage = opened.coverage
    subscriber = _numbered(coverage.subscriber_id)
    period, unreadable = coverage.period or Period(), list[str]()
    names_of = {**names, **_told_inside(coverage)}
    insurers = _insurers(coverage)
    payers = [values.known_name(payor, names_of) for payor in insurers]
    codes = tuple(dict.fromkeys(values.codes(coverage.type)))
    only_number = _told(coverage.identifier[0].value) if len(coverage.identifier) == 1 else None
    read = CoverageRecord(
        resource_id=coverage.id,
        status=values.status(coverage.status),
        type_code=codes[0] if codes else None,
        more_type_codes=codes[1:],
        type_words=_words(coverage.type),
        member_number=_member_number(coverage) or subscriber or only_number,
        subscriber_number=subscriber,
        dependent=_told(coverage.dependent),
        relationship=_relationship(coverage.relationship),
        starts=_date(period.start, unreadable),
        ends=_date(period.end, unreadable),
        unreadable_dates=tuple(unreadable),
        payers=tuple(dict.fromkeys(name for name in payers if name)),
        is_self_pay=(len(insurers) < len(coverage.payor) and not is_insurance(codes))
        or (coverage.kind == "self-pay" and not insurers),
        classes=tuple(
            CoverageClass(
                _class_of(coverage_class.type), _numbered(coverage_class.value), _told(coverage_class.name)
            )
            for coverage_class in coverage.class_
        ),
        network=_told(coverage.network),
        costs=tuple(_cost(cost) for cost in coverage.cost_to_beneficiary),
        person=values.known_name(coverage.beneficiary, names_of),
        person_reference=values.relative(coverage.beneficiary.reference) if coverage.beneficiary else None,
        order=_place(coverage.order),
        payer_phone=_first(contacts.known("phone", payor.reference, names_of) for payor in insurers),
        payer_address=_first(contacts.known("address", payor.reference, names_of) for payor in insurers),
    )
    return printable(read, opened.body)


def references_of(opened: Opened) -> frozenset[str]:
    """Return what must be read to name the payers (`Organization/123`)."""
    named = {values.target(payor.reference) for payor in _insurers(opened.coverage)}
    return frozenset(reference for reference in named if values.resource_type(reference) and reference)


def named_by(opened: Opened) -> frozenset[str]:
    """Return what of the names a coverage depends on: its payers, how they are reached, whom it covers."""
    payers = references_of(opened)
    covered = opened.coverage.beneficiary
    person = values.target(covered.reference) if covered else None
    ways = {key for reference in payers for key in contacts.keys(reference)}
    return payers | ways | ({person} if person else set())


def _told_inside(coverage: _Coverage) -> dict[str, str]:
    """Names and contacts of the resources a coverage carries in itself, by the `#id` it refers to them."""
    contacts_of: dict[str, str] = {}
    for contained in coverage.contained:
        reference = f"#{contained.id}"
        if name := values.human_name(contained.name):
            contacts_of[reference] = name
        if contained.resource_type == "Organization":
            contacts_of |= contacts.of(
                {"telecom": contained.telecom, "address": contained.address}, reference
            )
    return contacts_of


def _insurers(coverage: _Coverage) -> list[Reference]:
    """Return who pays of those that are no people, whatever reference who is covered stands under."""
    covered = (coverage.beneficiary.reference if coverage.beneficiary else None) or ""
    every = coverage.payor or tuple(filter(None, [coverage.insurer]))
    return [
        payor
        for payor in every
        if values.resource_type(payor.reference) not in ("Patient", "RelatedPerson")
        and not (covered and payor.reference == covered)
    ]


def _member_number(coverage: _Coverage) -> str | None:
    """Identifier of type MB (HL7 v2-0203), or one whose type says "member" in words only (Humana)."""
    for identifier in coverage.identifier:
        text = (identifier.type.text or "") if identifier.type else ""
        if "MB" in values.codes(identifier.type) or (len(text) < 30 and "member" in text.lower()):
            return _told(identifier.value)
    return None


def _cost(entry: _Cost) -> Cost:
    """A quantity is a share, money or a bare number with its unit, whichever its units say."""
    amount, currency = values.amount(entry.value_money) or (None, None)
    sent = entry.value_quantity or Quantity()
    raw = entry.value_money.value if entry.value_money else sent.value
    if (text := _on_a_card(entry.value_money)) and not _says_only(text, amount):
        amount, currency, raw = None, None, text
    quantity = sent_number = values.number(sent.value)
    is_unread = amount is sent_number is None and raw not in (None, "", [], {})
    unit = values.stated(sent.unit, 40) or values.stated(sent.code, 40)
    units = (values.clean(sent.unit, 40), values.clean(sent.code, 40))
    share: Decimal | None = None
    if quantity is not None and any((known_unit or "").lower() in MONEY_UNITS for known_unit in units):
        amount, currency, quantity = quantity, "USD", None
    elif quantity is not None:
        share = _share(quantity, units, entry.type)
        quantity = quantity if share is None else None
    return Cost(
        kind=_first_code(entry.type),
        words=_words(entry.type),
        amount=amount,
        currency=currency,
        share=share,
        quantity=quantity,
        unit=unit if quantity is not None else None,
        unread=values.clean(values.as_sent(raw), 80) if is_unread else None,
        exceptions=tuple(_exception(exception) for exception in entry.exception),
    )


def _on_a_card(sent: _Money | None) -> str | None:
    """Return what an insurance card prints of a cost, in words of the plan's own."""
    texts = sent.extension if sent else ()
    return _first(text.value_string for text in texts if _CARD_TEXT in (text.url or "").lower())


def _says_only(text: str, amount: Decimal | None) -> bool:
    """Return whether an amount is all that a text states: "$10" of 10; not "$10/$40", nor of a filler 0."""
    return "%" not in text and [
        values.number(number) for number in _NUMBERS.findall(text.replace(",", ""))
    ] == [amount]


def _share(quantity: Decimal, units: tuple[str | None, ...], kind: Concept | None) -> Decimal | None:
    """A bare number below 1 without unit is a share (Cigna sends 0.15 for 15%), never cents (facts 10)."""
    if any(unit in SHARE_UNITS for unit in units):
        return quantity / 100
    if any(units) or not 0 <= quantity <= 100:
        return None
    if PERCENTAGE in values.codes(kind):
        return quantity if quantity <= 1 else quantity / 100
    return quantity if 0 < quantity < 1 else None


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
    raw = values.clean(text, 40)
    if raw and not placeholders.is_nothing(raw) and not values.is_no_day(raw):
        unreadable.append(raw)
    return None


def _place(order: Any) -> int | None:
    """R4 `order` is a positive integer; anything else is unknown."""
    number = values.number(order)
    return int(number) if number is not None and number == int(number) and 0 < number < 1000 else None


def _first(texts: Iterable[str | None]) -> str | None:
    return next((text for text in texts if text), None)


def _first_code(concept: Concept | None) -> str | None:
    return next(iter(values.codes(concept)), None)


def _class_of(concept: Concept | None) -> str | None:
    """Return HL7's code of a class however its code or words are spelled ("Rx BIN"), else what was sent."""
    words = [coding.display for coding in concept.coding] + [concept.text] if concept else []
    for text in (*values.codes(concept), *words):
        spelled = re.sub(r"[^a-z0-9]", "", (text or "").lower())
        if (code := spelled.replace("pharmacy", "rx")) in CLASSES:
            return code
    return _first_code(concept) or _words(concept)


def _numbered(sent: Any) -> str | None:
    """Return a number as text: sent as one, or as an Identifier, the first of several that has a value."""
    every = sent if isinstance(sent, list) else [sent]
    numbers = (number.get("value") if isinstance(number, dict) else number for number in every)
    stated = (_told(values.as_sent(value)) for value in numbers if type(value) in (str, int))
    return next(filter(None, stated), None)


def _relationship(concept: Concept | None) -> str | None:
    """Return HL7's code of a relation, else the plan's own words; a bare number says nothing."""
    codes, words = [code.lower() for code in values.codes(concept)], _words(concept)
    relations = (
        _RELATIONS[relation] for relation in ((words or "").lower(), *codes) if relation in _RELATIONS
    )
    if (relation := next(relations, None)) or words:
        return relation or words
    numbered = (
        _NUMBERED[code]
        for list_ in ("x12", "1069")
        for code in values.codes(concept, list_)
        if code in _NUMBERED
    )
    return next(numbered, None) or next((code for code in codes if not code.isdigit()), None)


def _words(concept: Concept | None) -> str | None:
    """The plan's own text first: payers put "PPO" or "EPO" there."""
    return values.stated(concept.text if concept else None) or values.words(concept)


def _told(text: str | None) -> str | None:
    """Return a name or a number as sent; None for what stands in its place: "N/A"."""
    line = values.clean(text)
    return None if line is None or placeholders.is_nothing(line) else line
