"""What is new to a member since their last visit: to which records what happened."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import batched
from typing import Final

from django.db import models
from django.utils import timezone

from apps.accounts.models import Member
from apps.accounts.requests import MemberRequest
from apps.claims.models import Approval, Claim
from apps.claims.people import ONE_PERSON, Whose
from apps.claims.rows import Row, rows
from apps.plain_language.language import _
from apps.sync import visits, wording
from apps.sync.models import SyncChange
from apps.vault.boxes import Box

MOST: Final = 5000
"""Notes looked at: after years away the newest are news enough."""
PER_QUERY: Final = 500
SHOWN: Final = 5
What = SyncChange.What
type Key = tuple[uuid.UUID, str]


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


def since(member: Member, moment: datetime) -> News:
    """Return what became new, changed, gone or came back after *moment*; `NOTHING` where nothing did."""
    rows = member.changes.filter(at__gt=moment).order_by("-at", "-id")[:MOST]
    claims, coverages = defaultdict[Key, list[What]](list), defaultdict[Key, list[What]](list)
    in_order = list(rows.values_list("kind", "connection_id", "source_key", "what"))[::-1]
    for kind, connection_id, key, what in in_order:
        (coverages if kind == "Coverage" else claims)[connection_id, key].append(What(what))
    if not claims and not coverages:
        return NOTHING
    listed = _rows(member.claims.current().once(), claims)
    approvals = _rows(member.approvals.all(), claims.keys() - listed.keys())
    return News(
        claims={pk: _together(claims[key]) for key, pk in listed.items()},
        approvals=[_together(claims[key]) for key in approvals],
        coverages=[_together(happened) for happened in coverages.values()],
    )


def of_claims(request: MemberRequest) -> Mapping[uuid.UUID, str]:
    """Return what a row of the claim list says about being new, for the claims there is something to say of.

    The list does not know us (the setting CLAIMS_NEWS).
    """
    found = _found(request)
    return {pk: _(wording.BADGES[what]) for pk, what in found.claims.items() if what in wording.BADGES}


def shown(request: MemberRequest, box: Box, whose: Whose = ONE_PERSON) -> Shown | None:
    """Return what the first page says is new; None where nothing is."""
    found = _found(request)
    if not found:
        return None
    claims = list(request.user.claims.filter(pk__in=list(found.claims)).newest_first().in_brief()[:SHOWN])
    badges = [wording.BADGES.get(found.claims[claim.pk], "") for claim in claims]
    told = [
        replace(row, news=_(badge) if badge else "")
        for row, badge in zip(rows(claims, box, whose), badges, strict=True)
    ]
    return Shown(
        words=wording.news(found.numbers),
        rows=told,
        more=len(found.claims) - len(told),
        has_approvals=bool(found.approvals),
        has_coverages=bool(found.coverages),
    )


def _found(request: MemberRequest) -> News:
    member, now = request.user, timezone.now()
    unseen = visits.since(member, now=now)
    if unseen is None:
        return NOTHING
    found = since(member, unseen.since)
    if found is NOTHING:
        visits.nothing_came(member, unseen, now=now)
    return found


def _together(happened: Sequence[What]) -> What:
    """Return what the things that happened to one record, in this order, come to: what is new and changed is
    new, also where it was gone for a while."""
    if happened[-1] == What.GONE:
        return What.GONE
    return next((what for what in (What.NEW, What.CHANGED) if what in happened), What.BACK)


def _rows(
    of_member: "models.QuerySet[Claim] | models.QuerySet[Approval]", keys: Iterable[Key]
) -> dict[Key, uuid.UUID]:
    found: dict[Key, uuid.UUID] = {}
    wanted = set(keys)
    for some in batched(sorted(key for _connection, key in wanted), PER_QUERY):
        rows = of_member.filter(source_key__in=some, connection_id__in={one for one, _key in wanted})
        found |= {
            (connection_id, key): pk
            for pk, connection_id, key in rows.values_list("pk", "connection_id", "source_key")
            if (connection_id, key) in wanted
        }
    return found
