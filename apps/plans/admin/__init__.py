"""The directory for operators: rows, quirks, discovery."""

import json
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import ActionLocation
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html

from apps.plans import held_changes
from apps.plans.admin import wizard
from apps.plans.admin.forms import PlanForm
from apps.plans.admin.registration import RegistrationAdmin  # noqa: F401 - registered by being imported
from apps.plans.missing_plans import MissingPlan
from apps.plans.models import HeldChange, Plan
from apps.plans.moves import AlarmChanged, confirm_addresses, dismiss_addresses
from apps.plans.origins import open_drift
from apps.plans.plan_check import check
from apps.plans.quirks import OF_SIGNING_IN, QUIRKS
from apps.plans.wording import (
    drift_lines,
    may_be_tried_first,
    profile_lines,
    quirk_lines,
    registration_lines,
)
from config.read_only import NotAdded, NotChanged, OnlyWhatIsSaid

MOST_CHECKED = 10  # at once: each speaks to a plan's server while the operator waits
EVERYWHERE = [ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM]


class Waits(admin.SimpleListFilter):
    """Plans of which something waits for an operator."""

    title = "what waits"
    parameter_name = "waits"

    def lookups(self, *_: Any) -> list[tuple[str, str]]:
        """By the column that holds it."""
        return [
            ("drift", "New addresses nobody confirmed"),
            ("held_change", "A change, for a second operator"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Plan]) -> QuerySet[Plan]:  # noqa: ARG002
        """Only those when asked for; a word that is none of them asks for nothing."""
        for column in {self.value()} & dict(self.lookup_choices).keys():
            queryset = queryset.filter(**{f"{column}__isnull": False})
        return queryset


