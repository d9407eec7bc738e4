"""What members want to be told of by mail: nothing until they choose; one press in any mail stops all."""

import logging
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.policy import Policy, default
from enum import StrEnum
from typing import Any, Final, cast

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import EmailMessage, mailers
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.module_loading import import_string

from apps.accounts import security_log
from apps.accounts.models import MailNotices, Member, PolicyNotice
from apps.accounts.requests import language_of
from apps.plain_language.language import said
from apps.plain_language.speaking import speaking
from apps.vault.boxes import Box, box_for
from apps.vault.errors import WrapperFailed

A_DAY: Final = timedelta(days=1)
"""So long from one look to the next: no more than one mail leaves within it."""


class Kind(StrEnum):
    """What can be told; the order is that of what is stored, so a new kind joins at the end."""

    DENIAL = "denial"
    CORRECTION = "correction"
    ACCESS = "access"
    APPROVAL = "approval"
    APPEAL = "appeal"


WORDS: Final[dict[Kind, tuple[str, str]]] = {
    Kind.DENIAL: (said("A claim was denied"), said("New, or changed and denied now")),
    Kind.CORRECTION: (said("A claim was corrected"), said("Your plan sent a newer version of it")),
    Kind.ACCESS: (
        said("A permission ends"),
        said(
            "14 days and 3 days before, if your plan says when, and when it has ended; "
            "not where a plan gives it for a short while each time"
        ),
    ),
    Kind.APPROVAL: (said("An approval in advance runs out"), said("14 days and 3 days before")),
    Kind.APPEAL: (
        said("The last day of an appeal comes near"),
        said("14 days and 3 days before, where the date of your letter is noted and the day can be counted"),
    ),
}
"""Each in words, and when it is told."""


def chosen_by(member: Member) -> frozenset[Kind]:
    """Return what the member chose."""
    row = MailNotices.objects.filter(member=member).first()
    return kinds_of(row, box_for(member)) if row else frozenset()


def kinds_of(row: MailNotices, box: Box) -> frozenset[Kind]:
    """Return what is chosen in a row; stored as a byte for each kind, so that its length tells nothing."""
    if row.look_at is None:
        return frozenset()
    return frozenset(kind for kind, flag in zip(Kind, box.open(row, "sealed_kinds"), strict=False) if flag)


def choose(*, member: Member, kinds: Collection[Kind], now: datetime) -> None:
    """Tell of these and no others, of what happens from now on.

    Where something is chosen already the next look stays when it is: a day after the one before.
    """
    box = box_for(member)
    with transaction.atomic():
        made = {"sealed_kinds": b"", "looked_until": now}
        row, _is_new = MailNotices.objects.select_for_update().get_or_create(member=member, defaults=made)
        before = kinds_of(row, box)
        if before == frozenset(kinds):
            return
        if not before:
            row.looked_until, row.look_at = now, now + A_DAY
        if not kinds:
            row.look_at = None
        row.sealed_kinds = box.seal(row, "sealed_kinds", bytes(kind in kinds for kind in Kind))
        row.save()
        security_log.note(member, security_log.Kind.MAILS)


def stop(pk: uuid.UUID) -> None:
    """Tell a member of nothing any more; done already, or the account gone, it does nothing."""
    row = MailNotices.objects.select_related("member").filter(pk=pk).first()
    if row is not None and MailNotices.objects.filter(pk=pk, look_at__isnull=False).update(look_at=None):
        # Whose browser it is nobody knows: a mail provider may press for its customer.
        security_log.note(row.member, security_log.Kind.MAILS, is_theirs=False)


def address_of(member: Member) -> str | None:
    """Return the address that the member confirmed, None where mails can be sent to none."""
    confirmed = EmailAddress.objects.filter(user=member, primary=True, verified=True)
    address: str | None = confirmed.values_list("email", flat=True).first()
    return address


def stop_url(row: MailNotices) -> str:
    """Return the address that stops all mails: it names the row by a random number, signed."""
    path = reverse("accounts:stop_mails", args=[_signer().sign(row.pk.hex)])
    return f"{settings.SITE_URL}{path}"


def row_named(token: str) -> uuid.UUID | None:
    """Return which row the token of `stop_url` names, None where we did not sign it."""
    try:
        return uuid.UUID(_signer().unsign(token))
    except BadSignature:
        return None


def _signer() -> Signer:
    return Signer(salt="apps.accounts.mail_notices", sep=".")


log = logging.getLogger("plainclaim.accounts")
AT_ONCE: Final = 20
SOON: Final = timedelta(minutes=10)
"""After so long it is looked again where the mail server was away, or records were in no book yet."""
A_MOMENT: Final = timedelta(minutes=1)
"""What is noted just now may not be there to see yet: it belongs to the next look."""
LONGEST: Final = timedelta(days=7)
"""What could not be told for so long is told no more."""
MOST_IN_A_LINE: Final = 998
"""RFC 5322 section 2.1.1. At the usual 78 Python would fold the address in a header into an encoded word."""


