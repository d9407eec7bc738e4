"""A year in money: which claims count, summed per currency, and what could not be (facts claims 3.10)."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from apps.kinds.claim import standing
from apps.kinds.claim.counted import CONCEPTS, Counted
from apps.kinds.claim.reading.figures import is_of_some_lines
from apps.kinds.claim.reading.price import may_hold_uncovered
from apps.kinds.claim.records import ClaimRecord, Figure
from apps.kinds.claim.wording.list_words import left_out, with_numbers
from apps.kinds.claim.wording.sources import finer_label
from apps.plain_language.language import _, plural, said
from apps.plain_language.money import in_cents

_WHOLE = ("billed", "tax")
"""What the other figures of a claim come to together."""
SHOWN = 5
"""Currencies that pages show: no member's claims have more, and each costs a page of its own."""


_ZERO = Decimal(0)
_NOBODYS = {"CO": _ZERO, "PR": _ZERO}
MOST_ALIKE = 100
"""Claims of one number, day and kind that others are compared with; one on more claims tells of none."""


class Total(NamedTuple):
    """One sum: over `known` claims, `unknown` claims did not share this amount. None: none did."""

    amount: Decimal | None
    currency: str
    known: int
    unknown: int

    @property
    def unit(self) -> str:
        """The currency, as figures have it."""
        return self.currency


class YearSum(NamedTuple):
    """The sums of one currency: billed + tax = discounts + not covered + plan paid + others + your share."""

    currency: str
    claims: int
    billed: Total
    discount: Total
    above_price: Total
    """What is billed above a price that the provider did not accept: taken off by nobody."""
    other_discount: Total
    """What others than the plan took off: Extra Help, a manufacturer."""
    not_covered: Total
    plan_paid: Total
    other_payer: Total
    tax: Total
    """What comes on top of the price, and closes it."""
    your_share: Total
    in_both: Decimal = Decimal(0)
    """What is in `not_covered` and in `your_share` too: some plans state a share that holds it."""
    providers: Decimal = Decimal(0)
    """What of `not_covered`, and in no share, is the provider's by its contract (X12's group CO)."""
    providers_in_both: Decimal = Decimal(0)
    """The same of what is `in_both`."""
    on_top: Decimal = Decimal(0)
    """What of it the plan counts as the member's (PR), and may come on top of the share."""
    excess: Decimal = Decimal(0)
    """By how much the figures of claims come to more than their bills, or to more than a bill not stated."""
    exceeding: int = 0
    """How many claims come to more than the bill they state."""
    unbilled: int = 0
    """How many do not state one."""
    discount_names: tuple[str, ...] = ()
    """What `other_discount` is made of, as the claims' own pages name it."""


