"""Whether an amount of a claim is left over, found by counting instead of walking its JSON."""

import re
from collections.abc import Sequence

from apps.claims.reading.categories import known
from apps.claims.reading.opening import Opened
from apps.claims.reading.shapes import Explanation
from apps.claims.records import Figure
from apps.fhir import values
from apps.fhir.values import Amount

SILENT = frozenset({"status", "ignore"})
"""What a zero may stand beside without being an amount."""

_MONEY_NAMES = (b'"amount"', b'"net"', b'"unitPrice"', b'Money"', b'"adjustment"', b'"tax"')
_ESCAPED = re.compile(rb"\\u00[0-7]")
"""A letter of a name written as a number: JSON allows it, nobody does it, and it could hide a name."""


def is_all(booked: Sequence[Figure], opened: Opened) -> bool:
    """Return whether *booked* is all the money of a claim, found by counting.

    Money is what has one of its names, or a currency. Where the JSON holds these names just as often as we
    booked an amount, and a currency as often as an amount with one, there is no other. Any doubt is a no.
    """
    body = opened.body
    amounts = sum([body.count(name) for name in _MONEY_NAMES])
    currencies = body.count(b'"currency"')
    if amounts > len(booked):
        silent = _silent(opened.claim)
        amounts -= len(silent)
        currencies -= len([one for one in silent if one.currency is not None])
    return (
        amounts == len(booked)
        and currencies == len([one for one in booked if one.currency])
        and not (b"\\u00" in body and _ESCAPED.search(body))
    )


def _silent(claim: Explanation) -> list[Amount]:
    """Return amounts that say nothing: without a value, or the zero beside a status (facts 2.3)."""
    found = [(one.category, one.amount) for one in (*claim.adjudication, *claim.total)]
    found += [(one.category, one.amount) for line in claim.item for one in line.adjudication]
    found += [(one.type, one.used_money) for balance in claim.benefit_balance for one in balance.financial]
    return [
        amount
        for category, amount in found
        if amount is not None
        and (
            amount.value is None
            or (known[category].meaning.concept in SILENT and values.number(amount.value) == 0)
        )
    ]
