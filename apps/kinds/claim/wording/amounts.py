"""Amounts of dollars, and lines of a bill, as members type them: read in one way or not at all; pure."""

import re
from decimal import Decimal
from typing import Final, NamedTuple

from apps.plain_language.capitals import folded_name
from apps.plain_language.language import _

MOST: Final = 20
"""Characters of an amount; nobody is billed more."""
_PLAIN: Final = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d{1,9})(?:\.\d{2})?", re.ASCII)
_OTHER_CURRENCY: Final = re.compile(r"[€£¥₹₩]|\b(?!USD\b)[A-Z]{3}\b")


MOST_LINES: Final = 50
"""Lines that are read; a bill in hand seldom has as many."""
LONGEST: Final = 4000
"""Characters that are read of all lines together."""
LONGEST_LINE: Final = 60
_CENTS: Final = re.compile(r".*\.\d\d", re.ASCII)
_SEPARATORS: Final = str.maketrans(dict.fromkeys(":;|\t", " "))


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


class BillLine(NamedTuple):
    """One line as it was typed: what was done, "" where only an amount was typed, and what it costs."""

    what: str
    amount: Decimal

    @property
    def key(self) -> tuple[str, Decimal]:
        """What two lines have in common that are the same."""
        return folded_name(self.what), self.amount


def read_lines(text: str, *, currency: str = "USD") -> list[BillLine]:
    """Return the lines typed, the amount last on each; raise `NotAnAmount` for one that cannot be read."""
    typed = [line.strip() for line in text[:LONGEST].splitlines() if line.strip()]
    if len(typed) > MOST_LINES:
        raise NotAnAmount(_("Type at most {n} lines, each with its amount last.").format(n=MOST_LINES))
    return [_read(line, currency) for line in typed]


def _read(line: str, currency: str) -> BillLine:
    what, _blank, amount = line.removesuffix("USD").translate(_SEPARATORS).rstrip().rpartition(" ")
    what = what.rstrip()
    # "99213" may be a code, and "1 234.56" one amount: what can be read in two ways is not read.
    is_sure = amount.startswith("$") or (_CENTS.fullmatch(amount) and not what[-1:].isdecimal())
    if what and not is_sure:
        text = _(
            "“{line}” cannot be read for sure. End each line with dollars and cents: Office visit $40.00."
        )
        raise NotAnAmount(text.format(line=line[:LONGEST_LINE]))
    return BillLine(what, read_amount(amount, currency=currency))
