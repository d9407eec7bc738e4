"""The list of what was approved or estimated in advance, and the page of one."""

import uuid

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.module_loading import import_string
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_safe

from apps.accounts.requests import MemberRequest
from apps.kinds.approval import wording
from apps.kinds.approval.kind import APPROVAL
from apps.kinds.approval.rows import groups
from apps.kinds.approval.rows import is_old as is_old_refusal
from apps.kinds.claim.kind import CLAIM
from apps.kinds.claim.people import ONE_PERSON, about, everybody
from apps.kinds.claim.spoken import Speaker
from apps.kinds.claim.wording import also_sent
from apps.kinds.claim.wording.list_words import still_reading
from apps.kinds.claim.wording.next_steps import OLD
from apps.plain_language.language import _
from apps.records import gate, switch
from apps.records.entries import NOTHING
from apps.records.models import Record
from apps.records.original import original
from apps.records.remarks import Topic
from apps.records.shelf import Library
from apps.vault.boxes import box_for

PAGE_SIZE = 50


@require_safe
@sensitive_variables()
def approval_list(request: MemberRequest) -> HttpResponse:
    """Show approvals and estimates, newest first."""
    library = switch.library_of(request)
    listed = [held for held in library.held(APPROVAL) if held.twin_of is None]
    page = Paginator(listed, PAGE_SIZE).get_page(request.GET.get("page"))
    whose = everybody(library) if page.object_list else ONE_PERSON
    shown = groups(page.object_list, today=timezone.localdate(), whose=whose)
    behind = still_reading(is_behind=library.is_behind)
    context = {
        "groups": shown,
        "page": page,
        "still_reading": behind,
        "people": switch.choices(request, library),
        "some_folded": library.has_folded(APPROVAL),
        "papers": import_string(settings.APPROVAL_PAPERS)(library) if page.number == 1 else (),
    }
    return render(request, "claims/approvals.html", context)


@require_safe
@sensitive_variables()
def approval_page(request: MemberRequest, approval_id: uuid.UUID) -> HttpResponse:
    """Tell what was approved, how much of it is used and until when, or why it was not."""
    approval = get_object_or_404(request.user.records.select_related("connection__plan"), pk=approval_id)
    library = Library(request.user, box_for(request.user), is_unfolded=True)
    held = library.one(APPROVAL, approval.pk, approval.connection_id)
    if held is None and not _is_unreadable(library, approval):
        raise Http404
    gate.pass_by(library, approval)
    record = original(approval, library.box, APPROVAL, called=held.entry.called if held else NOTHING)
    if record is None:
        return render(request, "claims/closed.html", {"claim": approval}, status=500)
    is_current = held is None or held.entry.is_current
    page = wording.page(record, today=timezone.localdate(), is_current=is_current)
    person = about(library, approval.connection_id, record)
    appeal = Speaker(library, held, (Topic.APPEAL,), kind=APPROVAL).said[Topic.APPEAL] if held else None
    is_old = page.is_refused and is_old_refusal(library, held, record, today=timezone.localdate())
    context = {"approval": approval, "record": record, "told": page, "person": person, "appeal": appeal}
    context["also_sent"] = also_sent.rows(record)
    context["may_be_over"] = _(OLD) if is_old else ""
    if page.is_refused:  # else nobody is sent to call
        context["plan_phone"] = import_string(settings.CLAIMS_PHONE)(
            library, approval.connection_id, record.payer
        )
    return render(request, "claims/approval.html", context)


def _is_unreadable(library: Library, row: Record) -> bool:
    """Whether the record may be one: what cannot be opened is listed among claims."""
    among_claims = library.one(CLAIM, row.pk, row.connection_id)
    return among_claims is not None and among_claims.entry.is_unreadable
