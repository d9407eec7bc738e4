"""Our own signing keys for plans that want `private_key_jwt`."""

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q


class ClientKeyQuerySet(models.QuerySet["ClientKey"]):
    """Questions asked about keys."""

    def in_use(self) -> Self:
        """The newest key of each algorithm: it signs, or will once plans know it."""
        return self.filter(publish_until__isnull=True)

    def published(self, *, now: datetime) -> Self:
        """Keys in /app/jwks.json: those in use, those about to be, and those just retired."""
        return self.filter(Q(publish_until__isnull=True) | Q(publish_until__gt=now))

    def signing(self, *, alg: str, now: datetime) -> Self:
        """Keys that may sign now, the newest first."""
        return self.published(now=now).filter(alg=alg, sign_from__lte=now).order_by("-sign_from", "-id")


class ClientKey(models.Model):
    """One key pair: the private half sealed for the house, the public half published at /app/jwks.json."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kid = models.CharField(max_length=64, unique=True)
    alg = models.CharField(max_length=10)
    sealed_private_jwk = models.BinaryField()
    public_jwk = models.JSONField()
    created_at = models.DateTimeField()
    sign_from = models.DateTimeField(help_text="Published before it signs, so that plans know it by then.")
    publish_until = models.DateTimeField(null=True, blank=True, help_text="Empty: in use.")

    objects = ClientKeyQuerySet.as_manager()

    class Meta:
        """The two algorithms of SMART App Launch 2.2."""

        verbose_name = "signing key"
        verbose_name_plural = "signing keys"
        constraints = [
            models.CheckConstraint(condition=Q(alg__in=["RS384", "ES384"]), name="client_key_alg_known"),
            # Processes that start at once make one key.
            models.UniqueConstraint(
                fields=["alg"], condition=Q(publish_until__isnull=True), name="client_key_one_in_use"
            ),
        ]

    def __str__(self) -> str:
        return self.kid
