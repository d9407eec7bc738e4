"""Whether the share, alone or with what was paid, comes to more than the care may cost; pure.

Then the share is not to be paid before somebody asked, what the member paid may come back, and no sum takes
the claim. Outside the network nobody is held to what the plan allows, and what is not covered may come on top
of the price.
"""

from collections.abc import Collection, Iterator
from decimal import Decimal
from itertools import product
from typing import Literal, NamedTuple

from msgspec import structs

from apps.kinds.claim import standing, unpaid, whose
from apps.kinds.claim.reading.contradictions import Rule
from apps.kinds.claim.reading.figures import add, come_to, same, stands_on_lines
from apps.kinds.claim.reading.price import has_price_apart
from apps.kinds.claim.reading.reasons import is_interest
from apps.kinds.claim.records import NOT_SHARED, ClaimRecord, Figure, Money

_PAID = ("plan_paid", "other_payer")


class Excess(NamedTuple):
    """By how much (`over`) what was paid, or that and the share, is more than the price.

    `prices` are those that the claim and its lines state; at least `over` is too much
    by the own figures of each.
    """

    prices: tuple[Figure, ...]
    over: Decimal
    alone: Literal["plan", "others", ""]
    """Who paid the whole price alone."""
    is_of_bill: bool
    """The plan states no price, and only the bill is exceeded."""
    may_be_right: bool
    """A plan that pays fixed prices may have paid more than was billed, as Medicare does."""

    @property
    def price(self) -> Figure:
        """The price that the page shows."""
        return self.prices[0]


class ShareAbove(NamedTuple):
    """Shares, the one that is shown or those beside it, that are more than each of `prices`."""

    shares: list[Figure]
    prices: list[Figure]
    concept: str
    """Which field of `Money` these prices are: what was billed, or what a drug cost, or the price allowed."""


def is_summed(record: ClaimRecord) -> bool:
    """Return whether its amounts belong into sums: it counts and is decided, no figures speak against each
    other, and they are not those of a claim that came before."""
    is_told = standing.counts(record) and not standing.is_open(record)
    return is_told and not is_in_doubt(record) and not record.is_repeat


def is_in_doubt(record: ClaimRecord) -> bool:
    """Return whether figures contradict each other, or come to more than the care may cost with a share of
    which some is the member's, or add up without a sign alone: which is wrong nobody knows, so no sum takes
    any."""
    if standing.writes_off_with_minus(record):
        return True
    return bool(record.disagreements) or exceeding(record) is not None


def exceeding(record: ClaimRecord) -> ShareAbove | Excess | None:
    """Return what is surely more than the care may cost: a share, or with a share what was paid.

    Not where a fixed price may be right beside the bill, as Medicare's for a stay, or a bill of nothing
    beside a copay; not where others' gifts for a drug may overlap so far that all fits; and not before the
    plan decided.
    """
    above, yours = share_above(record), unpaid.share_to_pay(record)
    if above and any(price.amount for price in above.prices):
        return None if standing.is_open(record) else above
    over = excess(record) if yours > 0 else None
    if over is None or over.may_be_right or not over.price.amount or standing.is_open(record):
        return None
    is_sure = price_of(record) != "drug_cost" or is_surely_over(record, over, yours)
    return over if is_sure or is_surely_over(record, over, yours + _largest_gift(record)) else None


def _largest_gift(record: ClaimRecord) -> Decimal:
    """Return the most that one of the others gave for a drug: however gifts overlap, they are not less.

    A discount that Medicare does not name may have come off before the cost was stated.
    """
    gifts = [figure for figure in (record.money.other_payer, record.money.discount) if figure.source]
    amounts = [
        amount
        for figure in gifts
        if figure is record.money.other_payer or "_" in (figure.origin.code or "")
        for amount in figure.origin.added or [figure.amount or Decimal(0)]
    ]
    return max(amounts, default=Decimal(0))


def is_surely_over(record: ClaimRecord, over: Excess, yours: Decimal) -> bool:
    """Return whether the price has no room for *yours*, the member's amount, beside what the plan paid.

    What others gave may overlap, as what Extra Help and a manufacturer gave for a drug.
    """
    price = over.price.amount
    return over.alone == "others" or price is None or yours + (record.money.plan_paid.amount or 0) > price


def share_above(record: ClaimRecord) -> ShareAbove | None:
    """Return which of the shares stated are more than every figure for the bill, else for the price that the
    plan allows; None where none is."""
    shares, rule = standing.tellings(record, "your_share"), Rule.of(len(record.real_lines))
    tax = record.money.tax
    for concept in dict.fromkeys((_bill_of(record), price_of(record))):
        if concept == "allowed" and record.money.not_covered.amount:
            break  # which may come on top of the price
        prices = standing.tellings(record, concept)
        above = [share for share in shares if all(_is_more(share, price, tax, rule) for price in prices)]
        if above and (any(price.amount for price in prices) or not _is_by_the_month(record, record.money)):
            return ShareAbove(above, prices, concept)
    return None


def _is_more(share: Figure, price: Figure, tax: Figure, rule: Rule) -> bool:
    is_below_nothing = price.amount is not None and price.amount < 0
    return not is_below_nothing and rule.exceeds(share, price) and not rule.is_sum(share, [price, tax])


