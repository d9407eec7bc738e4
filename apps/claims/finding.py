"""Which claims match what a member chose, in which order, page by page; pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any, Final, Literal
from uuid import UUID

from apps.claims.entry import ClaimEntry
from apps.claims.tallies import Tally
from apps.records.shelf import Held

PAGE_SIZE: Final = 25
Sort = Literal["newest", "oldest", "share"]
type Claims = Iterable[Held[ClaimEntry]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was chosen; empty is all. Year and plan are chosen by which books are opened."""

    kind: str = ""
    group: str = ""
    person: str = ""
    provider: str = ""
    lowest: Decimal | None = None
    highest: Decimal | None = None
    words: tuple[str, ...] = ()
    """Folded; every one of them has to be found."""
    with_replaced: bool = False

    @property
    def is_by_share(self) -> bool:
        """Whether a range of shares was chosen: an unknown share lies in none."""
        return self.lowest is not None or self.highest is not None

    @property
    def needs_entries(self) -> bool:
        """Whether sums by kind, which books keep, cannot tell what the list comes to."""
        return bool(self.group or self.person or self.provider or self.is_by_share or self.words)

    def fits(self, one: Held[ClaimEntry], people: Mapping[UUID, str]) -> bool:
        """Whether a claim is among those chosen; *people* are the keys of whom connections are about."""
        entry = one.entry
        if (self.kind and entry.kind != self.kind) or (self.group and entry.group != self.group):
            return False
        if self.provider and entry.provider_key != self.provider:
            return False
        if self.person and (entry.person_key or people.get(one.plan, "")) != self.person:
            return False
        if self.is_by_share and not _is_between(entry.your_share, self.lowest, self.highest):
            return False
        return all(word in entry.words for word in self.words)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of claims, in the order asked for."""

    claims: list[Held[ClaimEntry]]
    after: UUID | None
    """What `?after=` of the next page is; None on the last page."""
    before: UUID | None
    """What `?before=` of the page before is; None on the first page."""
    lost_its_place: bool
    """The place in the address is no claim of this list, so the list starts again."""

    @property
    def is_first(self) -> bool:
        """Whether the list starts here."""
        return self.before is None


def matches(claims: Claims, wanted: Wanted, people: Mapping[UUID, str]) -> Iterator[Held[ClaimEntry]]:
    """Yield the claims that match, older versions too, twins never."""
    return (one for one in claims if one.twin_of is None and wanted.fits(one, people))


def by_share(claims: Claims) -> list[Held[ClaimEntry]]:
    """Return *claims*, newest first, with the highest share first: US dollars, others, unknown ones."""
    return sorted(claims, key=_by_share)


def page(claims: Claims, *, after: str = "", before: str = "", size: int = PAGE_SIZE) -> Page:
    """Return the page of *claims*, which are in order, that follows the claim *after*, or precedes *before*.

    The first where both are empty. The place is the id of a claim seen: no date stands in the address, and
    new claims never shift what follows. No more of *claims* is gone through than the page needs.
    """
    wanted = _id_of(after or before)
    if wanted is None:
        return _from_start(claims, size=size, lost=bool(after or before))
    seen: list[Held[ClaimEntry]] = []
    rest = iter(claims)
    for one in rest:
        if one.id == wanted:
            break
        seen.append(one)
    else:
        return _from_start(seen, size=size, lost=True)
    if not after:
        if len(seen) <= size:  # the start is near: the first page in full rather than a short one
            return _from_start([*seen, one, *islice(rest, size)], size=size, lost=False)
        shown = seen[-size:]
        return Page(shown, after=shown[-1].id, before=shown[0].id, lost_its_place=False)
    following = list(islice(rest, size + 1))
    if not following:
        return _from_start([*seen, one], size=size, lost=False)
    shown = following[:size]
    return Page(shown, shown[-1].id if len(following) > size else None, shown[0].id, lost_its_place=False)


def tally_of(claims: Claims) -> Tally:
    """Return what *claims* come to, older versions told apart."""
    tally = Tally()
    for one in claims:
        tally.add(one.entry)
    return tally


def current(claims: Claims, wanted: Wanted) -> Iterator[Held[ClaimEntry]]:
    """Yield what lists show of *claims*: older versions only where they were asked for."""
    return (one for one in claims if wanted.with_replaced or one.entry.is_current)


def _from_start(claims: Claims, *, size: int, lost: bool) -> Page:
    first = list(islice(claims, size + 1))
    shown = first[:size]
    return Page(shown, shown[-1].id if len(first) > size else None, None, lost)


def _id_of(place: str) -> UUID | None:
    try:
        return UUID(place)
    except ValueError:
        return None


def _is_between(share: Decimal | None, lowest: Decimal | None, highest: Decimal | None) -> bool:
    if share is None or (lowest is not None and share < lowest):
        return False
    return highest is None or share <= highest


def _by_share(one: Held[ClaimEntry]) -> tuple[Any, ...]:
    share, currency = one.entry.your_share, one.entry.currency
    return (True, False, "", 0) if share is None else (False, currency != "USD", currency, -share)
