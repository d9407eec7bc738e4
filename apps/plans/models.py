"""The directory of health plans: where each one is reached and how its servers want to be spoken to."""

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from apps.outbound.addresses import parts_of
from apps.plain_language.language import _
from apps.plans import profiles
from apps.plans.addresses import AddressUnusable, check_address
from apps.plans.choices import (
    QUIRK_CHOICES,
    AssertionAlg,
    LineOfBusiness,
    PatientLookup,
    Pkce,
    Redirect,
    Refresh,
    Revocation,
    ScopeStyle,
    Status,
    TokenAuth,
    UpdatedSince,
)
from apps.plans.data.us_states import STATES
from apps.plans.profiles import Quirks
from apps.plans.querysets import PlanQuerySet, folded

ADDRESS_FIELDS = ("fhir_base_url", "authorize_url", "token_url", "revoke_url", "issuer", "website")


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
    profile = models.CharField(
        max_length=40,
        choices=profiles.choices,
        default=profiles.STANDARD,
        help_text="How this kind of server wants to be spoken to; the quirks below override it one by one.",
    )
    # Quirks: empty means "as the profile says". What holds is `quirks`.
    token_auth = models.CharField(max_length=30, choices=TokenAuth, blank=True)
    assertion_alg = models.CharField("assertion alg", max_length=10, choices=AssertionAlg, blank=True)
    pkce = models.CharField("PKCE", max_length=10, choices=Pkce, blank=True)
    send_response_type = models.BooleanField("send response_type", null=True, blank=True)
    send_aud = models.BooleanField("send aud", null=True, blank=True)
    aud = models.CharField(max_length=500, blank=True, help_text="Empty: the FHIR base URL.")
    scopes = models.JSONField(default=list, blank=True, help_text="Empty: as the profile says.")
    scope_style = models.CharField(max_length=20, choices=ScopeStyle, blank=True)
    page_size = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text="_count; empty: as the profile says, else ours.",
    )
    back_link = models.CharField(max_length=20, blank=True, help_text="E.g. previous or prior.")
    updated_since = models.CharField(max_length=10, choices=UpdatedSince, blank=True)
    patient_lookup = models.CharField(max_length=10, choices=PatientLookup, blank=True)
    refresh = models.CharField(max_length=10, choices=Refresh, blank=True)
    revocation = models.CharField(max_length=10, choices=Revocation, blank=True)
    redirect = models.CharField("redirect URI", max_length=10, choices=Redirect, blank=True)
    refresh_hours = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MaxValueValidator(24 * 31)],
        help_text="Hours between updates; 0: only when the member asks; empty: as the profile says.",
    )
    requests_per_minute = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(60_000)],
        help_text="Questions a minute, all members together; empty: as the profile says, else ours.",
    )
    runs_at_once = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text="Members' updates at the same time; empty: as the profile says.",
    )
    have_ready = models.JSONField(
        default=list, blank=True, help_text='What members need to sign in there, e.g. ["Your member number"].'
    )
    member_note = models.CharField(
        max_length=300, blank=True, help_text='Shown to members before they leave, e.g. "Medicaid only".'
    )
    confirmed_origins = models.JSONField(
        default=list,
        blank=True,
        help_text="Origins besides the FHIR base's own that an operator confirmed for sign-in and tokens.",
    )

    notes = models.TextField(blank=True, help_text="For operators; never shown to members.")
    imported_from = models.CharField(max_length=60, blank=True, help_text="Which list this row came from.")
    discovery = models.JSONField(null=True, blank=True, editable=False)
    discovered_at = models.DateTimeField(null=True, blank=True, editable=False)
    discovery_tried_at = models.DateTimeField(null=True, blank=True, editable=False)
    discovery_problem = models.CharField(max_length=500, blank=True, editable=False)
    # What the plan published and nobody confirmed yet: {name: url} on new origins. None: no alarm.
    drift = models.JSONField(null=True, blank=True, editable=False)
    drift_found_at = models.DateTimeField(null=True, blank=True, editable=False)

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
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{name}__in": ["", *choices.values]}), name=f"plans_plan_{name}_known"
                )
                for name, choices in QUIRK_CHOICES.items()
            ),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="plans_plan_status_known"),
            models.CheckConstraint(
                condition=Q(page_size__isnull=True) | Q(page_size__range=(1, 1000)),
                name="plans_plan_page_size_sane",
            ),
            models.CheckConstraint(
                condition=(Q(refresh_hours__isnull=True) | Q(refresh_hours__lte=24 * 31))
                & (Q(requests_per_minute__isnull=True) | Q(requests_per_minute__range=(1, 60_000)))
                & (Q(runs_at_once__isnull=True) | Q(runs_at_once__range=(1, 1000))),
                name="plans_plan_pace_sane",
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
    def is_paused(self) -> bool:
        """True while nothing may be asked there but to end permissions."""
        return self.status == Status.PAUSED

    @property
    def origin(self) -> str:
        """Scheme, host and port of the FHIR base: the only place the member's token may go."""
        parts = parts_of(self.fhir_base_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def quirks(self) -> Quirks:
        """How this plan's server wants to be spoken to: its profile, overridden by what the row says."""
        return profiles.quirks_of(self.profile, {name: getattr(self, name) for name in profiles.NAMES})

    @property
    def audience(self) -> str | None:
        """The exact `aud` to send, or None where the plan refuses it (SMART App Launch 2.2, 2.1.6)."""
        return (self.aud or self.fhir_base_url) if self.quirks.send_aud else None

    @property
    def state_names(self) -> list[str]:
        """The states in words, in the row's order."""
        return [_(STATES.get(code, code)) for code in self.states]

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
        for field in ("scopes", "other_names", "have_ready", "confirmed_origins"):
            problems.update(_problem_of_list(field, getattr(self, field), None))
        if "scopes" not in problems and any(len(scope.split()) > 1 for scope in self.scopes):
            problems["scopes"] = "must hold one scope per item"
        if "confirmed_origins" not in problems:
            problems.update(_problem_of_origins(self.confirmed_origins))
        if self.client_id and needs_secret(self) and not self.sealed_client_secret:
            problems["token_auth"] = f"{self.quirks.token_auth} needs a client secret, and there is none"
        if problems:
            raise ValidationError(problems)


def needs_secret(plan: Plan) -> bool:
    """Whether the plan's way to authenticate the client takes a shared secret."""
    return plan.quirks.token_auth in {TokenAuth.CLIENT_SECRET_BASIC, TokenAuth.CLIENT_SECRET_POST}


def _in_short(names: list[str]) -> str:
    """ "Maine, Ohio, Utah and 4 more"."""
    first = ", ".join(names[:3])
    more = len(names) - 3
    return _("{names} and {number} more").format(names=first, number=more) if more > 0 else first


def _keys(values: list[str]) -> str:
    """["AK", "WA"] as "|AK|WA|", which LIKE can search without an array type."""
    return "|" + "|".join(values) + "|" if values else ""


def _problem_of_origins(origins: list[str]) -> dict[str, str]:
    """What is wrong with the confirmed origins, as {field: sentence}, or {}."""
    for origin in origins:
        try:
            check_address(origin)
        except AddressUnusable as error:
            return {"confirmed_origins": error.sentence}
        if parts_of(origin)._replace(scheme="", netloc="").geturl() not in {"", "/"}:
            return {"confirmed_origins": "must be origins: scheme and host, without a path"}
    return {}


def _problem_of_list(field: str, value: object, known: Any) -> dict[str, str]:
    """What is wrong with a JSON list of strings, as {field: sentence}, or {}."""
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        return {field: "must be a list of texts"}
    if len(set(value)) != len(value):
        return {field: "names something twice"}
    unknown = [item for item in value if known is not None and item not in known]
    return {field: f"not known: {', '.join(unknown)}"} if unknown else {}
