"""Forms that wait for "is it you?": allauth keeps the whole request in the session, cookies too."""

import json
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse

KEPT: Final = "account_reauthentication_state"
"""Where allauth keeps it (`allauth.account.internal.flows.reauthentication`)."""
COOKIES: Final = "HTTP_COOKIE"


class ForgetCookiesMiddleware:
    """Drop the cookies of a form that waits: the key of the session must not be readable in what is stored.

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
            if kept.get("META", {}).pop(COOKIES, None):
                request.session[KEPT] = {**waiting, "request": json.dumps(kept)}
        return response
