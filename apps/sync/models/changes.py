"""What became new, changed or gone at a plan, and since when the member has not looked."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.connections.models import Connection
from apps.records.models import Record
from apps.sync.models.runs import SyncRun

if TYPE_CHECKING:
    from apps.accounts.models import Member


class SyncChange(models.Model):
    """That one record became new, changed, gone or came back; not what is in it."""

    is_made_here = True

    class What(models.TextChoices):
        """What happened to the record."""

        NEW = "new", "New"
        CHANGED = "changed", "Changed"
        GONE = "gone", "No longer sent"
        BACK = "back", "Sent again"

    id = models.BigAutoField(primary_key=True)
    member: "models.ForeignKey[Member, Member]" = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="changes"
    )
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="changes")
    run = models.ForeignKey(SyncRun, null=True, on_delete=models.SET_NULL, related_name="changes_noted")
    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="changes")
    what = models.CharField(max_length=8, choices=What)
    at = models.DateTimeField()

    class Meta:
        """Asked for as one member's, newest first, and by age when they are forgotten."""

        verbose_name = "note of what changed"
        verbose_name_plural = "notes of what changed"
        indexes = [
            models.Index(fields=["member", "-at"], name="sync_changes_of_member"),
            models.Index(fields=["at"], name="sync_changes_by_age"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(what__in=["new", "changed", "gone", "back"]), name="sync_change_known"
            )
        ]

    def __str__(self) -> str:
        """Name nobody."""
        return f"change {self.pk} ({self.what})"


class LastVisit(models.Model):
    """Since when a member has not looked: what came later is new to them."""

    member: "models.OneToOneField[Member, Member]" = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="last_visit"
    )
    since = models.DateTimeField(help_text="When the visit before this one was last seen.")
    seen_at = models.DateTimeField(help_text="When this visit was last seen, to a few minutes.")
    news_at = models.DateTimeField(null=True, blank=True, help_text="When the last change was noted.")

    def __str__(self) -> str:
        """Name nobody."""
        return "last visit"
