"""Attempts to connect for operators: found by the number a member reads out, counted per plan."""

from datetime import timedelta
from typing import Any, Final

from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from apps.connections import funnel
from apps.connections.models import Attempt, Handshake

DAYS: Final = (1, 7, 30, 90, 365)
USUAL_DAYS: Final = 30


@admin.register(Attempt)
class AttemptAdmin(admin.ModelAdmin[Attempt]):
    """Read only, and without a word about who tried: there is none in the table."""

    list_display = ("reference", "started_at", "plan", "stage", "failure", "fault", "purpose")
    list_filter = (
        "started_at", "stage", "fault", "failure", "purpose", ("plan", admin.RelatedOnlyFieldListFilter),
    )  # fmt: skip
    list_select_related = ("plan",)
    search_fields = ("reference",)
    search_help_text = "The number the member was told, e.g. 7KQM-2XWR; with or without the dash."
    date_hierarchy = "started_at"
    ordering = ("-started_at",)
    fields = (
        "reference", "plan", "purpose", "stage", "failure", "fault", "detail", "started_at", "ended_at",
    )  # fmt: skip
    readonly_fields = fields
    actions = None
    change_list_template = "admin/connections/attempt/change_list.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the funnel beside the list."""
        page = path("funnel/", self.admin_site.admin_view(self.funnel), name="connections_attempt_funnel")
        return [page, *super().get_urls()]

    def funnel(self, request: HttpRequest) -> HttpResponseBase:
        """How far the attempts of the last days came, per plan."""
        if not self.has_view_permission(request):
            return self.admin_site.login(request)
        days = _one_of(request.GET.get("days", ""), DAYS) or USUAL_DAYS
        purpose = _one_of(request.GET.get("purpose", ""), Handshake.Purpose.values) or ""
        found = funnel.funnels(since=timezone.now() - timedelta(days=days), purpose=purpose)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": "How far attempts to connect came",
            "funnels": found,
            "together": funnel.together(found),
            "stages": [stage.label for stage in Attempt.Stage],
            "days": days,
            "purpose": purpose,
            "all_days": DAYS,
            "purposes": Handshake.Purpose.choices,
        }
        return TemplateResponse(request, "admin/connections/attempt/funnel.html", context)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Take the number as people say it: any case, with blanks or a dash or neither."""
        letters = "".join(letter for letter in search_term.upper() if letter.isalnum())
        if len(letters) == 8:
            search_term = f"{letters[:4]}-{letters[4:]}"
        return super().get_search_results(request, queryset, search_term)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        """Only trying makes an attempt."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Attempt | None = None) -> bool:  # noqa: ARG002
        """What happened stays as it happened."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Attempt | None = None) -> bool:  # noqa: ARG002
        """The worker forgets old ones."""
        return False


def _one_of(text: str, known: Any) -> Any:
    """The known value that is written like the text, else None."""
    return next((value for value in known if str(value) == text), None)
