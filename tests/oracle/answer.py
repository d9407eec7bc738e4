"""An answer of the oracle: one value, or all that the specifications permit where they leave several."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def rounded(value: object) -> object:
    """Return money in whole cents, anything else as it is; money beyond any currency stays as written."""
    if isinstance(value, Decimal) and value.adjusted() < 20:
        return value.quantize(CENT, ROUND_HALF_UP)
    return value


@dataclass(frozen=True, slots=True)
class Answer:
    """The values a reader may give. One: decided. Several: undecided. None among them: "not shared".

    No value at all: the specifications say nothing that would decide it, and any answer agrees.
    """

    permitted: tuple[object, ...]

    @property
    def undecided(self) -> bool:
        """True where more than one reading is legitimate."""
        return len(self.permitted) != 1

    def permits(self, value: object) -> bool:
        """Say whether a reader that answers *value* agrees."""
        return not self.permitted or rounded(value) in {rounded(allowed) for allowed in self.permitted}

    def __str__(self) -> str:
        return " or ".join("nothing" if value is None else str(value) for value in self.permitted)


def answer(*permitted: object) -> Answer:
    """Return the answer with these permitted values, each once."""
    return Answer(tuple(dict.fromkeys(permitted)))


OPEN = Answer(())


def widened(first: Answer, more: Iterable[object]) -> Answer:
    """Return *first* with further permitted values."""
    return answer(*first.permitted, *more)
