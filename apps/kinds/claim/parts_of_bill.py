"""What of a bill sums take as billed, as taken off and as above the price; pure."""

from apps.kinds.claim import whose
from apps.kinds.claim.records import NOT_SHARED, ClaimRecord, Figure


def billed_of(record: ClaimRecord) -> Figure:
    """Return what was billed; a pharmacy that states no charge states the cost of the drug."""
    return record.money.billed if record.money.billed.is_known else record.money.drug_cost


def discount_of(record: ClaimRecord) -> Figure:
    """Return the plan's discount, else what of the bill is above the allowed price and not "not covered",
    where the provider may not ask for it.
    """
    is_stated = record.money.discount.is_known or whose.is_above_open(record)
    return record.money.discount if is_stated else _above_price(record)


def above_price_of(record: ClaimRecord) -> Figure:
    """Return what of the bill is above the price that the provider may ask for."""
    is_taken = record.money.discount.is_known or not whose.is_above_open(record)
    return NOT_SHARED if is_taken else _above_price(record)


def _above_price(record: ClaimRecord) -> Figure:
    money = record.money
    if money.reduction.amount is None:
        return NOT_SHARED
    reduction, other = money.reduction.amount, money.not_covered
    if other.amount is None or other.unit != money.reduction.unit or not 0 <= other.amount <= reduction:
        return money.reduction
    return Figure(amount=reduction - other.amount, currency=money.reduction.currency)