class Year(NamedTuple):
    """What counts of the claims given, and how many do not, and why."""

    entries: tuple[Counted, ...]
    """Those in the sums."""
    disagreeing: tuple[Counted, ...]
    """Those that would be, if their figures agreed, with each other and with the price."""
    out: Mapping[standing.Out, int]
    """Claims in no sum, by why: cancelled, taken back, sent twice, no longer sent, not decided yet."""
    replaced: int
    """Older versions, in no sum either."""
    repeated: int
    """The same claim came through another connection too and counts there."""
    doubtful: int
    """Perhaps the same claim through another connection; counted, because we cannot be sure."""
    without_amounts: int
    sums: tuple[YearSum, ...]

    @property
    def left_out(self) -> int:
        """How many claims are in no sum by themselves."""
        return sum(self.out.values())

    @property
    def claims(self) -> int:
        """How many claims count."""
        return len(self.entries)

    @property
    def shown(self) -> tuple[YearSum, ...]:
        """The sums that pages show."""
        return self.sums[:SHOWN]

    @property
    def has_parts_of_cents(self) -> bool:
        """Whether an amount in the sums is not of whole cents, so that these need not add up as printed."""
        totals = [getattr(total, name).amount for total in self.sums for name in CONCEPTS]
        if all(amount is None or int(amount.as_tuple().exponent) >= -2 for amount in totals):
            return False  # as it mostly is: a sum keeps every place that one of its amounts has
        figures = (figure.amount for entry in self.entries for figure in entry.figures.values())
        return any(amount is not None and amount != in_cents(amount) for amount in figures)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the sums do not say, in sentences; empty when they say everything."""
        return tuple(_notes(self))


def count(entries: Iterable[Counted], *, replaced: int = 0) -> Year:
    """Find what counts among *entries*, the current claims of one year, and sum it.

    *replaced* older versions are not among them.
    """
    all_entries = list(entries)
    elsewhere = _elsewhere(all_entries)
    fit = [entry for entry in all_entries if entry.counts]
    counted = [entry for entry in fit if entry.id not in elsewhere]
    repeated = [entry for entry in fit if entry.id in elsewhere]
    out = Counter(
        standing.why_out(entry.state, is_gone=entry.is_gone, is_repeat=entry.record.is_repeat)
        for entry in all_entries
        if not entry.counts and entry.id not in elsewhere
    )
    silent = sum(not entry.units for entry in counted)
    doubtful = _doubts(counted, repeated)
    times = len({entry.twin_of for entry in repeated})
    summed = tuple(entry for entry in counted if not entry.disagrees)
    disagreeing = tuple(entry for entry in counted if entry.disagrees)
    return Year(summed, disagreeing, out, replaced, times, doubtful, silent, sums(summed))


def counted_once(entries: Sequence[Counted]) -> list[Counted]:
    """Return what counts among *entries* as `count` has it, without summing it."""
    elsewhere = _elsewhere(entries)
    return [entry for entry in entries if entry.counts and not (elsewhere and entry.id in elsewhere)]


def _elsewhere(entries: Sequence[Counted]) -> set[UUID]:
    """Return which of *entries* another connection shows instead, or has a newer version of.

    A twin whose other half is not asked for (of one plan, of a plan year) stands for itself.
    """
    if not any(entry.is_outdated or entry.twin_of for entry in entries):
        return set()  # as with one connection
    here = {entry.id for entry in entries}
    return {entry.id for entry in entries if entry.is_outdated or entry.twin_of in here}


def sums(entries: Sequence[Counted]) -> tuple[YearSum, ...]:
    """Sum what the claims share, apart for each currency, US dollars first."""
    by_unit: dict[str, list[Counted]] = {}
    for entry in entries:
        for unit in entry.units:
            by_unit.setdefault(unit, []).append(entry)
    in_order = sorted(by_unit, key=lambda currency: (currency != "USD", currency))
    return tuple(_sum(unit, by_unit[unit]) for unit in in_order)


def grouped[Entry, Key: Hashable](
    entries: Iterable[Entry], key: Callable[[Entry], Key]
) -> dict[Key, list[Entry]]:
    """Return *entries* by *key*, keys in the order in which they first come."""
    groups: dict[Key, list[Entry]] = {}
    last: Key | None = None
    group: list[Entry] = []
    for entry in entries:
        if (own := key(entry)) is not last:  # most are alike their neighbour, and a UUID is slow to hash
            last, group = own, groups.setdefault(own, [])
        group.append(entry)
    return groups


def _doubts(counted: Sequence[Counted], repeated: Iterable[Counted]) -> int:
    """Return how many of *counted* perhaps came through another connection too.

    A claim whose twin of that connection is known stands for no other one of it.
    """
    if len({entry.plan for entry in counted}) < 2:
        return 0
    paired = {(claim.twin_of, claim.plan) for claim in repeated}
    seen: dict[Hashable, list[Counted]] = {}
    doubtful = 0
    for entry in counted:
        record = entry.record
        if not record.claim_number:
            continue
        alike = seen.setdefault((record.claim_number, entry.on, record.kind), [])
        others = (
            claim for claim in alike if claim.plan != entry.plan and (claim.id, entry.plan) not in paired
        )
        doubtful += any(_may_be_same(record, other.record) for other in others)
        if len(alike) < MOST_ALIKE:
            alike.append(entry)
    return doubtful


def _may_be_same(claim: ClaimRecord, other: ClaimRecord) -> bool:
    """Nothing that both say speaks against it: another payer's numbers are other numbers."""
    pairs = ((claim.payer, other.payer), (claim.patient, other.patient))
    return all(not mine or not theirs or mine.casefold() == theirs.casefold() for mine, theirs in pairs)


def _sum(currency: str, entries: Sequence[Counted]) -> YearSum:
    """Sum *entries*, each of which has an amount in *currency*."""
    of_currency = [entry.figures for entry in entries]
    totals = {name: total_of(currency, [figures[name] for figures in of_currency]) for name in CONCEPTS}
    apart = [_rest(figures, currency) for figures in of_currency]
    in_both = [_in_both(entry, currency, -rest) for entry, rest in zip(entries, apart, strict=True)]
    rests = [rest + back for rest, back in zip(apart, in_both, strict=True)]
    parts = [_parts(entry, currency) for entry in entries]
    # A share holds all that is not covered, or what of it is the member's.
    held = [of["CO"] if back > of["PR"] else _ZERO for of, back in zip(parts, in_both, strict=True)]
    on_top = (entry.on_top for entry in entries if entry.figures["not_covered"].unit == currency)
    is_billed = [figures["billed"].amount is not None for figures in of_currency]
    discounts = [figures["other_discount"] for figures in of_currency]
    own = (discount for discount in discounts if discount.amount and discount.unit == currency)
    names = tuple(dict.fromkeys(name for discount in own if (name := finer_label(discount))))
    return YearSum(
        currency,
        len(of_currency),
        **totals,
        in_both=sum(in_both, _ZERO),
        providers=sum((of["CO"] for of in parts), _ZERO) - sum(held, _ZERO),
        providers_in_both=sum(held, _ZERO),
        on_top=sum(on_top, _ZERO),
        excess=-sum((rest for rest in rests if rest < 0), _ZERO),
        exceeding=sum(
            is_bill_known and in_cents(rest) < 0 for is_bill_known, rest in zip(is_billed, rests, strict=True)
        ),
        unbilled=sum(
            not is_bill_known and rest < 0 for is_bill_known, rest in zip(is_billed, rests, strict=True)
        ),
        discount_names=names,
    )


