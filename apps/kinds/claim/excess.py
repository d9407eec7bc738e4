"""Whether what was paid, alone or with the member's share, comes to more than the care may cost; pure.

Then the share is not to be paid before somebody asked, and what the member paid may come back. Outside the
network nobody is held to what the plan allows, and what is not covered may come on top of the price.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal, NamedTuple

from msgspec import structs

from apps.kinds.claim import standing, unpaid
from apps.kinds.claim.reading.contradictions import Rule
from apps.kinds.claim.reading.money import add
from apps.kinds.claim.records import NOT_SHARED, ClaimRecord, Figure


class Excess(NamedTuple):
    """By how much (`over`) what was paid, or that and the share, is more than `price`."""

    price: Figure
    over: Decimal
    alone: Literal["plan", "others", ""]
    """Who paid the whole price alone."""
    is_of_bill: bool
    """The plan states no price, and only the bill is exceeded."""

    @property
    def may_be_right(self) -> bool:
        """Whether a plan that pays fixed prices may have paid more than was billed, as Medicare does."""
        return self.is_of_bill and self.alone != "others"


def excess(record: ClaimRecord) -> Excess | None:
    """Return by how much what was paid and the share exceed the price; None where figures do not tell."""
    share = record.money.your_share
    is_sure = not standing.is_contradicted(record, "your_share", "not_covered")
    if share.amount is None or share.amount < 0 or not is_sure:
        return None
    return _above_price(record, structs.replace(share, amount=unpaid.share_to_pay(record)))


def excess_paid(record: ClaimRecord) -> Excess | None:
    """Return by how much what was paid, by the member too, exceeds the price, whatever the share is."""
    paid = unpaid.paid_by_you(record)
    return _above_price(record, paid) if (paid.amount or 0) > 0 else None


def _above_price(record: ClaimRecord, yours: Figure) -> Excess | None:
    """Return by how much what plan and others paid exceeds the price, with *yours*, the member's amount."""
    money = record.money
    concept, price = _price(record)
    is_sure = not standing.is_contradicted(record, concept, "plan_paid", "other_payer")
    # Of a drug the discounts that Medicare names are money too: Extra Help, a manufacturer's.
    by_others = [money.other_payer, *([money.discount] if concept == "drug_cost" else [])]
    paid = [figure for figure in (money.plan_paid, *by_others) if figure.is_known]
    if price.amount is None or not paid or not is_sure:
        return None
    all_of_it, room = add([yours, *paid], ""), _room(record) if concept == "allowed" else price
    rule = Rule.of(sum(not line.is_total for line in record.lines))
    if not rule.exceeds(all_of_it, room) or rule.is_sum(all_of_it, [room, money.tax]):
        return None
    alone = _alone(_sum([money.plan_paid]), _sum(by_others), price.amount)
    return Excess(price, _sum([all_of_it]) - _sum([room]), alone, concept == "billed")


def _room(record: ClaimRecord) -> Figure:
    """Return the price with what is not covered beside it; the bill, where figures disagree on that."""
    money = record.money
    if standing.is_contradicted(record, "not_covered"):
        return NOT_SHARED if standing.is_contradicted(record, "billed") else money.billed
    return (
        add([money.allowed, money.not_covered], "") if (money.not_covered.amount or 0) > 0 else money.allowed
    )


def _sum(figures: Iterable[Figure]) -> Decimal:
    return sum((figure.amount or Decimal(0) for figure in figures), Decimal(0))


def _alone(plan: Decimal, others: Decimal, price: Decimal) -> Literal["plan", "others", ""]:
    if others >= price:
        return "others"
    return "plan" if plan >= price else ""


def _price(record: ClaimRecord) -> tuple[str, Figure]:
    """Return what the care may cost, and what that is: the price that the plan allows, else the bill."""
    money = record.money
    if not standing.may_ask_more(record) and (money.allowed.amount or 0) > 0:
        return "allowed", money.allowed
    return ("billed", money.billed) if money.billed.is_known else ("drug_cost", money.drug_cost)
