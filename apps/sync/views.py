"""How an update goes, and asking for one."""

import uuid
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_POST, require_safe
from django_htmx.middleware import HtmxDetails

from apps.accounts.requests import MemberRequest
from apps.claims.kind import CLAIM
from apps.connections.models import Connection
from apps.plain_language.language import _
from apps.records.shelf import Library
from apps.sync import actions, progress, records, schedule_words, wording
from apps.vault.boxes import box_for


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
    """Start an update of one connection, of everything where asked for, and show how it goes."""
    connection = get_object_or_404(request.user.connections.select_related("plan"), pk=connection_id)
    if not connection.is_active:
        messages.warning(request, _("Sign in at your plan again first; then we can bring what is new."))
        return redirect(connection)
    if connection.plan.is_paused:
        messages.warning(request, wording.paused(connection.plan.name))
        return redirect(connection)
    now, everything = timezone.now(), "everything" in request.POST
    try:
        run, answer = actions.start_again(connection=connection, now=now, everything=everything)
    except Connection.DoesNotExist:
        raise Http404 from None
    if said := _why_not(answer, connection, now):
        messages.info(request, said)
    return redirect(run)


def _why_not(answer: actions.Answer, connection: Connection, now: datetime) -> str:
    """Return why nothing was started, "" where something was."""
    if answer is actions.Answer.RESTS:
        until = actions.next_start_at(runs=actions.newest(connection), now=now) or now
        return f"{_('This was updated just now.')} {schedule_words.rest(until)}"
    if answer is actions.Answer.WOKEN_TOO_OFTEN:
        return _(
            "We tried again several times within the last hour, so not this time. The next try comes by "
            "itself; in an hour you can have it tried again."
        )
    return ""


@require_safe
@sensitive_variables()
def claim_record(request: MemberRequest, claim_id: uuid.UUID) -> HttpResponse:
    """Show everything the plan sent for one claim, element by element."""
    claim = get_object_or_404(request.user.records.select_related("connection__plan"), pk=claim_id)
    library = Library(request.user, box_for(request.user))
    if library.one(CLAIM, claim.pk, claim.connection_id) is None:
        raise Http404
    shown = records.of_claim(claim, library.box)
    return render(request, "sync/claim_record.html", {"claim": claim, "shown": shown})


@require_safe
@sensitive_variables()
def people(request: MemberRequest, connection_id: uuid.UUID) -> HttpResponse:
    """Show the person, the coverages, and the people and places of a connection as the plan has them."""
    connection = get_object_or_404(request.user.connections.select_related("plan"), pk=connection_id)
    page, shown = records.page_of(connection, box_for(request.user), number=request.GET.get("page", ""))
    return render(request, "sync/people.html", {"connection": connection, "page": page, "records": shown})
