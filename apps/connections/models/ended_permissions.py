"""What is left of a permission that ended: the member's receipt, and the tokens still to be revoked."""

import uuid
from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from apps.plans.models import Plan


class RevocationQuerySet(models.QuerySet["Revocation"]):
    """Questions asked about revocations."""

    def due(self, *, now: datetime) -> Self:
        """Those the plan has to be asked again now."""
        return self.filter(state=Revocation.State.WAITING, next_try_at__lte=now)


class Revocation(models.Model):
    """Tokens the plan is asked to forget (RFC 7009), until it has, or until it is given up.

    Belongs to the house, not to the member: it goes on after the account is closed. The tokens are shredded
    the moment the plan agrees or we give up.
    """

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", "Asking the plan"
        CONFIRMED = "confirmed", "The plan confirmed"
        NOT_OFFERED = "not_offered", "The plan offers no revocation"
        GIVEN_UP = "given_up", "The plan never confirmed"

    class Proof(models.TextChoices):
        """What one try with the old access token showed, after the plan had confirmed."""

        NONE = "", "Not tried"
        PROVED = "proved", "Proved: the plan turned it away"
        RUNS_OUT = "runs_out", "Not turned away yet; it runs out by itself"
        RAN_OUT = "ran_out", "It had run out by itself before"
        NOT_PROVED = "not_proved", "Not proved: the plan did not turn it away"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="revocations")
    sealed_tokens = models.BinaryField(default=b"")
    bound_to = models.TextField(
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="Where they may go: as a connection's.",
    )
    state = models.CharField(max_length=12, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    next_try_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=80, blank=True, help_text="A fixed word or a status.")
    access_ends_at = models.DateTimeField(
        null=True, blank=True, help_text="When the access token runs out by itself; empty: not known."
    )
    proof = models.CharField(max_length=10, choices=Proof, blank=True, default=Proof.NONE, db_default="")

    objects = RevocationQuerySet.as_manager()
    BOUND_BY: ClassVar = {"sealed_tokens": ("bound_to", "plan_id")}
    MOVED: ClassVar = "the plan has moved"
    UNREADABLE: ClassVar = "unreadable here"

    class Meta:
        """Found by when they are due."""

        verbose_name = "revocation"
        verbose_name_plural = "revocations"
        indexes = [models.Index(fields=["state", "next_try_at"], name="revocation_by_due")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="waiting", next_try_at__isnull=False)
                | (Q(state__in=["confirmed", "not_offered", "given_up"]) & Q(sealed_tokens=b"")),
                name="revocation_over_means_shredded",
            ),
            models.CheckConstraint(
                condition=Q(proof__in=["", "proved", "ran_out", "not_proved"])
                | Q(proof="runs_out", access_ends_at__isnull=False),
                name="revocation_proof_known",
            ),
        ]

    def __str__(self) -> str:
        return f"revocation {self.id}"

    @property
    def has_moved(self) -> bool:
        """Whether the address to ask at is not where the permission belongs: nobody was asked."""
        return self.problem == self.MOVED

    @property
    def is_unreadable(self) -> bool:
        """Whether the tokens could not be opened here: nobody could be asked."""
        return self.problem == self.UNREADABLE

    @property
    def runs_out_later(self) -> bool:
        """Whether the access token was still to run out by itself when the asking was over."""
        return bool(self.access_ends_at and self.ended_at and self.access_ends_at > self.ended_at)


class Receipt(models.Model):
    """What a member gets when a permission ends: what was deleted or kept, and whether the plan agreed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="receipts")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="receipts")
    revocation = models.ForeignKey(
        Revocation, null=True, blank=True, on_delete=models.SET_NULL, related_name="receipts"
    )
    records_kept = models.BooleanField()
    counts = models.JSONField(default=dict, help_text='How many of what, e.g. {"claims": 12}.')
    ended_at = models.DateTimeField()

    class Meta:
        """Newest first for their owner."""

        verbose_name = "receipt"
        verbose_name_plural = "receipts"
        indexes = [models.Index(fields=["member", "-ended_at"], name="receipt_by_member")]

    def __str__(self) -> str:
        return f"receipt {self.id}"

    def get_absolute_url(self) -> str:
        """The member's page of this receipt."""
        return reverse("connections:receipt", args=[self.id])
