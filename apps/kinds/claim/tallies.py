"""The summary of a book of claims: counts and sums by kind, provider and person, pure and small.

Lists without a search show their choices and their result line from it, so that nothing is opened that grows
with the number of claims.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import msgspec

from apps.kinds.claim import standing
from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.claim.unpaid import Apart
from apps.records.entries import UNDATED


class Tally(msgspec.Struct, array_like=True, gc=False):
    """How many claims, and what they come to in each currency. Amounts nobody shared are in no sum."""

    claims: int = 0
    """Current ones."""
    replaced: int = 0
    """Older versions, which are told apart: they are among no other number here."""
    out: dict[standing.Out, int] = {}
    """Current ones that do not count, by why: cancelled, sent twice, not decided, no longer sent."""
    disagreeing: int = 0
    """Current ones that would count, if their figures agreed, with each other and with the price."""
    unknown: int = 0
    """Counted ones without a known share."""
    shares: dict[str, Decimal] = {}
    billed: dict[str, Decimal] = {}
    paid: dict[str, Decimal] = {}
    in_part: int = 0
    """Counted ones of which the share is known for a part only."""
    paid_in_part: int = 0
    """Counted ones of which only some lines state what the plan paid."""

    def add(self, entry: ClaimEntry) -> None:
        """Count one claim."""
        if not entry.is_current:
            self.replaced += 1
            return
        self.claims += 1
        if not (entry.is_counted or entry.is_set_apart):
            why = standing.why_out(entry.state, is_gone=entry.is_gone, is_repeat=entry.is_repeat)
            self.out[why] = self.out.get(why, 0) + 1
            return
        if entry.is_set_apart:
            self.disagreeing += 1
            return
        self.unknown += entry.your_share is None
        self.in_part += entry.is_share_of_part
        self.paid_in_part += entry.is_paid_of_part
        for sums, amount, currency in (
            (self.shares, entry.your_share, entry.currency),
            (self.billed, entry.billed, entry.billed_in),
            (self.paid, entry.plan_paid, entry.paid_in),
        ):
            if amount is not None:
                sums[currency] = sums.get(currency, Decimal(0)) + amount

    @property
    def left_out(self) -> int:
        """How many current ones do not count."""
        return sum(self.out.values())

    @property
    def counted(self) -> int:
        """How many claims the sums are about."""
        return self.claims - self.left_out - self.disagreeing

    @property
    def summed(self) -> int:
        """How many claims have a share in the sum."""
        return self.counted - self.unknown

    def merge(self, other: "Tally") -> None:
        """Add what *other* counted."""
        for name in self.__struct_fields__:
            mine, theirs = getattr(self, name), getattr(other, name)
            if isinstance(mine, dict):
                for key, number in theirs.items():
                    mine[key] = mine.get(key, 0) + number
            else:
                setattr(self, name, mine + theirs)


class Named(msgspec.Struct, array_like=True, gc=False):
    """A provider or a person: the name as the newest claim writes it ("" where none does), and the sums."""

    name: str
    tally: Tally
    kinds: dict[str, int] = {}
    """Current claims of each kind."""


class Left(msgspec.Struct, array_like=True, gc=False):
    """What of shares the plan does not say was paid: of how many claims, and the sum in one currency."""

    claims: int = 0
    amount: Decimal = Decimal(0)

    def add(self, amount: Decimal, claims: int = 1) -> None:
        """Count one more share, or several."""
        self.claims += claims
        self.amount += amount


class Summary(msgspec.Struct, array_like=True):
    """What one connection and year comes to."""

    kinds: dict[str, Tally] = {}
    groups: dict[str, int] = {}
    """Current claims by where they stand; one may stand in two (`ClaimEntry.groups`)."""
    providers: dict[str, Named] = {}
    left: dict[str, Left] = {}
    """By currency, of claims that stand."""
    newest: date = UNDATED
    """The last day on which one of its current claims was decided, or care was given."""
    apart: dict[Apart, int] = {}
    """Claims that stand of which nothing is in `left`, by the reason (`apart_of`)."""


def apart_of(entry: ClaimEntry) -> Apart:
    """Return why a claim that stands is in no sum of what is left of shares; "" where it is, or has none."""
    if not entry.stands or (entry.left is not None and not entry.apart):
        return ""
    why = entry.apart or "open"
    return why if entry.your_share != 0 or why == "disagrees" else ""


def summary_of(entries: Iterable[ClaimEntry]) -> Summary:
    """Return what *entries*, newest first, come to."""
    summary = Summary()
    for entry in entries:
        if entry.is_current:
            for group in entry.groups:
                summary.groups[group] = summary.groups.get(group, 0) + 1
            summary.newest = max(summary.newest, entry.told_on)
        if entry.stands and entry.left:
            summary.left.setdefault(entry.currency, Left()).add(entry.left)
        if why := apart_of(entry):
            summary.apart[why] = summary.apart.get(why, 0) + 1
        summary.kinds.setdefault(entry.kind, Tally()).add(entry)
        if entry.provider_key:
            _add(summary.providers, entry.provider_key, entry.provider, entry)
    return summary


def current(summary: Summary) -> int:
    """Return how many current claims are summed up."""
    return sum(tally.claims for tally in summary.kinds.values())


def older(summary: Summary) -> int:
    """Return how many of the claims summed up a newer version replaces."""
    return sum(tally.replaced for tally in summary.kinds.values())


def _add(named: dict[str, Named], key: str, name: str | None, entry: ClaimEntry) -> None:
    of_name = named.setdefault(key, Named("", Tally()))
    of_name.name = of_name.name or name or ""
    of_name.tally.add(entry)
    if entry.is_current:
        of_name.kinds[entry.kind] = of_name.kinds.get(entry.kind, 0) + 1


def total(tallies: Iterable[Tally]) -> Tally:
    """Return the sum of *tallies*."""
    whole = Tally()
    for tally in tallies:
        whole.merge(tally)
    return whole


def merged(several: Iterable[dict[str, Named]]) -> dict[str, Named]:
    """Return providers or people of several pieces as one; the first name known is kept."""
    totals: dict[str, Named] = {}
    for named in several:
        for key, of_name in named.items():
            total = totals.setdefault(key, Named("", Tally()))
            total.name = total.name or of_name.name
            total.tally.merge(of_name.tally)
            for kind, number in of_name.kinds.items():
                total.kinds[kind] = total.kinds.get(kind, 0) + number
    return totals
