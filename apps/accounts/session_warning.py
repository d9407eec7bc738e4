"""What an open page learns of how long its session lasts: it warns before the end, and keeps what was typed.

The page asks by itself (`static/js/session-warning.js`), which is nobody's doing and lengthens nothing.
"""

import time
from typing import Any, Final

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from apps.accounts import curtain, session_lives
from apps.plain_language.language import _

WARNED_SECONDS: Final = 120
"""So long before the end it is said (WCAG 2.2.1 asks for 20 seconds)."""


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
    mark = salted_hmac("apps.accounts.session_warning", str(request.user.pk), algorithm="sha256")
    return {
        "is_covered": curtain.is_covered(request),
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
