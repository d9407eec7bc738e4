"""Plays the personality: its addresses, its counts and its faults, around every view."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.demo_payer.personalities import Fault
from apps.demo_payer.server import memory, problems
from apps.demo_payer.server.addresses import playing
from apps.demo_payer.server.fhir.outcomes import outcome
from apps.demo_payer.server.urls import routes_of

# Answered only at the host the payer names for them.
_AT_OAUTH_HOST = {"authorize", "token", "revoke", "userinfo", "jwks"}


class Playing:
    """Middleware; see MIDDLEWARE in the settings for its place, which is the first."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Give the request the addresses of its personality (HttpRequest.urlconf)."""
        request.urlconf = routes_of(playing(request))  # type: ignore[assignment] # an object will do
        return self._get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Count the request, and answer for a view out of order."""
        del view, args, kwargs
        personality = playing(request)
        route = request.resolver_match.url_name if request.resolver_match else None
        if route is None:
            return None
        if personality.oauth_host and route in _AT_OAUTH_HOST:
            host = request.get_host().partition(":")[0]
            if host != personality.oauth_host:
                return problems.not_found(request)
        kept = memory.of(personality.name)
        with kept.lock:
            kept.seen[route] += 1
        fault = _ordered(kept, route) or personality.faults.get(route)
        return _spoiled(fault, route) if fault else None


def _spoiled(fault: Fault, route: str) -> HttpResponse:
    """Return the answer of a part that is out of order."""
    if route == "fhir":
        response = outcome(fault.status, "transient", "The server is not available at the moment.")
    else:
        error = "invalid_client" if fault.status == 401 else "temporarily_unavailable"  # RFC 6749 section 5.2
        response = JsonResponse({"error": error}, status=fault.status)
    if fault.retry_after is not None:
        response["Retry-After"] = str(fault.retry_after)
    response["Cache-Control"] = "no-store"
    return response


def _ordered(kept: memory.Memory, route: str) -> Fault | None:
    """Return the fault that was asked for, once less each time."""
    with kept.lock:
        order = kept.ordered.get(route)
        if order is None:
            return None
        order.times -= 1
        if order.times <= 0:
            del kept.ordered[route]
        return order.fault
