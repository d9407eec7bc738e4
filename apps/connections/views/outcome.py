"""The page about an attempt that did not end in a connection."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.connections import wording
from apps.connections.errors import ConnectionFailed

WAIT_SECONDS = 600


def outcome(request: HttpRequest, failure: ConnectionFailed) -> HttpResponse:
    """Say what happened, whose side it looks like, what is lost, what to do, and the reference."""
    side = wording.side(failure.side or failure.fault, is_plan_known=failure.plan is not None)
    context = {"failure": failure, "side": side}
    response = render(request, "connections/outcome.html", context, status=failure.status)
    if failure.status == 429:
        response.headers["Retry-After"] = str(WAIT_SECONDS)
    return response
