"""How pages and files are sent: headers, those of pages that are one person's alone, and compressed."""

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.csp import CSP
from django.views.decorators.csp import csp_override

POLICY: Final[dict[str, Any]] = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "manifest-src": [CSP.SELF],
    # No text becomes markup or a script in the browser; not where pages fetch parts (`fetches_parts`).
    "require-trusted-types-for": ["'script'"],
    "trusted-types": [CSP.NONE],
}


ON_EVERY_PAGE: Final = {
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    # No page of another site can draw ours into itself, and ours load nothing that did not agree to it.
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
}
fetches_parts = csp_override({name: value for name, value in POLICY.items() if "trusted-types" not in name})
"""For views whose page puts in parts that it fetches from us (htmx): that is markup, which Trusted Types
would stop."""
for_operators = csp_override({**POLICY, "trusted-types": ["default"]})
"""For the operators' pages: Django's own scripts write a little markup; `operators-markup.js` admits that."""
A_MINUTE: Final = "60"
"""What most limits count in; those that count in more say so themselves."""
EVERYBODYS: Final = re.compile(r"/app/logo-[0-9]+\.png")
"""The icon of every page."""
EMPTIED: Final = '"cache", "storage"'
"""What the browser forgets at sign-out (W-10). The session's cookie goes by itself, the language stays."""
ASKED_BY_US: Final = frozenset({"same-origin", "none"})
"""Sec-Fetch-Site of a link or form of ours, and of an address that was typed or kept."""


def guard_file(headers: Any, _path: str, url: str) -> None:
    """Say who may draw a static file into a page: everybody the logo, which payers show; the rest nobody."""
    is_logo = url.rpartition("/")[2].startswith("logo")
    headers["Cross-Origin-Resource-Policy"] = "cross-origin" if is_logo else "same-origin"


class EverybodysFilesMiddleware:
    """Answers what browsers fetch by themselves, the same for everybody, as if nobody were signed in.

    So caches keep it, and its being fetched with a page is no sign that somebody is there (W-11).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Look at no cookie of such a request, which answers nobody differently then."""
        is_everybodys = EVERYBODYS.fullmatch(request.path_info) is not None
        if is_everybodys:
            request.META.pop("HTTP_COOKIE", None)
        response = self.get_response(request)
        if is_everybodys and response.status_code == HTTPStatus.OK:
            response.headers.pop("Vary", None)
        return response


class PrivatePagesMiddleware:
    """Keep private pages out of shared caches, of the back button after sign-out and of search engines.

    It stands before whatever sets cookies: an answer that sets one, or takes one away because it shows a
    message, is one visitor's alone.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add the headers; a view that set its own Cache-Control keeps it for what is everybody's."""
        response = self.get_response(request)
        for name, value in ON_EVERY_PAGE.items():
            response.headers.setdefault(name, value)
        if seconds := getattr(request, "too_many_seconds", 0):  # a form that says so answers 200 by itself
            response.status_code, response.headers["Retry-After"] = HTTPStatus.TOO_MANY_REQUESTS, str(seconds)
        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            response.headers.setdefault("Retry-After", A_MINUTE)
        user = getattr(request, "user", None)
        # Where the database is away, to ask it again who this is would double the wait.
        is_away = response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
        is_members = is_away or request.path.startswith("/account/") or bool(user and user.is_authenticated)
        if is_members or response.cookies:
            response.headers["Cache-Control"] = "no-store, private"
        if getattr(request, "has_signed_out", False):
            response.headers["Clear-Site-Data"] = EMPTIED
        if is_members:
            response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response


class CompressedPagesMiddleware(GZipMiddleware):
    """Compress pages; files are compressed where they are made, or would not get smaller.

    The length of what was compressed tells of its content to whoever watches the line and can have a browser
    ask for it again and again with words of their own in it (BREACH). Only another site can have it asked, so
    what another site asked for goes as it is, and so does what a browser asks that does not say who asked.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Return the page compressed where we asked for it."""
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        if not is_page or request.headers.get("Sec-Fetch-Site") not in ASKED_BY_US:
            return response
        return super().process_response(request, response)
