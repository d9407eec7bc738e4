"""The page of what a member's plans cover."""

import uuid

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_safe

from apps.accounts.requests import MemberRequest
from apps.coverage import wording
from apps.coverage.cards import cards
from apps.vault.boxes import box_for


@require_safe
def coverage_list(request: MemberRequest) -> HttpResponse:
    """Show every coverage as a card, member numbers masked."""
    return _page(request, reveal=None)


def show_number(request: MemberRequest, coverage_id: uuid.UUID) -> HttpResponse:
    """Show the page once with one card's member number; nothing is remembered, a reload masks it again."""
    row = get_object_or_404(request.user.coverages, pk=coverage_id)
    return _page(request, reveal=row.pk) if request.method == "POST" else redirect("coverage:list")


@sensitive_variables()
def _page(request: MemberRequest, *, reveal: uuid.UUID | None) -> HttpResponse:
    rows = list(request.user.coverages.select_related("connection__plan"))
    shown = cards(rows, box_for(request.user), on=timezone.localdate(), reveal=reveal) if rows else []
    context = {
        "lede": wording.lede([each.card for each in shown if each.card]),
        "current": [each for each in shown if not each.is_over],
        "earlier": [each for each in shown if each.is_over],
        "revealed": reveal,
    }
    return render(request, "coverage/list.html", context)
