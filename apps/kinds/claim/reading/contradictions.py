"""Figures of one claim that contradict each other: the one rule for its page, lists, sums and files.

Another place, the lines or the parts of a share may state another amount for the same thing. Nothing is
asserted then: both are kept. A zero that another figure contradicts is taken for one that nobody filled in,
so the other one is shown as likelier; that is our rule, and pages say so.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

from msgspec import structs

from apps.kinds.claim.reading.figures import add, come_to, is_of_added, paid_out, same, stands_on_lines
from apps.kinds.claim.reading.money import PAID_TO, Book
from apps.kinds.claim.records import NOT_SHARED, ClaimRecord, Disagreement, Figure, Money

CENT = Decimal("0.01")
PARTS = ("deductible", "copay", "coinsurance")
_NONE = Decimal(0)
OFF = ("discount", "not_covered")
_EQUATED = ("billed", "drug_cost", "allowed", *OFF, "plan_paid", "other_payer")
"""What, with the share, makes the sums of bill and price."""


class Judged(NamedTuple):
    """The figure to show, and what contradicts it."""

    figure: Figure
    disagreements: tuple[Disagreement, ...] = ()


class Rule(NamedTuple):
    """How far apart figures may be before they disagree: a cent a line, as plans round line by line."""

    slack: Decimal

    @classmethod
    def of(cls, lines: int) -> "Rule":
        """Return the rule for a claim of so many lines; those that repeat the whole are none."""
        return cls(CENT * max(1, lines))

    def differ(self, first: Figure, other: Figure) -> bool:
        """Return whether two figures, both known, are not one amount; of two currencies they never are."""
        if first.amount is None or other.amount is None:
            return False
        is_of_another = first.currency != other.currency and first.unit != other.unit
        return is_of_another or abs(first.amount - other.amount) > self.slack

    def exceeds(self, first: Figure, other: Figure) -> bool:
        """Return whether *one*, known like *other* and in its currency, is more."""
        if first.amount is None or other.amount is None or first.unit != other.unit:
            return False
        return first.amount - other.amount > self.slack

    def judged(self, concept: str, candidates: Iterable[Figure]) -> Judged:
        """Return which of *candidates*, best first, is shown: the first that is no contradicted zero.

        An amount below nothing tells no more than a zero does: it may take back what was paid elsewhere.
        """
        amounts = [figure for figure in candidates if figure.amount is not None]
        if not amounts:
            return Judged(NOT_SHARED)
        first = amounts[0]
        if not first.amount:
            first = next(
                (figure for figure in amounts if (figure.amount or _NONE) > 0 and self.differ(figure, first)),
                first,
            )
        return Judged(first, self.against(concept, first, amounts))

    def against(
        self,
        concept: str,
        chosen: Figure,
        others: Iterable[Figure],
        about: Literal["places", "parts", "stated", "uncovered"] = "places",
    ) -> tuple[Disagreement, ...]:
        """Return how *others* contradict the figure shown: one disagreement, or none."""
        differing = [other for other in others if other is not chosen and self.differ(other, chosen)]
        if not differing:
            return ()
        first: dict[object, Figure] = {}
        for other in differing:
            first.setdefault((other.amount, other.unit), other)
        apart = tuple(first.values())
        are_of_lines = all(map(stands_on_lines, apart))
        is_added = is_of_added(chosen)
        is_by_lines = about == "places" and stands_on_lines(chosen) is not are_of_lines
        is_by_lines = is_by_lines and not (is_added or any(map(is_of_added, apart)))
        # Lines whose zeros count have split the price: such a zero was filled in.
        is_no_likelier = are_of_lines and not is_added and not any(other.amount for other in apart)
        what_against = "lines" if is_by_lines else about
        return (Disagreement(concept, what_against, chosen, apart, fits_no_better=is_no_likelier),)

    def share_stated(self, stated: Figure, parts: Figure, money: Money) -> Judged:
        """Return the share where the plan states one; *parts* is its deductible, copay and coinsurance.

        A zero beside parts is no fact, unless the price adds up with it. A share below its parts is explained
        where another payer took over the difference, one above them where it holds what is not covered.
        """
        if not stated.amount and parts.amount and not self._is_whole(stated, money):
            against = self.against("your_share", parts, [stated], "parts")
            fits = self._has_room(parts, money) and self._may_be_whole(parts, money)
            return Judged(
                parts, tuple(structs.replace(figure, fits_no_better=not fits) for figure in against)
            )
        has_all_parts = all(getattr(money, name).is_known for name in PARTS)
        is_apart = self.exceeds(parts, stated) or (has_all_parts and self.exceeds(stated, parts))
        if is_apart and not self._is_explained(stated, parts, money):
            return Judged(stated, self.against("your_share", stated, [parts], "stated"))
        if not stated.amount and money.not_covered.amount and not self.closes(stated, money):
            return Judged(stated, self.against("your_share", stated, [money.not_covered], "uncovered"))
        return Judged(stated)

    def above_bill(self, money: Money) -> tuple[Disagreement, ...]:
        """Return that what the plan paid and what it did not cover come to more than was billed.

        What it paid is no part of what it did not cover. A payment above the bill is a price by itself, as
        Medicare's for a stay.
        """
        base = money.bill
        paid, uncovered = money.plan_paid, money.not_covered
        if not all((figure.amount or _NONE) > 0 for figure in (base, paid, uncovered)):
            return ()
        if self.exceeds(paid, base) or not self.exceeds(add([paid, uncovered], ""), base):
            return ()
        return (Disagreement("not_covered", "whole", uncovered, (paid, base)),)

    def _has_room(self, share: Figure, money: Money) -> bool:
        """Return whether a share can be true beside what was paid: together no more than the bill."""
        base = money.bill
        paid = [figure for figure in (money.plan_paid, money.other_payer) if figure.is_known]
        return not self.exceeds(add([share, *paid], ""), base)

    def is_open(self, share: Figure, money: Money) -> bool:
        """Return whether a share of zero, made of its parts, leaves an amount that nobody bears.

        Parts of zero say nothing of what is not covered, nor of a price, else a bill, of which nobody paid
        anything.
        """
        if share.amount != 0:
            return False
        is_closed = self.closes(share, money)
        if money.not_covered.amount and not is_closed:
            return True
        borne = money.plan_paid.amount or money.other_payer.amount
        left = money.allowed.amount or (not is_closed and money.bill.amount) or _NONE
        return money.plan_paid.is_known and not borne and left > 0

    def _may_be_whole(self, share: Figure, money: Money) -> bool:
        """Return whether the price adds up with a share, or too little was sent to tell."""
        is_told = money.allowed.amount and money.plan_paid.is_known
        return not is_told or self._is_whole(share, money)

    def _is_explained(self, stated: Figure, parts: Figure, money: Money) -> bool:
        """Return whether what another payer took over, or what is not covered, makes the difference."""
        gap = (stated.amount or _NONE) - (parts.amount or _NONE)
        by = money.not_covered if gap > 0 else money.other_payer
        if gap < 0 and self._is_whole(stated, money):
            return by.unit == stated.unit and (by.amount or _NONE) >= -gap
        return by.amount is not None and by.unit == stated.unit and abs(abs(gap) - by.amount) <= self.slack

    def _is_whole(self, share: Figure, money: Money) -> bool:
        """Return whether the price that the plan allows is what was paid and this share, to the cent."""
        borne = [money.plan_paid, money.other_payer, share]
        return bool(money.allowed.amount) and self.is_sum(money.allowed, borne)

    def closes(self, share: Figure, money: Money) -> bool:
        """Return whether price or bill add up with what is not covered apart from the share."""
        base = money.bill
        price, uncovered = money.allowed, money.not_covered
        borne = [money.plan_paid, money.other_payer, share]
        has_room = not self.exceeds(add([price, uncovered], ""), base)
        return (self.is_sum(price, borne) and has_room) or self.is_sum(
            base, [money.discount, uncovered, *borne]
        )

    def closes_in_price(self, share: Figure, money: Money) -> bool:
        """Return whether the price adds up with what is not covered in it, beside the share."""
        borne = [money.not_covered, money.plan_paid, money.other_payer, share]
        return not self.exceeds(money.allowed, money.bill) and self.is_sum(money.allowed, borne)

    def may_add_up(self, money: Money) -> bool:
        """Return whether they add up, or do where what is not covered is in the price or in the share, or a
        tax in the share."""
        share, inside = money.your_share, [money.not_covered, money.tax]
        ways: list[dict[str, Figure]] = [{}, {"not_covered": NOT_SHARED}]
        if share.amount:
            amounts = [figure.amount for figure in inside if figure.amount]
            ways += [{"your_share": structs.replace(share, amount=share.amount - part)} for part in amounts]
        return any(self.adds_up(structs.replace(money, **way)) for way in ways)

    def adds_up(self, money: Money) -> bool:
        """Return whether bill and price are what they are made of."""
        bill, price = money.bill, money.allowed
        off = [money.discount, money.not_covered]
        borne = [money.plan_paid, money.other_payer, money.your_share]
        if not (bill.amount and money.plan_paid.is_known and money.your_share.is_known):
            return False
        if not price.is_known:
            return self.is_sum(bill, [*off, *borne])
        has_room = not any(figure.is_known for figure in off) and not self.exceeds(price, bill)
        return self.is_sum(price, borne) and (has_room or self.is_sum(bill, [*off, price]))

    def tells_bill(self, money: Money) -> bool:
        """Return whether figures that add up tell the bill too: a price alone goes into any bill above it."""
        return not money.allowed.is_known or any(getattr(money, name).is_known for name in OFF)

    def closes_without_price(self, money: Money) -> bool:
        """Return whether the bill is what it is made of, the price that the plan allows left aside."""
        return self.adds_up(structs.replace(money, allowed=NOT_SHARED))

    def is_sum(self, whole: Figure, parts: Sequence[Figure]) -> bool:
        """Return whether a figure is what *parts*, those of them that are known, come to."""
        if whole.amount is None:
            return False
        stated_parts = [part for part in parts if part.amount is not None]
        if [part for part in stated_parts if part.currency != whole.currency and part.unit != whole.unit]:
            return False
        return abs(whole.amount - come_to(stated_parts)) <= self.slack


def of_one_place(
    book: Book, money: Money, disagreements: list[Disagreement], share: Figure, rule: Rule
) -> tuple[Money, list[Disagreement]]:
    """Return the figures of one place where those of two do not add up and its own do, and what disagrees.

    The lines' go first where only these do; *share* is theirs. What lines alone state, or is as much as the
    discount, is none of the head's where that adds up without it: it is the same money under another name.
    """
    if rule.adds_up(money):
        return money, disagreements
    off = {name: getattr(money, name) for name in OFF}
    without = structs.replace(
        money,
        **{
            name: NOT_SHARED
            for name, figure in off.items()
            if stands_on_lines(figure) or (name == "not_covered" and is_discount(figure, money))
        },
    )
    is_off_stated = any(getattr(without, name).is_known for name in OFF)
    if without != money and is_off_stated and rule.adds_up(without):
        return without, disagreements
    sums = {name: book.over_lines(name) for name in (*_EQUATED, *PAID_TO)} | {"your_share": share}
    if not sums["plan_paid"].is_known:
        sums["plan_paid"] = paid_out(*[sums[name] for name in PAID_TO])
    apart = [disagreement for disagreement in disagreements if disagreement.concept in sums]
    is_of_lines = all(
        disagreement.about == "lines" and sums[disagreement.concept].amount for disagreement in apart
    )
    shown = structs.replace(
        money, **{disagreement.concept: sums[disagreement.concept] for disagreement in apart}
    )
    if not is_of_lines or rule.may_add_up(money) or not rule.adds_up(shown):
        return money, disagreements
    return shown, [
        _with_first(disagreement, getattr(shown, disagreement.concept)) for disagreement in disagreements
    ]


def is_discount(uncovered: Figure, money: Money) -> bool:
    """Return whether what is not covered is just as much as the discount, and more than the share: it may be
    a part of that else."""
    is_hers = (money.your_share.amount or 0) >= (uncovered.amount or 0) > 0
    is_as_much = bool(uncovered.amount) and same(uncovered, money.discount)
    return is_as_much and not (is_hers or stands_on_lines(money.discount))


def _with_first(disagreement: Disagreement, first: Figure) -> Disagreement:
    """Return a disagreement with the figure that is shown first."""
    every = (disagreement.chosen, *disagreement.others)
    if same(disagreement.chosen, first):
        return disagreement
    return structs.replace(
        disagreement, chosen=first, others=tuple(other for other in every if not same(other, first))
    )


def with_zero_first(
    money: Money, disagreements: Sequence[Disagreement]
) -> tuple[Money, tuple[Disagreement, ...]]:
    """Return the figures with a stated share of zero before its parts, of a member who may not be charged
    these, and what disagrees."""
    contradicted = next((disagreement for disagreement in disagreements if _is_of_parts(disagreement)), None)
    if contradicted is None:
        return money, tuple(disagreements)
    (zero,) = contradicted.others
    first = Disagreement("your_share", "stated", zero, (contradicted.chosen,))
    others = tuple(first if disagreement is contradicted else disagreement for disagreement in disagreements)
    return structs.replace(money, your_share=zero), others


def of_refused(record: ClaimRecord) -> ClaimRecord:
    """Return *record*; where the plan refused something, a zero may be what it decided, and is no likelier
    one that nobody filled in."""
    decided = (record.decision, *(line.decision for line in record.lines))
    if not record.has_refusal and "denied" not in decided:
        return record
    disagreements = [structs.replace(apart, fits_no_better=True) for apart in record.disagreements]
    return structs.replace(record, disagreements=tuple(disagreements))


def _is_of_parts(disagreement: Disagreement) -> bool:
    """Return whether a share made of its parts stands before a stated zero."""
    is_share = (disagreement.concept, disagreement.about) == ("your_share", "parts")
    return is_share and len(disagreement.others) == 1 and disagreement.others[0].amount == 0
