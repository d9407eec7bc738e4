"""That a member's records were read, taken along, asked for or noted upon, when, by which browser; sealed.

One row for a session, kind and day. The member reads them among what happened to the account
(the setting ACCOUNTS_ALSO_HAPPENED).
"""

import logging
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from allauth.core import context
from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils import timezone

from apps.accounts.known_devices import browser_words
from apps.accounts.models import Member
from apps.accounts.security_log import KEPT_FOR, Happened, is_first_today
from apps.plain_language.language import _, said
from apps.records import mirror
from apps.records.kinds import Kind
from apps.records.models import Activity
from apps.vault.boxes import Box, box_for
from apps.vault.errors import VaultError

log = logging.getLogger("plainclaim.records")
ASKED: Final = "asked"
CHANGED: Final = "changed"
CLINICAL: Final = "clinical"
EXPORTED: Final = "exported"
REVEALED: Final = "revealed"
SENTENCES: Final = {
    ASKED: said("Your plans were asked for news"),
    CHANGED: said("What you noted or chose was changed"),
    CLINICAL: said("Clinical records were read"),
    EXPORTED: said("A file of your records was made"),
    REVEALED: said("A member number was shown in full"),
    "claim": said("Claims were read"),
    "approval": said("Approvals in advance were read"),
    "coverage": said("Coverage was read"),
}
CODE_BYTES: Final = 8
OTHER: Final = said("Records were read")


def note_read(member_id: UUID, box: Box, kind: Kind) -> None:
    """Note that records of *kind* are read, where that answers a request of the member's own."""
    if request := _request_of(member_id):
        _note(member_id, box, CLINICAL if kind.is_clinical else kind.name, request, now=timezone.now())


def note_changed(member_id: UUID, box: Box, *, now: datetime) -> None:
    """Note that what the member says or hides is changed, where that answers a request of their own."""
    request = _request_of(member_id)
    if request is not None:
        _note(member_id, box, CHANGED, request, now=now)


def note_done(request: Any, what: str, *, is_each: bool = False) -> None:
    """Note that the member who asks had a file made (`EXPORTED`), or a number shown (`REVEALED`); with
    *is_each* in a line of its own."""
    _note(request.user.pk, box_for(request.user), what, request, now=timezone.now(), is_each=is_each)


def note_asked(member: Member, *, now: datetime) -> None:
    """Note that a plan is asked for news: by the member in a browser, or by itself."""
    try:
        _note(member.pk, box_for(member), ASKED, _request_of(member.pk), now=now)
    except VaultError as error:  # asking is held up by no note of it
        log.error("%s: that a plan is asked is not noted", error)


def happened(member: Member, *, most: int, before: datetime | None = None) -> list[Happened]:
    """Return what happened to the member's records, the newest first; *before* a moment."""
    activities = member.activities.filter(Q(at__lt=before) if before else Q())
    rows = list(activities.order_by("-at", "-pk")[:most])
    box = box_for(member) if rows else None
    return [_opened(row, box) for row in rows if box is not None]


def forget_clinical(member: Member, box: Box) -> None:
    """Delete that clinical records were read, for when there are none any more."""
    bodies = ((row.pk, mirror.opened(box, row) or b"") for row in member.activities.all())
    rows = [pk for pk, body in bodies if body.startswith(_code(box, CLINICAL))]
    member.activities.filter(pk__in=rows).delete()


def forget_old(*, now: datetime) -> int:
    """Delete what is over a year old; return how many rows went."""
    return Activity.objects.filter(at__lt=now - KEPT_FOR).delete()[0]


def _request_of(member_id: UUID) -> Any:
    """Return the request that is answered; None where it is not the member's: a worker's, an operator's."""
    return context.request if context.request and context.request.user.pk == member_id else None


def _note(
    member_id: UUID, box: Box, what: str, request: Any, *, now: datetime, is_each: bool = False
) -> None:
    """Write a row; a second one of a session, kind and day finds the first and changes nothing."""
    when, session = (
        now if is_each else timezone.localdate(now),
        request.session.session_key if request else "",
    )
    mark = box.fingerprint("records.activity", "\x1f".join((str(session), what, when.isoformat())))
    if request is not None and not is_first_today(request, mark.hex()[:16]):
        return
    row = Activity(member_id=member_id, mark=mark, at=now)
    browser = browser_words(request.headers.get("User-Agent", "")) if request else ""
    row.sealed_body = box.seal(row, "sealed_body", _code(box, what) + browser.encode())
    try:
        with transaction.atomic():
            Activity.objects.bulk_create([row], ignore_conflicts=True)
    except DatabaseError:  # nobody is kept from reading by a note of it
        log.exception("what is read was not noted")


def _opened(row: Activity, box: Box) -> Happened:
    body = mirror.opened(box, row) or b""
    words = next((words for what, words in SENTENCES.items() if body.startswith(_code(box, what))), OTHER)
    return Happened(row.at, _(words), body[CODE_BYTES:].decode(errors="replace"))


def _code(box: Box, what: str) -> bytes:
    """Return what stands for *what*: a word would be told by the length of what is sealed."""
    return box.fingerprint("records.activity.what", what)[:CODE_BYTES]
