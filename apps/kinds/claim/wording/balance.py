"""Whether a claim's figures add up: sums of what was sent, to the cent, nothing assumed (facts claims 3).

Two equations make the money story of a claim:

    billed  = plan discount + not covered + allowed
    allowed = plan paid + other payers + your share

Plans differ in where they put what is not covered: apart, inside the price they allow, or inside the member's
share, all of it or what is theirs. Each is accepted where it fits exactly, and said (`Check.inside`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from msgspec import structs

from apps.kinds.claim import whose
from apps.kinds.claim.reading import uncovered
from apps.kinds.claim.reading.contradictions import PARTS
from apps.kinds.claim.reading.figures import add, come_to, worked_out
from apps.kinds.claim.reading.money import over_priced
from apps.kinds.claim.reading.price import (
    has_price_apart,
    leaves_uncovered,
    less_uncovered,
    may_hold_uncovered,
    reduction,
)
from apps.kinds.claim.records import NOT_SHARED, ClaimRecord, Figure, Money
from apps.plain_language.language import said
from apps.plain_language.money import in_cents

_NOTHING = Decimal(0)
_BORNE = ("plan_paid", "your_share")
"""What has to be known of a price, or of a bill without one, to tell whether it adds up."""

Outcome = Literal["holds", "worked_out", "off", "open", "unknown", "currencies"]
"""How an equation came out.

`holds`: to the cent. `worked_out`: it holds because the one figure that was not sent is worked out by us.
`off`: all figures were sent and differ. `open`: something is left over that a figure not sent could explain.
`unknown`: too little was sent. `currencies`: amounts of different currencies, which are never added.
"""


@dataclass(frozen=True, slots=True)
class Check:
    """One equation: `whole` is the concept on the left, `total` what it is, `added` what the parts come to.

    `gap` is total minus added: what no part explains, negative where the parts come to more. `missing` are
    the concepts that were not sent; `inside` is where what is not covered is counted already, `in_part` where
    the share holds what of it is the member's; `allowed` of both where the price holds it, and no share.
    """

    whole: str
    outcome: Outcome
    total: Figure = NOT_SHARED
    added: Figure = NOT_SHARED
    gap: Figure = NOT_SHARED
    missing: tuple[str, ...] = ()
    inside: Literal["allowed", "your_share", "in_part"] | None = None
    is_taxed: bool = False
    """A tax on top of `total` closes it."""

    @property
    def is_fine(self) -> bool:
        """Whether nothing speaks against the figures."""
        return self.outcome in ("holds", "worked_out")


@dataclass(frozen=True, slots=True)
class Balance:
    """Both equations of a claim, and the figures that we worked out ourselves.

    `whole` stands in for both where the plan did not share the price it allows. `taken_off` is billed minus
    allowed minus what is not covered, where no discount was sent; `rest_of_share` is what of the share is
    neither deductible, copay nor coinsurance.
    """

    base: str
    billing: Check
    sharing: Check
    whole: Check | None = None
    taken_off: Figure = NOT_SHARED
    rest_of_share: Figure = NOT_SHARED
    is_discount_below: bool = False
    """The discount closes the price and not the bill: a manufacturer takes it off what the plan allows."""

    @property
    def checks(self) -> tuple[Check, ...]:
        """The equations that tell something, in the order of the receipt."""
        return (self.whole,) if self.whole else (self.billing, self.sharing)

    @property
    def adds_up(self) -> bool:
        """Whether every equation was checked and holds."""
        return all(check.is_fine for check in self.checks)

    @property
    def is_held_in_part(self) -> bool:
        """Whether the share holds what of the amount that is not covered is the member's."""
        return any(check.inside == "in_part" for check in self.checks)

    @property
    def is_taxed(self) -> bool:
        """Whether a tax comes on top of the price."""
        return any(check.is_taxed for check in self.checks)


def by_some_lines(record: ClaimRecord, concept: str) -> Figure:
    """Return a figure by all lines that have amounts, or what the plan paid by those that say it."""
    if concept == "plan_paid":
        return record.paid_by_lines
    return over_priced([line.money for line in record.real_lines], concept)


def balance_of(record: ClaimRecord) -> Balance:
    """Return how the figures of a claim fit together, by whose what is not covered is."""
    is_open = uncovered.are_open(record.outcome, record.real_lines, uncovered.as_sent(record))
    return balance(
        record.money,
        is_open=is_open,
        yours=whose.parts(record).get("PR", _NOTHING),
    )


def is_rest_uncovered(record: ClaimRecord, balance: Balance) -> bool:
    """Return whether the rest of the share is the amount in the price that is not covered, and not the
    provider's."""
    rest, uncovered = balance.rest_of_share, record.money.not_covered
    is_in_price = balance.billing.inside == "allowed" and balance.sharing.inside is None
    is_same = _is(rest, uncovered.amount) and rest.unit == uncovered.unit
    return is_in_price and is_same and whose.group(record) != "CO"


