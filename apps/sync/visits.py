"""Since when a member has not looked: a visit ends after half an hour without a page."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from apps.accounts.models import Member
from apps.sync.models import LastVisit

VISIT_ENDS: Final = timedelta(minutes=30)
NOTED_EVERY: Final = timedelta(minutes=5)
"""A page more in the same visit is written down this often only."""
A_MOMENT: Final = timedelta(minutes=1)
"""A change may be noted a moment before others can see it: better told twice than never."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """That something may be new: what came after `since`, as far as it was noted until `news_at`."""

    since: datetime
    news_at: datetime


def since(member: Member, *, now: datetime) -> Unseen | None:
    """Return when the visit before this one ended, None where nothing was noted since; note the visit.

    So what is new stays new for the whole visit, however many pages it has. For a first visit everything
    since the account was made is new: what the first import brought is no news anyway.
    """
    visits = list(LastVisit.objects.filter(pk=member.pk).values_list("since", "seen_at", "news_at"))
    if not visits:
        LastVisit.objects.bulk_create(
            [LastVisit(member=member, since=member.date_joined, seen_at=now, news_at=now)],
            ignore_conflicts=True,
        )
        return Unseen(member.date_joined, now)
    ((since, was, news_at),) = visits
    away = now - was
    if away >= NOTED_EVERY:
        since = was - A_MOMENT if away >= VISIT_ENDS else since
        # Of two pages at once one notes it; the other has the same answer.
        LastVisit.objects.filter(member=member, seen_at=was).update(since=since, seen_at=now)
    return Unseen(since, news_at) if news_at is not None and news_at > since else None


def nothing_came(member: Member, unseen: Unseen, *, now: datetime) -> None:
    """Note that a look at what came found nothing, so that further pages of the visit need not look.

    What was noted a moment ago may not be there to see yet: then they look again. So they do where something
    was noted since.
    """
    if unseen.news_at < now - A_MOMENT:
        LastVisit.objects.filter(pk=member.pk, news_at=unseen.news_at).update(news_at=None)


def tell(member_id: uuid.UUID, *, now: datetime) -> None:
    """Note that there is news for a member, in the transaction that notes the changes."""
    LastVisit.objects.filter(member_id=member_id).update(news_at=now)
