"""Public pages: the landing page, the listing that payers read, policies, annexes, files robots ask for.

And packets, which operators alone may look at.
"""

from collections.abc import Callable
from functools import wraps
from operator import itemgetter
from typing import Any, Final
from urllib.parse import urlsplit

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from apps.listing import capability
from apps.listing.capability import client_role, shown
from apps.listing.documents import PUBLIC, documents, public_titles
from apps.listing.evidence import evidence
from apps.listing.face import face
from apps.listing.gathered import latest_of_each_payer, older_runs
from apps.listing.logo import SIZES, logo_png
from apps.listing.packet import Packet, archive, packet, public_key_pem, sheets
from apps.listing.policies import filled, kept, shown_version
from apps.plain_language.glossary import TERMS
from apps.plain_language.language import _
from config.policies import versions

READABLE: Final[dict[str, Any]] = {"indent": 2, "ensure_ascii": False}
type View = Callable[..., HttpResponse]


def public(view: View) -> View:
    """Open *view* to everyone and let caches keep it for five minutes; a member's copy is never kept."""
    guarded: View = login_not_required(require_safe(cache_control(public=True, max_age=300)(view)))
    return wraps(view)(guarded)


def _page(request: HttpRequest, template: str, **more: Any) -> HttpResponse:
    return render(request, template, {"face": face(), **more})


@public
def landing(request: HttpRequest) -> HttpResponse:
    """Say what the app does, and let the visitor in."""
    return _page(request, "listing/landing.html")


@public
def app(request: HttpRequest) -> HttpResponse:
    """Show a payer's reviewer all they look for."""
    return _page(request, "listing/app.html", annexes=public_titles(get_language() or "en"))


@public
def fhir_r4(request: HttpRequest) -> HttpResponse:
    """Show what is asked of a plan in FHIR R4, how far that was tested, and what is not there."""
    role, tested = client_role(), evidence()
    types = [shown(asked, must_support=tested.must_support.get(asked["type"], 0)) for asked in role["types"]]
    runs = {"gathered": latest_of_each_payer(), "older": older_runs()}
    return _page(request, "listing/fhir_r4.html", role=role, types=types, evidence=tested, **runs)


@public
def policy(request: HttpRequest, policy: str) -> HttpResponse:
    """Show one of the policies, with the versions of all, the newest first.

    Privacy says what is stored, how, for how long, and how to end it; the terms what members and we can
    expect of each other. What Washington wants said of consumer health data (RCW 19.373) has its own page.
    """
    shown = [shown_version(row) for row in reversed(versions())]
    return _page(request, f"listing/{policy}.html", version=shown[0], versions=shown)


@public
def kept_policy(request: HttpRequest, policy: str, version: str) -> HttpResponse:
    """Show one of the policies as a version of it reads: until the day of the next it is what holds."""
    row = next((row for row in versions() if row.version == version), None)
    if row is None or not (text := kept(policy, get_language() or "en", version)):
        raise Http404
    more = {"policy": policy, "page": f"listing/{policy}.html", "text": filled(text, face())}
    return _page(request, "listing/kept_policy.html", version=shown_version(row), **more)


@public
def accessibility(request: HttpRequest) -> HttpResponse:
    """Show how far the site works for everyone and where to report what does not."""
    return _page(request, "listing/accessibility.html")


@public
def glossary(request: HttpRequest) -> HttpResponse:
    """Explain the words of health insurance, in the reader's alphabetical order."""
    terms = [
        {"slug": term.slug, "word": _(term.word), "meaning": _(term.meaning), "example": _(term.example)}
        for term in TERMS
    ]
    in_order = sorted(terms, key=itemgetter("word"))
    return _page(request, "listing/glossary.html", terms=in_order, came_from=_claim_behind(request))


