"""What a plan pays and what a member owes: benefit design, and the ledger of each plan year's limits."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal("0.00")
_CENT = Decimal("0.01")


def cents(amount: Decimal | int | str) -> Decimal:
    """The amount in dollars with exactly two decimals, rounded half up."""
    return Decimal(amount).quantize(_CENT, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Rule:
    """How one kind of care is shared: the deductible first (if it applies), then copay, then coinsurance.

    `copay` in dollars per line, `coinsurance` as the member's fraction (0.20 = 20 %).
    """

    copay: Decimal = ZERO
    coinsurance: Decimal = ZERO
    deductible: bool = True


@dataclass(frozen=True)
class Limits:
    """The yearly limits of one network, in dollars: one person's, then the whole family's."""

    deductible: Decimal
    out_of_pocket: Decimal
    family_deductible: Decimal
    family_out_of_pocket: Decimal


@dataclass(frozen=True)
class Benefits:
    """One plan's design. `rules` maps kinds of care to Rules; `maximum` caps what the plan pays in a year."""

    code: str
    name: str
    inside: Limits
    outside: Limits
    rules: Mapping[str, Rule] = field(hash=False)
    outside_rule: Rule = Rule(coinsurance=Decimal("0.40"))
    maximum: Decimal | None = None

    def limits(self, *, in_network: bool) -> Limits:
        """The limits that count for this network."""
        return self.inside if in_network else self.outside

    def rule(self, care: str, *, in_network: bool) -> Rule:
        """The rule for a kind of care."""
        return self.rules[care] if in_network else self.outside_rule


@dataclass(frozen=True, slots=True)
class Split:
    """Who bears one line. Two identities always hold, to the cent:

    billed  = discount + noncovered + allowed
    allowed = prior_paid + benefit + deductible + copay + coinsurance
    """

    billed: Decimal
    discount: Decimal
    noncovered: Decimal
    allowed: Decimal
    deductible: Decimal
    copay: Decimal
    coinsurance: Decimal
    prior_paid: Decimal
    benefit: Decimal
    noncovered_is_members: bool
    reason: str
    in_network: bool  # which network's limits it counts toward

    @property
    def shared(self) -> Decimal:
        """The member's part of the allowed amount."""
        return self.deductible + self.copay + self.coinsurance

    @property
    def liability(self) -> Decimal:
        """All the member owes: the shared part, and what is not covered where that falls to the member."""
        return self.shared + (self.noncovered if self.noncovered_is_members else ZERO)


@dataclass
class _Spent:
    deductible: Decimal = ZERO
    out_of_pocket: Decimal = ZERO


class Ledger:
    """One policy's running limits per plan year (calendar year) and network, of each person and family."""

    def __init__(self, benefits: Benefits) -> None:
        self.benefits = benefits
        self._spent: defaultdict[tuple[int, bool, str], _Spent] = defaultdict(_Spent)
        self._paid: defaultdict[tuple[int, str], Decimal] = defaultdict(lambda: ZERO)

    def settle(
        self,
        *,
        who: str,
        year: int,
        in_network: bool,
        care: str,
        billed: Decimal,
        allowed: Decimal,
        noncovered: Decimal = ZERO,
        noncovered_is_members: bool = False,
        reason: str = "",
        prior_paid: Decimal = ZERO,
        copay_taken: Decimal = ZERO,
    ) -> Split:
        """Divide one line and count it. `allowed` is the plan's price for the covered part of the line.

        `prior_paid` is what another insurer has already paid of it; `reason` a CARC number for `noncovered`;
        `copay_taken` the copay earlier lines of the same visit have taken.
        """
        if not ZERO <= allowed + noncovered <= billed or prior_paid > allowed:
            raise ValueError("a line's parts cannot exceed what was billed")
        discount = billed - allowed - noncovered
        # Emergencies count as in network everywhere, without balance bills (No Surprises Act).
        in_network = in_network or care == "emergency"
        if not in_network and discount:
            # Without a contract there is no discount: the provider may bill the rest to the member.
            noncovered, discount = noncovered + discount, ZERO
            noncovered_is_members, reason = True, reason or "45"
        deductible, copay, coinsurance = self._share(
            self.benefits.rule(care, in_network=in_network),
            self._open(who, year, in_network),
            amount=allowed - prior_paid,
            copay_taken=copay_taken,
        )
        benefit = allowed - prior_paid - deductible - copay - coinsurance
        over = self._over_maximum(who, year, benefit)
        if over:
            benefit, allowed, noncovered = benefit - over, allowed - over, noncovered + over
            noncovered_is_members, reason = True, "119"
        split = Split(
            billed, discount, noncovered, allowed, deductible, copay, coinsurance, prior_paid, benefit,
            noncovered_is_members and noncovered > 0, reason if noncovered else "", in_network,
        )  # fmt: skip
        self._count(split, who=who, year=year, sign=1)
        return split

    def undo(self, split: Split, *, who: str, year: int) -> None:
        """Take a reversed line out of the limits again."""
        self._count(split, who=who, year=year, sign=-1)

    def _open(self, who: str, year: int, in_network: bool) -> tuple[Decimal, Decimal]:
        """(deductible, out of pocket) that may still be asked of a person: the own limit or the family's."""
        limits = self.benefits.limits(in_network=in_network)
        own, family = self._spent[year, in_network, who], self._spent[year, in_network, ""]
        return (
            max(ZERO, min(limits.deductible - own.deductible, limits.family_deductible - family.deductible)),
            max(
                ZERO,
                min(
                    limits.out_of_pocket - own.out_of_pocket,
                    limits.family_out_of_pocket - family.out_of_pocket,
                ),
            ),
        )

    @staticmethod
    def _share(
        rule: Rule, still_open: tuple[Decimal, Decimal], *, amount: Decimal, copay_taken: Decimal
    ) -> tuple[Decimal, Decimal, Decimal]:
        """(deductible, copay, coinsurance) of one amount, never more than the member's open limits."""
        open_deductible, left = still_open
        deductible = min(open_deductible, amount, left) if rule.deductible else ZERO
        copay = min(max(ZERO, rule.copay - copay_taken), amount - deductible, left - deductible)
        rest = amount - deductible - copay
        coinsurance = min(cents(rest * rule.coinsurance), left - deductible - copay)
        return deductible, copay, coinsurance

    def _over_maximum(self, who: str, year: int, benefit: Decimal) -> Decimal:
        if self.benefits.maximum is None:
            return ZERO
        return max(ZERO, benefit - (self.benefits.maximum - self._paid[year, who]))

    def _count(self, split: Split, *, who: str, year: int, sign: int) -> None:
        for key in (who, ""):
            counted = self._spent[year, split.in_network, key]
            counted.deductible += sign * split.deductible
            counted.out_of_pocket += sign * split.shared
        self._paid[year, who] += sign * split.benefit
