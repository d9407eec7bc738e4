"""What all operators hear of: mails to each of them, and a line in the log of who did what."""

import logging
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.core.mail import send_mail
from django.db import models, transaction

from apps.audit import trail

log = logging.getLogger("plainclaim.operators")


def members_exist() -> bool:
    """Whether anybody has an account here who is no operator."""
    return get_user_model()._default_manager.filter(is_staff=False, is_active=True).exists()


def mail_operators(subject: str, lines: Iterable[str]) -> None:
    """Write to every operator who can sign in, once the transaction commits; nothing of a member is in it."""
    transaction.on_commit(partial(_send, subject, _text(lines), _addresses()))


def tell_operators(subject: str, lines: Iterable[str]) -> int | None:
    """The same at once; return how many mails left, None where no operator has an address."""
    addresses = _addresses()
    return _send(subject, _text(lines), addresses) if addresses else None


def note(
    subject: models.Model,
    lines: Sequence[str],
    *,
    by: Any,
    changes: trail.Changes | None = None,
    otherwise: str = trail.MACHINE,
) -> None:
    """Keep what was done to a row, and by whom (None: *otherwise*); no secret, and nothing of a member's."""
    noted_changes = {**(changes or {}), "said": (None, list(lines))}
    actor = trail.member(by, otherwise=otherwise)
    trail.record(action="operated", actor=actor, subject=trail.name_of(subject), changes=noted_changes)
    log.warning("%s %s: %s", subject._meta.verbose_name, subject.pk, " / ".join(lines))
    if by is not None:
        LogEntry.objects.log_actions(by.pk, [subject], CHANGE, "\n".join(lines), single_object=True)


def _addresses() -> list[str]:
    members = get_user_model()._default_manager.filter(is_staff=True, is_active=True)
    return [address for address in members.values_list("email", flat=True) if address]


def _text(lines: Iterable[str]) -> str:
    return "\n".join([*lines, "", settings.SITE_URL])


def _send(subject: str, text: str, addresses: list[str]) -> int:
    """Write to each; return to how many."""
    subject, sent = " ".join(subject.split()), 0  # reasons may have lines, and such a mail would not leave
    for address in addresses:  # each alone: operators need not know each other's
        try:
            sent += send_mail(subject, text, None, [address])
        except Exception:  # whatever mail servers do; what was changed stays changed
            log.exception("an operator was not told by mail: %s", subject)
    return sent
