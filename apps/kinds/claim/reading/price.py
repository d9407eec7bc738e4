"""How far a bill is above the price that the plan allows, and what of the bill that price may hold; pure."""

from decimal import Decimal

from apps.kinds.claim.reading.contradictions import PARTS, Rule
from apps.kinds.claim.reading.figures import come_to, worked_out
from apps.kinds.claim.records import NOT_SHARED, Figure, Money
from apps.plain_language.language import said
from apps.plain_language.money import in_cents


def has_price_apart(money: Money) -> bool:
    """Return whether the price that the plan allows is a figure of its own, and no result or part of a sum:
    it is zero and was paid all the same, as Medicare's hospital claims say, or others had paid more than it,
    as Medicare may before Medicaid, and the bill closes without it."""
    price, others = money.allowed.amount, money.other_payer.amount or Decimal(0)
    if price == 0:
        return (money.plan_paid.amount or 0) > 0
    return price is not None and others > price > 0 and Rule.of(1).closes_without_price(money)


def reduction(money: Money) -> Figure:
    """Return the bill less the price that the plan allows, where no discount is stated and it makes sense.

    What is not covered may be a part of it. A price of nothing is no lower price: the plan refused, or pays
    by another one.
    """
    bill, price, paid = money.bill, money.allowed, money.plan_paid
    if money.discount.is_known or not price.amount or has_price_apart(money):
        return NOT_SHARED
    if not _fits(price, bill) or (paid.is_known and not _fits(paid, price)):
        return NOT_SHARED
    return worked_out(said("Taken off the bill"), (bill.amount or Decimal(0)) - price.amount, [bill, price])


def less_uncovered(taken_off: Figure, money: Money) -> Figure:
    """Return what was taken off the bill less what is not covered, where that is a part of it, and not of the
    price."""
    uncovered = money.not_covered
    if not _fits(uncovered, taken_off) or leaves_uncovered(money):
        return taken_off
    rest = (taken_off.amount or Decimal(0)) - (uncovered.amount or Decimal(0))
    return worked_out(said("Taken off the bill"), rest, [taken_off, uncovered])


def leaves_uncovered(money: Money) -> bool:
    """Return whether payments and share leave of the price just what is not covered: it holds that then."""
    price, needed = money.allowed, (money.plan_paid, money.your_share, money.not_covered)
    figures = [*needed, *([money.other_payer] if money.other_payer.is_known else [])]
    is_told = bool(money.not_covered.amount) and all(figure.is_known for figure in figures)
    if price.amount is None or not is_told or any(figure.unit != price.unit for figure in figures):
        return False
    return in_cents(price.amount - come_to(figures)) == 0


def may_hold_uncovered(money: Money) -> bool:
    """Return whether what is not covered may be in the share, and so in the price: what of the share is no
    deductible, copay or coinsurance is as much or more."""
    share, uncovered, rule = money.your_share, money.not_covered, Rule.of(1)
    parts = [figure for name in PARTS if (figure := getattr(money, name)).amount]
    if not share.is_known or any(figure.unit != share.unit for figure in (uncovered, *parts)):
        return True
    return not rule.exceeds(Figure(come_to([uncovered, *parts]), share.currency), share)


def _fits(part: Figure, whole: Figure) -> bool:
    """Return whether *part* goes into *whole*: of the same sign and no greater."""
    if part.amount is None or whole.amount is None or part.unit != whole.unit:
        return False
    return part.amount * whole.amount >= 0 and abs(part.amount) <= abs(whole.amount)