def excess(record: ClaimRecord) -> Excess | None:
    """Return by how much what was paid and the share exceed the price; None where figures do not tell."""
    share = record.money.your_share
    is_sure = not standing.is_contradicted(record, "your_share", "not_covered")
    if share.amount is None or share.amount < 0 or not is_sure:
        return None
    return _above_price(record, structs.replace(share, amount=unpaid.share_to_pay(record)))


def excess_paid(record: ClaimRecord, sent: Decimal = Decimal(0)) -> Excess | None:
    """Return by how much what was paid exceeds the price, by the member too without what the plan *sent* to
    them, whatever the share is."""
    paid = unpaid.paid_by_you(record)
    own = structs.replace(paid, amount=(paid.amount or Decimal(0)) - sent)
    return _above_price(record, own) if (own.amount or 0) > 0 else None


def _above_price(record: ClaimRecord, yours: Figure) -> Excess | None:
    """Return by how much what plan and others paid exceeds the price, with *yours*, the member's amount.

    Where figures contradict each other, one of the claim and one of its lines may fit, which proves nothing.
    """
    concept = price_of(record)
    places_above = [_at_place(record, place, concept, yours) for place in _places(record, (concept, *_PAID))]
    above = [excess_there for excess_there in places_above if excess_there]
    if not above or len(above) < len(places_above):
        return None
    least = min(there.over for there in above)
    if is_interest(record.all_reasons, least, yours.unit):
        return None
    alone = above[0].alone if len({excess_there.alone for excess_there in above}) == 1 else ""
    prices = {(there.price.amount, there.price.unit): there.price for there in reversed(above)}
    shown = getattr(record.money, concept)
    others = [price for price in prices.values() if price.amount != shown.amount]
    may_be_right = all(there.may_be_right for there in above)
    is_of_bill = all(there.is_of_bill for there in above)
    return Excess((shown, *others), least, alone, is_of_bill, may_be_right)


def _places(record: ClaimRecord, concepts: Collection[str]) -> Iterator[Money]:
    """Yield the money as the claim states it, and as its lines do; none where lines replace each other."""
    disagreements = [
        disagreement for disagreement in record.disagreements if disagreement.concept in concepts
    ]
    if any(disagreement.about == "added" for disagreement in disagreements):
        return
    for is_of_lines in (False, True) if disagreements else (False,):
        ways = []
        for disagreement in disagreements:
            figures = (disagreement.chosen, *disagreement.others)
            own = [figure for figure in figures if stands_on_lines(figure) == is_of_lines]
            ways.append([(disagreement.concept, figure) for figure in own or figures])
        yield from (structs.replace(record.money, **dict(way)) for way in product(*ways))


def _at_place(record: ClaimRecord, money: Money, concept: str, yours: Figure) -> Excess | None:
    """Return by how much *money*, the figures of one place, is more than its own price."""
    price: Figure = getattr(money, concept)
    # Of a drug the discounts that Medicare names are money too: Extra Help, a manufacturer's.
    by_others = [money.other_payer, *([money.discount] if concept == "drug_cost" else [])]
    paid = [figure for figure in (money.plan_paid, *by_others) if figure.is_known]
    if (
        price.amount is None
        or price.amount < 0
        or not paid
        or (not price.amount and _is_by_the_month(record, money))
    ):
        return None
    all_of_it, room = add([yours, *paid], ""), _room(record, money) if concept == "allowed" else price
    rule = Rule.of(len(record.real_lines))
    if not rule.exceeds(all_of_it, room) or rule.is_sum(all_of_it, [room, money.tax]):
        return None
    alone = _alone(come_to([money.plan_paid]), come_to(by_others), price.amount)
    may_be_right = concept == "billed" and alone != "others" and (money.plan_paid.amount or 0) > 0
    is_of_bill = concept == "billed" and not same(price, money.allowed)
    return Excess((price,), come_to([all_of_it]) - come_to([room]), alone, is_of_bill, may_be_right)


def _is_by_the_month(record: ClaimRecord, money: Money) -> bool:
    """Return whether it may be care that a plan pays by the month: a copay alone, and no bill beside it.

    A drug is billed each time, and what was denied is not care of the plan's.
    """
    is_copay = bool(money.copay.amount) and same(money.copay, money.your_share)
    return is_copay and record.kind != "pharmacy" and record.decision != "denied"


def _room(record: ClaimRecord, money: Money) -> Figure:
    """Return the price with what is not covered beside it; the bill, where figures disagree on that."""
    if standing.is_contradicted(record, "not_covered"):
        return NOT_SHARED if standing.is_contradicted(record, "billed") else money.billed
    return (
        add([money.allowed, money.not_covered], "") if (money.not_covered.amount or 0) > 0 else money.allowed
    )


def _alone(plan: Decimal, others: Decimal, price: Decimal) -> Literal["plan", "others", ""]:
    if others >= price:
        return "others"
    return "plan" if plan >= price else ""


def price_of(record: ClaimRecord) -> str:
    """Return which figure is what the care may cost: the price that the plan allows, else the bill."""
    money = record.money
    is_open = standing.may_ask_more(record) or whose.may_be_asked_above(record)
    is_apart = is_open or has_price_apart(money)
    if not is_apart and (money.allowed.amount or 0) > 0:
        return "allowed"
    return _bill_of(record)


def _bill_of(record: ClaimRecord) -> str:
    """Return which figure is the bill: of a drug it is the cost, where nothing else is said to be billed."""
    return "billed" if record.money.billed.is_known else "drug_cost"
