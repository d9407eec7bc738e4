"""The bar: who bears how much of the bill, as text-tested SVG geometry from pure numbers."""

from dataclasses import dataclass
from decimal import Decimal

from apps.claims.records import ClaimRecord, Figure
from apps.claims.wording.balance import Balance, balance
from apps.claims.wording.sources import finer_label
from apps.plain_language.language import _, said
from apps.plain_language.money import money

WIDTH = 1000
"""Units of the SVG's view box; the page scales it."""

_PARTS = (
    ("discount", "discount", said("plan discount")),
    ("plan_paid", "paid", said("your plan paid")),
    ("other_payer", "other", said("others paid")),
    ("your_share", "share", said("your share")),
    ("not_covered", "uncovered", said("not covered")),
)


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the bar: `x` and `width` in view box units, `name` is the class `bar__<name>`."""

    name: str
    label: str
    amount: str
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Bar:
    """The whole bar; `alternative` says the same in words."""

    segments: tuple[Segment, ...]
    alternative: str


def bar(record: ClaimRecord, found: Balance | None = None) -> Bar | None:
    """Return the bar, or None where the figures do not fit into what was billed (or the drug cost)."""
    found = found or balance(record.money)
    whole: Figure = getattr(record.money, found.base)
    if not whole.amount or whole.amount <= 0 or not record.shares_money:
        return None
    parts = _fitting(record, whole)
    if parts is None:
        return None
    rest = whole.amount - sum((amount for *_names, amount in parts), Decimal(0))
    taken_off = found.taken_off.amount
    if taken_off and 0 < taken_off <= rest:
        parts.insert(0, ("discount", _("taken off the bill"), taken_off))
        rest -= taken_off
    if rest > 0:
        parts.append(("rest", _("not explained"), rest))
    segments = _segments(parts, whole)
    listed = ", ".join(_("{part} {amount}").format(part=one.label, amount=one.amount) for one in segments)
    return Bar(
        segments, _("Of {total}: {parts}.").format(total=money(whole.amount, whole.unit), parts=listed)
    )


def _fitting(record: ClaimRecord, whole: Figure) -> list[tuple[str, str, Decimal]] | None:
    """Return the known parts if they are positive, of one currency and no more than the whole."""
    parts: list[tuple[str, str, Decimal]] = []
    for concept, name, label in _PARTS:
        figure: Figure = getattr(record.money, concept)
        if figure.amount is None or figure.amount == 0:
            continue
        if figure.unit != whole.unit or figure.amount < 0:
            return None
        finer = finer_label(figure) if concept in ("discount", "other_payer") else ""
        parts.append((name, finer or _(label), figure.amount))
    if whole.amount is None or not parts:
        return None
    if _sum(parts) > whole.amount:
        # The stated share may already hold what is not covered.
        parts = [part for part in parts if part[0] != "uncovered"]
    return parts if _sum(parts) <= whole.amount else None


def _sum(parts: list[tuple[str, str, Decimal]]) -> Decimal:
    return sum((amount for *_names, amount in parts), Decimal(0))


def _segments(parts: list[tuple[str, str, Decimal]], whole: Figure) -> tuple[Segment, ...]:
    found: list[Segment] = []
    reached = Decimal(0)
    total = whole.amount or Decimal(1)
    for name, label, amount in parts:
        start, reached = reached, reached + amount
        x, end = int(start * WIDTH / total), int(reached * WIDTH / total)
        found.append(Segment(name, label, money(amount, whole.unit), x, max(end - x, 2)))
    return tuple(found)
