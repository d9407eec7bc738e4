"""Has a paper read by a process of its own, which may fail, hang or fall, and each member's in their turn.

Papers cost much: a member has one read at a time, and no request waits long.
"""

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from typing import Concatenate, Final

from allauth.core.internal import ratelimit
from django.conf import settings
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
log = logging.getLogger("plainclaim.care")

SECONDS: Final = 8.0
"""From start to end; the child gives itself less time of the processor."""
MOST_BYTES: Final = 8 * 1024 * 1024
"""Of what a child may answer."""
_seats: Final = threading.BoundedSemaphore(2)
"""So many papers are read at once by one web process, whatever is asked for."""


def read(job: str, body: bytes, number: int = 0) -> bytes | None:
    """Return what the child (`child.JOBS`) made of *body*; None where it gave up or took too long.

    Raises `Busy` where others are being read.
    """
    if not _seats.acquire(timeout=WAIT_SECONDS):
        raise Busy
    try:
        return _answer(job, body, number)
    finally:
        _seats.release()


def _answer(job: str, body: bytes, number: int) -> bytes | None:
    command = [sys.executable, "-s", "-P", "-B", "-m", "apps.kinds.care.papers.child", job, str(number)]
    with subprocess.Popen(  # noqa: S603 - the command is ours; the paper goes in as bytes
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={"PYTHONPATH": str(settings.BASE_DIR)},  # and none of ours, for there are keys among it
    ) as child:
        timer = threading.Timer(SECONDS, child.kill)
        timer.start()
        try:
            answer = _exchanged(child, body)
        finally:
            timer.cancel()
            child.kill()
    if child.returncode == 0 and len(answer) <= MOST_BYTES:
        return answer
    log.info("a paper was not shown (%s, ended with %s)", job, child.returncode)
    return None


def _exchanged(child: "subprocess.Popen[bytes]", body: bytes) -> bytes:
    """Give the child all it reads before it writes, then take as much as it may say."""
    assert child.stdin and child.stdout
    with suppress(BrokenPipeError):
        child.stdin.write(body)
    with suppress(BrokenPipeError):
        child.stdin.close()
    answer = child.stdout.read(MOST_BYTES + 1)
    if len(answer) <= MOST_BYTES:
        child.wait()
    return answer


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
