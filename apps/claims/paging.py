"""Pages of a claim list by keyset: the last is as fast as the first, and steady while claims arrive."""

import uuid
from dataclasses import dataclass

from apps.claims.models import Claim, ClaimQuerySet

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class Page:
    """One page of claims, in the order asked for."""

    claims: list[Claim]
    after: uuid.UUID | None
    """What `?after=` of the next page is; None on the last page."""
    before: uuid.UUID | None
    """What `?before=` of the page before is; None on the first page."""
    lost_its_place: bool
    """The place in the address is no claim of this list, so the list starts again."""

    @property
    def is_first(self) -> bool:
        """Whether the list starts here."""
        return self.before is None


def page_of(
    claims: ClaimQuerySet,
    *,
    among: ClaimQuerySet,
    after: str = "",
    before: str = "",
    oldest_first: bool = False,
) -> Page:
    """Return the page of *claims* after the claim *after*, or before *before*; the first without either.

    The place is the id of a claim seen, looked up *among* all of the member's claims: no date stands in the
    address, another member's id is simply unknown, and new claims never shift what follows.
    """
    anchor = _anchor(after or before, among)
    is_lost = bool(after or before) and anchor is None
    if anchor is None:
        return _page(_some(claims, oldest_first), has_before=False, is_lost=is_lost)
    if after:
        following = claims.newer_than(anchor) if oldest_first else claims.older_than(anchor)
        rows = _some(following, oldest_first)
        # Nothing follows any more where claims were deleted meanwhile: start again.
        return _page(rows or _some(claims, oldest_first), has_before=bool(rows), is_lost=False)
    preceding = claims.older_than(anchor) if oldest_first else claims.newer_than(anchor)
    found = _some(preceding, not oldest_first)
    if len(found) <= PAGE_SIZE:
        # The start is near: the first page in full, rather than a short one.
        return _page(_some(claims, oldest_first), has_before=False, is_lost=False)
    shown = found[:PAGE_SIZE][::-1]
    return Page(shown, after=shown[-1].pk, before=shown[0].pk, lost_its_place=False)


def _some(claims: ClaimQuerySet, oldest_first: bool) -> list[Claim]:
    ordered = claims.oldest_first() if oldest_first else claims.newest_first()
    return list(ordered.in_brief()[: PAGE_SIZE + 1])


def _page(found: list[Claim], *, has_before: bool, is_lost: bool) -> Page:
    shown = found[:PAGE_SIZE]
    return Page(
        claims=shown,
        after=shown[-1].pk if len(found) > PAGE_SIZE else None,
        before=shown[0].pk if has_before and shown else None,
        lost_its_place=is_lost,
    )


def _anchor(place: str, among: ClaimQuerySet) -> Claim | None:
    try:
        found = uuid.UUID(place)
    except ValueError:
        return None
    return among.filter(pk=found).only("id", "ordered_on").first()
