"""What is new to a member since their last visit: to which records what happened."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from django.utils import timezone

from apps.accounts.requests import MemberRequest
from apps.claims.kind import APPROVAL, CLAIM
from apps.claims.people import ONE_PERSON, Whose
from apps.claims.rows import Row, rows
from apps.coverage.kind import COVERAGE
from apps.plain_language.language import _
from apps.records.shelf import Library
from apps.sync import visits, wording
from apps.sync.models import SyncChange
from apps.vault.boxes import box_for

MOST: Final = 5000
"""Notes looked at: after years away the newest are news enough."""
SHOWN: Final = 5
What = SyncChange.What


@dataclass(frozen=True, slots=True)
class News:
    """What happened to which claim; to approvals and coverages, one for each."""

    claims: Mapping[uuid.UUID, What]
    approvals: Sequence[What]
    coverages: Sequence[What]

    @property
    def numbers(self) -> dict[str, int]:
        """To how many what happened, by the keys of `wording.NEWS`."""
        found = Counter[str](self.claims.values())
        for name, some in (("approvals", self.approvals), ("coverages", self.coverages)):
            found.update(f"{name}_gone" if what == What.GONE else name for what in some)
        return found

    def __bool__(self) -> bool:
        return bool(self.claims or self.approvals or self.coverages)


NOTHING: Final = News({}, (), ())


@dataclass(frozen=True, slots=True)
class Shown:
    """What is new in a sentence, the newest of these claims, and how many more there are."""

    words: str
    rows: list[Row]
    more: int
    has_approvals: bool
    has_coverages: bool


def since(library: Library, moment: datetime) -> News:
    """Return what became new, changed, gone or came back after *moment*; `NOTHING` where nothing did."""
    rows = library.member.changes.filter(at__gt=moment).order_by("-at", "-id")[:MOST]
    happened = defaultdict[uuid.UUID, list[What]](list)
    for record_id, what in list(rows.values_list("record_id", "what"))[::-1]:
        happened[record_id].append(What(what))
    if not happened:
        return NOTHING
    claims = [one for one in library.held(CLAIM) if one.id in happened]
    listed = [one.id for one in claims if one.entry.is_current and one.twin_of is None]
    approvals = [one.id for one in library.held(APPROVAL) if one.id in happened]
    coverages = library.member.records.filter(fhir_type__in=COVERAGE.fhir_types, pk__in=list(happened))
    return News(
        claims={pk: _together(happened[pk]) for pk in listed},
        approvals=[_together(happened[pk]) for pk in approvals],
        coverages=[_together(happened[pk]) for pk in coverages.values_list("pk", flat=True)],
    )


def of_claims(request: MemberRequest) -> Mapping[uuid.UUID, str]:
    """Return what a row of the claim list says about being new, for the claims there is something to say of.

    The list does not know us (the setting CLAIMS_NEWS).
    """
    found = _found(request, None)
    return {pk: _(wording.BADGES[what]) for pk, what in found.claims.items() if what in wording.BADGES}


def shown(request: MemberRequest, library: Library, whose: Whose = ONE_PERSON) -> Shown | None:
    """Return what the first page says is new; None where nothing is."""
    found = _found(request, library)
    if not found:
        return None
    newest = (one for one in library.newest(CLAIM) if one.id in found.claims)
    claims = list(islice(newest, SHOWN))
    badges = {pk: _(wording.BADGES[what]) for pk, what in found.claims.items() if what in wording.BADGES}
    told = rows(claims, whose, badges)
    return Shown(
        words=wording.news(found.numbers),
        rows=told,
        more=len(found.claims) - len(told),
        has_approvals=bool(found.approvals),
        has_coverages=bool(found.coverages),
    )


def _found(request: MemberRequest, library: Library | None) -> News:
    member, now = request.user, timezone.now()
    unseen = visits.since(member, now=now)
    if unseen is None:
        return NOTHING
    found = since(library or Library(member, box_for(member)), unseen.since)
    if found is NOTHING:
        visits.nothing_came(member, unseen, now=now)
    return found


def _together(happened: Sequence[What]) -> What:
    """Return what the things that happened to one record, in this order, come to: what is new and changed is
    new, also where it was gone for a while."""
    if happened[-1] == What.GONE:
        return What.GONE
    return next((what for what in (What.NEW, What.CHANGED) if what in happened), What.BACK)
