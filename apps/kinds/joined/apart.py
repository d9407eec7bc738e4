"""What the member took apart: a record of care and a claim that is not for it."""

from datetime import datetime
from uuid import UUID

from apps.kinds.claim.entry import ClaimEntry
from apps.records import remarks
from apps.records.remarks import Topic
from apps.records.shelf import Library
from apps.records.volumes import Held


def take_apart(
    library: Library, care: UUID, claim: Held[ClaimEntry], *, is_apart: bool, now: datetime
) -> None:
    """Keep that a claim is not for a record, or that it may be again."""
    remarks.say(
        member=library.member,
        box=library.box,
        topic=Topic.UNJOINED,
        subject=f"{care} {remarks.subject_of(claim.entry)}",
        value=is_apart or None,
        now=now,
        connection_id=claim.plan,
    )


def taken_apart(library: Library) -> frozenset[str]:
    """Return the subjects of what the member took apart."""
    said = remarks.of(library.member, library.box, Topic.UNJOINED)
    return frozenset(subject for subject, about in said.items() if about.value is True)
