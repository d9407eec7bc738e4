"""What members want to be told of by mail: nothing until they choose; one press in any mail stops all."""

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.urls import reverse

from apps.accounts import security_log
from apps.accounts.models import MailNotices, Member
from apps.plain_language.language import said
from apps.vault.boxes import Box, box_for

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
        values = {"sealed_kinds": b"", "looked_until": now}
        row, _is_new = MailNotices.objects.select_for_update().get_or_create(member=member, defaults=values)
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
