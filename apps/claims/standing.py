"""Where a claim stands: decided, denied, replaced, cancelled (facts claims 5)."""

from decimal import Decimal
from typing import Literal

from apps.claims.records import ClaimRecord, Figure

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
    "partly_refused",
    "incomplete",
    "draft",
    "paid",
    "deductible",
    "nothing_paid",
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
    """Return the one word for where a claim stands; `plain` when the plan did not say."""
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
    refused = _refused(record)
    if refused:
        return refused
    if record.outcome == "partial":
        return "incomplete"
    if record.decision == "paid" or _is_positive(record.money.plan_paid):
        return "paid"
    if record.money.plan_paid.amount != 0:
        return "plain"
    return "deductible" if _went_to_deductible(record) else "nothing_paid"


def _refused(record: ClaimRecord) -> State | None:
    """Return what the plan refused, as its words, the lines or the amounts say; None where they do not."""
    lines = [line.decision for line in record.lines if not line.is_total]
    is_paid = _is_positive(record.money.plan_paid)
    if record.decision == "denied" or (bool(lines) and all(one == "denied" for one in lines)):
        # A plan that marks a claim denied and pays it all the same has paid a part of it.
        return "partly_paid" if is_paid else "denied"
    if is_not_covered(record):
        return "not_covered"
    if record.decision == "partly_paid":
        return "partly_paid"
    if {"denied", "partly_paid"} & set(lines) or _is_positive(record.money.not_covered):
        # Where nothing was paid, what was not refused can have gone to the deductible.
        says_paid = {"paid", "partly_paid"} & {record.decision, *lines}
        is_part_paid = is_paid or (says_paid and not record.money.plan_paid.is_known)
        return "partly_paid" if is_part_paid else "partly_refused"
    return None


def is_not_covered(record: ClaimRecord) -> bool:
    """Return whether nothing was paid because nothing was covered, which is not called a denial.

    The discount is off the bill before anything can be covered. A price of 0 says the same as long as nobody
    else paid and the discount is not all of the bill, as it is where one service includes another.
    """
    money = record.money
    billed = money.billed if money.billed.is_known else money.drug_cost
    if money.plan_paid.amount != 0 or not _is_positive(billed):
        return False
    discount = money.discount.amount if money.discount.unit == billed.unit else None
    left = (billed.amount or Decimal(0)) - (discount or Decimal(0))
    if _is_positive(money.not_covered):
        is_all = money.not_covered.unit == billed.unit and money.not_covered.amount in (billed.amount, left)
        return is_all or money.allowed.amount == 0
    borne = (money.other_payer, money.deductible, money.copay, money.coinsurance)
    return bool(
        money.allowed.amount == 0
        and not money.not_covered.is_known
        and left > 0
        and not any(_is_positive(one) for one in borne)
    )


def _went_to_deductible(record: ClaimRecord) -> bool:
    """Return whether the member's share is the deductible, and that all of the price the plan allows."""
    money = record.money
    wholes = [one for one in (money.your_share, money.allowed) if one.is_known]
    return (
        _is_positive(money.deductible)
        and bool(wholes)
        and all((one.amount, one.unit) == (money.deductible.amount, money.deductible.unit) for one in wholes)
    )


def _is_positive(figure: Figure) -> bool:
    return figure.amount is not None and figure.amount > 0


def is_replaced(record: ClaimRecord) -> bool:
    """Return whether the plan says that a newer version replaces this claim, which counts until it comes."""
    return any(one.relation == "replacedby" for one in record.related) and counts(record)


def counts(record: ClaimRecord) -> bool:
    """Return whether a claim by itself belongs into sums."""
    return record.use == "claim" and state(record) not in OUT_OF_SUMS
