"""The directory of health plans: where each one is reached and how its servers want to be spoken to."""

import uuid
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse

from apps.outbound.addresses import AddressUnusable, check_address, parts_of
from apps.plain_language.capitals import folded_name
from apps.plain_language.language import _
from apps.plans import profiles
from apps.plans.choices import STATES, LineOfBusiness, Status
from apps.plans.missing_plans import MissingPlan  # noqa: F401 - Django finds its table here
from apps.plans.querysets import PlanQuerySet
from apps.plans.quirks import Quirks, QuirksField, check_texts, overridden, problems_of
from apps.plans.registrations import Registration, RegistrationStep  # noqa: F401 - Django finds its tables here

ADDRESS_FIELDS = ("fhir_base_url", "authorize_url", "token_url", "revoke_url", "issuer", "website")


class Plan(models.Model):
    """One health plan's server: addresses, whose client we are there, its quirks, and how members find it.

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

    registration = models.ForeignKey(
        Registration,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="plans",
        help_text="Whose client we are there; payers behind one host share one.",
    )
    profile = models.CharField(
        max_length=40,
        choices=profiles.choices,
        default=profiles.STANDARD,
        help_text="How this kind of server wants to be spoken to; the quirks below override it one by one.",
    )
    own_quirks = QuirksField(
        default=dict,
        db_default={},
        blank=True,
        editable=False,
        help_text="Where this plan differs from its profile; what holds is `quirks`.",
    )
    member_note = models.CharField(
        max_length=300, blank=True, help_text='Shown to members before they leave, e.g. "Medicaid only".'
    )
    confirmed_origins = models.JSONField(
        default=list,
        blank=True,
        help_text="Origins besides the FHIR base's own that an operator confirmed for sign-in and tokens.",
    )
    moved_from = models.JSONField(
        default=list,
        db_default=[],
        blank=True,
        editable=False,
        help_text="What tokens from before a move are bound to, which a second operator confirmed.",
    )

    client_refused_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="When its token server last refused our registration; empty once it takes it again. "
        "Of a paused plan: that is why. Unless an answer under way takes us, it is not asked again by "
        "itself: ask it again, or swap the secret.",
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
            models.CheckConstraint(condition=Q(status__in=Status.values), name="plans_plan_status_known"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the row with the columns that searching reads brought up to date."""
        self.search_name = folded_name(" ".join([self.name, *self.other_names]))
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

    def is_open(self, *, to: Any = None) -> bool:
        """Whether anybody, or just this member, can connect it now: listed, confirmed, and we are registered
        there. An operator who opens plans may be the first member of an unconfirmed one."""
        if not (self.is_listed and self.client_id):
            return False
        if self.status == Status.UNCONFIRMED and to is not None:
            return bool(to.is_staff and to.has_perm("plans.change_plan"))
        return self.status == Status.CONFIRMED

    @property
    def client_id(self) -> str:
        """Who we are there; "" where we are not registered."""
        return self.registration.client_id if self.registration else ""

    @property
    def has_secret(self) -> bool:
        """Whether our registration there has a client secret."""
        return bool(self.registration and self.registration.sealed_client_secret)

    @property
    def needs_secret(self) -> bool:
        """Whether the plan's way to authenticate the client takes a shared secret."""
        return self.quirks.token_auth in {"client_secret_basic", "client_secret_post"}

    @property
    def is_paused(self) -> bool:
        """True while nothing may be asked there but to end permissions."""
        return self.status == Status.PAUSED

    @property
    def quirks(self) -> Quirks:
        """How this plan's server wants to be spoken to: its profile, overridden by what the row says."""
        return overridden(profiles.profile_named(self.profile).quirks, self.own_quirks)

    @property
    def audience(self) -> str | None:
        """The exact `aud` to send, or None where the plan refuses it (SMART App Launch 2.2, 2.1.6)."""
        quirks = self.quirks
        return (quirks.aud or self.fhir_base_url) if quirks.send_aud else None

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
        """Refuse what the database cannot judge: names, addresses, lists and quirks (ValidationError)."""
        problems: dict[str, Any] = problems_of(self.own_quirks)
        if self.name and not any(character.isalnum() for character in self.name):
            problems["name"] = "no letter and no digit: members could not tell which plan it is"
        for field in ADDRESS_FIELDS:
            value = getattr(self, field)
            if value:
                try:
                    check_address(value)
                except AddressUnusable as error:
                    problems[field] = error.sentence
        for field, choices in (("states", STATES), ("lines_of_business", LineOfBusiness.values)):
            problems.update(_problem_of_list(field, getattr(self, field), choices))
        for field in ("other_names", "confirmed_origins"):
            problems.update(_problem_of_list(field, getattr(self, field), None))
        if "confirmed_origins" not in problems:
            problems.update(_problem_of_origins(self.confirmed_origins))
        lacks_secret = self.client_id and not self.has_secret
        if lacks_secret and "token_auth" not in problems and self.needs_secret:
            problems["token_auth"] = f"{self.quirks.token_auth} needs a client secret, and there is none"
        if problems:
            raise ValidationError(problems)


class HeldChange(models.Model):
    """New values of a plan's row that wait for a second operator, or for a day (`held_changes`)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.OneToOneField(Plan, on_delete=models.CASCADE, related_name="held_change")
    values = models.JSONField(help_text="What fields are to be.")
    before = models.JSONField(help_text="What they were when it was asked for.")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    asked_at = models.DateTimeField()

    class Meta:
        verbose_name = "held change"

    def __str__(self) -> str:
        return f"held change {self.pk}"


def _in_short(names: list[str]) -> str:
    """ "Maine, Ohio, Utah and 4 more"."""
    first = ", ".join(names[:3])
    more = len(names) - 3
    return _("{names} and {number} more").format(names=first, number=more) if more > 0 else first


def words_of_names() -> set[str]:
    """The words in the names of all plans, folded."""
    return set().union(*(name.split() for name in Plan.objects.values_list("search_name", flat=True)))


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


def _problem_of_list(field: str, value: Any, choices: Any) -> dict[str, str]:
    """What is wrong with a JSON list of strings, as {field: sentence}, or {}."""
    try:
        check_texts(value)
    except ValidationError as error:
        return {field: str(error.message)}
    unknown = [item for item in value if choices is not None and item not in choices]
    return {field: f"not known: {', '.join(unknown)}"} if unknown else {}
