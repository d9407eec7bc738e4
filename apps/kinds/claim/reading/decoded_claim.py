"""The JSON of a claim, decoded once for all who ask; by its counts, whether an amount of it is left over."""

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from apps.fhir import tolerant, values
from apps.fhir.values import Amount
from apps.kinds.claim.reading import people
from apps.kinds.claim.reading.categories import known_category
from apps.kinds.claim.reading.shapes import Complete, Explanation
from apps.kinds.claim.records import Figure

SILENT = frozenset({"status", "ignore"})
"""What a zero may stand beside without being an amount."""

_MONEY_NAMES = (b'"amount"', b'"net"', b'"unitPrice"', b'Money"', b'"adjustment"', b'"tax"')
_ESCAPED = re.compile(rb"\\u00[0-7]")
"""A letter of a name written as a number: JSON allows it, nobody does it, and it could hide a name."""
MONEY_KEYS: Final = frozenset(
    ("amount", "net", "unitPrice", "usedMoney", "allowedMoney", "adjustment", "valueMoney", "tax")
)
"""The names under which R4 has money."""
_NAME: Final = b'"currency"'
_CURRENCY: Final = re.compile(rb'"currency"\s*:\s*"([^"]*)"')
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


class Opened(msgspec.Struct, frozen=True, gc=False):
    """A decoded claim; `misfits` are (path, value) of what has a wrong type for its element."""

    body: bytes
    claim: Explanation
    currencies: int
    """How often an amount says its currency."""
    mentions: people.Mentions
    misfits: tuple[tuple[str, Any], ...] = ()


def opened(body: bytes) -> Opened:
    """Decode the JSON of one ExplanationOfBenefit; raise `Unreadable` when it is none."""
    currencies = body.count(_NAME)
    if currencies != body.count(b'"USD"'):  # hardly ever
        body = _in_one_currency(body)
        currencies = body.count(_NAME)
    complete = tolerant.fitting(body, Complete)
    claim, misfits = (complete, ()) if complete is not None else tolerant.sifted(body, Explanation)
    if claim.resource_type != "ExplanationOfBenefit":
        raise tolerant.Unreadable("it is not an ExplanationOfBenefit")
    return Opened(body, claim, currencies, people.mentions(claim), misfits)


def _in_one_currency(body: bytes) -> bytes:
    """Return a claim in which amounts without a currency have the only one that others name.

    Alone, what has none is told in dollars; beside euro it is no other money.
    """
    named = {values.currency(code.decode(errors="replace")) for code in _CURRENCY.findall(body)} - {None}
    if len(named) != 1 or named == {"USD"}:
        return body
    try:
        tree = tolerant.tree(body)
        _name_currency(tree, *named)
        return _ENCODER.encode(tree)
    except (tolerant.Hopeless, RecursionError, ValueError, OverflowError):
        return body


def _name_currency(tree: dict[str, Any], currency: str | None) -> None:
    inside = [tree]
    while inside:
        for name, value in inside.pop().items():
            for element in value if isinstance(value, list) else (value,):
                if not isinstance(element, dict):
                    continue
                if name in MONEY_KEYS and "value" in element and element.get("currency") is None:
                    element["currency"] = currency
                inside.append(element)


def is_all(booked: Sequence[Figure], opened: Opened) -> bool:
    """Return whether *booked* is all the money of a claim, found by counting.

    Money is what has one of its names, or a currency, and a value. Where the JSON holds a value as often as
    we booked an amount or read something else that has one, and a currency as often as an amount with one,
    there is no other money; neither is there where it holds the names of money just as often as we booked
    one. Any doubt is a no.
    """
    body, claim = opened.body, opened.claim
    if b"\\u00" in body and _ESCAPED.search(body):
        return False
    currencies = opened.currencies - len([figure for figure in booked if figure.currency])
    if not currencies and body.count(b'"value"') == len(booked) + _others_with_value(claim):
        return True  # mostly, and in half the time
    amounts = sum([body.count(name) for name in _MONEY_NAMES]) - len(booked)
    if amounts > 0:
        silent = _silent(claim)
        amounts -= len(silent)
        currencies -= len([adjudication for adjudication in silent if adjudication.currency is not None])
    return not amounts and not currencies


def _others_with_value(claim: Explanation) -> int:
    """Return how many numbers and quantities were read that are no money; there may be more of them."""
    of_lines = [line.quantity for line in claim.item if line.quantity]
    quantities = [*of_lines, *(info.value_quantity for info in claim.supporting_info)]
    quantities += [said.value_quantity for quantity in of_lines for said in quantity.extension]
    counted = [quantity for quantity in quantities if quantity is not None and quantity.value is not None]
    return len(counted) + len([identifier for identifier in claim.identifier if identifier.value is not None])


def _silent(claim: Explanation) -> list[Amount]:
    """Return amounts that say nothing: without a value, or the zero beside a status (facts 2.3)."""
    amounts = [
        (adjudication.category, adjudication.amount) for adjudication in (*claim.adjudication, *claim.total)
    ]
    amounts += [
        (adjudication.category, adjudication.amount)
        for line in claim.item
        for adjudication in line.adjudication
    ]
    amounts += [
        (financial.type, financial.used_money)
        for balance in claim.benefit_balance
        for financial in balance.financial
    ]
    return [
        amount
        for category, amount in amounts
        if amount is not None
        and (
            amount.value is None
            or (known_category[category].meaning.concept in SILENT and values.number(amount.value) == 0)
        )
    ]


def use_of(opened_claim: Opened) -> str:
    """Return what it is for: a claim unless the plan says otherwise (facts 4, step 1)."""
    return values.status(opened_claim.claim.use) or "claim"
