"""Coverages a member's plans shared: plain columns to find and order them, everything else sealed."""

import uuid

from django.conf import settings
from django.db import models


class Coverage(models.Model):
    """One FHIR Coverage as `apps.coverage.records.CoverageRecord`, sealed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="coverages")
    connection = models.ForeignKey(
        "connections.Connection", on_delete=models.CASCADE, related_name="coverages"
    )
    gone_at = models.DateTimeField(null=True, blank=True, help_text="Since when the plan no longer sends it.")
    source_key = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    sealed_record = models.BinaryField()
    first_read_at = models.DateTimeField()
    read_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "source_key"], name="coverage_once_per_connection")
        ]

    def __str__(self) -> str:
        return f"coverage {self.pk}"
