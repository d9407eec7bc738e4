"""Proxies before the site: through how few a request came, where TRUSTED_PROXIES counts more of them."""

import ipaddress
from typing import Final

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

KEY: Final = "accounts.proxies.counts"
KEPT_SECONDS: Final = 24 * 3600


def note_fewer(request: HttpRequest) -> None:
    """Keep for a day that a request came through fewer proxies than TRUSTED_PROXIES (W-19).

    Where that is so for everybody, one proxy too many is trusted: the address that a visitor makes up is then
    taken for theirs. Who asks on this machine itself comes through none, and tells nothing.
    """
    named = request.headers.get("X-Forwarded-For", "").split(",")
    came_through = sum(bool(address.strip()) for address in named)
    if came_through >= settings.TRUSTED_PROXIES or (not came_through and is_of_this_machine(request)):
        return
    seen = cache.get(KEY, [])
    if came_through not in seen:
        cache.set(KEY, sorted([*seen, came_through]), KEPT_SECONDS)


def fewer_seen() -> list[int]:
    """Through how many proxies requests came within a day, where that is fewer than are trusted now."""
    return [number for number in cache.get(KEY, []) if number < settings.TRUSTED_PROXIES]


def is_of_this_machine(request: HttpRequest) -> bool:
    """Whether it came from here, as far as the address says."""
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
