"""The page of what a member's plans cover."""

import datetime as dt
import logging
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET

from apps.coverage import records, wording
from apps.coverage.models import Coverage
from apps.vault.boxes import Box, box_for
from apps.vault.errors import SealBroken

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shown:
    """A card with the row it came from; `card` is None when the row could not be opened."""

    id: uuid.UUID
    plan_name: str
    card: wording.Card | None


@require_GET
def coverage_list(request: HttpRequest) -> HttpResponse:
    """Show every coverage as a card, member numbers masked."""
    return _page(request, reveal=None)


def show_number(request: HttpRequest, coverage_id: uuid.UUID) -> HttpResponse:
    """Show the page once with one card's member number; nothing is remembered, a reload masks it again."""
    row = get_object_or_404(request.user.coverages, pk=coverage_id)
    return _page(request, reveal=row.pk) if request.method == "POST" else redirect("coverage:list")


@sensitive_variables()
def _page(request: HttpRequest, *, reveal: uuid.UUID | None) -> HttpResponse:
    rows = list(request.user.coverages.select_related("connection__plan"))
    shown = _shown(rows, box_for(request.user), reveal) if rows else []
    cards = [each.card for each in shown if each.card]
    context = {
        "current": [each for each in shown if not _is_over(each)],
        "earlier": [each for each in shown if _is_over(each)],
        "lede": wording.lede(cards),
    }
    return render(request, "coverage/list.html", context)


def _is_over(each: Shown) -> bool:
    return each.card is not None and each.card.state == "ended"


def _shown(rows: Iterable[Coverage], box: Box, reveal: uuid.UUID | None) -> list[Shown]:
    """The cards, newest start first; a row that does not open is shown as such and logged by its id."""
    today, dated = timezone.localdate(), []
    for row in rows:
        try:
            record = records.from_bytes(box.open(row, "sealed_record"))
        except (SealBroken, records.OtherVersion):
            log.error("coverage %s could not be opened", row.pk)
            dated.append((dt.date.min, Shown(row.pk, row.connection.plan.name, None)))
            continue
        starts, plan_name = records.days_of(record.starts), row.connection.plan.name
        card = wording.card(record, on=today, shared_by=plan_name, with_number=row.pk == reveal)
        dated.append((starts[0] if starts else dt.date.min, Shown(row.pk, plan_name, card)))
    dated.sort(key=lambda pair: (pair[0], str(pair[1].id)), reverse=True)
    return [shown for _, shown in dated]
