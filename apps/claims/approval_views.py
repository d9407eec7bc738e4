"""The list of what was approved or estimated in advance, and the page of one."""

import uuid

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_safe

from apps.accounts.requests import MemberRequest
from apps.claims.approvals import groups
from apps.claims.kind import APPROVAL, CLAIM
from apps.claims.people import ONE_PERSON, about, everybody
from apps.claims.wording import approvals as wording
from apps.claims.wording.listing import still_reading
from apps.records.models import Record
from apps.records.original import original
from apps.records.shelf import Library
from apps.vault.boxes import box_for

PAGE_SIZE = 50


@require_safe
@sensitive_variables()
def approval_list(request: MemberRequest) -> HttpResponse:
    """Show approvals and estimates, newest first."""
    library = Library(request.user, box_for(request.user))
    page = Paginator(library.held(APPROVAL), PAGE_SIZE).get_page(request.GET.get("page"))
    whose = everybody(request.user, library.box) if page.object_list else ONE_PERSON
    shown = groups(page.object_list, today=timezone.localdate(), whose=whose)
    behind = still_reading(is_behind=library.is_behind)
    context = {"groups": shown, "page": page, "still_reading": behind}
    return render(request, "claims/approvals.html", context)


@require_safe
@sensitive_variables()
def approval_page(request: MemberRequest, approval_id: uuid.UUID) -> HttpResponse:
    """Tell what was approved, how much of it is used and until when, or why it was not."""
    approval = get_object_or_404(request.user.records.select_related("connection__plan"), pk=approval_id)
    library = Library(request.user, box_for(request.user))
    if not _is_approval(library, approval):
        raise Http404
    record = original(approval, library.box, APPROVAL)
    if record is None:
        return render(request, "claims/closed.html", {"claim": approval}, status=500)
    told = wording.page(record, today=timezone.localdate())
    person = about(request.user, library.box, approval.connection_id, record)
    context = {"approval": approval, "record": record, "told": told, "person": person}
    return render(request, "claims/approval.html", context)


def _is_approval(library: Library, row: Record) -> bool:
    """Whether the record is one, or may be: what cannot be opened is listed among claims."""
    if library.one(APPROVAL, row.pk, row.connection_id) is not None:
        return True
    among_claims = library.one(CLAIM, row.pk, row.connection_id)
    return among_claims is not None and among_claims.entry.is_unreadable
