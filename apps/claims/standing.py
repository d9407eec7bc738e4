"""Where a claim stands: decided, denied, replaced, cancelled (facts claims 5)."""

from collections.abc import Iterable
from typing import Literal

from apps.claims.records import ClaimRecord

State = Literal[
    "mistake",
    "deleted",
    "cancelled",
    "void",
    "error",
    "undecided",
    "denied",
    "not_covered",
    "partly_paid",
    "incomplete",
    "draft",
    "paid",
    "plain",
]
OUT_OF_SUMS: frozenset[State] = frozenset({"mistake", "deleted", "cancelled", "void", "error", "undecided"})
_BY_STATUS: dict[str, State] = {"entered-in-error": "mistake", "cancelled": "cancelled"}
_BY_ADJUSTMENT: dict[str, State] = {"deleted": "deleted", "void": "void"}
_BY_OUTCOME: dict[str, State] = {"error": "error", "queued": "undecided"}


def state(record: ClaimRecord) -> State:
    """Return the one word for where a claim stands; `plain` when the plan said nothing special."""
    closed = (
        _BY_STATUS.get(record.status or "")
        or _BY_ADJUSTMENT.get(record.adjustment or "")
        or _BY_OUTCOME.get(record.outcome or "")
    )
    if closed:
        return closed
    if record.status == "draft" and not record.money.plan_paid.is_known:
        return "draft"
    return _decided(record)


def _decided(record: ClaimRecord) -> State:
    paid = record.money.plan_paid.amount
    lines = [line.decision for line in record.lines if not line.is_total]
    denied = record.decision == "denied" or (bool(lines) and all(one == "denied" for one in lines))
    if denied:
        # A plan that marks a claim denied and pays it all the same has paid a part of it.
        return "partly_paid" if paid and paid > 0 else "denied"
    if is_not_covered(record):
        return "not_covered"
    if record.decision == "partly_paid" or "denied" in lines:
        return "partly_paid"
    if record.outcome == "partial":
        return "incomplete"
    return "paid" if record.decision == "paid" or (paid and paid > 0) else "plain"


def is_not_covered(record: ClaimRecord) -> bool:
    """Return whether nothing was paid because nothing was covered, which is not called a denial."""
    money = record.money
    return bool(
        money.plan_paid.amount == 0
        and money.billed.amount
        and money.not_covered.amount == money.billed.amount
        and money.not_covered.unit == money.billed.unit
    )


def is_replaced(record: ClaimRecord) -> bool:
    """Return whether the plan says that a newer version replaces this claim, which would count otherwise."""
    return counts(record) and any(one.relation == "replacedby" for one in record.related)


def counts(record: ClaimRecord) -> bool:
    """Return whether a claim by itself belongs into sums."""
    return record.use == "claim" and state(record) not in OUT_OF_SUMS


def superseded(records: Iterable[ClaimRecord]) -> frozenset[int]:
    """Return the positions of records that a newer version among *records* replaces (facts claims 5.2).

    A replaced claim whose successor has not arrived still counts. Records of one plan only: numbers of
    different plans mean nothing to each other.
    """
    every = list(records)
    positions: dict[str, list[int]] = {}
    for position, record in enumerate(every):
        for name in _names(record):
            positions.setdefault(name, []).append(position)
    old: set[int] = set()
    for position, record in enumerate(every):
        for related in record.related:
            others = [
                other
                for key in (related.reference, related.number)
                if key
                for other in positions.get(key, ())
                if other != position
            ]
            if related.relation == "prior":
                old.update(others)
            elif related.relation == "replacedby" and others:
                old.add(position)
    return frozenset(old | _older_forms(every))


def _names(record: ClaimRecord) -> set[str]:
    by_id = {f"ExplanationOfBenefit/{record.resource_id}"} if record.resource_id else set()
    return by_id | set(record.numbers)


def _older_forms(every: list[ClaimRecord]) -> set[int]:
    """Return all but the best of records with one number, kind and day of service.

    The number alone is not enough: published examples share one number between different claims.
    """
    groups: dict[tuple[object, ...], list[int]] = {}
    for position, record in enumerate(every):
        if record.claim_number:
            key = (record.claim_number, record.kind, record.service_start)
            groups.setdefault(key, []).append(position)
    old: set[int] = set()
    for group in groups.values():
        best = max(group, key=lambda one: (every[one].shares_money, every[one].created or "", one))
        old.update(set(group) - {best})
    return old