def _claim_behind(request: HttpRequest) -> str:
    """Return the path of the claim whose word led a member here, empty for everybody else."""
    behind = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(behind, {request.get_host()}, require_https=request.is_secure())
    if not (is_ours and request.user.is_authenticated):
        return ""  # an answer to a visitor may be kept by caches
    try:
        match = resolve(urlsplit(behind).path)
    except Resolver404:
        return ""
    return urlsplit(behind).path if match.view_name == "claims:claim" else ""


@public
def client_metadata(_request: HttpRequest) -> JsonResponse:
    """Answer the client's registration data (RFC 7591)."""
    answer = JsonResponse(face().client_metadata(), json_dumps_params=READABLE)
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # payers' pages read it too
    return answer


@public
def logo(_request: HttpRequest, side: int) -> HttpResponse:
    """Answer the square logo; payers' galleries draw it into their own pages."""
    if side not in SIZES:
        raise Http404
    answer = HttpResponse(logo_png(side), content_type="image/png")
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


@public
def capability_statement(_request: HttpRequest) -> JsonResponse:
    """Answer what a plan's FHIR server has to offer this app (FHIR R4 CapabilityStatement)."""
    statement = capability.statement(face(), client_role(), on=timezone.localdate())
    return JsonResponse(statement, content_type="application/fhir+json", json_dumps_params=READABLE)


@public
def web_manifest(_request: HttpRequest) -> JsonResponse:
    """Answer what a device shows that keeps the site like an app (W3C Web Application Manifest)."""
    return JsonResponse(face().web_manifest(), content_type="application/manifest+json")


@public
def security_txt(_request: HttpRequest) -> HttpResponse:
    """Answer where to report a vulnerability (RFC 9116)."""
    if text := face().security_txt(now=timezone.now()):
        return HttpResponse(text, content_type="text/plain; charset=utf-8")
    raise Http404


@public
def robots_txt(_request: HttpRequest) -> HttpResponse:
    """Keep robots to the public pages; those of members answer with a sign-in anyway."""
    private = ("account", "admin", "claims", "connections", "coverage", "home", "money", "search", "sync")
    lines = ["User-agent: *", *(f"Disallow: /{folder}/" for folder in private)]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
def packets(request: HttpRequest) -> HttpResponse:
    """Every registration, with the way to its packet."""
    _only_operators(request)
    return render(request, "listing/packets.html", {"sheets": sheets(), "face": face()})


@require_safe
def packet_page(request: HttpRequest, key: Any) -> HttpResponse:
    """One packet: what is blank first, then the cover, the annexes folded."""
    packet = _packet(request, key)
    return render(request, "listing/packet.html", {"packet": packet, "face": packet.face})


@require_safe
def packet_zip(request: HttpRequest, key: Any) -> HttpResponse:
    """The same as an archive."""
    packet = _packet(request, key)
    answer = HttpResponse(archive(packet), content_type="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{packet.file_name}"'
    return answer


@public
def annex(request: HttpRequest, slug: str) -> HttpResponse:
    """One of the documents that anybody may read."""
    mine = face()
    if slug not in PUBLIC:
        raise Http404
    annexes = documents(mine.listing, mine.site, language=get_language() or "en")
    document = next(sheet for sheet in annexes if sheet.slug == slug)
    return render(request, "listing/annex.html", {"document": document, "face": mine})


@public
def packet_key(_request: HttpRequest) -> HttpResponse:
    """The public half of the packet key (PEM)."""
    pem = public_key_pem()
    if not pem:
        raise Http404
    return HttpResponse(pem, content_type="application/x-pem-file")


def _packet(request: HttpRequest, key: Any) -> Packet:
    _only_operators(request)
    sheet = next((other_sheet for other_sheet in sheets() if other_sheet.key == str(key)), None)
    if sheet is None:
        raise Http404
    return packet(sheet, face(), on=timezone.localdate())


def _only_operators(request: HttpRequest) -> None:
    """Whoever may look at registrations in the admin; to all others there is nothing here."""
    if not admin.site.has_permission(request):
        raise Http404
    if not request.user.has_perm("plans.view_registration"):
        raise PermissionDenied
