"""Forms that wait for "is it you?": allauth keeps the whole request in the session, cookies too, and where a
server hands its own environment on with each request, as `runserver` does, the keys in that.
"""

import json
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse

KEPT: Final = "account_reauthentication_state"
"""Where allauth keeps it (`allauth.account.internal.flows.reauthentication`)."""
NEEDED: Final = frozenset(
    {
        "CONTENT_LENGTH", "CONTENT_TYPE", "CSRF_COOKIE", "PATH_INFO", "QUERY_STRING", "REMOTE_ADDR",
        "REQUEST_METHOD", "SCRIPT_NAME", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "wsgi.url_scheme",
    }
)  # fmt: skip
"""What a form that is answered later has to bring besides its headers (PEP 3333)."""
HEADER: Final = "HTTP_"
SECRET_HEADERS: Final = frozenset({"HTTP_COOKIE", "HTTP_AUTHORIZATION"})


class ForgetSecretsMiddleware:
    """Drop what a form that waits does not need: no key, of the session or of the site, is stored readably.

    Stands around whatever lets a form wait, and inside what stores the session.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and then look at what the answer left in the session."""
        response = self.get_response(request)
        if request.method == "POST" and KEPT in request.session:
            waiting = request.session[KEPT]
            kept = json.loads(waiting.get("request") or "{}")
            brought = kept.get("META", {})
            if any(not _is_needed(name) for name in brought):
                kept["META"] = {name: value for name, value in brought.items() if _is_needed(name)}
                request.session[KEPT] = {**waiting, "request": json.dumps(kept)}
        return response


def _is_needed(name: str) -> bool:
    return name in NEEDED or (name.startswith(HEADER) and name not in SECRET_HEADERS)
