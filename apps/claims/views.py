"""The list of a member's claims and the page of one claim."""

import uuid

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_safe

from apps.accounts.requests import MemberRequest
from apps.claims import wording
from apps.claims.filters import Filters
from apps.claims.paging import page_of
from apps.claims.rows import months, opened
from apps.claims.wording import also_sent
from apps.vault.boxes import box_for


@require_safe
@sensitive_variables()
def claim_list(request: MemberRequest) -> HttpResponse:
    """Show one page of the claims, newest first, by kind and plan where asked."""
    plans = request.user.connections.order_by("connected_at").values_list("id", "plan__name")
    filters = Filters.of(request.GET, list(plans))
    page = page_of(
        filters.apply(request.user.claims.all()),
        after=request.GET.get("after", ""),
        among=request.user.claims.all(),
    )
    context = {
        "months": months(page.claims, box_for(request.user)) if page.claims else [],
        "page": page,
        "filters": filters,
    }
    return render(request, "claims/list.html", context)


@require_safe
@sensitive_variables()
def claim_page(request: MemberRequest, claim_id: uuid.UUID) -> HttpResponse:
    """Tell the money story of one claim."""
    claim = get_object_or_404(request.user.claims.select_related("connection__plan"), pk=claim_id)
    record = opened(claim, box_for(request.user), column="sealed_record")
    if record is None:
        return render(request, "claims/closed.html", {"claim": claim}, status=500)
    context = {
        "claim": claim,
        "record": record,
        "story": wording.story(record, is_current=claim.is_current),
        "also_sent": also_sent.rows(record),
    }
    return render(request, "claims/claim.html", context)
