"""The directory of health plans: where each one is reached and how its servers want to be spoken to."""

import uuid
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from apps.plans.addresses import AddressUnusable, check_address
from apps.plans.data.us_states import STATES
from apps.plans.querysets import PlanQuerySet, folded

DEFAULT_SCOPES = ("openid", "fhirUser", "launch/patient", "patient/*.read", "offline_access")
ADDRESS_FIELDS = ("fhir_base_url", "authorize_url", "token_url", "revoke_url", "issuer", "website")


class TokenAuth(models.TextChoices):
    """How the client proves itself at the token endpoint (RFC 7591 section 2)."""

    CLIENT_SECRET_POST = "client_secret_post", "Secret in the body (client_secret_post)"
    CLIENT_SECRET_BASIC = "client_secret_basic", "HTTP Basic (client_secret_basic)"
    PRIVATE_KEY_JWT = "private_key_jwt", "Signed assertion (private_key_jwt)"
    NONE = "none", "Public client, no secret (none)"


class Pkce(models.TextChoices):
    """Whether RFC 7636 is used with this plan."""

    ALWAYS = "always", "Always, S256"
    NEVER = "never", "Never: this plan's server refuses it"


class PatientLookup(models.TextChoices):
    """Where the member's patient id comes from after the token exchange."""

    TOKEN = "token", "From the token answer, else by search"
    SEARCH = "search", "By GET Patient"


class Status(models.TextChoices):
    """How far an operator vouches for a row; only a confirmed one can be connected."""

    UNCONFIRMED = "unconfirmed", "Unconfirmed"
    CONFIRMED = "confirmed", "Confirmed"
    PAUSED = "paused", "Paused"


class LineOfBusiness(models.TextChoices):
    """The kind of coverage, in the words members use."""

    MEDICAID = "medicaid", "Medicaid"
    CHIP = "chip", "CHIP (children)"
    MEDICARE = "medicare", "Medicare"
    MEDICARE_ADVANTAGE = "medicare_advantage", "Medicare Advantage"
    MEDICARE_PART_D = "medicare_part_d", "Medicare Part D (drugs)"
    MARKETPLACE = "marketplace", "Marketplace"
    EMPLOYER = "employer", "Through an employer"
    INDIVIDUAL = "individual", "Bought directly"
    DENTAL = "dental", "Dental"
    VISION = "vision", "Vision"


def default_scopes() -> list[str]:
    """What is asked of a plan that names nothing else (SMART App Launch 2.2, scopes)."""
    return list(DEFAULT_SCOPES)