@admin.register(Plan)
class PlanAdmin(OnlyWhatIsSaid, admin.ModelAdmin[Plan]):
    """Plans, searched as members do, with what discovery last said."""

    form = PlanForm
    guarded = frozenset(
        {
            "fhir_base_url", "authorize_url", "token_url", "revoke_url", "issuer", "system_id",
            "registration", "confirmed_origins", "profile", "website", *OF_SIGNING_IN,
        }
    )  # fmt: skip
    guarded_actions = frozenset(
        {"decide_addresses", "decide_changes", "end_permissions", "mail_members", "resume_plan"}
    )
    list_display = [
        "name", "slug", "status", "profile", "connectable", "drifted", "has_secret", "is_listed",
        "discovered_at",
    ]  # fmt: skip
    list_filter = ["status", Waits, "is_listed", "profile", "imported_from"]
    list_select_related = ["registration"]
    search_fields = ["search_name", "slug", "fhir_base_url"]
    actions = ["run_checks", "decide_addresses", "decide_changes"]
    readonly_fields = [
        "connectable", "has_secret", "imported_from", "discovered_at", "discovery_tried_at",
        "discovery_problem", "discovery_found", "created_at", "updated_at", "drift_alarm", "drift_found_at",
        "profile_says", "quirks_that_hold", "to_register", "client_refused_at", "held_change_lines",
        "first_member",
    ]  # fmt: skip
    fieldsets = [
        (None, {"fields": ["name", "slug", "status", "is_listed", "connectable", "first_member", "website"]}),
        ("Waits for a second operator", {"fields": ["held_change_lines"]}),
        (
            "New addresses nobody confirmed",
            {
                "fields": ["drift_alarm", "drift_found_at"],
                "description": "The plan published them; they are not used. Decide with the action above.",
            },
        ),
        ("How members find it", {"fields": ["other_names", "states", "lines_of_business"]}),
        ("What members read before they leave", {"fields": ["have_ready", "member_note"]}),
        (
            "Addresses",
            {
                "fields": [
                    "fhir_base_url", "authorize_url", "token_url", "revoke_url", "issuer", "system_id",
                    "confirmed_origins",
                ]
            },
        ),
        (
            "Our registration",
            {
                "fields": ["registration", "has_secret", "to_register", "client_refused_at"],
                "description": "Payers behind one host share one; its client id and secret stand there.",
            },
        ),
        ("Profile", {"fields": ["profile", "profile_says", "quirks_that_hold"]}),
        (
            "Quirks of this plan alone",
            {
                "fields": [name for name in QUIRKS if name != "have_ready"],
                "description": "Left empty, a quirk is what the profile says.",
                "classes": ["collapse"],
            },
        ),
        (
            "Discovery",
            {"fields": ["discovered_at", "discovery_tried_at", "discovery_problem", "discovery_found"]},
        ),
        ("For operators", {"fields": ["notes", "imported_from", "created_at", "updated_at"]}),
    ]  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        """Add the page that begins with an address."""
        page = self.admin_site.admin_view(partial(wizard.begin, self))
        return [path("begin/", page, name="plans_plan_begin"), *super().get_urls()]

    @admin.display(boolean=True, description="can be connected")
    def connectable(self, plan: Plan) -> bool:
        """The model's own rule."""
        return plan.is_open()

    @admin.display(description="try it first")
    def first_member(self, plan: Plan) -> str:
        """The way to connect what no member can yet; who may not is told so there."""
        if not may_be_tried_first(plan):
            return "only while nothing else stands in its way than that it is unconfirmed"
        begin = reverse("connections:begin", args=[plan.slug])
        return format_html('<a href="{}">Connect it with your own account</a>', begin)

    @admin.display(boolean=True, description="client secret stored")
    def has_secret(self, plan: Plan) -> bool:
        """Whether there is one; never what it is."""
        return plan.has_secret

    @admin.display(description="new addresses")
    def drifted(self, plan: Plan) -> str:
        """A word only where there is an alarm."""
        return "⚠ look" if plan.drift else ""

    @admin.display(description="waiting to be confirmed")
    def drift_alarm(self, plan: Plan) -> str:
        """Each address the plan published on a new origin."""
        return "\n".join(drift_lines(plan))

    @admin.display(description="waits for a second operator")
    def held_change_lines(self, plan: Plan) -> str:
        """What was asked for and does not hold yet."""
        change = HeldChange.objects.filter(plan=plan).first()
        if change is None:
            return ""
        until = f"until {change.asked_at + held_changes.WAIT:%Y-%m-%d %H:%M} UTC"
        return "\n".join([*held_changes.lines_of(change), f"{until}, asked for by {change.asked_by}"])

    @admin.display(description="what the profile is")
    def profile_says(self, plan: Plan) -> str:
        """Label, source, and what the row overrides."""
        return "\n".join(profile_lines(plan))

    @admin.display(description="quirks that hold")
    def quirks_that_hold(self, plan: Plan) -> str:
        """Profile and row together, as saved."""
        return "\n".join(quirk_lines(plan))

    @admin.display(description="to register with the plan")
    def to_register(self, plan: Plan) -> str:
        """The exact redirect URI, and the scopes that will be asked."""
        return "\n".join(registration_lines(plan))

    @admin.display(description="what the plan publishes")
    def discovery_found(self, plan: Plan) -> str:
        """The snapshot, readable."""
        return json.dumps(plan.discovery, indent=2) if plan.discovery else ""

    def save_model(self, request: HttpRequest, obj: Plan, form: ModelForm[Plan], change: bool) -> None:  # noqa: ARG002
        """What leads members elsewhere waits for a second operator; their status is theirs to end."""
        if "status" in form.changed_data:
            obj.client_refused_at = None
        if held_changes.save(obj, by=request.user, now=timezone.now()):
            said = f"{obj.name}: part of this waits for a second operator, or for a day. Operators were told."
            self.message_user(request, said, messages.WARNING)

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
        left_out = max(queryset.count() - MOST_CHECKED, 0)
        title = "What the plan's server says"
        untried = [plan for plan, _ in reports if may_be_tried_first(plan)]
        shown = {"title": title, "reports": reports, "untried": untried, "left_out": left_out}
        return self.page(request, "report", **shown)

    def page(self, request: HttpRequest, name: str, **shown: Any) -> TemplateResponse:
        """Return a page of ours among Django's own, with a title and what else its template shows."""
        context = {**self.admin_site.each_context(request), "opts": self.opts, **shown}
        return TemplateResponse(request, f"admin/plans/plan/{name}.html", context)

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
        shown = [(plan, drift, json.dumps(drift, sort_keys=True)) for plan, drift in alarmed]
        return self.page(request, "addresses", title="New addresses nobody confirmed", alarmed=shown)

    def _decide(self, request: HttpRequest, plan: Plan, decision: str) -> None:
        try:
            seen = _seen(request, plan)
            if decision == "confirm":
                origins, change = confirm_addresses(plan=plan, seen=seen, by=request.user, now=timezone.now())
                waits = ". A second operator has to accept it, or a day to pass" if change else ""
                said = f"Confirmed for {plan.slug}: {', '.join(origins)}{waits}"
            else:
                dismiss_addresses(plan=plan, seen=seen)
                said = f"Kept the old addresses of {plan.slug}; not taken: {', '.join(sorted(seen.values()))}"
        except (AlarmChanged, ValueError):
            self.message_user(request, f"{plan.name}: {AlarmChanged.sentence}", messages.ERROR)
            return
        self.log_change(request, plan, said)
        self.message_user(request, said, messages.SUCCESS)

    @admin.action(  # type: ignore[call-overload,untyped-decorator,unused-ignore]
        description="Accept or stop what waits for a second operator",
        permissions=["change"],
        location=EVERYWHERE,
    )
    def decide_changes(self, request: HttpRequest, queryset: QuerySet[Plan]) -> HttpResponse | None:
        """First show what waits, then accept or stop exactly that."""
        decision = request.POST.get("decision")
        if decision in ("accept", "stop"):
            for plan in queryset:
                self._decide_change(request, plan, decision)
            return None
        changes = list(HeldChange.objects.filter(plan__in=queryset).select_related("plan", "asked_by"))
        if not changes:
            self.message_user(request, "Nothing waits for a second operator.", messages.INFO)
            return None
        shown = [(change, held_changes.lines_of(change), json.dumps(change.values)) for change in changes]
        return self.page(request, "held", title="Waiting for a second operator", changes=shown)

    def _decide_change(self, request: HttpRequest, plan: Plan, decision: str) -> None:
        decide = held_changes.accept if decision == "accept" else held_changes.stop
        try:
            decide(plan=plan, seen=_seen(request, plan), by=request.user)
        except (held_changes.NotYours, held_changes.ChangeGone) as error:
            self.message_user(request, f"{plan.name}: {error.sentence}", messages.ERROR)
        except (ValueError, ValidationError):
            self.message_user(request, f"{plan.name}: {held_changes.ChangeGone.sentence}", messages.ERROR)
        else:
            self.has_noted(request, plan)  # type: ignore[attr-defined]
            said = "was made" if decision == "accept" else "was stopped"
            self.message_user(request, f"{plan.name}: the change {said}.", messages.SUCCESS)


def _seen(request: HttpRequest, plan: Plan) -> dict[str, Any]:
    """What was on the page that the operator decided on; raise ValueError for what no page of ours sends."""
    try:
        return dict(json.loads(request.POST.get(f"seen-{plan.pk}", "{}")))
    except (TypeError, RecursionError) as error:
        raise ValueError from error


@admin.register(MissingPlan)
class MissingPlanAdmin(NotAdded, NotChanged, admin.ModelAdmin[MissingPlan]):
    """Which plans to add next: names that people looked for in vain, and how often. Nobody's data.

    Visitors add them, and nobody mends what are counts.
    """

    list_display = ("name", "times", "first_asked_at", "last_asked_at")
    fields = list_display
    actions = None
