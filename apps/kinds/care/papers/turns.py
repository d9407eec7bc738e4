"""Whose turn it is: papers cost much, so a member has one read at a time, and no request waits long."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Concatenate, Final

from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import render

from apps.accounts.models import Member
from apps.accounts.requests import MemberRequest
from apps.plain_language.language import _, said

WAIT_SECONDS: Final = 0.5
"""So long a request waits for its turn: while it does, its worker serves nobody."""
_TRIED_AGAIN_SECONDS: Final = 0.1
_LONGEST_SECONDS: Final = {"reading": 20, "fetching": 60}
"""Longer than any takes: so long a process that dies in its turn keeps it."""
READINGS_AN_HOUR: Final = 600


class Busy(Exception):
    """Other papers are being read or fetched: this one can be had in a moment."""

    status, again_seconds = 503, 2
    title = said("Busy, try again")
    sentence = said("Other papers are being read just now. Nothing was lost; try again in a few seconds.")


class TooMany(Busy):
    """The member was shown very many papers within an hour."""

    status, again_seconds = 429, 60 * 60
    title = said("Many papers in a short time")
    sentence = said("Many papers were shown within the last hour. Try again in an hour; nothing was lost.")


@contextmanager
def turn(member: Member, what: str) -> Iterator[None]:
    """Do *what* alone among all that *member* asks for; raise `Busy` where it is being done already."""
    key, until = f"care.papers.{what}:{member.pk}", time.monotonic() + WAIT_SECONDS
    while not cache.add(key, True, timeout=_LONGEST_SECONDS[what]):
        if time.monotonic() >= until:
            raise Busy
        time.sleep(_TRIED_AGAIN_SECONDS)
    try:
        yield
    finally:
        cache.delete(key)


@contextmanager
def reading(request: MemberRequest) -> Iterator[None]:
    """Read a paper, one at a time, and so many an hour; raise `Busy` or `TooMany`."""
    with turn(request.user, "reading"):
        limit = {"read": f"{READINGS_AN_HOUR}/h/user"}
        if not ratelimit.consume(request, app="care", action="read", config=limit, limit_get=True):
            raise TooMany
        yield


def answered[**P](
    view: Callable[Concatenate[MemberRequest, P], HttpResponse],
) -> Callable[Concatenate[MemberRequest, P], HttpResponse]:
    """Say when to ask again where it is not a request's turn."""

    @wraps(view)
    def wrapped(request: MemberRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Busy as busy:
            context = {"title": _(busy.title), "sentence": _(busy.sentence)}
            response = render(request, "care/busy.html", context, status=busy.status)
            response.headers["Retry-After"] = str(busy.again_seconds)
            return response

    return wrapped
