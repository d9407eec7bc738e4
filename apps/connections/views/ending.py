"""Pages on which a permission ends."""

import uuid

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from apps.accounts.requests import MemberRequest
from apps.connections import actions, ending
from apps.connections.people import person_of
from apps.vault.boxes import box_for


@require_http_methods(["GET", "POST"])
def disconnect(request: MemberRequest, connection_id: uuid.UUID) -> HttpResponse:
    """GET: what exactly will be gone. POST: it is gone. A second POST says that nothing is left to do."""
    row = request.user.connections.newest_first().filter(pk=connection_id).first()
    if row is None:
        return render(request, "connections/gone.html", status=404)
    if request.method == "POST":
        goodbye = actions.disconnect(connection=row, now=timezone.now())
        return render(request, "connections/disconnected.html", {"goodbye": goodbye})
    context = {
        "connection": row,
        "person": person_of(row, box_for(request.user)),
        "holdings": ending.holdings(row),
    }
    return render(request, "connections/disconnect.html", context)
