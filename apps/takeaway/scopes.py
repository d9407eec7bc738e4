"""What a member takes along: everything, one year, or one claim."""

import uuid
from dataclasses import dataclass
from typing import Any

from apps.kinds.approval.kind import APPROVAL
from apps.kinds.claim.kind import CLAIM
from apps.kinds.coverage.records import CoverageRecord, days_of
from apps.records.entries import UNDATED
from apps.records.shelf import Library
from apps.records.volumes import Held
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

    def holds(self, held: Held[Any]) -> bool:
        """Whether a claim or an approval is asked for."""
        if self.claim_id is not None:
            return held.id == self.claim_id
        return not self.year or held.entry.on.year == self.year

    def has(self, coverage: CoverageRecord) -> bool:
        """Whether a coverage held in the year; one whose dates are not known may have."""
        if not self.year:
            return True
        starts, ends = days_of(coverage.starts), days_of(coverage.ends)
        return not (starts and starts[0].year > self.year) and not (ends and ends[1].year < self.year)


def years_of(library: Library) -> list[int]:
    """Return the years in which the member has claims or approvals, newest first."""
    volumes = (*library.volumes(CLAIM), *library.volumes(APPROVAL))
    return sorted({volume.year for volume in volumes} - {UNDATED.year}, reverse=True)
