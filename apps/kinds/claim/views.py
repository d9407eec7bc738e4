"""The list of a member's claims, their providers, and the page of one claim."""

import uuid
from collections.abc import Sequence
from typing import Final

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.requests import MemberRequest, box_of
from apps.kinds.claim import page, providers, sealed_query
from apps.kinds.claim.choices import choices
from apps.kinds.claim.filters import IN_ADDRESS
from apps.kinds.claim.list_page import News, listing
from apps.kinds.claim.spoken import Speaker
from apps.kinds.claim.together import take_apart
from apps.kinds.claim.wording import bill
from apps.kinds.claim.wording.amounts import NotAnAmount
from apps.records import switch
from apps.records.remarks import Topic, read_moment
from apps.records.shelf import Library
from apps.records.volumes import id_of

SAID_OF_A_CLAIM: Final = (Topic.PAID, Topic.CHECKED, Topic.APART, Topic.LIMITS, Topic.APPEAL)
"""What the page of a claim tells of what the member said: asked for in one query."""


@require_safe
@sensitive_variables()
def claim_list(request: MemberRequest) -> HttpResponse:
    """Show one page of the claims: by year, kind, person, share and words where asked, newest first."""
    library = switch.library_of(request)
    news: News = import_string(settings.CLAIMS_NEWS)(request, library)
    claims = listing(library, request.GET, news=news)
    people = switch.choices(request, library)
    context = {"listing": claims, "people": people, **switch.printed(library, claims.filters.plan)}
    return render(request, "claims/list.html", context)


@require_POST
@sensitive_post_parameters()
@sensitive_variables()
def search(request: MemberRequest) -> HttpResponse:
    """Take the words looked for out of the form and go to the list, in whose address they are sealed."""
    return sealed_query.leads_to(request, "claims:list", IN_ADDRESS)


@require_safe
@sensitive_variables()
def provider_list(request: MemberRequest) -> HttpResponse:
    """Show everybody who treated the member, with how many claims and their share."""
    library = switch.library_of(request)
    offered = choices(library)
    context = {
        "rows": providers.rows(offered),
        "has_claims": bool(offered.kinds),
        "some_folded": offered.has_folded,
        "still_reading": offered.still_reading,
        "people": switch.choices(request, library),
    }
    return render(request, "claims/providers.html", context)


@require_safe
@sensitive_variables()
def provider_page(request: MemberRequest, key: str) -> HttpResponse:
    """Show all claims with one provider, and what they come to."""
    library = switch.library_of(request)
    of_provider = providers.provider(library, key, request.GET)
    if of_provider is None and library.sight.person:  # a link of everyone's, while the switch stands at one
        of_provider = providers.provider(Library(request.user, library.box), key, request.GET)
    if of_provider is None:
        raise Http404
    context = {"provider": of_provider, "listing": of_provider.listing, **switch.printed(library)}
    return render(request, "claims/provider.html", context)


@require_safe
@sensitive_variables()
def claim_page(request: MemberRequest, claim_id: uuid.UUID) -> HttpResponse:
    """Tell the money story of one claim."""
    return _claim_page(request, claim_id)


@require_POST
@sensitive_post_parameters()
@sensitive_variables()
def compare(request: MemberRequest, claim_id: uuid.UUID) -> HttpResponse:
    """Show the claim with what the bill in hand comes to beside it: nothing of the bill is kept."""
    typed, flags = request.POST.get("amount", ""), request.POST.getlist("bill")
    return _claim_page(request, claim_id, typed=typed, flags=flags, lines=request.POST.get("lines", ""))


@require_POST
@sensitive_post_parameters()
@sensitive_variables()
def note_paid(request: MemberRequest, claim_id: uuid.UUID) -> HttpResponse:
    """Note the share, or the amount that was typed, as paid."""
    speaker = _speaker(request, claim_id)
    typed = request.POST.get("amount", "")
    try:
        speaker.note_paid(typed, now=timezone.now())
    except NotAnAmount as problem:
        return _claim_page(request, claim_id, paid_problem=str(problem), paid_typed=typed)
    return _back(request, claim_id, "#act")


@require_POST
@sensitive_variables()
def keep_checks(request: MemberRequest, claim_id: uuid.UUID) -> HttpResponse:
    """Keep which boxes of the checklist are ticked."""
    _speaker(request, claim_id).check(request.POST.getlist("box"), now=timezone.now())
    return _back(request, claim_id, "#checklist")


@require_POST
@sensitive_variables()
def keep_apart(request: MemberRequest, claim_id: uuid.UUID) -> HttpResponse:
    """Keep that the claim belongs with no others, or may again; go back to the claim whose page asked."""
    library, claim = _found(request, claim_id)
    if claim.held is None or request.POST.get("apart") not in ("yes", "no"):
        raise Http404
    take_apart(library, claim.held, is_apart=request.POST["apart"] == "yes", now=timezone.now())
    asked = id_of(request.POST.get("back", ""))
    return _back(request, asked or claim_id, "#together")


@require_POST
@sensitive_variables()
def undo(request: MemberRequest, claim_id: uuid.UUID) -> HttpResponse:
    """Take back what was noted as paid at the moment that the form names."""
    speaker, said_at = _speaker(request, claim_id), read_moment(request.POST.get("said_at", ""))
    if said_at is not None:
        speaker.undo(Topic.PAID, said_at, now=timezone.now())
    return _back(request, claim_id, "#act")


def _speaker(request: MemberRequest, claim_id: uuid.UUID) -> Speaker:
    library, claim = _found(request, claim_id)
    if claim.held is None:
        raise Http404
    return Speaker(library, claim.held)


def _found(request: MemberRequest, claim_id: uuid.UUID) -> tuple[Library, page.Found]:
    row = get_object_or_404(request.user.records, pk=claim_id)
    library = Library(request.user, box_of(request), is_unfolded=True)
    row.connection = library.by_id[row.connection_id]
    library.said(*SAID_OF_A_CLAIM)
    claim = page.found(library, row)
    if claim is None:
        raise Http404
    return library, claim


def _back(request: MemberRequest, claim_id: uuid.UUID, place: str) -> HttpResponse:
    home = reverse(settings.LOGIN_REDIRECT_URL)
    leads_to = {"home": f"{home}#today", "home-whole": f"{home}?rows=all#today"}
    place = "#act" if request.POST.get("back") == "act" else place
    claim = f"{reverse('claims:claim', args=[claim_id])}{place}"
    return HttpResponseRedirect(leads_to.get(request.POST.get("back", ""), claim), status=303)


def _claim_page(
    request: MemberRequest,
    claim_id: uuid.UUID,
    *,
    typed: str | None = None,
    flags: Sequence[str] = (),
    lines: str = "",
    paid_problem: str = "",
    paid_typed: str = "",
) -> HttpResponse:
    library, claim = _found(request, claim_id)
    if claim.record is None:
        return render(request, "claims/closed.html", {"claim": claim.row}, status=500)
    context = page.context(library, claim, request.GET.get("lines", ""))
    noted = context["spoken"].noted
    context |= {
        "compared": bill.compared(claim.record, typed, flags, lines, noted) if typed is not None else None,
        "bill": {"amount": typed or "", "flags": flags, "lines": lines},
        "paid_problem": paid_problem,
        "paid_typed": paid_typed,
    }
    return render(request, "claims/claim.html", context, status=400 if paid_problem else 200)
