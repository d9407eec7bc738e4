"""The page about an attempt that did not end in a connection."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.connections.errors import ConnectionFailed


def outcome(request: HttpRequest, failure: ConnectionFailed) -> HttpResponse:
    """Say what happened, what is lost, and what to do."""
    return render(request, "connections/outcome.html", {"failure": failure}, status=failure.status)
