"""Pages of a claim list by keyset: the last is as fast as the first, and steady while claims arrive."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from django.db.models import QuerySet

from apps.accounts.models import Member
from apps.claims.models import BRIEFLY, Claim, ClaimQuerySet
from apps.claims.prepared import Prepared, loaded

PAGE_SIZE = 25
type Ask = Callable[[uuid.UUID | None, bool], list[Claim]]
"""Returns a page and one claim more, from a place on or from the start; True: the oldest first."""


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

    def is_there(place: uuid.UUID) -> bool:
        return among.filter(pk=place).exists()

    return _page_of(partial(_asked, claims, among), is_there, after, before, oldest_first)


def page_of_everything(
    member: Member, *, after: str = "", before: str = "", oldest_first: bool = False
) -> Page:
    """Return the same of all current claims of *member*, twins once: quicker, as most lists are."""

    def is_there(place: uuid.UUID) -> bool:
        return member.claims.filter(pk=place).exists()

    return _page_of(partial(_everything_of, member), is_there, after, before, oldest_first)


def _page_of(
    ask: Ask, is_there: Callable[[uuid.UUID], bool], after: str, before: str, oldest_first: bool
) -> Page:
    place = _id_of(after or before)
    if place is None:
        return _page(ask(None, oldest_first), has_before=False, is_lost=bool(after or before))
    found = ask(place, oldest_first if after else not oldest_first)
    if after and found:
        return _page(found, has_before=True, is_lost=False)
    if not after and len(found) > PAGE_SIZE:
        shown = found[:PAGE_SIZE][::-1]
        return Page(shown, after=shown[-1].pk, before=shown[0].pk, lost_its_place=False)
    # The start is near, and the first page is shown in full rather than a short one; or nothing follows any
    # more where claims were deleted meanwhile; or the place is gone.
    is_lost = not found and not is_there(place)
    return _page(ask(None, oldest_first), has_before=False, is_lost=is_lost)


def _everything_of(member: Member, place: uuid.UUID | None, upwards: bool) -> list[Claim]:
    ids = {"member": member.pk} | ({"place": place} if place else {})
    found = _EVERYTHING[place is not None, upwards].rows(**ids)
    return [loaded(Claim, BRIEFLY, values) for values in found]


def _asked(
    claims: ClaimQuerySet, among: ClaimQuerySet, place: uuid.UUID | None, upwards: bool
) -> list[Claim]:
    return list(_ordered(claims, among, place, upwards).in_brief()[: PAGE_SIZE + 1])


def _ordered(
    claims: ClaimQuerySet, among: ClaimQuerySet, place: uuid.UUID | None, upwards: bool
) -> ClaimQuerySet:
    """Return *claims* in one direction, from *place* on where one is given."""
    if place is not None:
        claims = claims.newer_than(place, among=among) if upwards else claims.older_than(place, among=among)
    return claims.oldest_first() if upwards else claims.newest_first()


def _everything(
    *, member: uuid.UUID, place: uuid.UUID | None = None, upwards: bool
) -> "QuerySet[Claim, Any]":
    theirs = Claim.objects.filter(member_id=member)
    return _ordered(theirs.once().current(), theirs, place, upwards).values_list(*BRIEFLY)[: PAGE_SIZE + 1]


_EVERYTHING: Final = {
    (has_place, upwards): Prepared(partial(_everything, upwards=upwards))
    for has_place in (False, True)
    for upwards in (False, True)
}
"""By whether there is a place to start from, and the direction."""


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
