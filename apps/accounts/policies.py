"""Who is told of a new version of the policies, from when it holds here, and who still has to agree to it.

A version is announced by the first worker that finds it in the software. From then on everybody who has an
account is written to, once, and reads of it on their pages; no member chooses that, and nothing private is
in it. A material change pauses the plans of whoever has not agreed from the day on which it holds.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone

from apps.accounts import mail_notices, mail_rounds
from apps.accounts.models import Member, PolicyAnnouncement, PolicyNotice
from config.policies import Version, changes_of, from_on, newest, versions

NOTICE: Final = timedelta(days=30)
"""So long ahead members are told, and so long they read of it on their pages."""
QUEUE: Final = timedelta(days=5)
"""So long the queue of mails may take."""
AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class News:
    """What a member reads of a new version; `asks`: they have to agree; `is_paused`: they had to by now."""

    since: Sequence[Version]
    """The versions since the one that they agreed to."""
    in_force: date
    asks: bool
    is_paused: bool

    @property
    def changes(self) -> str:
        """What changed, in the reader's language."""
        return " ".join(map(changes_of, self.since))


def in_force(version: Version) -> date:
    """Return the day from which a version holds here; as far as is known, where it was not announced yet.

    The first was here from the start. One that came here together with a later one holds with that; where
    nobody is to be told there is no version that it follows: it holds from the day it is of.
    """
    if version == versions()[0]:
        return version.in_force
    if (announced := _announced(version)) is not None:
        return announced
    return version.in_force if version != newest() or _is_anybody_to_tell(version) else version.day


def _announced(version: Version) -> date | None:
    rows = PolicyAnnouncement.objects.filter(version__in=from_on(version)).order_by("version")
    return rows.values_list("in_force", flat=True).first()


def _is_anybody_to_tell(version: Version) -> bool:
    """Whether somebody is here who has not agreed to it; of those who run the site, who agreed to another."""
    others = Member.objects.exclude(consents__policy_version=version.version)
    return others.exclude(is_staff=True, consents__isnull=True).exists()


def to_agree(*, now: datetime) -> frozenset[str]:
    """Return the versions one of which a member must have agreed to; none while no material change holds."""
    today = timezone.localdate(now)
    for version in reversed(versions()[1:]):
        if version.is_material and (day := _announced(version)) and day <= today:
            return from_on(version)
    return frozenset()


def must_agree(member: Member, *, now: datetime) -> bool:
    """Whether a member's plans are paused until they agree."""
    wanted = to_agree(now=now)
    return bool(wanted) and not member.consents.standing().filter(policy_version__in=wanted).exists()


def since_agreed(member: Member) -> list[Version]:
    """Return the versions since the one that the member last agreed to, the oldest first."""
    agreed = set(member.consents.standing().values_list("policy_version", flat=True))
    return [row for row in versions()[1:] if not agreed & from_on(row)]


def news_of(since: Sequence[Version], *, now: datetime) -> News:
    """Return what a member is told who agreed before these versions, and the day that concerns them.

    That is the day of the first material change, else that of the newest version.
    """
    material = [row for row in since if row.is_material]
    day = in_force((material or [newest()])[0])
    wanted = to_agree(now=now) if material else frozenset()
    is_paused = bool(wanted) and wanted.issubset(row.version for row in since)
    return News(since or [newest()], day, bool(material), is_paused)


def news_for(member: Member, *, now: datetime) -> News | None:
    """Return what a member's pages tell of a new version, for 30 days from the first time or until agreed.

    One query where there is nothing to tell, none before there is a second version.
    """
    if len(versions()) == 1:
        return None
    rows = member.policy_notices.filter(announcement=newest().version)
    row = rows.first()
    if row is None or not (since := since_agreed(member)):
        return None
    if row.shown_from is None:
        row.shown_from = now
        rows.filter(shown_from__isnull=True).update(shown_from=now)
    news = news_of(since, now=now)
    return news if news.asks or now - row.shown_from < NOTICE else None


def look_after() -> None:
    """What the worker does every few seconds (the setting SYNC_ALSO_LOOKS_AFTER)."""
    go_round(now=timezone.now())


def go_round(*, now: datetime) -> int:
    """Announce a new version, put notices into the queue, mail those that are due; return how many left."""
    if len(versions()) == 1:
        return 0
    announcement = _announce(newest(), now=now)
    if not announcement.is_queued:
        _queue_up(announcement, now=now)
    rows = PolicyNotice.objects.filter(announcement=announcement).select_related("member", "announcement")
    return mail_rounds.take_turns(rows, lambda row: _tell(row, now=now), now=now)


def _announce(version: Version, *, now: datetime) -> PolicyAnnouncement:
    """Return the announcement, made now where there is none: it holds in 30 days and what mails take.

    Where nobody is to be told, it holds from the day it is of.
    """
    announced = PolicyAnnouncement.objects.filter(pk=version.version).first()
    if announced is not None:
        return announced
    values = {"announced_at": now, "in_force": version.day, "is_queued": True}
    if _is_anybody_to_tell(version):
        holds = max(version.in_force, timezone.localdate(now + NOTICE + QUEUE))
        values |= {"in_force": holds, "is_queued": False}
    return PolicyAnnouncement.objects.get_or_create(version=version.version, defaults=values)[0]


def _queue_up(announcement: PolicyAnnouncement, *, now: datetime) -> None:
    """Put the next members who were here before into the queue; of two workers both do the same."""
    members = Member.objects.filter(date_joined__lte=announcement.announced_at).order_by("pk")
    if (before := announcement.queued_until) is not None:
        members = members.filter(pk__gt=before)
    with transaction.atomic():
        member_ids: list[uuid.UUID] = list(members.values_list("pk", flat=True)[:AT_ONCE])
        rows = [PolicyNotice(member_id=pk, announcement=announcement, look_at=now) for pk in member_ids]
        PolicyNotice.objects.bulk_create(rows, ignore_conflicts=True)
        values = {"queued_until": member_ids[-1]} if member_ids else {"is_queued": True}
        PolicyAnnouncement.objects.filter(pk=announcement.pk, queued_until=before).update(**values)


def _tell(row: PolicyNotice, *, now: datetime) -> bool:
    """Mail one notice; whether it left. Who has no confirmed address, or agreed already, gets none."""
    address, version = mail_notices.address_of(row.member), row.announcement.version
    has_agreed = row.member.consents.standing().filter(policy_version=version).exists()
    is_told = bool(address) and not has_agreed
    if address and not has_agreed:
        mail_rounds.send(_mail(row, address, now=now))
    values = {"look_at": None, "mailed_at": now if is_told else None}
    PolicyNotice.objects.filter(pk=row.pk).update(**values)
    return is_told


def _mail(row: PolicyNotice, address: str, *, now: datetime) -> EmailMessage:
    news = news_of(since_agreed(row.member), now=now)
    return mail_rounds.mail_to(row.member, address, "policies_changed", {"news": news})
