"""Closing an account: every permission ends at once, every row goes, the keys last; then plans are asked."""

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from allauth.account.models import EmailAddress
from django.db import models, transaction

from apps.accounts import session_names
from apps.accounts.models import Member
from apps.connections import endings
from apps.connections.endings import AtPlan
from apps.connections.holdings import Counted, holdings_of_all
from apps.connections.models import Connection, Identity
from apps.plain_language.language import _, said
from apps.plans.models import Plan
from apps.vault.models import DataKey

log = logging.getLogger("plainclaim.connections")
PHRASE: Final = said("close my account")
"""What has to be typed, in English or in the reader's language."""
AT_A_TIME: Final = 500
AT_ONCE_SECONDS: Final = 10.0
"""So long erasing goes on while the member waits; workers do the rest."""
SPELL_SECONDS: Final = 60.0
"""So long a worker erases one account before it looks after other work."""
HEAD_START: Final = timedelta(minutes=2)
"""For whoever closed the account, and erases it just now."""


@dataclass(frozen=True)
class Estate:
    """What there is to go: the plans whose permission holds, what they shared by kind, and the receipts.

    `ways` says of the plans what ending the permission does on their side.
    """

    plans: tuple[Plan, ...]
    ways: dict[AtPlan, tuple[Plan, ...]]
    holdings: tuple[Counted, ...]
    receipts: int


def estate(member: Member) -> Estate:
    """What closing the account would end and delete."""
    rows = [row for row in member.connections.newest_first() if not row.is_kept]
    ways = endings.by_way((endings.expected(row), row.plan) for row in rows)
    ways.pop(AtPlan.OVER, None)
    return Estate(
        plans=tuple(dict.fromkeys(plan for plans in ways.values() for plan in plans)),
        ways=ways,
        holdings=holdings_of_all(member),
        receipts=member.receipts.count(),
    )


def is_confirmed(typed: str) -> bool:
    """Whether the member typed the phrase; capitals and blanks do not matter."""
    return " ".join(typed.lower().split()).strip(".\"'“”") in (PHRASE, _(PHRASE))


def close(*, member: Member, now: datetime) -> dict[AtPlan, tuple[Plan, ...]] | None:
    """Close the account for good, then erase it; return the plans, by what becomes of the permission there.

    The first transaction ends every permission and every way in; from its commit on nobody gets in and
    nothing comes. Erasing follows, some rows at a time; what is not done in a few seconds, or is cut off,
    workers finish (`finish_all`). Done already, it does nothing, and returns None.
    """
    with transaction.atomic():
        # Not the key: writers of records, who hold a connection's row, point to it while we wait for them.
        row = Member.objects.select_for_update(no_key=True).filter(pk=member.pk, closing_at=None).first()
        if row is None:
            return None
        ended = endings.end_all(member=row, now=now)
        ways = endings.by_way((endings.at_plan(revocation), revocation.plan) for revocation in ended)
        row.identities.all().delete()
        Member.objects.filter(pk=row.pk).update(closing_at=now, is_active=False)
    log.info("an account was closed; %d plans are asked to forget it", len(ways.get(AtPlan.ASKED, ())))
    _erase_guarded(row, seconds=AT_ONCE_SECONDS)
    return ways


def finish_all(*, now: datetime) -> int:
    """Erase what is left of accounts whose closing was cut off or took long; return how many are gone.

    Everything of theirs goes before their keys: until then it can be begun again, then there is nothing.
    """
    due = Member.objects.filter(closing_at__lte=now - HEAD_START).order_by("closing_at")
    return sum(_erase_guarded(row, seconds=SPELL_SECONDS) for row in due)


def forget(*, members: models.QuerySet[Member], now: datetime) -> int:
    """Close the accounts at once and erase them, and all that were being closed; return how many are left.

    Plans are not asked: they were when the account was closed, and without the keys nobody has the tokens.
    Cut off after the first transaction, workers go on with it, or whoever calls this again.
    """
    with transaction.atomic():
        ids = list(members.values_list("pk", flat=True))
        Identity.objects.filter(member_id__in=ids).delete()
        Member.objects.filter(pk__in=ids).update(closing_at=now - HEAD_START, is_active=False)
    while finish_all(now=now):
        pass
    return Member.objects.filter(closing_at__lte=now - HEAD_START).count()


def _erase_guarded(member: Member, *, seconds: float) -> bool:
    """Erase for so long; the account is closed whatever happens here, and it is tried again."""
    try:
        return _erase(member, until=time.monotonic() + seconds)
    except Exception:
        log.exception("erasing a closed account stopped unexpectedly")  # by type and frames only
        return False


def _erase(member: Member, *, until: float) -> bool:
    """Delete the member's rows some at a time, the records first, the keys last; False when time was up."""
    names = session_names.names_of(member)
    session_names.forget(names)
    for model, name in _what_points_to_members():
        while _delete_some(model, name, member):
            if time.monotonic() > until:
                return False
    with transaction.atomic():
        if not Member.objects.select_for_update().filter(pk=member.pk).exists():
            return True
        for model, name in _what_points_to_members():  # what a worker wrote while it was being stopped
            model._base_manager.filter(**{name: member}).delete()
        EmailAddress.objects.filter(user=member).delete()
        DataKey.objects.filter(member=member).delete()  # last: without it even a copy elsewhere stays sealed
        Member.objects.filter(pk=member.pk).delete()
    session_names.forget(names)
    return True


def _what_points_to_members() -> list[tuple[type[models.Model], str]]:
    """Every kind of row that points to a member, and by what name; connections, on which most hang, last.

    Not the keys, nor the addresses, by which sessions are found when it has to be begun again.
    """
    pointing = [
        (relation.related_model, relation.field.name)
        for relation in Member._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ManyToOneRel) and relation.related_model not in (DataKey, EmailAddress)
    ]
    return sorted(pointing, key=lambda pair: pair[0] is Connection)


def _delete_some(model: type[models.Model], name: str, member: Member) -> bool:
    """Delete up to AT_A_TIME of these rows in a transaction; False when there were none."""
    rows = model._base_manager.filter(**{name: member})
    with transaction.atomic():
        # Locked first: who works on a connection locks it before its rows, too.
        ids = list(rows.select_for_update().order_by("pk").values_list("pk", flat=True)[:AT_A_TIME])
        model._base_manager.filter(pk__in=ids).only("pk").delete()
    return bool(ids)
