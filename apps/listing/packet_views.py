"""Packets for operators, the annexes that anybody may read, and the key that packets are checked with."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from apps.listing.documents import PUBLIC, documents
from apps.listing.face import face
from apps.listing.packet import VERIFY, Packet, archive, packet, public_key_pem, sheets
from apps.listing.views import public


@require_safe
def packets(request: HttpRequest) -> HttpResponse:
    """Every registration, with the way to its packet."""
    _only_operators(request)
    return render(request, "listing/packets.html", {"sheets": sheets(), "face": face()})


@require_safe
def packet_page(request: HttpRequest, key: Any) -> HttpResponse:
    """One packet: what is blank first, then the cover, the annexes folded."""
    packet = _packet(request, key)
    return render(request, "listing/packet.html", {"packet": packet, "face": packet.face, "verify": VERIFY})


@require_safe
def packet_zip(request: HttpRequest, key: Any) -> HttpResponse:
    """The same as an archive."""
    packet = _packet(request, key)
    answer = HttpResponse(archive(packet), content_type="application/zip")
    answer.headers["Content-Disposition"] = (
        f'attachment; filename="packet-{packet.asker.key}-{packet.on}.zip"'
    )
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
