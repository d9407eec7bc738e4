"""Erasing members whom a restored backup brought back, though they had closed their account."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from apps.accounts.models import Member
from apps.connections import closing
from apps.connections.models import Identity


def forget(*, members: QuerySet[Any], now: datetime) -> int:
    """Close the accounts at once and erase them, and all that were being closed; return how many are left.

    Plans are not asked: they were when the account was closed, and without the keys nobody has the tokens.
    Cut off after the first transaction, workers go on with it, or whoever calls this again.
    """
    with transaction.atomic():
        ids = list(members.values_list("pk", flat=True))
        Identity.objects.filter(member_id__in=ids).delete()
        Member.objects.filter(pk__in=ids).update(closing_at=now - closing.HEAD_START, is_active=False)
    while closing.finish_all(now=now):
        pass
    return Member.objects.filter(closing_at__lte=now - closing.HEAD_START).count()
