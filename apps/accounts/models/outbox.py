"""What waits to be mailed, and the cache that all processes share."""

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from apps.accounts.models.members import Member


class MailNoticesQuerySet(models.QuerySet["MailNotices"]):
    """Questions asked about mails that members chose."""

    def due(self, *, now: datetime) -> Self:
        """Those to look for, the ones that wait longest first; of no account that is closed or suspended."""
        return self.filter(look_at__lte=now, member__is_active=True).order_by("look_at", "pk")


class MailNotices(models.Model):
    """What a member chose to be told of by mail, sealed, and when it is looked for next (`mail_notices`).

    `looked_until`: what happened before was told, or was no news. The row stays where nothing is chosen any
    more: the link in an old mail goes on stopping what comes later.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.OneToOneField(Member, on_delete=models.CASCADE, related_name="mail_notices")
    sealed_kinds = models.BinaryField()
    looked_until = models.DateTimeField()
    look_at = models.DateTimeField(null=True, help_text="Empty: nothing is chosen.")

    objects = MailNoticesQuerySet.as_manager()

    class Meta:
        verbose_name = "mails of a member"
        verbose_name_plural = "mails of members"
        indexes = [
            models.Index(fields=["look_at"], condition=Q(look_at__isnull=False), name="accounts_mails_due")
        ]

    def __str__(self) -> str:
        return f"mails {self.pk}"


class CacheEntryQuerySet(models.QuerySet["CacheEntry"]):
    """Questions asked about the shared cache."""

    def over(self, *, now: datetime) -> Self:
        """Entries that hold no longer."""
        return self.filter(expires_at__lte=now)


class CacheEntry(models.Model):
    """One entry of the cache all processes share (`config.shared_cache`): counters, plans' public keys."""

    key = models.CharField(max_length=64, primary_key=True, help_text="SHA-256 of the key.")
    value = models.TextField(help_text="JSON.")
    expires_at = models.DateTimeField(db_index=True)

    objects = CacheEntryQuerySet.as_manager()

    class Meta:
        verbose_name = "cache entry"
        verbose_name_plural = "cache entries"

    def __str__(self) -> str:
        return "cache entry"