class Plan(models.Model):
    """One health plan's server: addresses, our registration there, its quirks, and how members find it.

    An empty `states` or `lines_of_business` means "nationwide or not stated": such a plan is found under
    every state or kind, because hiding it would be the worse mistake.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(
        max_length=80, unique=True, help_text="Stable short name; load_plans upserts by it."
    )
    name = models.CharField(max_length=200, help_text="As members know it.")
    other_names = models.JSONField(
        default=list, blank=True, help_text='Other names members search for, e.g. ["MassHealth"].'
    )
    website = models.URLField(max_length=500, blank=True)
    states = models.JSONField(
        default=list, blank=True, help_text='USPS codes, e.g. ["AK"]; empty: nationwide or not stated.'
    )
    lines_of_business = models.JSONField(
        default=list, blank=True, help_text='Kinds, e.g. ["medicaid", "chip"]; empty: not stated.'
    )
    is_listed = models.BooleanField(default=True, help_text="Shown in the picker.")
    status = models.CharField(
        max_length=20,
        choices=Status,
        default=Status.CONFIRMED,
        help_text="Unconfirmed: imported, nobody has tested it. Paused: no new connections for now.",
    )

    fhir_base_url = models.URLField(
        "FHIR base URL",
        max_length=500,
        help_text="Exactly as the plan writes it; it is also the default aud.",
    )
    authorize_url = models.URLField(
        "authorize URL", max_length=500, blank=True, help_text="Empty: discovered."
    )
    token_url = models.URLField("token URL", max_length=500, blank=True, help_text="Empty: discovered.")
    revoke_url = models.URLField("revoke URL", max_length=500, blank=True, help_text="Empty: discovered.")
    issuer = models.URLField(max_length=500, blank=True, help_text="OpenID Connect issuer, exact string.")
    system_id = models.CharField(
        "system id",
        max_length=100,
        blank=True,
        help_text="1upHealth: the last part of the plan's authorize URL.",
    )

    client_id = models.CharField("client id", max_length=255, blank=True)
    sealed_client_secret = models.BinaryField(null=True, blank=True)
    token_auth = models.CharField(max_length=30, choices=TokenAuth, default=TokenAuth.CLIENT_SECRET_POST)
    pkce = models.CharField("PKCE", max_length=10, choices=Pkce, default=Pkce.ALWAYS)
    send_aud = models.BooleanField("send aud", default=True)
    aud = models.CharField(max_length=500, blank=True, help_text="Empty: the FHIR base URL.")
    scopes = models.JSONField(default=default_scopes, blank=True)
    page_size = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text="_count; empty: ours.",
    )
    patient_lookup = models.CharField(max_length=10, choices=PatientLookup, default=PatientLookup.TOKEN)

    notes = models.TextField(blank=True, help_text="For operators; never shown to members.")
    imported_from = models.CharField(max_length=60, blank=True, help_text="Which list this row came from.")
    discovery = models.JSONField(null=True, blank=True, editable=False)
    discovered_at = models.DateTimeField(null=True, blank=True, editable=False)
    discovery_tried_at = models.DateTimeField(null=True, blank=True, editable=False)
    discovery_problem = models.CharField(max_length=500, blank=True, editable=False)

    # Derived by save(), so that SQLite and PostgreSQL answer the same searches alike.
    search_name = models.TextField(editable=False, default="")
    search_states = models.CharField(max_length=400, editable=False, default="", blank=True)
    search_kinds = models.CharField(max_length=400, editable=False, default="", blank=True)

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["search_name", "slug"]
        constraints = [
            models.CheckConstraint(condition=~Q(slug="") & ~Q(name=""), name="plans_plan_is_named"),
            models.CheckConstraint(
                condition=Q(fhir_base_url__startswith="https://") | Q(fhir_base_url__startswith="http://"),
                name="plans_plan_base_url_is_http",
            ),
            models.CheckConstraint(
                condition=Q(token_auth__in=TokenAuth.values), name="plans_plan_token_auth_known"
            ),
            models.CheckConstraint(condition=Q(pkce__in=Pkce.values), name="plans_plan_pkce_known"),
            models.CheckConstraint(
                condition=Q(patient_lookup__in=PatientLookup.values), name="plans_plan_patient_lookup_known"
            ),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="plans_plan_status_known"),
            models.CheckConstraint(
                condition=Q(page_size__isnull=True) | Q(page_size__range=(1, 1000)),
                name="plans_plan_page_size_sane",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the row with the columns that searching reads brought up to date."""
        self.search_name = folded(" ".join([self.name, *self.other_names]))
        self.search_states = _keys(self.states)
        self.search_kinds = _keys(self.lines_of_business)
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {
                *kwargs["update_fields"],
                "search_name",
                "search_states",
                "search_kinds",
            }
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        """The plan's page in the picker."""
        return reverse("plans:plan", args=[self.slug])

    @property
    def is_connectable(self) -> bool:
        """True when a member can connect it now: listed, confirmed, and we are registered there."""
        return self.is_listed and self.status == Status.CONFIRMED and bool(self.client_id)

    @property
    def origin(self) -> str:
        """Scheme, host and port of the FHIR base: the only place the member's token may go."""
        parts = urlsplit(self.fhir_base_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def audience(self) -> str | None:
        """The exact `aud` to send, or None where the plan refuses it (SMART App Launch 2.2, 2.1.6)."""
        return (self.aud or self.fhir_base_url) if self.send_aud else None

    @property
    def state_names(self) -> list[str]:
        """The states in words, in the row's order."""
        return [STATES.get(code, code) for code in self.states]

    @property
    def kind_names(self) -> list[str]:
        """The kinds of coverage in words, in the row's order."""
        labels = dict(LineOfBusiness.choices)
        return [str(labels.get(kind, kind)) for kind in self.lines_of_business]

    @property
    def where_and_what(self) -> str:
        """States and kinds in one line for lists, at most three of each in full."""
        parts = [_in_short(self.state_names), _in_short(self.kind_names)]
        return " · ".join(part for part in parts if part)

    def clean(self) -> None:
        """Refuse what the database cannot judge: addresses, states, kinds and scopes (ValidationError)."""
        problems: dict[str, str] = {}
        for field in ADDRESS_FIELDS:
            value = getattr(self, field)
            if value:
                try:
                    check_address(value)
                except AddressUnusable as error:
                    problems[field] = error.sentence
        for field, known in (("states", STATES), ("lines_of_business", LineOfBusiness.values)):
            problems.update(_problem_of_list(field, getattr(self, field), known))
        for field in ("scopes", "other_names"):
            problems.update(_problem_of_list(field, getattr(self, field), None))
        if self.client_id and self.token_auth != TokenAuth.NONE and not self.sealed_client_secret:
            problems["token_auth"] = f"{self.token_auth} needs a client secret, and there is none"
        if problems:
            raise ValidationError(problems)


def _in_short(names: list[str]) -> str:
    """ "Maine, Ohio, Utah and 4 more"."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _keys(values: list[str]) -> str:
    """["AK", "WA"] as "|AK|WA|", which LIKE can search without an array type."""
    return "|" + "|".join(values) + "|" if values else ""


def _problem_of_list(field: str, value: object, known: Any) -> dict[str, str]:
    """What is wrong with a JSON list of strings, as {field: sentence}, or {}."""
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        return {field: "must be a list of texts"}
    if len(set(value)) != len(value):
        return {field: "names something twice"}
    unknown = [item for item in value if known is not None and item not in known]
    return {field: f"not known: {', '.join(unknown)}"} if unknown else {}
