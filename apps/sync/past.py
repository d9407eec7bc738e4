"""What a plan changed about a claim it keeps sending under one id, from the versions that were kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from apps.accounts.models import Member
from apps.claims import reading
from apps.claims.models import Claim
from apps.claims.records import ClaimRecord
from apps.claims.rows import opened
from apps.claims.wording import changes
from apps.plain_language.money import priced
from apps.sync import shelves
from apps.sync.models import EarlierVersion
from apps.vault.boxes import Box, box_for


@dataclass(frozen=True, slots=True)
class Changed:
    """One change: when we noticed, what it changed, the figures before; empty where it does not open."""

    noticed_on: date
    sentences: Sequence[str]
    plan_paid: str
    share: str


def of_claim(claim: Claim, member: Member) -> tuple[Changed, ...]:
    """Return what changed about *member*'s *claim*, newest first; () where nothing did. One query then."""
    versions = EarlierVersion.objects.filter(connection=claim.connection_id, source_key=claim.source_key)
    rows = list(versions.order_by("-replaced_at", "-stored_at"))
    if not rows:
        return ()
    box = box_for(member)
    after, found = opened(claim, box, column="sealed_record"), []
    for row in rows:
        before = _read(row, box)
        found.append(_changed(row, before, after))
        after = before
    return tuple(found)


def _read(row: EarlierVersion, box: Box) -> ClaimRecord | None:
    body = shelves.opened(box, row)
    try:
        # Names of people and places are looked up for the current version only: no sentence tells them.
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
