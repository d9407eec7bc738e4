"""Where a claim stands: decided, denied, replaced, cancelled (facts claims 5)."""

from typing import Literal

from apps.claims.records import ClaimRecord

State = Literal[
    "mistake",
    "deleted",
    "cancelled",
    "void",
    "taken_back",
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
OUT_OF_SUMS: frozenset[State] = frozenset(
    {"mistake", "deleted", "cancelled", "void", "taken_back", "error", "undecided"}
)
_BY_STATUS: dict[str, State] = {"entered-in-error": "mistake", "cancelled": "cancelled"}
# A credit takes back in full what a debit, or nothing, then states anew: counted, it would count twice.
_BY_ADJUSTMENT: dict[str, State] = {"deleted": "deleted", "void": "void", "credit": "taken_back"}
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
    """Return whether the plan says that a newer version replaces this claim, which counts until it comes."""
    return counts(record) and any(one.relation == "replacedby" for one in record.related)


def counts(record: ClaimRecord) -> bool:
    """Return whether a claim by itself belongs into sums."""
    return record.use == "claim" and state(record) not in OUT_OF_SUMS
