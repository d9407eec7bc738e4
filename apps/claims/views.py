"""The list of a member's claims, their providers, and the page of one claim."""

import uuid

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.requests import MemberRequest
from apps.claims import providers, searching, wording
from apps.claims.chains import past_of
from apps.claims.elsewhere import elsewhere
from apps.claims.filters import IN_ADDRESS
from apps.claims.listing import choices_of, listing
from apps.claims.news import marked
from apps.claims.people import about
from apps.claims.rows import opened
from apps.claims.wording import also_sent
from apps.vault.boxes import box_for


@require_safe
@sensitive_variables()
def claim_list(request: MemberRequest) -> HttpResponse:
    """Show one page of the claims: by year, kind, person, share and words where asked, newest first."""
    found = marked(listing(request.user, request.GET), request)
    return render(request, "claims/list.html", {"listing": found, "printed_for": found.person})


@require_POST
@sensitive_post_parameters()
@sensitive_variables()
def search(request: MemberRequest) -> HttpResponse:
    """Take the words looked for out of the form and go to the list, in whose address they are sealed."""
    token = searching.token_of(box_for(request.user), request.POST.get("text", ""))
    query = searching.address({name: request.POST.get(name, "") for name in IN_ADDRESS}, token)
    return HttpResponseRedirect(f"{reverse('claims:list')}{query}", status=303)


@require_safe
@sensitive_variables()
def provider_list(request: MemberRequest) -> HttpResponse:
    """Show everybody who treated the member, with how many claims and their share."""
    choices = choices_of(request.user, box_for(request.user), with_sums=True)
    rows = providers.rows(choices)
    return render(request, "claims/providers.html", {"rows": rows, "still_reading": choices.still_reading})


@require_safe
@sensitive_variables()
def provider_page(request: MemberRequest, key: str) -> HttpResponse:
    """Show all claims with one provider, and what they come to."""
    found = providers.provider(request.user, key, request.GET)
    if found is None:
        raise Http404
    context = {"provider": found, "listing": found.listing, "printed_for": found.listing.person}
    return render(request, "claims/provider.html", context)


@require_safe
@sensitive_variables()
def claim_page(request: MemberRequest, claim_id: uuid.UUID) -> HttpResponse:
    """Tell the money story of one claim."""
    claim = get_object_or_404(request.user.claims.select_related("connection__plan"), pk=claim_id)
    box = box_for(request.user)
    record = opened(claim, box, column="sealed_record")
    if record is None:
        return render(request, "claims/closed.html", {"claim": claim}, status=500)
    past = past_of(claim, names=request.user.claim_names.all(), box=box)
    context = {
        "claim": claim,
        "record": record,
        "person": about(request.user, box, claim, record),
        "story": wording.story(record, is_current=claim.is_current, asked_lines=request.GET.get("lines", "")),
        "provider_url": providers.url_of(record, box),
        "history": past,
        "twins": elsewhere(request.user, claim, box),
        "also_sent": also_sent.rows(record),
    }
    return render(request, "claims/claim.html", context)
