"""What a plan changed about a claim it keeps sending under one id, from the versions that were kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from apps.accounts.models import Member
from apps.claims import reading
from apps.claims.records import ClaimRecord
from apps.claims.wording import changes
from apps.plain_language.money import priced
from apps.records import mirror
from apps.records.models import EarlierVersion, Record
from apps.vault.boxes import Box, box_for


@dataclass(frozen=True, slots=True)
class Changed:
    """One change: when we noticed, what it changed, the figures before; empty where it does not open."""

    noticed_on: date
    sentences: Sequence[str]
    plan_paid: str
    share: str


def of_claim(claim: Record, member: Member) -> tuple[Changed, ...]:
    """Return what changed about *member*'s *claim*, newest first; () where nothing did. One query then."""
    versions = EarlierVersion.objects.filter(record=claim.pk)
    rows = list(versions.order_by("-replaced_at", "-stored_at"))
    if not rows:
        return ()
    box = box_for(member)
    after, found = _read(claim, box), []
    for row in rows:
        before = _read(row, box)
        found.append(_changed(row, before, after))
        after = before
    return tuple(found)


def _read(row: EarlierVersion | Record, box: Box) -> ClaimRecord | None:
    body = mirror.opened(box, row)
    try:
        # No sentence tells names of people and places.
        return reading.read(body, {}) if body is not None else None
    except reading.Unreadable:
        return None


def _changed(row: EarlierVersion, before: ClaimRecord | None, after: ClaimRecord | None) -> Changed:
    return Changed(
        noticed_on=timezone.localtime(row.replaced_at).date(),
        sentences=changes.differences(before, after) if before and after else (),
        plan_paid=priced(before.money.plan_paid) if before else "",
        share=priced(before.money.your_share) if before else "",
    )
