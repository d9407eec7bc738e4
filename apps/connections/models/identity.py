"""Who signs in with a plan: the plan's word for a member."""

import uuid

from django.conf import settings
from django.db import models

from apps.plans.models import Plan


class Identity(models.Model):
    """A member as a plan's server knows them: the pair (issuer, sub), never an e-mail address (O-16).

    `subject_digest` is a keyed digest of the pair: it finds the row and tells a reader nothing.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="identities")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="identities")
    issuer = models.CharField(max_length=500)
    subject_digest = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """One member per pair."""

        verbose_name = "sign-in with a plan"
        verbose_name_plural = "sign-ins with plans"
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "subject_digest"], name="identity_one_member_per_subject"
            )
        ]

    def __str__(self) -> str:
        return f"identity {self.id}"
