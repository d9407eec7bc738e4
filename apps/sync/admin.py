"""What operators see of updates: each with its steps, when connections are due, how plans are asked."""

from typing import Any, Final

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from apps.connections import attempts
from apps.connections.admin import PlanFilter
from apps.sync import wording
from apps.sync.models import PlanPace, Refresh, SyncRun, SyncStep
from apps.sync.support import reply_of
from config.read_only import ReadOnly

NO_REPLY: Final = "None. Where something went wrong, the words for whoever asks stand here."


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
        "detail",
    )


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnly, admin.ModelAdmin[SyncRun]):
    """How updates go, plan by plan."""

    view_on_site = False  # the page is the member's alone

    list_display = ("plan", "state", "why", "attempts", "next_try_at", "created_at", "finished_at")
    list_filter = ("state", "problem", "is_scheduled", ("connection__plan", PlanFilter))
    list_select_related = ("connection__plan", "connection__attempt")
    search_fields = ("=id", "connection__attempt__reference", "connection__plan__name")
    search_help_text = (
        "The whole id of a run, a plan, or an attempt: what stands in brackets at the end of log lines."
    )
    date_hierarchy = "created_at"
    fields = (
        "id",
        "attempt",
        "plan",
        "state",
        "why",
        "is_scheduled",
        "attempts",
        "fence",
        "lease_until",
        "next_try_at",
        "created_at",
        "started_at",
        "finished_at",
        "reply",
    )
    inlines = (SyncStepInline,)

    @admin.display(description="attempt")
    def attempt(self, run: SyncRun) -> str:
        """The number of the attempt that the connection came of, as log lines carry it."""
        return attempts.trace_of(run.connection.attempt)

    @admin.display(description="problem", ordering="problem")
    def why(self, run: SyncRun) -> str:
        """What went wrong last in words, with its code as log lines carry it."""
        return f"{wording.problem(run.problem)} ({run.problem})" if run.problem else ""

    @admin.display(description="reply to copy")
    def reply(self, run: SyncRun) -> str:
        """What the member's page says of what went wrong, as an answer to whoever asks."""
        return reply_of(run) or NO_REPLY

    @admin.display(description="plan")
    def plan(self, run: SyncRun) -> str:
        """The plan's name; whose run it is stays out of sight."""
        return run.connection.plan.name


class Stuck(admin.SimpleListFilter):
    """Connections that were not brought up to date for two periods, though they should have been (R-44)."""

    title = "stuck"
    parameter_name = "stuck"

    def lookups(self, *_: Any) -> list[tuple[str, str]]:
        """One answer besides "all"."""
        return [("yes", "No update for two periods")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Refresh]) -> QuerySet[Refresh]:  # noqa: ARG002
        """Only the stuck ones when asked for."""
        if not self.value():
            return queryset
        return queryset.filter(pk__in=Refresh.objects.stuck(now=timezone.now()).values("pk"))


@admin.register(Refresh)
class RefreshAdmin(ReadOnly, admin.ModelAdmin[Refresh]):
    """Per connection: what goes on, the last success, the next try, and why nothing is done, in words."""

    view_on_site = False

    list_display = ("id_of", "plan", "permission", "state", "succeeded_at", "next_try", "failures", "reason")
    list_filter = (Stuck, "rests_because", "connection__status", ("connection__plan", PlanFilter))
    list_select_related = ("connection__plan",)
    search_fields = ("=connection__id", "connection__plan__name")
    search_help_text = "The whole id of a connection, or a plan."
    ordering = ("-connection__connected_at",)
    fields = (*list_display, "hours", "due_at", "rests_since")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Refresh]:
        """With the run that is under way, if any."""
        return super().get_queryset(request).prefetch_related("connection__runs")

    @admin.display(description="connection")
    def id_of(self, refresh: Refresh) -> str:
        """The id, as `try_searches` takes it."""
        return str(refresh.connection_id)

    @admin.display(description="plan")
    def plan(self, refresh: Refresh) -> str:
        """The plan's name; whose connection it is stays out of sight."""
        return refresh.connection.plan.name

    @admin.display(description="permission")
    def permission(self, refresh: Refresh) -> str:
        """What the permission is worth."""
        return refresh.connection.get_status_display()

    @admin.display(description="state")
    def state(self, refresh: Refresh) -> str:
        """The active run's state, else whether it goes on by itself."""
        run = refresh.active_run
        return f"{run.get_state_display()} now" if run else refresh.get_rests_because_display()

    @admin.display(description="next try")
    def next_try(self, refresh: Refresh) -> Any:
        """When the active run is tried next, else when the next one starts; None: nothing by itself."""
        run = refresh.active_run
        return run.next_try_at if run else refresh.due_at

    @admin.display(description="reason")
    def reason(self, refresh: Refresh) -> str:
        """Why it waits, rests or failed, as the member reads it."""
        run = refresh.active_run
        code = run.problem if run else refresh.problem
        return wording.problem(code) if code else ""


@admin.register(PlanPace)
class PlanPaceAdmin(ReadOnly, admin.ModelAdmin[PlanPace]):
    """How fast each plan is asked at the moment, and why more slowly than its row says."""

    list_display = (
        "plan", "wait_until", "paused_until", "pauses", "outages", "learned_per_minute", "at_once",
        "taken_at",
    )  # fmt: skip
    list_select_related = ("plan",)
    search_fields = ("plan__name",)
    search_help_text = "A plan."
    ordering = ("plan__search_name",)
    fields = (
        *list_display, "slowed_at", "page_size_until", "without_changes_until", "by_post_until",
        "busy_in_a_row", "free_at", "is_widespread",
    )  # fmt: skip
    actions = ("forget",)

    @admin.display(description="records at once")
    def at_once(self, pace: PlanPace) -> str:
        """Fewer than the plan's row says, because more were refused or too much; "" as the row says."""
        if pace.page_size is None:
            return ""
        return f"at most {pace.page_size}" if pace.page_size else "without _count"

    @admin.action(description="Ask again now, at the speed of the plan's row", permissions=["forget"])
    def forget(self, request: HttpRequest, queryset: QuerySet[PlanPace]) -> None:
        """Forget waits, pauses and slowness: the operator knows better. Written to the admin log."""
        rows = list(queryset.select_related("plan"))
        for row in rows:
            PlanPace.objects.filter(pk=row.pk).delete()  # made afresh with the next question
            self.log_change(request, row, "Forgot waits, pauses and slowness.")
        messages.info(request, f"Plans asked again at once: {len(rows)}.")

    def has_forget_permission(self, request: HttpRequest) -> bool:
        """Whoever may change plans."""
        return request.user.has_perm("plans.change_plan")
