"""One trip to a plan's sign-in page."""

import hashlib
import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.connections.models.connection import Attempt, Connection
from apps.plans.models import Plan
from config.fhir_types import CLAIMS, EVERY, Consent


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
    `sealed_answer` holds the tokens from the moment the plan gave them until they are kept or given back: as
    long as the member takes to choose between several people, where there are several.
    """

    Purpose = Attempt.Purpose

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # None: a visitor on the way to sign in with the plan. Then the house's box seals.
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="handshakes"
    )
    purpose = models.CharField(max_length=10, choices=Purpose, default=Purpose.CONNECT)
    # Of a reconnect: the connection whose history goes on.
    connection = models.ForeignKey(
        Connection, null=True, blank=True, on_delete=models.CASCADE, related_name="handshakes"
    )
    attempt = models.ForeignKey(
        Attempt, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    # Of a visitor: the version of the privacy policy agreed to before leaving, kept until there is a member.
    consent_version = models.CharField(max_length=40, blank=True)
    with_clinical = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Whether the member said yes to clinical records too, before leaving.",
    )
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="handshakes")
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
        constraints = [
            models.CheckConstraint(
                condition=Q(purpose="sign_in", member__isnull=True)
                | (Q(member__isnull=False) & Q(purpose__in=["connect", "reconnect"])),
                name="handshake_purpose_fits",
            ),
            models.CheckConstraint(
                condition=Q(purpose="reconnect") | Q(connection__isnull=True), name="handshake_target_fits"
            ),
        ]

    def __str__(self) -> str:
        """Name nobody."""
        return f"handshake {self.id}"

    @property
    def consents(self) -> frozenset[Consent]:
        """What the plan is asked for on this trip."""
        return EVERY if self.with_clinical else CLAIMS

    @staticmethod
    def digest_of(state: str) -> str:
        """SHA-256 of `state`, hexadecimal: a reader of the database cannot answer in a member's place."""
        return hashlib.sha256(state.encode()).hexdigest()
