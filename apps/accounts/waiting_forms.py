"""Forms that wait for "is it you?": allauth keeps the whole request in the session: cookies, network address,
kind of browser, and where a server hands its own environment on, as `runserver` does, the keys in that.
"""

import json
from collections.abc import Callable
from typing import Any, Final

from django.http import HttpRequest, HttpResponse

KEPT: Final = "account_reauthentication_state"
"""Where allauth keeps it (`allauth.account.internal.flows.reauthentication`)."""
NEEDED: Final = frozenset(
    {
        "CONTENT_LENGTH", "CONTENT_TYPE", "CSRF_COOKIE", "PATH_INFO", "QUERY_STRING", "REQUEST_METHOD",
        "SCRIPT_NAME", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "wsgi.url_scheme",
    }
)  # fmt: skip
"""What a form that is answered later has to bring (PEP 3333)."""
HEADER: Final = "HTTP_"
ADDRESS: Final = "REMOTE_ADDR"


class ForgetSecretsMiddleware:
    """Drop what a form that waits does not need: no key and no sign of who sent it is stored readably.

    Its headers and the address are, when it goes on, those of the request that answers "is it you?". Stands
    around whatever lets a form wait, and inside what stores the session.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Lend a form that waits the headers of now, answer, and drop what the answer left in the session."""
        if request.method != "POST":
            _let_go(request)
            return self.get_response(request)
        _change(request, lambda brought: _of_now(request) | brought)
        response = self.get_response(request)
        _change(request, lambda brought: {name: brought[name] for name in brought if name in NEEDED})
        return response


def _let_go(request: HttpRequest) -> None:
    """Whoever opens a page gets it, and nothing that was sent from there before: it was given up, or is of
    somebody else who had this browser for a moment (W-14)."""
    waiting = request.session.get(KEPT) or {}
    if json.loads(waiting.get("request") or "{}").get("path") == request.path:
        del request.session[KEPT]


def _of_now(request: HttpRequest) -> dict[str, Any]:
    return {name: value for name, value in request.META.items() if name.startswith(HEADER) or name == ADDRESS}


def _change(request: HttpRequest, to: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    waiting = request.session.get(KEPT) or {}
    stored_request = json.loads(waiting.get("request") or "{}")
    if "META" in stored_request and (meta := to(stored_request["META"])) != stored_request["META"]:
        request.session[KEPT] = {**waiting, "request": json.dumps(stored_request | {"META": meta})}
