"""Amounts of dollars as members type them: read in one way or not at all; pure."""

import re
from decimal import Decimal
from typing import Final

from apps.plain_language.language import _

MOST: Final = 20
"""Characters of an amount; nobody is billed more."""
_PLAIN: Final = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d{1,9})(?:\.\d{2})?", re.ASCII)
_OTHER_CURRENCY: Final = re.compile(r"[€£¥₹₩]|\b(?!USD\b)[A-Z]{3}\b")


class NotAnAmount(ValueError):
    """A typed amount that cannot be read in one way; its text is a sentence for the member."""


def read_amount(text: str, *, currency: str = "USD") -> Decimal:
    """Return the amount typed; raise `NotAnAmount` where it is none, or could be read in two ways."""
    typed = " ".join(text.split())
    if not typed:
        raise NotAnAmount(_("Type the amount that the bill asks for."))
    has_digits = any(character.isdigit() for character in typed)
    if has_digits and _OTHER_CURRENCY.search(typed.upper().replace(currency, "")):
        raise NotAnAmount(
            _(
                "This claim is in {currency}. An amount in another currency cannot be compared with it."
            ).format(currency=currency)
        )
    digits = typed.upper().replace("USD", "").replace(currency, "").replace("$", "").strip()
    if digits.startswith(("-", "−", "(")):
        raise NotAnAmount(_("A minus on a bill is money for you. Type an amount that the bill asks for."))
    if len(digits) > MOST or not _PLAIN.fullmatch(digits):
        raise NotAnAmount(
            _("“{typed}” cannot be read for sure. Write dollars, a point, then cents: 1234.56.").format(
                typed=typed[:MOST]
            )
        )
    return Decimal(digits.replace(",", ""))
