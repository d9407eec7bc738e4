"""What is known of the passes over one type of record: how far the last went, and what this one saw."""

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

from apps.connections.models import Connection
from apps.sync.models.runs import SyncStep

if TYPE_CHECKING:
    from apps.accounts.models import Member


class SyncMark(models.Model):
    """How far we know one type of record at a plan: where the next pass may begin (R-26)."""

    is_made_here = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member: "models.ForeignKey[Member, Member]" = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sync_marks"
    )
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="marks")
    resource_type = models.CharField(max_length=40)
    known_since = models.DateTimeField(
        null=True, blank=True, help_text="When a pass first came to its end: what is new afterwards is news."
    )
    complete_at = models.DateTimeField(
        null=True, blank=True, help_text="When the last complete pass over everything ended."
    )
    updated_at = models.DateTimeField(
        null=True, blank=True, help_text="When the last pass of either kind ended without a gap."
    )
    up_to = models.DateTimeField(
        null=True, blank=True, help_text="By the plan's stamps: all that changed before is here."
    )
    refused_at = models.DateTimeField(
        null=True, blank=True, help_text="When the plan refused to be asked for changes only."
    )
    empty_at = models.DateTimeField(
        null=True, blank=True, help_text="When a complete pass brought nothing although records are here."
    )
    is_doubtful = models.BooleanField(
        default=False, help_text="The last pass over everything may have missed some: the next asks it again."
    )
    reading_as = models.CharField(
        max_length=20,
        blank=True,
        default="",
        db_default="",
        help_text="The version of our reading, or of keys, that is being gone over to.",
    )
    read_to = models.UUIDField(
        null=True,
        blank=True,
        editable=False,
        help_text="How far that came, in the order of the records' ids.",
    )
    read_as = models.CharField(
        max_length=20, blank=True, help_text="The version of our reading that all records were read with."
    )

    class Meta:
        """One per connection and type."""

        constraints = [
            models.UniqueConstraint(fields=["connection", "resource_type"], name="sync_one_mark_per_type")
        ]

    def __str__(self) -> str:
        """Name the type only."""
        return f"mark of {self.resource_type}"


class SyncSeen(models.Model):
    """What one page of a pass over everything brought; the rows leave with the step (R-24)."""

    is_made_here = True

    id = models.BigAutoField(primary_key=True)
    member: "models.ForeignKey[Member, Member]" = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sync_seen"
    )
    step = models.ForeignKey(SyncStep, on_delete=models.CASCADE, related_name="seen")
    page = models.PositiveIntegerField()
    digests = models.BinaryField(help_text="The first 16 bytes of each source key, one after the other.")

    class Meta:
        """One per page."""

        constraints = [models.UniqueConstraint(fields=["step", "page"], name="sync_seen_once_per_page")]

    def __str__(self) -> str:
        """Name the page only."""
        return f"page {self.page}"
