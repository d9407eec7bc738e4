"""Browsers: what one calls itself, in words for its owner, and those a member signed in with before (S-08).

Strangers' wrong passwords do not lock these out.

The cookie holds a number drawn for the browser and, for each member who signed in with it, a digest that only
we can make (OWASP, "Slow Down Online Guessing Attacks with Device Cookies"). Nothing of it is kept here.
"""

import re
import secrets
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

from apps.accounts.models import Member

LASTS_SECONDS: Final = 180 * 24 * 3600
MOST: Final = 6
"""Digests in one cookie: of three members, by account and by address."""
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


def key_of(request: HttpRequest, name: str) -> str:
    """Return this browser's number if who has this id or address signed in with it before, else ""."""
    number, *digests = _parts(request)
    return number if any(constant_time_compare(_digest(number, name), digest) for digest in digests) else ""


def remember(request: HttpRequest, response: HttpResponse, member: Member) -> None:
    """Have the browser keep that the member signed in with it."""
    number, *digests = _parts(request)
    number = number or secrets.token_hex(16)
    added = [_digest(number, name) for name in (str(member.pk), member.email) if name]
    kept = [digest for digest in digests if digest not in added][: MOST - len(added)]
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        ".".join([number, *added, *kept]),
        max_age=LASTS_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _parts(request: HttpRequest) -> list[str]:
    value: Any = request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "")
    return value.split(".") if _FORM.fullmatch(value) else [""]


def _digest(number: str, name: str) -> str:
    return salted_hmac(f"apps.accounts.known_devices.{number}", name, algorithm="sha256").hexdigest()


def browser_words(user_agent: str) -> str:
    """Return "Firefox, Windows" for a User-Agent header, either part alone, or "" when neither is known."""
    program = next((name for sign, name in PROGRAMS if sign in user_agent), "")
    system = next((name for sign, name in SYSTEMS if sign in user_agent), "")
    return ", ".join(filter(None, (program, system)))
