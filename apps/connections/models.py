"""A member's permission to read one person's records at one plan, and the handshake that leads to it."""

import hashlib
import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from apps.plans.models import Plan


class ConnectionQuerySet(models.QuerySet["Connection"]):
    """Questions asked about connections."""

    def newest_first(self) -> Self:
        """The plan is loaded with each row; the order is stable."""
        return self.select_related("plan").order_by("-connected_at", "id")

    def usable(self) -> Self:
        """Connections whose permission still holds, as far as we know."""
        return self.filter(status=Connection.Status.ACTIVE)

    def free_to_refresh(self, *, now: datetime) -> Self:
        """Connections nobody is refreshing: no lease, or one that ran out (its holder died)."""
        return self.filter(Q(refresh_lease_until__isnull=True) | Q(refresh_lease_until__lte=now))


class Connection(models.Model):
    """What a plan allowed us to read for a member: one row per member, plan and person.

    Connecting the same plan again for the same person updates the row and keeps its records. Everything read
    through a connection points at it and goes with it.
    """

    class Status(models.TextChoices):
        """What the permission is worth now."""

        ACTIVE = "active", "Connected"
        NEEDS_SIGN_IN = "needs_sign_in", "Sign in again"
        ENDING = "ending", "Disconnecting"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="connections")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="connections")
    status = models.CharField(max_length=16, choices=Status, default=Status.ACTIVE)
    scopes_granted = models.TextField(blank=True, help_text="As the plan granted them, separated by blanks.")
    sealed_tokens = models.BinaryField()
    sealed_patient = models.BinaryField()
    connected_at = models.DateTimeField(help_text="When the member last said yes at the plan.")
    access_expires_at = models.DateTimeField(
        null=True, blank=True, help_text="When the access token ends; empty when the plan did not say."
    )
    # Counts every change of the tokens: a writer that read an older count lost the race and must read again.
    tokens_version = models.PositiveIntegerField(default=0)
    refresh_lease = models.UUIDField(null=True, blank=True, editable=False)
    refresh_lease_until = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        """Rows are found by their owner."""

        verbose_name = "connection"
        verbose_name_plural = "connections"
        indexes = [models.Index(fields=["member", "-connected_at"], name="connection_by_member")]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["active", "needs_sign_in", "ending"]), name="connection_status_known"
            ),
            models.CheckConstraint(
                condition=Q(refresh_lease__isnull=True, refresh_lease_until__isnull=True)
                | Q(refresh_lease__isnull=False, refresh_lease_until__isnull=False),
                name="connection_lease_whole",
            ),
        ]

    def __str__(self) -> str:
        """Name nobody: this text reaches logs and the admin."""
        return f"connection {self.id}"

    def get_absolute_url(self) -> str:
        """The member's page about this connection."""
        return reverse("connections:connection", args=[self.id])

    @property
    def is_active(self) -> bool:
        """Whether the permission still holds, as far as we know."""
        return self.status == self.Status.ACTIVE

    @property
    def needs_sign_in(self) -> bool:
        """Whether the member has to sign in at the plan again."""
        return self.status == self.Status.NEEDS_SIGN_IN


class HandshakeQuerySet(models.QuerySet["Handshake"]):
    """Questions asked about handshakes."""

    def for_state(self, state: str) -> Self:
        """The handshake that sent this `state` (only its digest is stored)."""
        return self.filter(state_digest=Handshake.digest_of(state))

    def open(self, *, now: datetime) -> Self:
        """Handshakes that may still be answered."""
        return self.filter(used_at__isnull=True, expires_at__gt=now)

    def over(self, *, before: datetime) -> Self:
        """Handshakes that ended before `before` and only take up room."""
        return self.filter(expires_at__lt=before)


class Handshake(models.Model):
    """One trip to a plan's sign-in page: answered once, within ten minutes, in the session that began it.

    `sealed_secrets` holds what the answer is checked against and is emptied by the very update that uses it.
    `sealed_answer` is filled only while the member chooses between several people.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="handshakes")
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="handshakes")
    state_digest = models.CharField(max_length=64, unique=True)
    session_digest = models.CharField(max_length=64)
    sealed_secrets = models.BinaryField()
    sealed_answer = models.BinaryField(default=b"")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    objects = HandshakeQuerySet.as_manager()

    class Meta:
        """Found by the digest of `state`; swept by age."""

        verbose_name = "sign-in at a plan"
        verbose_name_plural = "sign-ins at plans"
        indexes = [models.Index(fields=["expires_at"], name="handshake_by_expiry")]

    def __str__(self) -> str:
        """Name nobody."""
        return f"handshake {self.id}"

    @staticmethod
    def digest_of(state: str) -> str:
        """SHA-256 of `state`, hexadecimal: a reader of the database cannot answer in a member's place."""
        return hashlib.sha256(state.encode()).hexdigest()
