"""Error pages and reports that Django calls by name."""

import logging
import sys
from typing import Any, Final

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template
from django.utils.deprecation import MiddlewareMixin
from django.views.debug import ExceptionReporter

from apps.outbound.trace import new_trace, traced
from apps.vault.errors import KeyUnavailable

log = logging.getLogger("plainclaim.vault")
AGAIN_SECONDS: Final = 60


class KeysMiddleware(MiddlewareMixin):
    """Answers 503 while a key cannot be had: it can be had again soon, and nothing was changed."""

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Log which row needed which key, and show the page that says so."""
        if not isinstance(error, KeyUnavailable):
            return None
        number = _number(request)
        with traced(number):
            log.error("%s", error)  # names a row and a key's name only
        return _page("503.html", number, status=503)


def _number(request: HttpRequest) -> str:
    """Give the request a number, which log lines about it carry (config.logs) and its page shows.

    It begins with a letter that no attempt's has: nobody looks for it among them.
    """
    request.trace = f"E-{new_trace()}"  # type: ignore[attr-defined]
    return str(request.trace)  # type: ignore[attr-defined]


def _page(template: str, number: str, *, status: int) -> HttpResponse:
    headers = {"Retry-After": str(AGAIN_SECONDS)} if status == 503 else {}
    return HttpResponse(get_template(template).render({"number": number}), status=status, headers=headers)


def error_page(request: HttpRequest) -> HttpResponse:
    """Answer an error that nothing caught and Django will log: 503 where the database is away, else 500.

    Called while the error is handled, wherever it came up: middlewares ask the database before any view.
    """
    number = _number(request)
    if _is_away(sys.exception()):
        return _page("503_database.html", number, status=503)
    return _page("500.html", number, status=500)


def _is_away(error: BaseException | None) -> bool:
    """Whether the database does not answer: not where SQLite can make no sense of a statement, nor where two
    of ours wait for each other, both of which are told the same way."""
    cause = getattr(error, "__cause__", None)
    is_ours = (
        getattr(cause, "sqlite_errorname", "") == "SQLITE_ERROR" or getattr(cause, "sqlstate", "") == "40P01"
    )
    return isinstance(error, OperationalError | InterfaceError) and not is_ours


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Say that the form was not accepted, and why that can happen, without quoting anything of it."""
    return render(request, "403_csrf.html", status=403)


class QuietReporter(ExceptionReporter):
    """Django's error report without what a request carried: a plan's answer comes in the query (O-36).

    With DEBUG, which is for a developer's own machine, nothing is left out.
    """

    def get_traceback_data(self) -> dict[str, Any]:
        """Return Django's data without query, form, files, cookies, headers and the variables of frames."""
        context: dict[str, Any] = super().get_traceback_data()
        if settings.DEBUG:
            return context
        for frame in context["frames"]:
            frame["vars"] = []
        address = str(context.get("request_insecure_uri", "")).partition("?")[0]
        nothing = dict.fromkeys(("request_GET_items", "request_FILES_items", "request_COOKIES_items"), ())
        return (
            context
            | nothing
            | {"request_insecure_uri": address, "filtered_POST_items": (), "request_meta": {}}
        )
