"""The directory for operators: rows, quirks, discovery; the client secret can be written, never read."""

import json
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import ActionLocation
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from apps.plans.admin.forms import PlanForm
from apps.plans.checking import check
from apps.plans.models import Plan
from apps.plans.moves import AlarmChanged, confirm_addresses, dismiss_addresses, settle
from apps.plans.origins import open_drift
from apps.plans.quirks import QUIRKS
from apps.plans.wording import drift_lines, profile_lines, quirk_lines, registration_lines

MOST_CHECKED = 10  # at once: each speaks to a plan's server while the operator waits
EVERYWHERE = [ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM]


class HasDrift(admin.SimpleListFilter):
    """Plans with a drift alarm."""

    title = "new addresses"
    parameter_name = "drift"

    def lookups(self, *_: Any) -> list[tuple[str, str]]:
        """One answer besides "all"."""
        return [("yes", "Waiting to be confirmed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Plan]) -> QuerySet[Plan]:  # noqa: ARG002
        """Only the alarmed ones when asked for."""
        return queryset.filter(drift__isnull=False) if self.value() else queryset


@admin.register(Plan)
class PlanAdmin(admin.ModelAdmin[Plan]):
    """Plans, searched as members do, with what discovery last said."""

    form = PlanForm
    list_display = [
        "name", "slug", "status", "profile", "connectable", "drifted", "has_secret", "is_listed",
        "discovered_at",
    ]  # fmt: skip
    list_filter = ["status", HasDrift, "is_listed", "profile", "imported_from"]
    search_fields = ["search_name", "slug", "fhir_base_url"]
    actions = ["run_checks", "decide_addresses"]
    readonly_fields = [
        "connectable", "has_secret", "imported_from", "discovered_at", "discovery_tried_at",
        "discovery_problem", "discovery_found", "created_at", "updated_at", "drift_alarm", "drift_found_at",
        "profile_says", "quirks_that_hold", "registration",
    ]  # fmt: skip
    fieldsets = [
        (None, {"fields": ["name", "slug", "status", "is_listed", "connectable", "website"]}),
        (
            "New addresses nobody confirmed",
            {
                "fields": ["drift_alarm", "drift_found_at", "confirmed_origins"],
                "description": "The plan published them; they are not used. Decide with the action above.",
            },
        ),
        ("How members find it", {"fields": ["other_names", "states", "lines_of_business"]}),
        ("What members read before they leave", {"fields": ["have_ready", "member_note"]}),
        (
            "Addresses",
            {"fields": ["fhir_base_url", "authorize_url", "token_url", "revoke_url", "issuer", "system_id"]},
        ),
        (
            "Our registration",
            {"fields": ["client_id", "has_secret", "client_secret", "remove_client_secret", "registration"]},
        ),
        (
            "Quirks",
            {
                "fields": [
                    "profile", "profile_says", *(name for name in QUIRKS if name != "have_ready"),
                    "quirks_that_hold",
                ],
                "description": "Left empty, a quirk is what the profile says.",
            },
        ),
        (
            "Discovery",
            {"fields": ["discovered_at", "discovery_tried_at", "discovery_problem", "discovery_found"]},
        ),
        ("For operators", {"fields": ["notes", "imported_from", "created_at", "updated_at"]}),
    ]  # fmt: skip

    @admin.display(boolean=True, description="can be connected")
    def connectable(self, plan: Plan) -> bool:
        """The model's own rule."""
        return plan.is_connectable

    @admin.display(boolean=True, description="client secret stored")
    def has_secret(self, plan: Plan) -> bool:
        """Whether there is one; never what it is."""
        return bool(plan.sealed_client_secret)

    @admin.display(description="new addresses")
    def drifted(self, plan: Plan) -> str:
        """A word only where there is an alarm."""
        return "⚠ look" if plan.drift else ""

    @admin.display(description="waiting to be confirmed")
    def drift_alarm(self, plan: Plan) -> str:
        """Each address the plan published on a new origin."""
        return "\n".join(drift_lines(plan)) or "nothing"

    @admin.display(description="what the profile is")
    def profile_says(self, plan: Plan) -> str:
        """Label, source, and what the row overrides."""
        return "\n".join(profile_lines(plan))

    @admin.display(description="quirks that hold")
    def quirks_that_hold(self, plan: Plan) -> str:
        """Profile and row together, as saved."""
        return "\n".join(quirk_lines(plan))

    @admin.display(description="to register with the plan")
    def registration(self, plan: Plan) -> str:
        """The exact redirect URI, and the scopes that will be asked."""
        return "\n".join(registration_lines(plan)) if plan.slug else "known once the plan is saved"

    @admin.display(description="what the plan publishes")
    def discovery_found(self, plan: Plan) -> str:
        """The snapshot, readable."""
        return json.dumps(plan.discovery, indent=2) if plan.discovery else "not asked yet"

    def save_model(self, request: HttpRequest, obj: Plan, form: ModelForm[Plan], change: bool) -> None:
        """An address the operator has just written is no alarm any more."""
        settle(obj)
        super().save_model(request, obj, form, change)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse | HttpResponse:
        """Say above the list which plans need a decision, whatever the list is filtered by."""
        names = list(Plan.objects.filter(drift__isnull=False).values_list("name", flat=True))
        if names and request.method == "GET":
            self.message_user(
                request,
                f"New addresses wait to be confirmed at {', '.join(names[:5])}"
                + (f" and {len(names) - 5} more." if len(names) > 5 else "."),
                messages.WARNING,
            )
        return super().changelist_view(request, extra_context)

    @admin.action(  # type: ignore[call-overload,untyped-decorator,unused-ignore]
        description="Check with the plan's server now", permissions=["change"], location=EVERYWHERE
    )
    def run_checks(self, request: HttpRequest, queryset: QuerySet[Plan]) -> HttpResponse:
        """What check_plan prints, on a page."""
        reports = [(plan, check(plan, now=timezone.now())) for plan in queryset[:MOST_CHECKED]]
        context = {
            **self.admin_site.each_context(request),
            "title": "What the plan's server says",
            "opts": self.opts,
            "reports": reports,
            "left_out": max(queryset.count() - MOST_CHECKED, 0),
        }
        return TemplateResponse(request, "admin/plans/plan/report.html", context)

    @admin.action(  # type: ignore[call-overload,untyped-decorator,unused-ignore]
        description="Confirm these addresses (or keep the old ones)",
        permissions=["change"],
        location=EVERYWHERE,
    )
    def decide_addresses(self, request: HttpRequest, queryset: QuerySet[Plan]) -> HttpResponse | None:
        """First show what would be confirmed, then confirm or dismiss exactly that."""
        decision = request.POST.get("decision")
        if decision in ("confirm", "dismiss"):
            for plan in queryset:
                self._decide(request, plan, decision)
            return None
        alarmed = [(plan, drift) for plan in queryset if (drift := open_drift(plan))]
        if not alarmed:
            self.message_user(request, "There are no new addresses to confirm.", messages.INFO)
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": "New addresses nobody confirmed",
            "opts": self.opts,
            "alarmed": [(plan, drift, json.dumps(drift, sort_keys=True)) for plan, drift in alarmed],
        }
        return TemplateResponse(request, "admin/plans/plan/addresses.html", context)

    def _decide(self, request: HttpRequest, plan: Plan, decision: str) -> None:
        try:
            seen = json.loads(request.POST.get(f"seen-{plan.pk}", "{}"))
            if decision == "confirm":
                origins = confirm_addresses(plan=plan, seen=seen)
                said = f"Confirmed for {plan.slug}: {', '.join(origins)}"
            else:
                dismiss_addresses(plan=plan, seen=seen)
                said = f"Kept the old addresses of {plan.slug}; not taken: {', '.join(sorted(seen.values()))}"
        except (AlarmChanged, ValueError, TypeError, AttributeError):
            self.message_user(request, f"{plan.name}: {AlarmChanged.sentence}", messages.ERROR)
            return
        self.log_change(request, plan, said)
        self.message_user(request, said, messages.SUCCESS)
