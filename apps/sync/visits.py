"""Since when a member has not looked: a visit ends after half an hour without a page."""

import uuid
from datetime import datetime, timedelta
from typing import Final

from apps.accounts.models import Member
from apps.sync.models import LastVisit

VISIT_ENDS: Final = timedelta(minutes=30)
NOTED_EVERY: Final = timedelta(minutes=5)
"""A page more in the same visit is written down this often only."""
A_MOMENT: Final = timedelta(minutes=1)
"""A change may be noted a moment before others can see it: better told twice than never."""


def since(member: Member, *, now: datetime) -> datetime | None:
    """Return when the visit before this one ended, None where nothing was noted since; note the visit.

    So what is new stays new for the whole visit, however many pages it has. For a first visit everything
    since the account was made is new: what the first import brought is no news anyway. One query, and now and
    then a second.
    """
    visit = LastVisit.objects.filter(member=member).first()
    if visit is None:
        LastVisit.objects.bulk_create(
            [LastVisit(member=member, since=member.date_joined, seen_at=now, news_at=now)],
            ignore_conflicts=True,
        )
        return member.date_joined
    away, was = now - visit.seen_at, visit.seen_at
    if away >= NOTED_EVERY:
        visit.since = was - A_MOMENT if away >= VISIT_ENDS else visit.since
        # Of two pages at once one notes it; the other has the same answer.
        LastVisit.objects.filter(member=member, seen_at=was).update(since=visit.since, seen_at=now)
    return visit.since if visit.news_at is not None and visit.news_at > visit.since else None


def tell(member_id: uuid.UUID, *, now: datetime) -> None:
    """Note that there is news for a member, in the transaction that notes the changes."""
    LastVisit.objects.filter(member_id=member_id).update(news_at=now)
