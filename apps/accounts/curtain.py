"""A curtain that a member draws over everything at once: lifted by saying "it is me" once more.

It hangs in one session, in a column of its own: contents that a request from before writes late lift nothing.
While it is drawn no view of this site runs but those that lift it, end the session or change the language. It
lifts by itself when the session holds a proof of who this is that is newer.

An open page learns here how long its session lasts: it warns before the end, and keeps what was typed. It
asks by itself (`static/js/session-warning.js`), which is nobody's doing and lengthens nothing.
"""

import time
from collections.abc import Callable
from typing import Any, Final

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from apps.accounts import session_lives
from apps.accounts.models import OpenSession
from apps.accounts.sign_in import plans_of
from apps.plain_language.language import _
from config.sessions import stored

OPEN: Final = frozenset(
    {
        *("accounts:curtain", "accounts:still_here", "account_logout", "language"),
        *("account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"),
    }
)
"""What is answered as ever; nothing of a member's records stands on these."""
FORGOTTEN: Final = '"cache"'
"""What the browser forgets when the curtain is drawn: pages that it might show again."""


WARNED_SECONDS: Final = 120
"""So long before the end it is said (WCAG 2.2.1 asks for 20 seconds)."""


class CurtainMiddleware:
    """Answers with the curtain in place of any page while it is drawn."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Note whether it is drawn, which the frame of every page asks; then answer."""
        request.is_covered = is_drawn(request)  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """Stand before the view, whatever it is and whatever was sent."""
        match = request.resolver_match
        if not is_covered(request) or (match and match.view_name in OPEN):
            return None
        path = request.get_full_path() if request.method == "GET" else reverse(settings.LOGIN_REDIRECT_URL)
        return _drawn(request, path)


def is_covered(request: HttpRequest) -> bool:
    """Whether the curtain was drawn when this request came."""
    return bool(getattr(request, "is_covered", False))


def is_drawn(request: HttpRequest) -> bool:
    """Whether the curtain hangs: nobody said who they are since it was drawn."""
    if not request.user.is_authenticated:
        return False
    drawn_at = OpenSession.objects.of(request.session).values_list("covered_at", flat=True).first()
    if drawn_at is None:
        return False
    proved_at = [record.get("at", 0.0) for record in get_authentication_records(request, request.user)]
    return max(proved_at, default=0.0) <= drawn_at.timestamp()


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def curtain(request: HttpRequest) -> HttpResponse:
    """Draw it, and show it; where none hangs, go home.

    Whoever presses with a key that was changed meanwhile is signed out by that, and covers what came of it.
    """
    home = reverse(settings.LOGIN_REDIRECT_URL)
    if request.method == "POST":
        rows = OpenSession.objects.under(stored(request.COOKIES.get(settings.SESSION_COOKIE_NAME)))
        if not rows.update(covered_at=timezone.now()):
            logout(request)  # nothing to hang it on: nobody reads on all the same
        shown = HttpResponseRedirect(reverse("accounts:curtain"), status=303)
        response = shown if request.user.is_authenticated else redirect_to_login(home)
        response.headers["Clear-Site-Data"] = FORGOTTEN
        return response
    if not request.user.is_authenticated:
        return redirect_to_login(home)
    return _drawn(request, home) if is_covered(request) else redirect(home)


def _drawn(request: HttpRequest, path: str) -> HttpResponse:
    ways = get_adapter().get_reauthentication_methods(request.user)
    back = urlencode({REDIRECT_FIELD_NAME: path})
    plans = [] if ways else plans_of(request)
    context = {
        "ways": [{"url": f"{way['url']}?{back}", "words": way["description"]} for way in ways],
        "plans": plans,
    }
    response = render(request, "accounts/curtain.html", context, status=403)
    if request.headers.get("HX-Request"):
        # A part of a page that is still open: the whole of it is covered.
        response.headers["HX-Refresh"] = "true"
    return response


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def still_here(request: HttpRequest) -> JsonResponse:
    """GET: how long the session lasts. POST: the member pressed "stay", which the middleware has noted."""
    return JsonResponse({**state_of(request), "csrf": get_token(request), "words": _words()})


def state_of(request: HttpRequest) -> dict[str, Any]:
    """Whose session it is, by a mark that says nothing elsewhere, and its seconds; 0 where nobody is in."""
    life = session_lives.life_of(request.session)
    if life is None or not request.user.is_authenticated:
        return {"member": "", "seconds": 0, "can_stay": False}
    idle, whole = session_lives.seconds_left(life, now=time.time())
    mark = salted_hmac("apps.accounts.curtain", str(request.user.pk), algorithm="sha256")
    return {
        "is_covered": is_covered(request),
        "member": mark.hexdigest()[:16],
        "seconds": max(0, int(min(idle, whole))),
        "can_stay": whole > WARNED_SECONDS,
    }


def _words() -> dict[str, str]:
    return {
        "soon": _("You are about to be signed out"),
        "idle": _(
            "Nothing was done here for a while. In two minutes we sign you out, so that nobody else reads "
            "your records. What you typed stays on this page."
        ),
        "whole": _(
            "You have been signed in for as long as we allow. In two minutes we sign you out; sign in again "
            "then. What you typed stays on this page."
        ),
        "stay": _("Stay signed in"),
        "read": _("I have read this"),
        "over": _("You are signed out"),
        "kept": _(
            "What you typed is still on this page. Sign in again in another window, then come back here."
        ),
        "again": _("Sign in again in another window"),
        "sign_in": reverse("account_login"),
    }
