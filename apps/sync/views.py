"""How an update goes, and asking for one."""

import uuid
from datetime import datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from apps.accounts.requests import HtmxRequest, MemberRequest, render_part
from apps.connections.models import Connection
from apps.kinds.care.page import is_shown
from apps.kinds.claim.kind import CLAIM
from apps.kinds.coverage.kind import COVERAGE
from apps.plain_language.language import _
from apps.records import gate
from apps.records.shelf import Library
from apps.sync import actions, clinical, progress, records, schedule_words, wording
from apps.vault.boxes import box_for
from config.headers import fetches_parts


@fetches_parts
@require_GET
def run_page(request: HtmxRequest, run_id: uuid.UUID) -> HttpResponse:
    """Show how far a run is; htmx asks for the changing part alone."""
    runs = request.user.sync_runs.select_related("connection__plan", "connection__attempt")
    run = get_object_or_404(runs, pk=run_id)
    shown = progress.of(run=run, now=timezone.now())
    context = {"run": run, "progress": shown}
    part, page = "sync/progress.html", "sync/run.html"
    return render_part(request, part=part, page=page, context=context, shows=(shown, run.state))


@require_POST
def again(request: MemberRequest, connection_id: uuid.UUID) -> HttpResponse:
    """Start an update of one connection, of everything where asked for, and show how it goes."""
    connection = get_object_or_404(request.user.connections.select_related("plan"), pk=connection_id)
    if not connection.is_active:
        messages.warning(request, _("Sign in at your plan again first; then we can bring what is new."))
        return redirect(connection)
    now, everything = timezone.now(), "everything" in request.POST
    if because := connection.stopped_because(now=now):
        messages.warning(request, wording.stopped(because, connection.plan.name))
        return redirect("accounts:policies" if because == "unagreed" else connection)
    try:
        run, answer = actions.start_again(connection=connection, now=now, everything=everything)
    except Connection.DoesNotExist:
        raise Http404 from None
    except actions.WaitsForAYes:
        return _asks_for_a_yes(request)
    if said := _why_not(answer, connection, now):
        messages.info(request, said)
    return redirect(run)


def _asks_for_a_yes(request: MemberRequest) -> HttpResponse:
    messages.info(
        request,
        _("Nothing new is brought for a child who has become an adult. Say here once they have agreed."),
    )
    return redirect("overview:people")


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


@require_http_methods(["GET", "POST"])
def clinical_half(request: MemberRequest, connection_id: uuid.UUID) -> HttpResponse:
    """GET: what clinical records are, and how they stand. POST: `agree` to them, `end` or `erase` them."""
    connection = get_object_or_404(request.user.connections.select_related("plan"), pk=connection_id)
    if request.method == "GET":
        context = {"connection": connection, "half": clinical.half_of(connection)}
        return render(request, "sync/clinical.html", context)
    if "agree" in request.POST:
        return _agreed(request, connection)
    is_uncounted, is_erased = clinical.half_of(connection).keeps_closed, "erase" in request.POST
    number = clinical.end(connection=connection, erase=is_erased)
    sentence = wording.clinical_ended(connection.plan.name, None if is_uncounted else number, is_erased)
    messages.success(request, sentence)
    return redirect(connection)


def _agreed(request: MemberRequest, connection: Connection) -> HttpResponse:
    """On to the update that brings them, or to the plan's sign-in where it has to allow them first."""
    try:
        clinical.agree(connection=connection, now=timezone.now())
    except actions.WaitsForAYes:
        return _asks_for_a_yes(request)
    if clinical.covers(connection):
        return redirect(connection)
    path = reverse("connections:begin", args=[connection.plan.slug])
    return redirect(f"{path}?{urlencode({'connection': connection.pk})}")


@require_safe
@sensitive_variables()
def claim_record(request: MemberRequest, claim_id: uuid.UUID) -> HttpResponse:
    """Show everything the plan sent for one claim, element by element."""
    claim = get_object_or_404(request.user.records.select_related("connection__plan"), pk=claim_id)
    library = Library(request.user, box_for(request.user), is_unfolded=True)
    held = library.one(CLAIM, claim.pk, claim.connection_id)
    may_be_theirs = library.household.names_closed(claim.connection_id)  # what nobody could read
    if held is None or (held.entry.is_unreadable and may_be_theirs):
        raise Http404
    gate.pass_by(library, claim)
    shown = records.of_claim(claim, library.box)
    return render(request, "sync/claim_record.html", {"claim": claim, "shown": shown})


@require_safe
@sensitive_variables()
def record(request: MemberRequest, record_id: uuid.UUID) -> HttpResponse:
    """Show everything the plan sent for one clinical record, element by element."""
    row = get_object_or_404(request.user.records.select_related("connection__plan"), pk=record_id)
    library = Library(request.user, box_for(request.user))
    if not is_shown(library, row):
        raise Http404
    gate.pass_by(library, row)
    shown = records.of_claim(row, library.box)
    return render(request, "sync/record.html", {"row": row, "shown": shown})


@require_safe
@sensitive_variables()
def people(request: MemberRequest, connection_id: uuid.UUID) -> HttpResponse:
    """Show the person, the coverages, and the people and places of a connection as the plan has them."""
    connection = get_object_or_404(request.user.connections.select_related("plan"), pk=connection_id)
    library = Library(request.user, box_for(request.user))
    if library.is_closed(connection.pk):
        return redirect("overview:people")  # which says why, and what to do
    every = Library(request.user, library.box, is_whole=True).held(COVERAGE, plan=connection.pk)
    hidden = {coverage.id for coverage in every} - {
        held.id for held in library.held(COVERAGE, plan=connection.pk)
    }
    hidden |= records.named_by_hidden(library, connection)
    page, shown = records.page_of(connection, library.box, number=request.GET.get("page", ""), hidden=hidden)
    return render(request, "sync/people.html", {"connection": connection, "page": page, "records": shown})
