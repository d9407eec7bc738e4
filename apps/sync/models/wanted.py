"""Records that others refer to for a name: noted with who refers to them, asked for afterwards."""

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

from apps.connections.models import Connection

if TYPE_CHECKING:
    from apps.accounts.models import Member


class WantedRecord(models.Model):
    """A reference to a person or place; `source_key` is that of the record once it is here."""

    is_made_here = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member: "models.ForeignKey[Member, Member]" = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="wanted_records"
    )
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="wanted_records")
    source_key = models.BinaryField(max_length=32)
    sealed_reference = models.BinaryField()
    asked_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When the plan last gave it or failed to; empty: not asked since it is noted.",
    )
    fruitless = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        help_text="So many runs in a row asked for it and were told that it is not there.",
    )

    class Meta:
        """One per connection and record."""

        constraints = [models.UniqueConstraint(fields=["connection", "source_key"], name="sync_wanted_once")]

    def __str__(self) -> str:
        """Say nothing of the record."""
        return f"wanted record {self.pk}"
