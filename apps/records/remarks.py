"""What the member says: kept sealed beside the mirror, undone, and gone with its connection or account.

A remark has a topic, a subject within it (text that lasts: an id of the mirror, a key of a person) and a
value that JSON knows. The mirror keeps its ids, so remarks survive new versions, `forget_books` and
reconnecting.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import transaction

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.records import activity
from apps.records.entries import Entry
from apps.records.models import Remark
from apps.vault.boxes import Box
from apps.vault.errors import SealBroken

log = logging.getLogger("plainclaim.records")
MOST_BYTES: Final = 256 * 1024
"""Of one remark; the largest names every claim of a connection."""


class Topic(StrEnum):
    """What members can say something of; the subject and the value of each."""

    PAID = "paid"
    """Subject: a claim (`subject_of`). `{"amount": "53.52", "currency": "USD"}`: what the member paid."""
    SETTLED = "settled"
    """Subject: a connection. `{claim: "53.52"}`: older shares that are no question any more."""
    CHECKED = "checked"
    """Subject: a claim. `["bill", ...]`: boxes of its checklist that are ticked."""
    LETTER = "letter"
    """Subject: a claim or an approval. The day on the letter that refused it: `"2026-03-01"`."""
    COVERAGE = "coverage"
    """Subject: a connection. Which kind of coverage the member says it is: `"employer"`."""
    LIMITS = "limits"
    """Subject: whose limits of what, as who asks spells it. Limits that the member typed."""
    NAME = "name"
    """Subject: the key of a person. What the member calls them."""
    APPEAL = "appeal"
    """Subject: a claim or an approval. How far its appeal is, as noted: `{"sent": "2026-03-20", ...}`."""
    APPEAL_TEXT = "appeal_text"
    """Subject: a claim or an approval. The text of the letter of appeal as the member changed it."""
    APART = "apart"
    """Subject: a claim that belongs to no episode: `true`."""
    UNJOINED = "unjoined"
    """Subject: a clinical record and a claim that is not for it, however alike: `true`."""
    FOLDED = "folded"
    """Subject: the key of a person. Whether their sensitive care is folded: `true` or `false`."""
    HIDDEN = "hidden"
    """Subject: a category (`sensitive.CATEGORIES`). "show", "fold" or "out" of the screen."""
    SHARED = "shared"
    """Subject: a category. Whether what the member gives to others holds it: `true` or `false`."""
    ASKS = "asks"
    """Subject: "results". Since when new test results wait until they are asked for: a moment."""
    SEEN = "seen"
    """Subject: a record. It was asked for: `true`."""
    AGREED = "agreed"
    """Subject: the key of a person. Why their records show: "self", "agreed" or "child"."""
    HOLDER = "holder"
    """Subject: "". Keys of whom the holder was taken for: noted, not said (`household.note_holder`)."""


BY_READING: Final = frozenset({Topic.SEEN, Topic.HOLDER})
"""What is kept because the member reads, and changes nothing."""


class _Body(msgspec.Struct):
    topic: str
    subject: str
    value: Any
    before: Any
    said_at: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """One remark opened. `before` is what `undo` brings back; `value` and `before` are None for nothing."""

    topic: Topic
    subject: str
    value: Any = field(repr=False)
    before: Any = field(repr=False)
    said_at: datetime
    connection_id: UUID | None


class TooLong(ValueError):
    """A value that nobody types."""


def of(member: Member, box: Box, topic: Topic) -> dict[str, Said]:
    """Return what the member says of each subject of *topic*, also nothing any more (`value` None)."""
    return several(member, box, topic)[topic]


def several(member: Member, box: Box, *topics: Topic) -> dict[Topic, dict[str, Said]]:
    """Return the same for several topics. One query."""
    remarks: dict[Topic, dict[str, Said]] = {topic: {} for topic in topics}
    for row in member.remarks.filter(topic_key__in=[_topic_key(box, topic) for topic in topics]):
        said = _opened(row, box)
        if said is not None and said.topic in remarks:
            remarks[said.topic][said.subject] = said
    return remarks


def about(member: Member, box: Box, topic: Topic, subject: str) -> Said | None:
    """Return what the member says of one subject; None where nothing ever was."""
    row = member.remarks.filter(**_keys(box, topic, subject)).first()
    return _opened(row, box) if row else None


def everything(member: Member, box: Box, *, connection: Connection | None) -> list[Said]:
    """Return all that the member says of a connection, or of none (None), oldest first."""
    opened = (_opened(row, box) for row in member.remarks.filter(connection=connection))
    remarks = [said for said in opened if said and said.value is not None and said.topic is not Topic.HOLDER]
    return sorted(remarks, key=lambda said: (said.said_at, said.topic, said.subject))


def say(
    *,
    member: Member,
    box: Box,
    topic: Topic,
    subject: str,
    value: Any,
    now: datetime,
    connection_id: UUID | None,
) -> None:
    """Keep *value* in place of what was said of the subject, None for nothing; `undo` brings that back.

    It goes with its connection, which has to be the member's own: who asks sees to it. Without one (None) it
    is a setting of the member's and goes with the account: the privacy policy names what that is. Raises
    `TooLong`.
    """
    with transaction.atomic():
        row, is_new = Remark.objects.select_for_update().get_or_create(
            member=member,
            **_keys(box, topic, subject),
            defaults={"connection_id": connection_id, "sealed_body": b""},
        )
        remark = None if is_new else _opened(row, box)
        before = remark.value if remark else None
        if before != value:
            row.connection_id = connection_id
            _write(row, box, _Body(topic, subject, value, before, now))
            _note(member, box, topic, now=now)
        elif is_new:
            row.delete()  # nothing was said, and is: a row without words does not open


def undo(
    *,
    member: Member,
    box: Box,
    topic: Topic,
    subject: str,
    said_at: datetime,
    now: datetime,
    goes_with: Callable[[Any], UUID | None] | None = None,
) -> None:
    """Bring back what was said before the remark of *said_at*: pressed twice, it undoes once.

    *goes_with* says which connection a value belongs to, where that is not the same for all.
    """
    with transaction.atomic():
        row = member.remarks.select_for_update().filter(**_keys(box, topic, subject)).first()
        remark = _opened(row, box) if row else None
        if row is None or remark is None or remark.said_at != said_at:
            return
        if remark.before is None:
            row.delete()
        else:
            row.connection_id = goes_with(remark.before) if goes_with else row.connection_id
            _write(row, box, _Body(topic, subject, remark.before, None, now))
        _note(member, box, topic, now=now)


def forget(connection: Connection, box: Box, *topics: Topic) -> None:
    """Delete all that is said of these topics about records of a connection; nothing brings it back."""
    connection.remarks.filter(topic_key__in=[_topic_key(box, topic) for topic in topics]).delete()


def read_moment(text: str) -> datetime | None:
    """Return the `said_at` that a form sent back; None for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def subject_of(entry: Entry) -> str:
    """Return the subject that a record is: its id, of several versions that of the one that came first."""
    return str(entry.chain or entry.id)


def _write(row: Remark, box: Box, body: _Body) -> None:
    encoded = msgspec.json.encode(body)
    if len(encoded) > MOST_BYTES:
        raise TooLong("a remark that long is not kept")
    row.sealed_body = box.seal(row, "sealed_body", encoded)
    row.save(update_fields=["sealed_body", "connection"])


def _note(member: Member, box: Box, topic: Topic, *, now: datetime) -> None:
    if topic not in BY_READING:
        activity.note_changed(member.pk, box, now=now)


def _opened(row: Remark, box: Box) -> Said | None:
    try:
        body = msgspec.json.decode(box.open(row, "sealed_body"), type=_Body)
        topic = Topic(body.topic)
    except (SealBroken, msgspec.DecodeError, ValueError):
        log.error("%s does not open", row)
        return None
    return Said(topic, body.subject, body.value, body.before, body.said_at, row.connection_id)


def _topic_key(box: Box, topic: Topic) -> bytes:
    return box.fingerprint("records.remark", topic)[:8]


def _keys(box: Box, topic: Topic, subject: str) -> dict[str, bytes]:
    key = box.fingerprint(f"records.remark.{topic}", subject)
    return {"topic_key": _topic_key(box, topic), "subject_key": key}
