"""Whether anything happened that a member wanted to be told of by mail: what came, and days that come near.

Nothing of who did not agree, nothing of folded care, nothing of a connection that is read for the first time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from apps.accounts import mail_rounds
from apps.accounts.mail_notices import Kind
from apps.accounts.mail_rounds import A_MOMENT, Window
from apps.accounts.models import Member
from apps.connections import permission_duration
from apps.connections.models import Connection
from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.claim.kind import CLAIM
from apps.overview import needs
from apps.overview.today import Desk
from apps.records.shelf import Library
from apps.records.volumes import Held
from apps.sync import news
from apps.sync.models import LastVisit, SyncChange
from apps.vault.boxes import box_for

AHEAD: Final = (timedelta(days=14), timedelta(days=3))
"""So long before a day it is told of."""


def look_after() -> None:
    """What the worker does every few seconds (the setting SYNC_ALSO_LOOKS_AFTER)."""
    mail_rounds.go_round(has_news, now=timezone.now())


def has_news(member: Member, kinds: frozenset[Kind], window: Window) -> bool | None:
    """Whether any of *kinds* happened in *window*; None while records wait to be read."""
    look = _Look(member, window)
    if look.library.is_behind:
        return None
    return any(_LOOKS[kind](look) for kind in Kind if kind in kinds)


@dataclass
class _Look:
    """One member's books as they see them, and the time that is looked at."""

    member: Member
    window: Window

    @cached_property
    def library(self) -> Library:
        return Library(self.member, box_for(self.member))

    @cached_property
    def known(self) -> frozenset[UUID]:
        """The connections whose claims were read to the end before."""
        marks = self.member.sync_marks.filter(resource_type=CLAIM.fhir_types[0], known_since__isnull=False)
        return frozenset(marks.values_list("connection_id", flat=True))

    @cached_property
    def happened(self) -> list[tuple[ClaimEntry, SyncChange.What]]:
        """What happened to which claim since the member last looked."""
        seen_at = LastVisit.objects.filter(pk=self.member.pk).values_list("seen_at", flat=True).first()
        since = max(self.window.since, seen_at - A_MOMENT) if seen_at else self.window.since
        claims = news.since(self.library, since, until=self.window.until).claims
        held = self.library.held(CLAIM) if claims else []
        return [
            (held_claim.entry, claims[held_claim.id])
            for held_claim in held
            if held_claim.id in claims and self.may_tell(held_claim)
        ]

    def may_tell(self, held: Held[Any]) -> bool:
        """Whether a mail may follow from a record that shows."""
        return held.plan in self.known and not held.is_folded

    def comes_near(self, day: date) -> bool:
        """Whether a moment to tell of *day* lies in the window; of two windows that meet, in one."""
        first, last = (timezone.localdate(moment) for moment in (self.window.since, self.window.until))
        return any(first < day - ahead <= last for ahead in AHEAD)


def _denial(look: _Look) -> bool:
    came = (SyncChange.What.NEW, SyncChange.What.CHANGED)
    return any(entry.refuses_you and not entry.is_gone and what in came for entry, what in look.happened)


def _correction(look: _Look) -> bool:
    return any(news.is_corrected(entry, what) for entry, what in look.happened)


def _access(look: _Look) -> bool:
    return any(
        _ends(connection, look)
        for connection in look.library.connections
        if not look.library.is_closed(connection.pk)
    )


def _ends(connection: Connection, look: _Look) -> bool:
    """Whether a permission has ended, unless it is short each time, or will at a moment that was named."""
    if connection.needs_sign_in:
        notice = permission_duration.of(connection, look.library.box, now=look.window.until)
        is_urgent = notice is not None and notice.is_urgent
        return is_urgent and connection.ended_at is not None and look.window.holds(connection.ended_at)
    ends_at = connection.permission_ends_at
    if ends_at is None or not connection.is_active or connection.pk not in look.known:
        return False
    return any(look.window.holds(ends_at - ahead) for ahead in AHEAD)


def _approval(look: _Look) -> bool:
    running_out = needs.running_out(look.library, timezone.localdate(look.window.until))
    return any(look.comes_near(ends) for held, ends in running_out if look.may_tell(held))


def _appeal(look: _Look) -> bool:
    today = timezone.localdate(look.window.until)
    desk = Desk(look.library, now=look.window.until, today=today)
    refusals, ways = needs.refused_of(desk)
    before, ways_before = needs.refused_before(desk)
    deadlines = (
        *(ways.deadline(claim) for claim in refusals if look.may_tell(claim)),
        *(ways_before.deadline(approval) for approval, _record in before if look.may_tell(approval)),
    )
    return any(
        deadline is not None and deadline.day is not None and look.comes_near(deadline.day)
        for deadline in deadlines
    )


_LOOKS: Final[Mapping[Kind, Callable[[_Look], bool]]] = {
    Kind.DENIAL: _denial,
    Kind.CORRECTION: _correction,
    Kind.ACCESS: _access,
    Kind.APPROVAL: _approval,
    Kind.APPEAL: _appeal,
}
