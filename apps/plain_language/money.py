"""Amounts in everyday words: exact, with two decimals, never zero for what is not known."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

from apps.plain_language.language import _, said

NOT_SHARED = said("not shared by your plan")
_CENT = Decimal("0.01")
MINUS = "\N{MINUS SIGN}"
"""No hyphen: screen readers pass that over, and lines break behind it."""


class Priced(Protocol):
    """Anything with an amount that may be unknown, and a currency code."""

    @property
    def amount(self) -> Decimal | None:
        """The amount, None when it is not known."""

    @property
    def unit(self) -> str:
        """The currency, `USD` where none was named."""


def in_cents(amount: Decimal) -> Decimal:
    """Return an amount as it is printed, rounded half up."""
    return amount.quantize(_CENT, ROUND_HALF_UP)


def money(amount: Decimal, currency: str = "USD") -> str:
    """Return "$1,234.50", "−$10.00", or "CAD 12.00" for another currency; rounded half up for display."""
    rounded = in_cents(amount)
    sign = MINUS if rounded < 0 else ""
    digits = f"{abs(rounded):,.2f}"
    return f"{sign}${digits}" if currency == "USD" else f"{sign}{currency} {digits}"


def priced(figure: Priced) -> str:
    """Return a figure's amount, or that the plan did not share it."""
    return _(NOT_SHARED) if figure.amount is None else money(figure.amount, figure.unit)


def share_of(part: Decimal, whole: Decimal) -> int | None:
    """Return which whole per cent *part* is of *whole*; None when it is no whole per cent to the cent."""
    if whole <= 0 or part <= 0 or part > whole:
        return None
    percent = (part * 100 / whole).quantize(Decimal(1), ROUND_HALF_UP)
    exact = (whole * percent / 100).quantize(_CENT, ROUND_HALF_UP)
    return int(percent) if exact == part.quantize(_CENT, ROUND_HALF_UP) else None
