"""One row of a receipt, as its page and its picture show it."""

from dataclasses import dataclass

from apps.kinds.claim.records import NOT_SHARED, Figure

PLUS, EQUALS = "+", "="
ALWAYS_SHOWN = frozenset({"billed", "drug-cost", "plan-paid", "your-share"})
"""Rows that say most when they are zero or missing."""


@dataclass(frozen=True, slots=True)
class Span:
    """A bar of the waterfall: `x` and `width` in its view box, `name` is the class `fall__<name>`."""

    name: str
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the receipt.

    `sign` is how it counts towards the next row with "=" (`−`, `+`, `=`, "" for the first and for what is
    only part of another row). `style` is plain, subtotal, total, part or aside. `others` say what else
    there is for the same thing; `term` is the word's place in the glossary. `figure` is what `text` shows in
    cents.
    """

    testid: str
    label: str
    text: str
    is_known: bool
    sign: str = ""
    style: str = "plain"
    term: str = ""
    help: str = ""
    source: str = ""
    others: tuple[str, ...] = ()
    is_worked_out: bool = False
    figure: Figure = NOT_SHARED
    span: Span | None = None
    is_in_doubt: bool = False
    """Other figures contradict it: nothing is worked out from it."""
    against: tuple[Figure, ...] = ()
    """Those of them that are amounts of the same thing."""

    @property
    def is_folded(self) -> bool:
        """Whether it tells little: a zero or what was not shared, which stand under the others."""
        if self.figure.amount or self.testid in ALWAYS_SHOWN:
            return False
        return not self.is_known or self.style == "part" or self.sign not in ("", EQUALS)

    @property
    def is_total(self) -> bool:
        """Whether this is the last line of the receipt: the member's share."""
        return self.style == "total"

    @property
    def in_two(self) -> tuple[str, str]:
        """What is shown: an amount, and of how many lines it is, which stands small under it ("" for all)."""
        amount, _comma, of_lines = self.text.partition(", ")  # within an amount no space follows a comma
        return amount, of_lines

    @property
    def has_origin(self) -> bool:
        """Whether the row opens to say where its figure comes from."""
        return bool(self.source or self.help)
