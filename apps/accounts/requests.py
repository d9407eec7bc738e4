"""Requests of a signed-in member."""

import hashlib
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_htmx.middleware import HtmxDetails

from apps.accounts.models import Member
from apps.vault.boxes import Box, box_for


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
