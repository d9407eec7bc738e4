"""The directory for operators: rows, quirks, discovery; the client secret can be written, never read."""

import json
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from apps.plans.choices import LineOfBusiness
from apps.plans.data.us_states import STATES
from apps.plans.discovery import DiscoveryFailed, discover
from apps.plans.models import Plan
from apps.plans.secrets import seal_client_secret


class TextList(forms.CharField):
    """A JSON list of texts, edited one per line."""

    widget = forms.Textarea(attrs={"rows": 4, "cols": 50})

    def prepare_value(self, value: Any) -> Any:
        """The list as lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """The lines as a list, without empty ones."""
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare lists, not their spelling."""
        return bool((initial or []) != self.to_python(data))


class PlanForm(forms.ModelForm[Plan]):
    """A plan with its lists in a form a person can edit, and a secret that only goes in."""

    client_secret = forms.CharField(
        required=False,
        strip=True,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password", "size": 50}),
        help_text="Write-only. Empty: the stored one stays. For private_key_jwt: our private JWK.",
    )
    remove_client_secret = forms.BooleanField(required=False, help_text="Forget the stored client secret.")
    states = forms.MultipleChoiceField(
        required=False, choices=[(code, f"{name} ({code})") for code, name in STATES.items()]
    )
    lines_of_business = forms.MultipleChoiceField(
        required=False, choices=LineOfBusiness.choices, widget=forms.CheckboxSelectMultiple
    )
    other_names = TextList(required=False, help_text="Other names members search for, one per line.")
    scopes = TextList(required=False, help_text="One per line.")

    class Meta:
        model = Plan
        exclude = ["sealed_client_secret"]  # noqa: DJ006 - the fieldsets below name every field

    def clean(self) -> dict[str, Any]:
        """Seal the secret onto the row before the model judges whether one is needed."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("remove_client_secret"):
            seal_client_secret(self.instance, "")
        if cleaned.get("client_secret"):
            seal_client_secret(self.instance, cleaned["client_secret"])
        return cleaned


@admin.register(Plan)
class PlanAdmin(admin.ModelAdmin[Plan]):
    """Plans, searched as members do, with what discovery last said."""

    form = PlanForm
    list_display = ["name", "slug", "status", "connectable", "has_secret", "is_listed", "discovered_at"]
    list_filter = ["status", "is_listed", "token_auth", "imported_from"]
    search_fields = ["search_name", "slug", "fhir_base_url"]
    actions = ["check_discovery"]
    readonly_fields = [
        "connectable", "has_secret", "imported_from", "discovered_at", "discovery_tried_at",
        "discovery_problem", "discovery_found", "created_at", "updated_at",
    ]  # fmt: skip
    fieldsets = [
        (None, {"fields": ["name", "slug", "status", "is_listed", "connectable", "website"]}),
        ("How members find it", {"fields": ["other_names", "states", "lines_of_business"]}),
        (
            "Addresses",
            {"fields": ["fhir_base_url", "authorize_url", "token_url", "revoke_url", "issuer", "system_id"]},
        ),
        (
            "Our registration",
            {"fields": ["client_id", "token_auth", "has_secret", "client_secret", "remove_client_secret"]},
        ),
        ("Quirks", {"fields": ["pkce", "send_aud", "aud", "scopes", "page_size", "patient_lookup"]}),
        (
            "Discovery",
            {"fields": ["discovered_at", "discovery_tried_at", "discovery_problem", "discovery_found"]},
        ),
        ("For operators", {"fields": ["notes", "imported_from", "created_at", "updated_at"]}),
    ]

    @admin.display(boolean=True, description="can be connected")
    def connectable(self, plan: Plan) -> bool:
        """The model's own rule."""
        return plan.is_connectable

    @admin.display(boolean=True, description="client secret stored")
    def has_secret(self, plan: Plan) -> bool:
        """Whether there is one; never what it is."""
        return bool(plan.sealed_client_secret)

    @admin.display(description="what the plan publishes")
    def discovery_found(self, plan: Plan) -> str:
        """The snapshot, readable."""
        return json.dumps(plan.discovery, indent=2) if plan.discovery else "not asked yet"

    @admin.action(description="Ask the plan's server now (discovery)", permissions=["change"])
    def check_discovery(self, request: HttpRequest, queryset: QuerySet[Plan]) -> None:
        """One message per plan; check_plan says more."""
        for plan in queryset[:20]:
            try:
                endpoints = discover(plan, now=timezone.now())
            except DiscoveryFailed as error:
                self.message_user(request, f"{plan.name}: {error}", messages.WARNING)
            else:
                self.message_user(
                    request, f"{plan.name}: sign-in at {endpoints.authorize_url}", messages.SUCCESS
                )
