"""Browsers: what one calls itself, in words for its owner, and those a member signed in with before (S-08).

Strangers' wrong passwords and codes do not lock these out.

The cookie holds a number drawn for the browser and, for each member who signed in with it, a digest that only
we can make (OWASP, "Slow Down Online Guessing Attacks with Device Cookies"). Nothing of it is kept here but
since when they count: what ends a member's sessions ends these, too.
"""

import re
import secrets
from typing import Any, Final

from allauth.core.internal import ratelimit
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

from apps.accounts.models import Member

LASTS_SECONDS: Final = 180 * 24 * 3600
MOST: Final = 6
"""Members whom one browser is known by."""
_FORM: Final = re.compile(rf"[0-9a-f]{{32}}(\.[0-9a-f]{{64}}){{0,{MOST}}}")
# In this order: Edge and Opera also say Chrome, and all but Firefox say Safari.
PROGRAMS: Final = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
SYSTEMS: Final = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "Chromebook"),
    ("Windows", "Windows"), ("Macintosh", "Mac"), ("Linux", "Linux"),
)  # fmt: skip


def key_of(request: HttpRequest, member: Member | None) -> str:
    """Return this browser's number if the member signed in with it before, else ""."""
    number, *digests = _parts(request)
    own = _digest(number, member) if member else ""
    return number if any(constant_time_compare(own, digest) for digest in digests) else ""


def count_try(request: HttpRequest, member: Member | None, name: str) -> Any:
    """Count a try of a password or code under *name*, apart for a browser that the member is known by.

    Return what takes it back (`rollback`), None where it was one too many.
    """
    device = key_of(request, member)
    action, key = ("login_failed_known", f"{name}:{device}") if device else ("login_failed", name)
    return ratelimit.consume(request, app="allauth.account", action=action, key=key)


def signed_in(request: HttpRequest, member: Member) -> None:
    """Have the answer to *request* say that the member signed in with this browser."""
    request.has_signed_in = member  # type: ignore[attr-defined]


def remember(request: HttpRequest, response: HttpResponse, member: Member) -> None:
    """Have the browser keep that the member signed in with it; by the row as it is when the answer leaves.

    The same request may have ended what other browsers are known by: the code of a sign-up does.
    """
    now = Member.objects.filter(pk=member.pk).first()
    if now is None:
        return
    number, *digests = _parts(request)
    number = number or secrets.token_hex(16)
    added = _digest(number, now)
    kept = [digest for digest in digests if digest != added][: MOST - 1]
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        ".".join([number, added, *kept]),
        max_age=LASTS_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _parts(request: HttpRequest) -> list[str]:
    value: Any = request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "")
    return value.split(".") if _FORM.fullmatch(value) else [""]


def _digest(number: str, member: Member) -> str:
    since = member.browsers_known_since
    name = f"{member.pk}{since.isoformat() if since else ''}"
    return salted_hmac(f"apps.accounts.known_devices.{number}", name, algorithm="sha256").hexdigest()


def browser_words(user_agent: str) -> str:
    """Return "Firefox, Windows" for a User-Agent header, either part alone, or "" when neither is known."""
    program = next((name for sign, name in PROGRAMS if sign in user_agent), "")
    system = next((name for sign, name in SYSTEMS if sign in user_agent), "")
    return ", ".join(filter(None, (program, system)))
