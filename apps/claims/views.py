"""The list of a member's claims, their providers, and the page of one claim."""

import uuid

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.module_loading import import_string
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.requests import MemberRequest
from apps.claims import page, providers, searching, wording
from apps.claims.choices import choices
from apps.claims.filters import IN_ADDRESS
from apps.claims.listing import News, listing
from apps.claims.people import about
from apps.claims.wording import also_sent
from apps.records.shelf import Library
from apps.vault.boxes import box_for


@require_safe
@sensitive_variables()
def claim_list(request: MemberRequest) -> HttpResponse:
    """Show one page of the claims: by year, kind, person, share and words where asked, newest first."""
    news: News = import_string(settings.CLAIMS_NEWS)(request)
    found = listing(request.user, request.GET, news=news)
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
    offered = choices(Library(request.user, box_for(request.user)))
    context = {"rows": providers.rows(offered), "still_reading": offered.still_reading}
    return render(request, "claims/providers.html", context)


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
    row = get_object_or_404(request.user.records.select_related("connection__plan"), pk=claim_id)
    library = Library(request.user, box_for(request.user))
    found = page.found(library, row)
    if found is None:
        raise Http404
    record = found.record
    if record is None:
        return render(request, "claims/closed.html", {"claim": row}, status=500)
    asked = request.GET.get("lines", "")
    context = {
        "claim": row,
        "record": record,
        "person": about(request.user, library.box, row.connection_id, record),
        "story": wording.story(record, is_current=found.is_current, asked_lines=asked),
        "provider_url": providers.url_of(record, library.box),
        "history": found.history,
        "twins": found.elsewhere,
        "also_sent": also_sent.rows(record),
    }
    return render(request, "claims/claim.html", context)
