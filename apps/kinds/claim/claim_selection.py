"""Which claims match what a member chose, in which order, page by page; pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.claim.query import Term
from apps.kinds.claim.tallies import Tally
from apps.records.volumes import Held

Sort = Literal["newest", "oldest", "share"]
type Claims = Iterable[Held[ClaimEntry]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was chosen; empty is all. Year, plan and person are chosen by which books are opened."""

    kind: str = ""
    group: str = ""
    provider: str = ""
    lowest: Decimal | None = None
    highest: Decimal | None = None
    terms: tuple[Term, ...] = ()
    """Every one of them has to be met."""
    with_replaced: bool = False

    @property
    def is_by_share(self) -> bool:
        """Whether a range of shares was chosen: an unknown share lies in none."""
        return self.lowest is not None or self.highest is not None

    @property
    def needs_entries(self) -> bool:
        """Whether sums by kind, which books keep, cannot tell what the list comes to."""
        return bool(self.group or self.provider or self.is_by_share or self.terms)

    def fits(self, held: Held[ClaimEntry]) -> bool:
        """Whether a claim is among those chosen."""
        entry = held.entry
        if (self.kind and entry.kind != self.kind) or (self.group and self.group not in entry.groups):
            return False
        if self.provider and entry.provider_key != self.provider:
            return False
        if self.is_by_share and not _is_between(entry.your_share, self.lowest, self.highest):
            return False
        return all(term.fits(entry) for term in self.terms)


def matches(claims: Claims, wanted: Wanted) -> Iterator[Held[ClaimEntry]]:
    """Yield the claims that match, older versions too, twins never."""
    return (claim for claim in claims if claim.twin_of is None and wanted.fits(claim))


def by_share(claims: Claims) -> list[Held[ClaimEntry]]:
    """Return *claims*, newest first, with the highest share first: US dollars, others, unknown ones."""
    return sorted(claims, key=_by_share)


def tally_of(claims: Claims) -> Tally:
    """Return what *claims* come to, older versions told apart."""
    tally = Tally()
    for claim in claims:
        tally.add(claim.entry)
    return tally


def current(claims: Claims, wanted: Wanted) -> Iterator[Held[ClaimEntry]]:
    """Yield what lists show of *claims*: older versions only where asked for, nothing that was left out."""
    return (
        claim
        for claim in claims
        if (wanted.with_replaced or claim.entry.is_current) and not claim.is_left_out
    )


def _is_between(share: Decimal | None, lowest: Decimal | None, highest: Decimal | None) -> bool:
    if share is None or (lowest is not None and share < lowest):
        return False
    return highest is None or share <= highest


def _by_share(held: Held[ClaimEntry]) -> tuple[Any, ...]:
    share, currency = held.entry.your_share, held.entry.currency
    return (True, False, "", 0) if share is None else (False, currency != "USD", currency, -share)
