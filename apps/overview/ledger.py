"""Which claim counted how much toward a deductible and an out-of-pocket limit, and how certain that is: pure.

Built from what claims state and from nothing else: no limit, no rule of any plan is assumed here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal
from uuid import UUID

import msgspec
from msgspec import structs

from apps.kinds.claim import standing
from apps.kinds.claim.counted import Counted
from apps.kinds.claim.entry import decided_on
from apps.kinds.claim.records import ClaimRecord, Figure, Kind
from apps.kinds.claim.year import grouped

Care = Literal["medical", "pharmacy", "dental", "vision"]
Doubt = Literal[
    "outside",
    "denied",
    "contradicted",
    "not_covered",
    "network",
    "may_change",
    "missing",
    "disagrees",
    "lines",
]
Concept = Literal["deductible", "out_of_pocket"]
PARTS: Final = ("deductible", "copay", "coinsurance")
_ZERO: Final = Decimal(0)
_CARES: Final[dict[Kind, Care]] = {"pharmacy": "pharmacy", "oral": "dental", "vision": "vision"}
_APART: Final[frozenset[Doubt]] = frozenset({"outside", "denied", "contradicted"})
_UNCERTAIN: Final[frozenset[Doubt]] = frozenset(
    {"not_covered", "network", "may_change", "missing", "disagrees"}
)
"""Doubts that make an amount uncertain; a sum over lines is only worked out, not doubtful."""


class Row(msgspec.Struct, frozen=True, gc=False):
    """One claim of a ledger.

    `deductible` and `out_of_pocket` are what the claim states, None where it does not; the running totals
    leave out what does not count. `on` is the day the plan decided it, else the day of service.
    """

    entry: Counted
    on: date
    is_processed: bool
    deductible: Decimal | None
    out_of_pocket: Decimal | None
    doubts: tuple[Doubt, ...]
    deductible_total: Decimal = _ZERO
    out_of_pocket_total: Decimal = _ZERO

    def stated(self, concept: Concept) -> Decimal | None:
        """Return what the claim states of it."""
        return self.deductible if concept == "deductible" else self.out_of_pocket

    def total(self, concept: Concept) -> Decimal:
        """Return what the sum came to with this claim."""
        return self.deductible_total if concept == "deductible" else self.out_of_pocket_total

    @property
    def counts(self) -> bool:
        """Whether it enters the totals: not what is outside the network, denied, or contradicted."""
        return _APART.isdisjoint(self.doubts)

    @property
    def is_certain(self) -> bool:
        """Whether nothing speaks against counting it in full."""
        return _UNCERTAIN.isdisjoint(self.doubts)


@dataclass(frozen=True, slots=True)
class Ledger:
    """The rows of one kind of care in one currency, in the order in which they counted.

    `silent` claims state none of the parts, `nothing` state only parts of zero; neither has a row.
    `nothing_deductible` of the latter state that their deductible is zero.
    """

    care: Care
    currency: str
    rows: tuple[Row, ...]
    silent: int
    nothing: int
    nothing_deductible: int = 0
    unpriced: int = 0
    """How many of the silent ones came without any amount."""
    unshared: int = 0
    """How many of the silent ones do not state the share."""
    disputed: int = 0
    """How many of the silent ones state zeros that other figures contradict."""
    plan_paid: Decimal | None = None
    """What the plan paid for this care, in or out of the network; None where no claim says."""
    uncertain_plan_paid: Decimal = _ZERO
    """How much of it may still change."""
    uncertain_deductible: Decimal = _ZERO
    """How much of `deductible` may not count."""
    uncertain_out_of_pocket: Decimal = _ZERO
    """How much of `out_of_pocket` may not count."""

    def why_uncertain(self, concept: Concept) -> tuple[Doubt, ...]:
        """Return what makes amounts uncertain, each doubt once, in the order in which claims counted."""
        rows = (row for row in self.rows if row.counts and row.stated(concept))
        return tuple(dict.fromkeys(doubt for row in rows for doubt in row.doubts if doubt in _UNCERTAIN))

    @property
    def tells_benefit(self) -> bool:
        """Whether it is care that plans often pay up to a yearly limit, and the claims say what was paid."""
        return self.plan_paid is not None and self.care in ("dental", "vision")

    @property
    def can_tell(self) -> bool:
        """Whether any claim states a part of the share at all."""
        return bool(self.rows or self.nothing)

    @property
    def states_deductible(self) -> bool:
        """Whether any claim that counts states a deductible, be it zero: one that none states is not zero."""
        return bool(self.nothing_deductible) or any(
            row.counts and row.deductible is not None for row in self.rows
        )

    @property
    def states_deductible_apart(self) -> bool:
        """Whether a claim that is not in the totals states a deductible."""
        return any(not row.counts and row.deductible is not None for row in self.rows)

    @property
    def states_out_of_pocket(self) -> bool:
        """Whether any claim that counts states a part of the share."""
        return bool(self.nothing) or any(row.counts for row in self.rows)

    @property
    def deductible(self) -> Decimal:
        """What counted toward the deductible."""
        return self.counted("deductible")

    @property
    def out_of_pocket(self) -> Decimal:
        """What counted toward the out-of-pocket limit."""
        return self.counted("out_of_pocket")

    def counted(self, concept: Concept) -> Decimal:
        """Return what counted toward it."""
        return self.rows[-1].total(concept) if self.rows else _ZERO


def ledgers(entries: Iterable[Counted]) -> tuple[Ledger, ...]:
    """Return the ledgers of claims that count, of one person and one plan year; medical care first."""
    order: tuple[Care, ...] = ("medical", "pharmacy", "dental", "vision")
    groups = grouped(entries, lambda entry: (care_of(entry.record), _unit(entry.record)))
    return tuple(
        _ledger(care, unit, groups[care, unit])
        for care, unit in sorted(
            groups, key=lambda place: (order.index(place[0]), place[1] != "USD", place[1])
        )
    )


def with_twins(counted: Iterable[Counted], entries: Iterable[Counted]) -> tuple[Counted, ...]:
    """Return *counted* and those of *entries* that count as another connection has them.

    Sums have a claim once. A plan counts toward its limits whatever it knows, through whichever connection
    it is asked, so the ledger of each connection has all that came through it; only not what the other
    connection has a newer version of.
    """
    counted = tuple(counted)
    twins = [claim for claim in entries if claim.twin_of and not claim.is_outdated and claim.counts]
    here = {claim.id for claim in counted} if twins else set()
    return (*counted, *(twin for twin in twins if twin.id not in here))


def in_two(entries: Iterable[Counted]) -> frozenset[UUID]:
    """Return which of *entries* stand in the ledgers of two connections."""
    pairs = ((entry.id, entry.twin_of) for entry in entries if entry.twin_of)
    return frozenset(pk for pair in pairs for pk in pair)


def care_of(record: ClaimRecord) -> Care:
    """Return which limits a claim counts toward: drugs, teeth and eyes usually have their own."""
    return _CARES.get(record.kind, "medical")


def _ledger(care: Care, unit: str, entries: Sequence[Counted]) -> Ledger:
    silent = unshared = disputed = nothing = nothing_deductible = 0
    ledgers = []
    for entry in entries:
        parts = _parts(entry.record, unit)
        # Zeros beside figures that contradict them do not say that nothing counts.
        is_open = not any(parts.values()) and standing.is_contradicted(entry.record, "your_share", *PARTS)
        if not parts or is_open:
            silent += 1
            unshared += not parts and entry.record.money.your_share.amount is None
            disputed += bool(parts)
        elif not any(parts.values()):
            nothing += 1
            nothing_deductible += "deductible" in parts
        else:
            ledgers.append(_row(entry, parts))
    ledgers.sort(key=lambda row: (row.on, row.entry.on, row.entry.id.int))
    uncertain = [row for row in ledgers if not row.is_certain and row.counts]
    return Ledger(
        care,
        unit,
        tuple(running(ledgers)),
        silent,
        nothing,
        nothing_deductible,
        sum(not entry.record.shares_money for entry in entries),
        unshared,
        disputed,
        *_plan_paid(entries, unit),
        _sum(row.deductible for row in uncertain),
        _sum(row.out_of_pocket for row in uncertain),
    )


def _plan_paid(entries: Iterable[Counted], unit: str) -> tuple[Decimal | None, Decimal]:
    """Return what the plan paid by claims that do not contradict themselves, and how much may change."""
    paid = [
        (figure.amount, entry.record.may_change)
        for entry in entries
        if not entry.disagrees
        and (figure := entry.record.money.plan_paid).amount is not None
        and figure.unit == unit
    ]
    if not paid:
        return None, _ZERO
    return _sum(amount for amount, _may in paid), _sum(amount for amount, may_change in paid if may_change)


def _row(entry: Counted, parts: dict[str, Decimal]) -> Row:
    processed, stated = decided_on(entry.record, entry.on), sum(parts.values(), _ZERO)
    return Row(
        entry,
        processed or entry.on,
        processed is not None,
        parts.get("deductible"),
        stated,
        _doubts(entry, stated, is_whole=len(parts) == len(PARTS)),
    )


def running(rows: Iterable[Row]) -> Iterable[Row]:
    """Yield *rows* in their order, each with what counted up to it."""
    deductible = out_of_pocket = _ZERO
    for row in rows:
        if row.counts:
            deductible += row.deductible or _ZERO
            out_of_pocket += row.out_of_pocket or _ZERO
        yield structs.replace(row, deductible_total=deductible, out_of_pocket_total=out_of_pocket)


def _doubts(entry: Counted, stated: Decimal, *, is_whole: bool) -> tuple[Doubt, ...]:
    """Return what speaks against counting what is *stated*; *is_whole*: every part is.

    Pharmacy claims hardly ever say whose network it was, and a pharmacy that could bill the plan is one of
    its own. Some plans state a share that holds what is not covered, which counts toward no limit.
    """
    record, share = entry.record, entry.record.money.your_share.amount
    is_outside = standing.is_outside(record.network)
    is_inside = record.network in ("in", "only_paid_in", "paid_in_contracted") or record.kind == "pharmacy"
    adds_up = share is not None and share - stated in (_ZERO, record.money.not_covered.amount)
    doubts: dict[Doubt, bool] = {
        "denied": entry.state == "denied",
        "not_covered": entry.state in ("not_covered", "refused"),
        "contradicted": entry.disagrees,
        "outside": is_outside,
        "network": not is_outside and not is_inside,
        "may_change": record.may_change,
        "missing": not adds_up and not is_whole,
        "disagrees": not adds_up and is_whole and share is not None,
        "lines": any(figure.origin.summed > 1 for figure in _figures(record)),
    }
    return tuple(doubt for doubt, holds in doubts.items() if holds)


def _parts(record: ClaimRecord, unit: str) -> dict[str, Decimal]:
    return {
        name: figure.amount
        for name, figure in zip(PARTS, _figures(record), strict=True)
        if figure.amount is not None and figure.unit == unit
    }


def _figures(record: ClaimRecord) -> tuple[Figure, Figure, Figure]:
    """Return the figures of `PARTS`."""
    money = record.money
    return money.deductible, money.copay, money.coinsurance


def _unit(record: ClaimRecord) -> str:
    for figure in _figures(record):
        if figure.amount is not None:
            return figure.unit
    return record.money.your_share.unit


def _sum(amounts: Iterable[Decimal | None]) -> Decimal:
    return sum(filter(None, amounts), _ZERO)


def met_on(ledger: Ledger, concept: Concept, limit: Decimal) -> date | None:
    """Return the day on which a sum reached *limit*; None where it did not, or where that cannot be known.

    It is known only where every claim states its parts, everything that counts has a day of decision, no
    claim contradicts itself, and no step up to that day is in doubt.
    """
    counting = [row for row in ledger.rows if row.counts]
    contradicted = any("contradicted" in row.doubts for row in ledger.rows)
    if ledger.silent or contradicted or not all(row.is_processed for row in counting):
        return None
    for row in counting:
        if not row.is_certain:
            return None
        if row.total(concept) >= limit:
            return row.on
    return None
