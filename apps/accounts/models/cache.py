"""The cache that all processes share."""

from datetime import datetime
from typing import Self

from django.db import models


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
