"""Writes a resource as JSON text with amounts as exact numbers: 480.00, never 480.0 and never a string."""

import json
from decimal import Decimal

from apps.demo_payer.people.coding import Json

# U+0000 cannot stand in a FHIR string (R4 datatypes: string), so it marks a number safely.
_MARK = "\x00"
_OPEN, _CLOSE = '"\\u0000', '\\u0000"'


def to_json(resource: Json) -> str:
    """The resource as compact JSON text, in ASCII; Decimals appear digit for digit.

    Raises TypeError for a value that is neither JSON nor Decimal, ValueError for NaN or infinity.
    """
    text = json.dumps(resource, separators=(",", ":"), allow_nan=False, default=_marked)
    return text.replace(_OPEN, "").replace(_CLOSE, "")


def _marked(value: object) -> str:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} is not JSON")
    if not value.is_finite():
        raise ValueError("an amount must be a finite number")
    return f"{_MARK}{value:f}{_MARK}"
