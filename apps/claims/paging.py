"""Pages of a claim list by keyset: the last is as fast as the first, and steady while claims arrive."""

import uuid
from dataclasses import dataclass

from apps.claims.models import Claim, ClaimQuerySet

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class Page:
    """One page of claims, newest first."""

    claims: list[Claim]
    after: uuid.UUID | None
    """What `?after=` of the next page is; None on the last page."""
    is_first: bool
    lost_its_place: bool
    """`?after=` named no claim of this list, so the list starts again at the newest."""


def page_of(claims: ClaimQuerySet, *, after: str, among: ClaimQuerySet) -> Page:
    """Return the page of *claims* that follows the claim *after*, the first page when it is empty.

    The place is the id of the last claim seen, looked up *among* all of the member's claims: no date stands
    in the address, another member's id is simply unknown, and new claims never shift what follows.
    """
    anchor = _anchor(after, among) if after else None
    rows = claims.older_than(anchor) if anchor else claims
    found = list(rows.newest_first().in_brief()[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    return Page(
        claims=shown,
        after=shown[-1].pk if len(found) > PAGE_SIZE else None,
        is_first=anchor is None,
        lost_its_place=bool(after) and anchor is None,
    )


def _anchor(after: str, among: ClaimQuerySet) -> Claim | None:
    try:
        place = uuid.UUID(after)
    except ValueError:
        return None
    return among.filter(pk=place).only("id", "ordered_on").first()
