"""Requests: of a signed-in member, for a part of a page again and again, through how many proxies."""

import hashlib
import ipaddress
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_htmx.middleware import HtmxDetails

from apps.accounts.models import Member
from apps.vault.boxes import Box, box_for

KEY: Final = "accounts.proxies.counts"
KEPT_SECONDS: Final = 24 * 3600


class MemberRequest(HttpRequest):
    """For the type checker: a request that LoginRequiredMiddleware let through."""

    user: Member


class HtmxRequest(MemberRequest):
    """For the type checker: one that HtmxMiddleware saw, too."""

    htmx: HtmxDetails


def box_of(request: HttpRequest) -> Box:
    """Return the box of who is signed in, made once for a request. One query."""
    box: Box | None = getattr(request, "member_box", None)
    if box is None:
        box = request.member_box = box_for(request.user)  # type: ignore[attr-defined]
    return box


def render_part(
    request: HtmxRequest, *, part: str, page: str, context: Mapping[str, Any], shows: object
) -> HttpResponse:
    """Answer with a page, or with its part that htmx asks for again and again while something goes on.

    The page sends back a digest of what it *shows* (`mark`). Where that is the same still, nothing is put in
    (a 204): who hears the page keeps their place in it, and is told nothing twice.
    """
    mark = hashlib.sha256(repr(shows).encode()).hexdigest()[:16]
    if request.headers.get("X-Seen") == mark:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return render(request, part if request.htmx else page, {**context, "mark": mark})


def note_fewer_proxies(request: HttpRequest) -> None:
    """Keep for a day that a request came through fewer proxies than TRUSTED_PROXIES (W-19).

    Where that is so for everybody, one proxy too many is trusted: the address that a visitor makes up is then
    taken for theirs. Who asks on this machine itself comes through none, and tells nothing.
    """
    named = request.headers.get("X-Forwarded-For", "").split(",")
    came_through = sum(bool(address.strip()) for address in named)
    if came_through >= settings.TRUSTED_PROXIES or (not came_through and is_of_this_machine(request)):
        return
    seen = cache.get(KEY, [])
    if came_through not in seen:
        cache.set(KEY, sorted([*seen, came_through]), KEPT_SECONDS)


def fewer_proxies_seen() -> list[int]:
    """Through how many proxies requests came within a day, where that is fewer than are trusted now."""
    return [number for number in cache.get(KEY, []) if number < settings.TRUSTED_PROXIES]


def is_of_this_machine(request: HttpRequest) -> bool:
    """Whether it came from here, as far as the address says."""
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
