"""Runs for operators: states, counts and codes; no record, no name, nothing to change."""

from django.contrib import admin

from apps.accounts.read_only import ReadOnly
from apps.sync import schedule_admin  # noqa: F401 - registers itself
from apps.sync.models import SyncRun, SyncStep


class SyncStepInline(ReadOnly, admin.TabularInline[SyncStep, SyncRun]):
    """The steps of a run: counts and codes."""

    model = SyncStep
    extra = 0
    fields = (
        "resource_type",
        "state",
        "is_full",
        "since",
        "received",
        "new",
        "changed",
        "gone",
        "unreadable",
        "misdirected",
        "set_aside",
        "missing",
        "departures",
        "pages",
        "problem",
        "http_status",
    )


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnly, admin.ModelAdmin[SyncRun]):
    """How updates go, plan by plan."""

    view_on_site = False  # the page is the member's alone

    list_display = ("id", "plan", "state", "problem", "attempts", "next_try_at", "created_at", "finished_at")
    list_filter = ("state", "problem", "is_scheduled", "connection__plan")
    list_select_related = ("connection__plan",)
    date_hierarchy = "created_at"
    fields = (
        "id",
        "plan",
        "state",
        "problem",
        "is_scheduled",
        "attempts",
        "fence",
        "lease_until",
        "next_try_at",
        "created_at",
        "started_at",
        "finished_at",
    )
    inlines = (SyncStepInline,)

    @admin.display(description="plan")
    def plan(self, run: SyncRun) -> str:
        """The plan's name; whose run it is stays out of sight."""
        return run.connection.plan.name
