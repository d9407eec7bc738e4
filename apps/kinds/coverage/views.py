"""The page of what a member's plans cover, and the insurance card of each."""

import uuid

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.requests import MemberRequest
from apps.kinds.coverage import cards
from apps.records import activity, switch
from apps.records.kinds import named
from apps.records.shelf import Library
from apps.vault.boxes import box_for


@require_safe
def coverage_list(request: MemberRequest) -> HttpResponse:
    """Show every plan as a card, member numbers masked."""
    return _page(request, reveal=None)


def show_number(request: MemberRequest, coverage_id: uuid.UUID) -> HttpResponse:
    """Show the page once with one card's member number; nothing is remembered, a reload masks it again."""
    row = get_object_or_404(request.user.records, pk=coverage_id)
    if request.method != "POST":
        return redirect("coverage:list")
    activity.note_done(request, activity.REVEALED)
    return _page(request, reveal=row.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def card(request: MemberRequest, coverage_id: uuid.UUID) -> HttpResponse:
    """Show one plan's insurance card; a POST shows its numbers once, and nothing is remembered."""
    row = get_object_or_404(request.user.records, pk=coverage_id)
    if request.method == "POST":
        activity.note_done(request, activity.REVEALED)
    return _insurance_card(request, coverage_id=row.pk, with_number=request.method == "POST")


@sensitive_variables()
def _page(request: MemberRequest, *, reveal: uuid.UUID | None) -> HttpResponse:
    library = switch.library_of(request)
    page = cards.page(cards.shown(library, on=timezone.localdate(), reveal=reveal, is_called=True))
    context = {
        "page": page,
        "revealed": reveal,
        "is_still_reading": library.is_behind,
        "has_approvals": library.has(named("approval")),
        "people": switch.choices(request, library),
        **switch.printed(library),
    }
    return render(request, "coverage/list.html", context)


@sensitive_variables()
def _insurance_card(request: MemberRequest, *, coverage_id: uuid.UUID, with_number: bool) -> HttpResponse:
    reveal = coverage_id if with_number else None
    library = Library(request.user, box_for(request.user))  # the switch chooses lists, not what a link names
    plans = cards.shown(library, on=timezone.localdate(), reveal=reveal)
    shown = next((plan for plan in plans if coverage_id in plan.ids), None)
    if shown is None:
        raise Http404
    return render(request, "coverage/insurance_card.html", {"shown": shown, "insurance": shown.insurance})
