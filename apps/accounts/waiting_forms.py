"""Forms that came too late for "is it you?": none is kept until that is answered (W-14).

allauth would keep it in the session, secrets in clear, and have it done by whoever answers: a stranger who
had the browser for a moment sends it, and the member answers.
"""

from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.reauthentication import STATE_SESSION_KEY
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from apps.plain_language.language import _


class KeepNoFormMiddleware:
    """Leads who sent a form too late to the question, and then back to the page that it was sent from.

    Stands inside allauth's own middleware, which would keep the form, and inside what carries messages.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Drop what a session of an older version keeps still; answer."""
        request.session.pop(STATE_SESSION_KEY, None)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a form in place of allauth; a page that is only opened is left to it."""
        if not isinstance(exception, ReauthenticationRequired) or request.method != "POST":
            return None
        ways = get_adapter().get_reauthentication_methods(request.user)
        if not ways:
            return None
        messages.info(
            request, _("Nothing was done yet. Say first that it is you, then send what you wanted once more.")
        )
        back = urlencode({REDIRECT_FIELD_NAME: _page_of(request)})
        return HttpResponseRedirect(f"{ways[0]['url']}?{back}")


def _page_of(request: HttpRequest) -> str:
    """The page with the form, which the browser names; else the first one of a member."""
    page = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure()):
        parts = urlsplit(page)
        return urlunsplit(("", "", parts.path, parts.query, ""))
    return reverse(settings.LOGIN_REDIRECT_URL)
