"""How long what is beside the records is kept, and its end: the worker deletes what is over (G-18, S-16).

The audit sees to itself (`apps.audit.trail`); attempts, files, queue and cache are chores of their own.
"""

from datetime import datetime, timedelta
from typing import Final

from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef

from apps.accounts import security_log
from apps.accounts.models import Member, SecurityEvent, SupportCode

UNCONFIRMED: Final = timedelta(days=7)
"""So long a sign-up waits for the code that was mailed. Nobody was ever signed in to it."""
ADMIN_LOG: Final = timedelta(days=365)
"""Django's log of the admin, as long as the audit, which tells the same."""


def forget_old(*, now: datetime) -> None:
    """Delete what is over; each statement by itself, so that no lock is held long."""
    _unconfirmed(now=now)
    SupportCode.objects.filter(ends_at__lte=now).delete()
    Session.objects.filter(expire_date__lt=now).delete()
    SecurityEvent.objects.filter(at__lt=now - security_log.KEPT_FOR).delete()
    LogEntry.objects.filter(action_time__lt=now - ADMIN_LOG).delete()


def _unconfirmed(*, now: datetime) -> None:
    """Who never confirmed an address, never came in by a plan, and so has nothing here."""
    confirmed = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
    waiting = Member.objects.filter(
        ~Exists(confirmed),
        last_login=None,
        identities=None,
        connections=None,
        is_staff=False,
        is_superuser=False,
    )
    waiting = waiting.filter(email__isnull=False, date_joined__lt=now - UNCONFIRMED)
    with transaction.atomic():
        # Whoever confirms at this moment is done before they are chosen, or waits and finds nothing.
        list(EmailAddress.objects.select_for_update().filter(user__in=waiting).values_list("pk"))
        waiting.delete()
