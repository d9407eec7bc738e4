"""Closing an account: every permission ends, every row goes, the key last; the plans are asked afterwards."""

import logging
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.db import models, transaction

from apps.accounts.models import Member
from apps.connections import ending
from apps.connections.holdings import Counted, holdings_of_all
from apps.plain_language.language import _, said
from apps.plans.models import Plan
from apps.vault.models import DataKey

log = logging.getLogger("plainclaim.connections")
PHRASE: Final = said("close my account")
"""What has to be typed, in English or in the reader's language."""


@dataclass(frozen=True)
class Estate:
    """What there is to go: the plans whose permission holds, what they shared by kind, and the receipts."""

    plans: tuple[Plan, ...]
    holdings: tuple[Counted, ...]
    receipts: int


def estate(member: Member) -> Estate:
    """What closing the account would end and delete."""
    return Estate(
        plans=tuple(dict.fromkeys(row.plan for row in member.connections.newest_first() if not row.is_kept)),
        holdings=holdings_of_all(member),
        receipts=member.receipts.count(),
    )


def is_confirmed(typed: str) -> bool:
    """Whether the member typed the phrase; capitals and blanks do not matter."""
    return " ".join(typed.lower().split()).strip(".\"'“”") in (PHRASE, _(PHRASE))


def close(*, member: Member, now: datetime) -> tuple[Plan, ...]:
    """Delete the member and everything that names them; return the plans that are asked to forget.

    One transaction: cut off half way nothing has happened, and it can be done again; once it commits, only
    the house's revocations are left, and workers see to those. Done already, it does nothing.
    """
    with transaction.atomic():
        # Not the key: writers of records, who hold a connection's row, point to it while we wait for them.
        row = Member.objects.select_for_update(no_key=True).filter(pk=member.pk).first()
        if row is None:
            return ()
        names = _names_of(row)
        plans = tuple(dict.fromkeys(revocation.plan for revocation in ending.end_all(member=row, now=now)))
        _delete_what_points_to(row)
        DataKey.objects.filter(member=row).delete()  # last: without it even a copy elsewhere stays sealed
        row.delete()
    log.info("an account was closed; %d plans are asked to forget it", len(plans))
    _forget_browsers(names)
    return plans


def _delete_what_points_to(member: Member) -> None:
    """Delete the member's rows kind by kind, so that no protection among them stands in the way."""
    relations = Member._meta.get_fields(include_hidden=True)
    pending = [
        (one.related_model, one.field.name)
        for one in relations
        if isinstance(one, models.ManyToOneRel) and one.related_model is not DataKey
    ]
    for model, name in pending:
        model._base_manager.filter(**{name: member}).delete()


def _names_of(member: Member) -> re.Pattern[str]:
    """Every spelling under which a session may name the member: the id and the e-mail addresses."""
    addresses = EmailAddress.objects.filter(user=member).values_list("email", flat=True)
    names = {str(member.pk), member.pk.hex, member.email or "", *addresses} - {""}
    either = "|".join(re.escape(name) for name in sorted(names))
    # Whole names only: who is called almost like this stays signed in.
    return re.compile(rf"(?<![\w.+-])(?:{either})(?![\w.+-])", re.IGNORECASE)


def _forget_browsers(names: re.Pattern[str]) -> None:
    """Delete every session that names the member, wherever in it.

    Also a sign-in that stopped half way (at the passkey, at a code by e-mail), which nobody is signed in by.
    """
    for session in Session.objects.iterator(chunk_size=500):
        if _mentions(session.get_decoded(), names):
            session.delete()


def _mentions(value: object, names: re.Pattern[str]) -> bool:
    if isinstance(value, dict):
        return any(_mentions(one, names) for pair in value.items() for one in pair)
    if isinstance(value, list | tuple):
        return any(_mentions(one, names) for one in value)
    return isinstance(value, str) and names.search(value) is not None
