"""Where in a picture a value and a day stand; pure.

Lengths along are per cent of the picture's width, heights are pixels.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

PLOT: Final = 110
HEAD: Final = 22
MARGIN: Final = 4
"""Per cent left free at both ends, so that marks stand inside."""
ASIDE: Final = 18
"""Per cent left free at both ends of the line of one result, for the words at the ends of its range."""
HUNDRED: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from `low` to `high`, over the days from `first` to `last`."""

    low: Decimal
    high: Decimal
    first: date
    last: date

    def along(self, on: date) -> Decimal:
        """Return where a day is, in per cent."""
        share = Decimal((on - self.first).days) / ((self.last - self.first).days or 1)
        return MARGIN + share * (HUNDRED - 2 * MARGIN)

    def x(self, on: date) -> str:
        """Return the same as it is drawn."""
        return percent(self.along(on))

    def y(self, value: Decimal) -> int:
        """Return the height of a value; where all are the same, that of the middle."""
        if self.high == self.low:
            return HEAD + PLOT // 2
        return HEAD + int(PLOT - (value - self.low) * PLOT / (self.high - self.low))


@dataclass(frozen=True, slots=True)
class Line:
    """Values from `low` to `high`, beside one another."""

    low: Decimal
    high: Decimal

    def along(self, value: Decimal) -> Decimal:
        """Return where a value is, in per cent."""
        return ASIDE + (value - self.low) * (HUNDRED - 2 * ASIDE) / (self.high - self.low)

    def x(self, value: Decimal) -> str:
        """Return the same as it is drawn."""
        return percent(self.along(value))


def around(low: Decimal, high: Decimal, value: Decimal) -> Line:
    """Return a line with half a range of room at both ends, and with *value* on it wherever it lies."""
    room = (high - low) / 2
    return Line(min(low - room, value), max(high + room, value))


def percent(share: Decimal) -> str:
    """Return a length as it is drawn."""
    return f"{share.quantize(Decimal('0.01'))}%"
