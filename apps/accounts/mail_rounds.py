"""The mail that something is here to see: whom it is due for, and that no more than one leaves a day.

The next look is noted as a day away before anything leaves: who is cut off after that tells a day later what
was not told, and nobody is told twice within a day. What was told is noted after it left.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.policy import Policy, default
from typing import Any, Final

from django.conf import settings
from django.core.mail import EmailMessage, mailers
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.module_loading import import_string

from apps.accounts import mail_notices
from apps.accounts.languages import language_of
from apps.accounts.mail_notices import A_DAY, Kind
from apps.accounts.models import MailNotices, MailQueue, Member, PolicyNotice
from apps.plain_language.other_language import speaking
from apps.vault.boxes import box_for
from apps.vault.errors import WrapperFailed

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
    queue: MailQueue[Row], tell: Callable[[Row], bool], *, now: datetime
) -> int:
    """Tell those who are due in a queue; return how many were.

    Any number of workers may at once. Everyone waits while the mail server or the keys are away.
    """
    due, mails = queue.due(now=now), 0
    for row in due[:AT_ONCE]:
        try:
            mails += _take(row, now=now) and tell(row)
        except (Away, WrapperFailed) as error:
            log.warning("mails wait: %s", error)
            _again_soon(row, now=now)
            due.update(look_at=now + SOON)
            break
        except Exception:
            log.exception("%s: nothing was told; looked at again in a day", row)  # by type and frames only
    return mails


def _take(row: MailNotices | PolicyNotice, *, now: datetime) -> bool:
    """Whether it is ours to look, of all workers."""
    before, row.look_at = row.look_at, now + A_DAY
    return bool(_alone(row).filter(look_at=before).update(look_at=row.look_at))


def _alone(row: MailNotices | PolicyNotice) -> QuerySet[Any]:
    return type(row)._default_manager.filter(pk=row.pk)


def _look(row: MailNotices, has_news: HasNews, *, now: datetime) -> bool:
    """Look, tell, and note until when; whether a mail left."""
    window = Window(max(row.looked_until, now - LONGEST), now - A_MOMENT)
    kinds, address = mail_notices.kinds_of(row, box_for(row.member)), mail_notices.address_of(row.member)
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
    stop_url = mail_notices.stop_url(row)
    headers = {
        "List-Unsubscribe": f"<{stop_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }  # RFC 8058 section 3.1
    return mail_to(row.member, address, "something_new", {"stop_url": stop_url}, headers=headers)


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
