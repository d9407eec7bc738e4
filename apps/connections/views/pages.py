"""Pages about the connections a member has."""

import uuid

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from apps.accounts.requests import MemberRequest
from apps.accounts.ways import has_password, passkeys
from apps.connections import ending, wording
from apps.connections.people import persons_of
from apps.plans.scopes import scopes_to_ask


@require_GET
def connections(request: MemberRequest) -> HttpResponse:
    """Every plan the member connected, newest first."""
    rows = persons_of(request.user, request.user.connections.newest_first())
    lede = wording.overview(
        connected=[row.plan.name for row, _ in rows if row.is_active],
        waiting=[row.plan.name for row, _ in rows if row.needs_sign_in],
        kept=[row.plan.name for row, _ in rows if row.is_kept],
    )
    # Whoever comes in by the plan alone is first told what stopping means for coming back.
    may_stop_here = has_password(request.user) or passkeys(request.user)
    context = {"rows": rows, "lede": lede, "may_stop_here": may_stop_here}
    return render(request, "connections/list.html", context)


@require_GET
def connection(request: MemberRequest, connection_id: uuid.UUID) -> HttpResponse:
    """One connection: whose records, since when, what the plan granted."""
    row = get_object_or_404(request.user.connections.newest_first(), pk=connection_id)
    ((_, person),) = persons_of(request.user, [row])
    context = {
        "connection": row,
        "person": person,
        "receipt": ending.kept_receipt(row),
        "granted": wording.granted(row.scopes_granted),
        "withheld": wording.withheld(
            row.scopes_granted,
            asked=row.scopes_asked.split() or scopes_to_ask(row.plan.quirks, consents=row.consents),
            consents=row.consents,
        ),
    }
    return render(request, "connections/connection.html", context)
