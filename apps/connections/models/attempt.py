"""Attempts to connect, counted for operators without saying who tried."""

import uuid

from django.db import models
from django.db.models import Q

from apps.plans.models import Plan


class Attempt(models.Model):
    """One try to connect a plan, from the first click to the first claim: no member, no record, no token.

    `reference` is what a member can read to support, and an operator can search for.
    """

    class Stage(models.TextChoices):
        """How far it came; each stage includes the ones before."""

        STARTED = "started", "Started"
        REDIRECTED = "redirected", "Sent to the plan"
        RETURNED = "returned", "Came back"
        TOKEN = "token", "Tokens received"
        CONNECTED = "connected", "Connected"
        FIRST_CLAIM = "first_claim", "First claim on screen"

    class Fault(models.TextChoices):
        """Whose side it looks like."""

        MEMBER = "member", "Member"
        PLAN = "plan", "Plan"
        OPERATOR = "operator", "Us"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="attempts")
    reference = models.CharField(max_length=12, unique=True)
    purpose = models.CharField(max_length=10)
    stage = models.CharField(max_length=12, choices=Stage, default=Stage.STARTED)
    failure = models.CharField(max_length=40, blank=True, help_text="Name of the error class; empty: none.")
    detail = models.CharField(max_length=200, blank=True, help_text="For operators; nobody else's words.")
    fault = models.CharField(max_length=10, choices=Fault, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Counted per plan and day; found by reference."""

        verbose_name = "attempt to connect"
        verbose_name_plural = "attempts to connect"
        indexes = [models.Index(fields=["plan", "-started_at"], name="attempt_by_plan")]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    stage__in=["started", "redirected", "returned", "token", "connected", "first_claim"]
                ),
                name="attempt_stage_known",
            ),
            models.CheckConstraint(
                condition=Q(fault__in=["", "member", "plan", "operator"]), name="attempt_fault_known"
            ),
        ]

    def __str__(self) -> str:
        return self.reference
