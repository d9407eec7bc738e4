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
    address, another member's id is simply unknown, and new claims never shift what follows. It is looked up
    and followed in one query; only where nothing follows is it asked whether it is there at all.
    """
    place = _id_of(after or before)
    if place is None:
        return _page(_some(claims, oldest_first), has_before=False, is_lost=bool(after or before))
    upwards = oldest_first if after else not oldest_first
    beyond = claims.newer_than(place, among=among) if upwards else claims.older_than(place, among=among)
    found = _some(beyond, upwards)
    if after and found:
        return _page(found, has_before=True, is_lost=False)
    if not after and len(found) > PAGE_SIZE:
        shown = found[:PAGE_SIZE][::-1]
        return Page(shown, after=shown[-1].pk, before=shown[0].pk, lost_its_place=False)
    # The start is near, and the first page is shown in full rather than a short one; or nothing follows any
    # more where claims were deleted meanwhile; or the place is gone.
    is_lost = not found and not among.filter(pk=place).exists()
    return _page(_some(claims, oldest_first), has_before=False, is_lost=is_lost)


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


def _id_of(place: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(place)
    except ValueError:
        return None
