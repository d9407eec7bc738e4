"""How an update goes, and asking for one."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from django_htmx.middleware import HtmxDetails

from apps.accounts.requests import MemberRequest
from apps.plain_language.language import _
from apps.sync import actions, progress


class HtmxRequest(MemberRequest):
    """For the type checker: a member's request that htmx looked at."""

    htmx: HtmxDetails


@require_GET
def run_page(request: HtmxRequest, run_id: uuid.UUID) -> HttpResponse:
    """Show how far a run is; htmx asks for the changing part alone."""
    run = get_object_or_404(request.user.sync_runs.select_related("connection__plan"), pk=run_id)
    template = "sync/progress.html" if request.htmx else "sync/run.html"
    return render(request, template, {"run": run, "progress": progress.of(run=run, now=timezone.now())})


@require_POST
def again(request: HtmxRequest, connection_id: uuid.UUID) -> HttpResponse:
    """Start an update of one connection and show how it goes."""
    connection = get_object_or_404(request.user.connections, pk=connection_id)
    if not connection.is_active:
        messages.warning(request, _("Sign in at your plan again first; then we can bring what is new."))
        return redirect(connection)
    run, is_new = actions.start_again(connection=connection, now=timezone.now())
    if not is_new and not run.is_active:
        messages.info(request, _("This was updated less than a minute ago. Try again in a minute."))
    return redirect(run)
