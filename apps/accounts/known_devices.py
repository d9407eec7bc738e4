"""Browsers in which a member has signed in before: strangers' wrong passwords do not lock these out (S-08).

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
    return salted_hmac(f"apps.accounts.known_devices.{number}", name.lower(), algorithm="sha256").hexdigest()
