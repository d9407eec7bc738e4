"""The timeline of clinical records, the page of one, and the papers in it as they were sent."""

import uuid

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.requests import MemberRequest
from apps.kinds.care import page, wording
from apps.kinds.care.listing import timeline
from apps.plain_language.language import _
from apps.records import gate, switch
from apps.records.models import Record
from apps.records.shelf import Library
from apps.vault.boxes import box_for


@require_safe
@sensitive_variables()
def care_list(request: MemberRequest) -> HttpResponse:
    """Show one page of the timeline, newest first; where no plan shares any of it, say so."""
    library, query = switch.library_of(request), request.GET
    people = switch.choices(request, library)
    if not library.has_clinical:
        whose = library.people.get(library.sight.person, "")
        none = {"has_plans": bool(library.connections), "people": people, "whose": whose}
        return render(request, "care/none.html", none)
    shown = timeline(
        library,
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
    library, row = _found(request, record_id)
    handed = page.attachment(library, row, place)
    if handed is None:
        raise Http404
    name, data = handed
    response = HttpResponse(data, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _found(request: MemberRequest, record_id: uuid.UUID) -> tuple[Library, Record]:
    library, row = _row(request, record_id)
    if page.is_shown(library, row):
        gate.pass_by(library, row)
    return library, row


def _row(request: MemberRequest, record_id: uuid.UUID) -> tuple[Library, Record]:
    row = get_object_or_404(request.user.records.select_related("connection__plan"), pk=record_id)
    return Library(request.user, box_for(request.user)), row
