"""The records of a plan exactly as it sent them, sealed: what holds now, and what was sent before."""

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as lazy

from apps.connections.models import Connection

if TYPE_CHECKING:
    from apps.accounts.models import Member


class RawResource(models.Model):
    """One record exactly as the plan sent it, sealed; what the pages show can be read again from here."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member: "models.ForeignKey[Member, Member]" = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="resources"
    )
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="resources")
    kind = models.CharField(max_length=40, help_text="The FHIR type.")
    source_key = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    last_updated = models.DateTimeField(null=True, blank=True, help_text="meta.lastUpdated, if readable.")
    stored_at = models.DateTimeField(help_text="When this version of it was stored.")
    gone_at = models.DateTimeField(
        null=True, blank=True, help_text="When a complete pass over the plan did not bring it any more."
    )
    sealed_body = models.BinaryField()

    class Meta:
        """Found by connection and type; one row per record of the plan."""

        verbose_name = lazy("original record as the plan sent it")
        verbose_name_plural = lazy("original records as the plan sent them")
        indexes = [models.Index(fields=["connection", "kind"], name="sync_resource_by_kind")]
        constraints = [
            models.UniqueConstraint(fields=["connection", "source_key"], name="sync_resource_once")
        ]

    def __str__(self) -> str:
        """Name the type only."""
        return f"raw {self.kind}"


class EarlierVersion(models.Model):
    """What the plan sent under the same id before it changed it, sealed; the newest few of each record."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member: "models.ForeignKey[Member, Member]" = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="earlier_versions"
    )
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="earlier_versions")
    kind = models.CharField(max_length=40, help_text="The FHIR type.")
    source_key = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    stored_at = models.DateTimeField(help_text="When this version had been stored.")
    replaced_at = models.DateTimeField(help_text="When the one after it was stored.")
    sealed_body = models.BinaryField()

    class Meta:
        """Found by the record whose versions they are."""

        verbose_name = lazy("earlier version of a record")
        verbose_name_plural = lazy("earlier versions of records")
        indexes = [
            models.Index(fields=["connection", "source_key", "-replaced_at"], name="sync_earlier_of_record")
        ]

    def __str__(self) -> str:
        """Name the type only."""
        return f"earlier {self.kind}"
