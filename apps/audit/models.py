"""The table of the audit: rows are added, and the database lets nobody change them (`migrations`)."""

import json
from datetime import UTC

from django.db import models


class AuditEntry(models.Model):
    """One act: who did what to which row, with old and new values; secrets stand there as digests.

    The code of each entry covers its words and the code of the entry before (`trail`).
    """

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=60, help_text="A member by number, or the command line.")
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=120, blank=True, help_text="The row by its table and number.")
    changes = models.TextField(help_text="JSON: for each field the old and the new value.")
    key_name = models.CharField(max_length=16, help_text="Which of AUDIT_KEYS made the code.")
    code = models.CharField(max_length=64, help_text="HMAC-SHA-256, in hexadecimal digits.")

    class Meta:
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"audit entry {self.number}"

    @property
    def words(self) -> str:
        """What the code covers besides the code before: always spelled the same."""
        at = self.at.astimezone(UTC).isoformat(timespec="microseconds")
        return json.dumps([self.number, at, self.actor, self.action, self.subject, self.changes])