def _rest(figures: Mapping[str, Figure], currency: str) -> Decimal:
    """Return what of the bill no figure explains, below nothing where they come to more."""
    rest = _ZERO
    for name, figure in figures.items():
        if figure.amount and figure.unit == currency:
            rest += figure.amount if name in _WHOLE else -figure.amount
    return rest


def _in_both(entry: Counted, currency: str, above: Decimal) -> Decimal:
    """Return what is not covered where the share holds it, or holds what of it is the member's: by exactly
    that the parts are *above* the bill."""
    if not entry.figures["not_covered"].amount:
        return _ZERO  # as with most claims
    billed, not_covered, share = (
        figure.amount if figure.unit == currency else None
        for figure in (entry.figures[name] for name in ("billed", "not_covered", "your_share"))
    )
    held = [entry.uncovered.get("PR", _ZERO)]
    held += [not_covered or _ZERO] if may_hold_uncovered(entry.record.money) else []
    is_held = billed is not None and above in held and 0 < above <= (share or _ZERO)
    return above if is_held else _ZERO


def _parts(entry: Counted, currency: str) -> dict[str, Decimal]:
    """Return what of the amount that is not covered is the provider's, and the member's."""
    is_here = entry.figures["not_covered"].unit == currency
    if not entry.uncovered:
        return _NOBODYS  # as with most claims
    return {whose: entry.uncovered.get(whose, _ZERO) if is_here else _ZERO for whose in ("CO", "PR")}


def total_of(currency: str, figures: Sequence[Figure]) -> Total:
    """Return what *figures* come to in *currency*, one figure of each claim."""
    # What is known in another currency stands in the sums of that one.
    amounts = [figure.amount for figure in figures if figure.amount is not None and figure.unit == currency]
    unknown = len([figure for figure in figures if figure.amount is None])
    return Total(sum(amounts, _ZERO) if amounts else None, currency, len(amounts), unknown)


_OF_PART = (
    (
        "plan_paid",
        said("{n} claim states what your plan paid for some of its lines only: it may be more."),
        said("{n} claims state what your plan paid for some of their lines only: it may be more."),
    ),
    (
        "your_share",
        said("{n} claim states your share for some of its lines only: it may be more."),
        said("{n} claims state your share for some of their lines only: it may be more."),
    ),
)
"""Figure of claims -> that one claim, or several, state it in part."""


def _notes(year: Year) -> Iterable[str]:
    in_part = (
        (sum(is_of_some_lines(entry.figures[concept]) for entry in year.entries), single, several)
        for concept, single, several in _OF_PART
    )
    dated_apart, more = sum(map(_is_dated_apart, year.entries)), len(year.sums) - len(year.shown)
    without = plural(
        "{n} claim came without amounts.", "{n} claims came without amounts.", year.without_amounts
    )
    notes = [
        *with_numbers((year.without_amounts, without)),
        *left_out(year.out, year.replaced, len(year.disagreeing)),
        *with_numbers(
            (
                year.repeated,
                plural(
                    "{n} claim came through two connections and is counted once.",
                    "{n} claims came through two connections and are counted once.",
                    year.repeated,
                ),
            ),
            (
                year.doubtful,
                plural(
                    "{n} claim may be in the sums twice: it has the same number and day as a claim that came "
                    "through another connection, but not all of it is the same.",
                    "{n} claims may be in the sums twice: they have the same number and day as claims that "
                    "came through another connection, but not all of them is the same.",
                    year.doubtful,
                ),
            ),
            *((number, plural(single, several, number)) for number, single, several in in_part),
            (
                dated_apart,
                plural(
                    "The dates of {n} claim disagree and lie in another year too. It counts in this one.",
                    "The dates of {n} claims disagree and lie in other years too. They count in this one.",
                    dated_apart,
                ),
            ),
        ),
    ]
    if year.has_parts_of_cents:
        notes.append(_("Your plan sent parts of a cent. They are rounded here."))
    if len(year.sums) > 1:
        notes.append(_("Amounts in different currencies are never added up."))
    unshown = plural(
        "Amounts in {n} more currency are not shown here.",
        "Amounts in {n} more currencies are not shown here.",
        more,
    )
    return (*notes, *with_numbers((more, unshown)))


def _is_dated_apart(entry: Counted) -> bool:
    """Whether other places of the claim put it wholly into another year than the one it counts in."""
    spans = (f"{starts} {ends or starts}" for starts, ends in entry.record.dates_apart)
    return any(str(entry.on.year) not in (span[:4], span.split()[-1][:4]) for span in spans)
