"""The JSON of a claim, decoded once for all who ask: who it is, whom it names, what it says."""

import re
from typing import Any, Final

import msgspec

from apps.fhir import tolerant, values
from apps.kinds.claim.reading import people
from apps.kinds.claim.reading.shapes import Complete, Explanation

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
