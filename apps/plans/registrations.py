"""Our registrations: who we are at a host or an authorization server, and how far its operator let us in."""

import uuid
from datetime import date
from typing import ClassVar, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.module_loading import import_string


class Environment(models.TextChoices):
    """What stands behind the server: only the first two hold nobody's data."""

    DEMO = "demo", "Demo (invented people)"
    SANDBOX = "sandbox", "Sandbox (invented people)"
    PRODUCTION = "production", "Production (members)"


INVENTED: Final = frozenset({Environment.DEMO, Environment.SANDBOX})


class State(models.TextChoices):
    """How far a registration is, in the order of the way."""

    DRAFT = "draft", "Draft"
    SANDBOX_REQUESTED = "sandbox_requested", "Sandbox requested"
    DEMONSTRATED = "demonstrated", "Demonstrated"
    SUBMITTED = "submitted", "Submitted"
    APPROVED = "approved", "Approved"
    LISTED = "listed", "Listed"
    REFUSED = "refused", "Refused"


def askers() -> list[tuple[str, str]]:
    """Whose form is filled in, as a form offers them; a function, so that a new one needs no migration."""
    return list(import_string(settings.PLANS_ASKERS)())


class Registration(models.Model):
    """One client of ours at one authorization server, or at one host for all of its payers.

    How it proves itself, its redirect URIs and scopes follow from the plans that point to it
    (`clients.sheet_of`). `origins` are where its secret may go: the first plan says so, and more come only
    with a change that was held (`held_changes`). They are part of the secret's seal: `secrets.let_go_to`
    alone changes them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200, help_text='The host or the server, e.g. "1upHealth".')
    server = models.CharField(
        max_length=500,
        blank=True,
        help_text="The origin of its authorization server, or the profile of a host with one client for all "
        "payers; load_plans finds it by this and the client id.",
    )
    environment = models.CharField(
        max_length=20, choices=Environment, default=Environment.PRODUCTION,
        help_text="Evidence is only gathered where there is nobody's data.",
    )  # fmt: skip
    asker = models.CharField(
        max_length=40,
        choices=askers,
        blank=True,
        help_text="Whose form the packet follows; empty: as the profile says.",
    )
    client_id = models.CharField("client id", max_length=255, blank=True)
    sealed_client_secret = models.BinaryField(null=True, blank=True, editable=False)
    # The successor, until every plan with members took it once; until then the other goes on working.
    sealed_next_client_secret = models.BinaryField(null=True, blank=True, editable=False)
    next_secret_taken_by = models.JSONField(default=list, blank=True, editable=False)
    # Where a server that registered us by program changes the client, and the token for it (RFC 7592).
    management_uri = models.CharField(max_length=500, blank=True, default="", db_default="", editable=False)
    sealed_management_token = models.BinaryField(null=True, blank=True, editable=False)
    origins = models.JSONField(default=list, blank=True, editable=False)
    contacts = models.JSONField(
        default=list, blank=True, help_text="E-mail addresses of theirs that this is settled with."
    )
    notes = models.TextField(blank=True, help_text="For operators.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    BOUND_BY: ClassVar = {
        "sealed_client_secret": ("origins",),
        "sealed_next_client_secret": ("origins",),
        "sealed_management_token": ("management_uri",),
    }

    class Meta:
        ordering = ["name", "environment"]
        constraints = [
            models.CheckConstraint(
                condition=Q(environment__in=Environment.values), name="plans_registration_environment_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.environment})"

    def clean(self) -> None:
        """Refuse contacts that are no addresses, and a client without the secret that its plans need."""
        try:
            for address in self.contacts:
                validate_email(address)
        except (ValidationError, TypeError) as error:
            raise ValidationError({"contacts": "must be e-mail addresses"}) from error
        if self.client_id and not self.sealed_client_secret and not self._state.adding:
            for plan in self.plans.all():
                if plan.needs_secret:
                    said = f"{plan.slug}: {plan.quirks.token_auth} needs a client secret, and there is none"
                    raise ValidationError(said)


class RegistrationStep(models.Model):
    """A state that a registration reached, the day, and what was said; the last one is where it is."""

    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="steps")
    state = models.CharField(max_length=20, choices=State)
    on = models.DateField(default=timezone.localdate)
    note = models.TextField(blank=True, help_text="Who said what; a ticket; what is asked next.")

    class Meta:
        ordering = ["on", "pk"]
        verbose_name = "step"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="plans_step_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()}, {self.on}"


def state_of(registration: Registration) -> tuple[State, date | None]:
    """Where a registration is and since when; a draft where nobody noted a step."""
    last = max(registration.steps.all(), key=lambda step: (step.on, step.pk), default=None)
    return (State(last.state), last.on) if last else (State.DRAFT, None)