@dataclass(frozen=True, slots=True)
class Window:
    """What is looked at: after `since`, up to and with `until`."""

    since: datetime
    until: datetime

    def holds(self, moment: datetime) -> bool:
        """Whether it lies in it: of two windows that meet, in one."""
        return self.since < moment <= self.until


type HasNews = Callable[[Member, frozenset[Kind], Window], bool | None]
"""Whether any of these happened to a member in a window; None where that cannot be told yet."""


class Away(Exception):
    """The mail server did not take our sign-in: nothing has left."""


def go_round(has_news: HasNews, *, now: datetime) -> int:
    """Look for those who are due, and write to whom there is something to tell; return to how many."""
    rows = MailNotices.objects.select_related("member")
    return take_turns(rows, lambda row: _look(row, has_news, now=now), now=now)


def take_turns[Row: MailNotices | PolicyNotice](
    queue: QuerySet[Row], tell: Callable[[Row], bool], *, now: datetime
) -> int:
    """Tell those who are due in a queue; return how many were.

    Any number of workers may at once. Everyone waits while the mail server or the keys are away.
    """
    due, told = cast("Any", queue).due(now=now), 0
    for row in due[:AT_ONCE]:
        try:
            told += _take(row, now=now) and tell(row)
        except (Away, WrapperFailed) as error:
            log.warning("mails wait: %s", error)
            _again_soon(row, now=now)
            due.update(look_at=now + SOON)
            break
        except Exception:
            log.exception("%s: nothing was told; looked at again in a day", row)  # by type and frames only
    return told


def _take(row: MailNotices | PolicyNotice, *, now: datetime) -> bool:
    """Whether it is ours to look, of all workers."""
    before, row.look_at = row.look_at, now + A_DAY
    return bool(_alone(row).filter(look_at=before).update(look_at=row.look_at))


def _alone(row: MailNotices | PolicyNotice) -> QuerySet[Any]:
    return type(row)._default_manager.filter(pk=row.pk)


def _look(row: MailNotices, has_news: HasNews, *, now: datetime) -> bool:
    """Look, tell, and note until when; whether a mail left."""
    window = Window(max(row.looked_until, now - LONGEST), now - A_MOMENT)
    kinds, address = kinds_of(row, box_for(row.member)), address_of(row.member)
    news = has_news(row.member, kinds, window) if address else False
    if news is None:
        _again_soon(row, now=now)
        return False
    if news and address:
        send(_mail(row, address))
    MailNotices.objects.filter(pk=row.pk).update(looked_until=window.until)
    return news


def _again_soon(row: MailNotices | PolicyNotice, *, now: datetime) -> None:
    """Look again before the day is over; nothing has left. Unless it was stopped meanwhile."""
    _alone(row).filter(look_at=row.look_at).update(look_at=now + SOON)


def send(message: EmailMessage) -> None:
    """Send a mail; raise `Away` where surely nothing left, another error where it may have."""
    server: Any = mailers.default
    try:
        server.open()
    except OSError as error:  # smtplib's errors are OSErrors, too
        raise Away(type(error).__name__) from None
    try:
        server.send_messages([message])
    finally:
        server.close()


def _mail(row: MailNotices, address: str) -> EmailMessage:
    """Return the one mail there is, whatever happened."""
    stop_at = stop_url(row)
    headers = {
        "List-Unsubscribe": f"<{stop_at}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }  # RFC 8058 section 3.1
    return mail_to(row.member, address, "something_new", {"stop_url": stop_at}, headers=headers)


def mail_to(
    member: Member,
    address: str,
    name: str,
    more: Mapping[str, object],
    *,
    headers: Mapping[str, str] | None = None,
) -> EmailMessage:
    """Return the mail of that *name* in the member's language."""
    context = {
        "site_url": settings.SITE_URL,
        **more,
        **import_string(settings.ACCOUNTS_APP_NAME)(HttpRequest()),
    }
    with speaking(language_of(member) or settings.LANGUAGE_CODE):
        subject = render_to_string(f"account/email/{name}_subject.txt", context).strip()
        text = render_to_string(f"account/email/{name}_message.txt", context).strip()
    return _Mail(subject, text, to=[address], headers=dict(headers or {}))


class _Mail(EmailMessage):
    def message(self, *, policy: "Policy[Any] | None" = default) -> Any:
        """Django's, with lines as long as they may be."""
        return super().message(policy=(policy or default).clone(max_line_length=MOST_IN_A_LINE))
