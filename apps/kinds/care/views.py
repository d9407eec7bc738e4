"""The timeline of clinical records, the page of one, and its papers as sent.

A context processor tells every page whether the menu has a way to them.
"""

import uuid
from typing import Any

from allauth.core.internal import ratelimit
from django.conf import settings
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.module_loading import import_string
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.models import Member
from apps.accounts.requests import MemberRequest
from apps.kinds.care import page, wording
from apps.kinds.care.papers import forms, paper_preview, turns
from apps.kinds.care.papers.forms import Form
from apps.kinds.care.timeline import timeline
from apps.plain_language.language import _
from apps.plans.scopes import shares_clinical
from apps.records import activity, gate, switch
from apps.records.models import Record
from apps.records.shelf import Library
from apps.vault.boxes import box_for
from config.fhir_types import CLINICAL, fhir_types

FETCHES_AN_HOUR = 60


@require_safe
@sensitive_variables()
def care_list(request: MemberRequest) -> HttpResponse:
    """Show one page of the timeline, newest first; where no plan shares any of it, say so."""
    library, query = switch.library_of(request), request.GET
    people = switch.choices(request, library)
    if not library.has_clinical:
        whose = library.people.get(library.sight.person, "")
        none = {"has_plans": bool(library.connections), "people": people, "whose": whose}
        return render(request, "care/none.html", none | switch.printed(library))
    shown = timeline(
        library,
        today=timezone.localdate(),
        kind=query.get("kind", ""),
        after=query.get("after", ""),
        before=query.get("before", ""),
        others=import_string(settings.CARE_TIMELINE)(library),
    )
    context = {
        "timeline": shown,
        "medicines": import_string(settings.CARE_MEDICINES)(library) if shown.is_of_medicines else (),
        "note": _(wording.NOT_YOUR_CHART),
        "people": people,
        **switch.printed(library),
    }
    return render(request, "care/list.html", context)


@require_safe
@sensitive_variables()
def care_page(request: MemberRequest, record_id: uuid.UUID) -> HttpResponse:
    """Show what one record says."""
    library, row = _found(request, record_id)
    shown = page.page_of(library, row, today=timezone.localdate())
    if shown is None:
        raise Http404
    joined = import_string(settings.CARE_JOINED)(library, row, shown.record) if shown.record else None
    context = {"page": shown, "joined": joined, "note": _(wording.NOT_YOUR_CHART)}
    return render(request, "care/record.html", context)


@require_POST
@sensitive_variables()
def show(request: MemberRequest, record_id: uuid.UUID) -> HttpResponse:
    """Note that the member asks for a new result, with the results it names, and go to its page."""
    library, row = _row(request, record_id)
    if not page.is_shown(library, row):
        raise Http404
    gate.show(library, [row, *page.named_by(library, row)], now=timezone.now())
    return HttpResponseRedirect(reverse("care:record", args=[row.pk]), status=303)


@require_safe
@sensitive_variables()
def form(request: MemberRequest, record_id: uuid.UUID, place: int) -> HttpResponse:
    """Hand over one form of a paper as it was sent: always as a file, never shown by the browser."""
    handed = _form(request, record_id, place)
    if handed.body is None:
        raise Http404
    activity.note_done(request, activity.EXPORTED)
    response = HttpResponse(handed.body, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{handed.file_name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@turns.answered
@sensitive_variables()
def paper(request: MemberRequest, record_id: uuid.UUID, place: int) -> HttpResponse:
    """Show one form of a paper without what could act. POST: fetch it from its plan first."""
    shown_form, problem = _form(request, record_id, place), ""
    if request.method == "POST":
        limit = {"fetch": f"{FETCHES_AN_HOUR}/h/user"}
        if not shown_form.address:
            raise Http404
        if not ratelimit.consume(request, app="care", action="fetch", config=limit):
            problem = _(forms.ENOUGH)
        else:
            with turns.turn(request.user, "fetching"):
                box = box_for(request.user)
                problem = forms.problem_with(shown_form, box=box, clock=timezone.now)
        if not problem:
            return redirect("care:paper", record_id, place)
    with turns.reading(request):
        shown = paper_preview.shown(shown_form)
    context = {"form": shown_form, "shown": shown, "problem": problem}
    return render(request, "care/paper.html", context)


@require_safe
@turns.answered
@sensitive_variables()
def picture(request: MemberRequest, record_id: uuid.UUID, place: int, number: int) -> HttpResponse:
    """Return one page of a paper, counted from 1, as a picture of ours."""
    shown_form = _form(request, record_id, place)
    with turns.reading(request):
        drawn = paper_preview.picture(shown_form, number - 1) if number else None
    if drawn is None:
        raise Http404
    response = HttpResponse(drawn, content_type="image/png")
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _form(request: MemberRequest, record_id: uuid.UUID, place: int) -> Form:
    library, row = _found(request, record_id)
    form_of_paper = forms.form_of(library, row, place) if page.is_shown(library, row) else None
    if form_of_paper is None:
        raise Http404
    return form_of_paper


def _found(request: MemberRequest, record_id: uuid.UUID) -> tuple[Library, Record]:
    library, row = _row(request, record_id)
    if page.is_shown(library, row):
        gate.pass_by(library, row)
    return library, row


def _row(request: MemberRequest, record_id: uuid.UUID) -> tuple[Library, Record]:
    row = get_object_or_404(request.user.records.select_related("connection__plan"), pk=record_id)
    return Library(request.user, box_for(request.user)), row


def care_in_menu(request: HttpRequest) -> dict[str, Any]:
    """Give templates `has_care`; it is asked for where the menu is drawn, with one query."""
    return {"has_care": SimpleLazyObject(lambda: _has_care(getattr(request, "user", None)))}


def _has_care(user: Any) -> bool:
    """Whether the member said yes to them where the plan may share them, or has some from before."""
    if not isinstance(user, Member):
        return False
    cared = user.records.filter(connection=OuterRef("pk"), fhir_type__in=fhir_types(CLINICAL))
    # Every page asks: what is needed of a connection, not two whole rows.
    connections: Any = user.connections.select_related("plan").annotate(has_care=Exists(cared))
    return any(
        connection.has_care or (connection.clinical_since and shares_clinical(connection.plan.quirks))
        for connection in connections.only("clinical_since", "plan__profile", "plan__own_quirks")
    )