def balance(money: Money, *, is_open: bool = False, yours: Decimal = _NOTHING) -> Balance:
    """Return how the figures of *money* fit together, without a price of zero beside a payment.

    *is_open*: some lines have no price yet, so nothing was taken off that could be worked out. *yours* is
    what of the amount that is not covered is the member's.
    """
    if has_price_apart(money):
        money = structs.replace(money, allowed=NOT_SHARED)
    base = "billed" if money.billed.is_known or not money.drug_cost.is_known else "drug_cost"
    taken_off = NOT_SHARED if is_open else less_uncovered(reduction(money), money)
    sharing = _in_share(_check("allowed", money, _BORNE, ("other_payer",)), money, yours)
    billing = _billing(money, base, taken_off)
    if billing.inside == "allowed" and leaves_uncovered(money):
        sharing = Check("allowed", "holds", sharing.total, sharing.total, inside="allowed")
    if billing.outcome == "off" and _is(sharing.gap, money.discount.amount):
        below = add([figure for figure in (money.discount, money.other_payer) if figure.is_known], "")
        other = balance(structs.replace(money, discount=NOT_SHARED, other_payer=below), yours=yours)
        if other.adds_up:
            return replace(other, is_discount_below=True)
    whole = None
    if not money.allowed.is_known:  # the bill against everything, as no price stands between
        against_all = _check(base, money, _BORNE, ("discount", "not_covered", "other_payer"))
        whole = _in_share(against_all, money, yours)
    return Balance(base, billing, sharing, whole, taken_off, _rest_of_share(money))


def _billing(money: Money, base: str, taken_off: Figure) -> Check:
    bill = money.bill
    if taken_off.is_known:
        inside: Literal["allowed"] | None = "allowed" if _is_beside(taken_off, money) else None
        return Check(base, "worked_out", bill, bill, missing=("discount",), inside=inside)
    check = _check(base, money, ("allowed",), ("discount", "not_covered"))
    is_inside = _is_by_uncovered(check, money) and (leaves_uncovered(money) or may_hold_uncovered(money))
    return Check(base, "holds", bill, bill, inside="allowed") if is_inside else check


def _is_by_uncovered(check: Check, money: Money) -> bool:
    """Return whether the figures are off by what is not covered."""
    return check.outcome in ("off", "open") and _is(check.gap, -_amount(money.not_covered))


def _is_beside(taken_off: Figure, money: Money) -> bool:
    """Return whether what is not covered is no part of what was taken off: it is in the price then."""
    together = in_cents(_amount(taken_off) + _amount(money.allowed))
    return bool(money.not_covered.amount) and together == in_cents(_amount(money.bill))


def _in_share(check: Check, money: Money, yours: Decimal) -> Check:
    """Return the check, settled where the share already holds what is not covered, or what of it is *yours*,
    or a tax comes on top."""
    if check.outcome == "off" and check.total.unit == money.tax.unit and _is(check.gap, -_amount(money.tax)):
        return Check(check.whole, "holds", check.total, check.total, is_taxed=True)
    if _is_by_uncovered(check, money) and may_hold_uncovered(money):
        return Check(check.whole, "holds", check.total, check.total, inside="your_share")
    if check.outcome in ("off", "open") and _is(check.gap, -yours):
        return Check(check.whole, "holds", check.total, check.total, inside="in_part")
    return check


def _check(whole: str, money: Money, needed: Sequence[str], optional: Sequence[str]) -> Check:
    """Return how a figure fits with its parts: nothing is told without those *needed*; the *optional* ones
    may stand for what is left over where they are missing."""
    total: Figure = getattr(money, whole)
    if unknown := tuple(name for name in (whole, *needed) if not getattr(money, name).is_known):
        return Check(whole, "unknown", total, missing=unknown)
    figures: dict[str, Figure] = {name: getattr(money, name) for name in (*needed, *optional)}
    stated = [figure for figure in figures.values() if figure.is_known]
    missing = tuple(name for name, figure in figures.items() if not figure.is_known)
    if len({figure.unit for figure in (total, *stated)}) > 1:
        return Check(whole, "currencies", total, missing=missing)
    added = come_to(stated)
    gap = _amount(total) - added
    if in_cents(gap) == 0:
        return Check(whole, "holds", total, _like(total, added), missing=missing)
    # A figure that was not sent explains what is left over, never what is too much.
    is_left_over = gap * _amount(total) > 0
    return Check(
        whole,
        "open" if missing and is_left_over else "off",
        total,
        _like(total, added),
        _like(total, gap),
        missing,
    )


def _rest_of_share(money: Money) -> Figure:
    """Return what the share holds beside deductible, copay and coinsurance, where all three were sent."""
    share = money.your_share
    parts: list[Figure] = [getattr(money, name) for name in PARTS]
    stated_parts = [part for part in parts if part.is_known]
    if not share.is_known or not stated_parts or any(part.unit != share.unit for part in stated_parts):
        return NOT_SHARED
    rest = _amount(share) - come_to(stated_parts)
    is_all_or_not_covered = len(stated_parts) == len(PARTS) or _is(
        _like(share, rest), _amount(money.not_covered) or None
    )
    if in_cents(rest) == 0 or rest * _amount(share) < 0 or not is_all_or_not_covered:
        return NOT_SHARED
    return worked_out(said("Rest of your share"), rest, [share, *stated_parts])


def _is(figure: Figure, amount: Decimal | None) -> bool:
    return bool(amount) and figure.is_known and in_cents(_amount(figure) - (amount or 0)) == 0


def _amount(figure: Figure) -> Decimal:
    """Return the amount for adding; 0 where none is known, which only ever adds nothing."""
    return figure.amount if figure.amount is not None else Decimal(0)


def _like(figure: Figure, amount: Decimal) -> Figure:
    return Figure(amount, figure.currency)
