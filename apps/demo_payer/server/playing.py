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
        names = _names(request, route)
        with kept.lock:
            kept.seen.update(names)
        for name in names:
            fault = _ordered(kept, name) or personality.faults.get(name)
            if fault:
                return spoiled(fault, route)
        return None


def spoiled(fault: Fault, route: str) -> HttpResponse:
    """Return the answer of a part that is out of order."""
    if route == "fhir":
        response = outcome(fault.status, "transient", "The server is not available at the moment.")
    else:
        response = JsonResponse({"error": "temporarily_unavailable"}, status=fault.status)
    if fault.retry_after is not None:
        response["Retry-After"] = str(fault.retry_after)
    response["Cache-Control"] = "no-store"
    return response


def _names(request: HttpRequest, route: str) -> list[str]:
    """Return the route, and which of the two token requests it is."""
    if route != "token":
        return [route]
    return ["refresh" if request.POST.get("grant_type") == "refresh_token" else "code", "token"]


def _ordered(kept: memory.Memory, name: str) -> Fault | None:
    """Return the fault that was asked for, once less each time."""
    with kept.lock:
        order = kept.ordered.get(name)
        if order is None:
            return None
        order.times -= 1
        if order.times <= 0:
            del kept.ordered[name]
        return order.fault
