"""The member's first page."""

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_safe

from apps.accounts.requests import MemberRequest
from apps.claims.rows import rows
from apps.overview import wording
from apps.overview.home import year_of
from apps.vault.boxes import box_for

NEWEST = 5


@require_safe
@sensitive_variables()
def home(request: MemberRequest) -> HttpResponse:
    """Answer first (how many claims, this year's share), then the plans, the newest claims and the year."""
    connections = list(request.user.connections.newest_first())
    if not connections:
        return render(request, "overview/home.html", {"connections": connections})
    claims, box, this_year = request.user.claims.current(), box_for(request.user), timezone.localdate().year
    year = year_of(claims.of_year(this_year).in_brief(), box, year=this_year)
    counts = dict(claims.order_by().values_list("connection_id").annotate(Count("id")))
    context = {
        "connections": connections,
        "is_arriving": request.user.sync_runs.active().exists(),
        "lede": wording.lede(
            plans=[(connection.plan.name, counts.get(connection.pk, 0)) for connection in connections],
            year=year.year,
            is_connected=not all(connection.is_kept for connection in connections),
        ),
        "year": year,
        "rows": rows(claims.newest_first().in_brief()[:NEWEST], box),
    }
    return render(request, "overview/home.html", context)
