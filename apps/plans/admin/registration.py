"""Our registrations for operators: how far each is, and a client secret that can be written, never read."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.plans.admin.forms import RegistrationForm
from apps.plans.clients import sheet_of
from apps.plans.registrations import Registration, RegistrationStep, state_of
from apps.plans.secrets import goes_with_codes_only, waits_for
from config.read_only import OnlyWhatIsSaid


class StepInline(admin.StackedInline[RegistrationStep, Registration]):
    """How far it is, the last at the end; stacked, because the fields of Django's table have no labels."""

    model = RegistrationStep
    extra = 1


@admin.register(Registration)
class RegistrationAdmin(OnlyWhatIsSaid, admin.ModelAdmin[Registration]):
    """One row a host or server; what is to be registered there follows from its plans."""

    form = RegistrationForm
    inlines = [StepInline]
    guarded = frozenset({"client_id", "server", "environment", "client_secret", "remove_client_secret"})
    guarded_actions = frozenset({"swap_secret", "register_client", "update_client", "end_client"})
    list_display = ["name", "environment", "state", "client_id", "has_secret", "plans_in_short"]
    list_filter = ["environment"]
    search_fields = ["name", "server"]
    readonly_fields = [
        "packet",
        "has_secret",
        "swap",
        "to_register",
        "its_plans",
        "may_go_to",
        "management_uri",
        "created_at",
        "updated_at",
    ]
    fieldsets = [
        (None, {"fields": ["name", "server", "environment", "asker", "packet", "contacts"]}),
        (
            "The client",
            {
                "fields": [
                    "client_id",
                    "has_secret",
                    "may_go_to",
                    "swap",
                    "client_secret",
                    "remove_client_secret",
                    "management_uri",
                ]
            },
        ),
        ("What follows from its plans", {"fields": ["its_plans", "to_register"]}),
        ("For operators", {"fields": ["notes", "created_at", "updated_at"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Registration]:
        """With what each row shows, in as many questions for one as for a hundred."""
        return super().get_queryset(request).prefetch_related("plans", "steps")

    def get_readonly_fields(self, request: HttpRequest, obj: Registration | None = None) -> Any:
        """Whose server it is stays: its secret goes there. A client that members permitted stays, too."""
        is_used = obj is not None and obj.plans.filter(connections__isnull=False).exists()
        stays = [*(["server"] if obj else []), *(["client_id"] if is_used else [])]
        return [*super().get_readonly_fields(request, obj), *stays]

    def save_model(self, request: HttpRequest, obj: Registration, form: Any, change: bool) -> None:
        """Under the number that its secret was sealed for: Django's inline takes that of a new row away."""
        obj.pk = form.number
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Registration | None = None) -> bool:
        """Only of one to which no plan points."""
        return super().has_delete_permission(request, obj) and not (obj and obj.plans.exists())

    @admin.display(description="packet for its reviewer")
    def packet(self, row: Registration) -> SafeString:
        """The way there."""
        return format_html('<a href="{}">What it is sent</a>', reverse("listing:packet", args=[row.pk]))

    @admin.display(description="state")
    def state(self, row: Registration) -> str:
        """The last step, and its day."""
        state, on = state_of(row)
        return f"{state.label}, {on}" if on else str(state.label)

    @admin.display(boolean=True, description="client secret stored")
    def has_secret(self, row: Registration) -> bool:
        """Whether there is one; never what it is."""
        return bool(row.sealed_client_secret)

    @admin.display(description="its secret may go to")
    def may_go_to(self, row: Registration) -> str:
        """The origins of its plans as they were confirmed; a secret is sealed with them."""
        return ", ".join(row.origins) or "nowhere yet"

    @admin.display(description="swap of the secret")
    def swap(self, row: Registration) -> str:
        """Which plans took the new one, while there are two, and which it waits for."""
        if not row.sealed_next_client_secret:
            return ""
        slugs = [plan.slug for plan in row.plans.all() if str(plan.pk) in row.next_secret_taken_by]
        waits = [
            f"{plan.slug}, where you end the old one first" if goes_with_codes_only(plan) else plan.slug
            for plan in waits_for(row)
        ]
        return (
            f"going on; taken by {', '.join(slugs) or 'nobody yet'}; waits for {'; '.join(waits) or 'nobody'}"
        )

    @admin.display(description="plans")
    def plans_in_short(self, row: Registration) -> str:
        """Up to three by name."""
        names = [plan.name for plan in row.plans.all()]
        return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")

    @admin.display(description="plans")
    def its_plans(self, row: Registration) -> SafeString | str:
        """All of them."""
        return format_html_join("", "<p>{}</p>", ((plan.name,) for plan in row.plans.all())) or "none yet"

    @admin.display(description="to register")
    def to_register(self, row: Registration) -> SafeString:
        """Method, redirect URIs, scopes and keys; more than one method is worth a look."""
        sheet = sheet_of(row)
        lines = [
            ("authentication method", sheet.methods),
            ("redirect URI", sheet.redirect_uris),
            ("scopes", sheet.scopes),
            ("JWKS", (sheet.jwks_uri,) if sheet.jwks_uri else ()),
        ]
        pairs = ((name, value) for name, values in lines for value in values or ("none",))
        return format_html_join("", "<p>{}: {}</p>", pairs)
