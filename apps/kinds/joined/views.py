"""Taking a record of care and a claim apart, and letting them stand together again."""

import uuid

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from apps.accounts.requests import MemberRequest
from apps.kinds.claim.kind import CLAIM
from apps.kinds.joined.rules import take_apart
from apps.records.shelf import Library
from apps.vault.boxes import box_for


@require_POST
@sensitive_variables()
def keep_apart(request: MemberRequest, record_id: uuid.UUID, claim_id: uuid.UUID) -> HttpResponse:
    """Keep that a claim is not for a record, or may be again; go back to the page that asked."""
    care = get_object_or_404(request.user.records, pk=record_id)
    library = Library(request.user, box_for(request.user), is_unfolded=True)
    claim = library.one(CLAIM, claim_id, care.connection_id)
    if claim is None or library.is_closed(claim.plan) or request.POST.get("apart") not in ("yes", "no"):
        raise Http404
    take_apart(library, care.pk, claim, is_apart=request.POST["apart"] == "yes", now=timezone.now())
    if request.POST.get("back") == "claim":
        return HttpResponseRedirect(f"{reverse('claims:claim', args=[claim.id])}#done", status=303)
    return HttpResponseRedirect(f"{reverse('care:record', args=[care.pk])}#cost", status=303)
