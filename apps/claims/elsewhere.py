"""The same claim as it came through other connections, for its page."""

from dataclasses import dataclass

from apps.accounts.models import Member
from apps.claims import indexing
from apps.claims.models import Claim
from apps.vault.boxes import Box


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """One of them, and where lists and sums show the claim: `here`, `there`, there `replaced`, or ""."""

    claim: Claim
    shown: str


def elsewhere(member: Member, claim: Claim, box: Box) -> list[Elsewhere]:
    """Return them; what a save parted or joined since lists were last looked at is told as it is now."""
    if not member.claims.same_as(claim).exists():
        return []
    indexing.settle(member, box)
    claim.refresh_from_db(fields=["twin_of", "is_current"])
    found = member.claims.same_as(claim).select_related("connection__plan")
    return [Elsewhere(other, _shown(claim, other)) for other in found]


def _shown(claim: Claim, other: Claim) -> str:
    if not claim.is_current:
        return ""  # its history says what replaced it
    if claim.twin_of is None:
        return "here"
    if claim.twin_of != other.pk:
        return ""
    return "there" if other.is_current else "replaced"
