"""What a member takes along: everything, one year, or one claim."""

import uuid
from dataclasses import dataclass

from django.db import models

from apps.accounts.models import Member
from apps.claims.models import UNDATED, Approval, Claim, ClaimQuerySet
from apps.connections.models import Connection
from apps.coverage.records import CoverageRecord, days_of
from apps.takeaway.models import EVERYTHING


@dataclass(frozen=True, slots=True)
class Scope:
    """A year (0: all of them), or one claim."""

    year: int = EVERYTHING
    claim_id: uuid.UUID | None = None

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return not self.year and self.claim_id is None

    def claims(self, owner: Connection | Member) -> ClaimQuerySet:
        """Return the claims of a member, or of one connection."""
        claims = Claim.objects.filter(**_of(owner))
        if self.claim_id is not None:
            return claims.filter(pk=self.claim_id)
        return claims.of_year(self.year) if self.year else claims

    def approvals(self, owner: Connection | Member) -> "models.QuerySet[Approval]":
        """Return the approvals in advance; none of them belongs to one claim."""
        approvals = Approval.objects.filter(**_of(owner))
        if self.claim_id is not None:
            return approvals.none()
        return approvals.filter(ordered_on__year=self.year) if self.year else approvals

    def has(self, coverage: CoverageRecord) -> bool:
        """Whether a coverage held in the year; one whose dates are not known may have."""
        if not self.year:
            return True
        starts, ends = days_of(coverage.starts), days_of(coverage.ends)
        return not (starts and starts[0].year > self.year) and not (ends and ends[1].year < self.year)


def years_of(member: Member) -> list[int]:
    """Return the years in which the member has claims or approvals, newest first."""
    found: set[int] = set()
    for rows in (member.claims.all(), member.approvals.all()):
        days = rows.exclude(ordered_on=UNDATED).order_by().dates("ordered_on", "year")
        found.update(day.year for day in days)
    return sorted(found, reverse=True)


def _of(owner: Connection | Member) -> dict[str, object]:
    return {"connection": owner} if isinstance(owner, Connection) else {"member": owner}
