"""How often somebody may begin something here: visitors by network address, members by name (W-18)."""

import ipaddress
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from apps.accounts.models import Member
from apps.connections.errors import ConnectionFailed, TooManyTries
from apps.connections.models import Attempt
from apps.plain_language.language import said
from apps.plans.models import Plan

WINDOW_SECONDS: Final = 600
MOST_IN_A_WINDOW: Final = 30
"""A clinic or a library behind one address gets that far; a script does not."""
MOST_AT_ONCE: Final = 20
"""Tries to leave for a plan that one member may make in a window."""


class TooManyFromHere(ConnectionFailed):
    """More visitors' trips, or portal launches, began at one network address than people begin (W-18)."""

    title = said("That was a lot of tries")
    fault = Attempt.Fault.MEMBER
    sentence = said(
        "Connecting a plan was started many times within a few minutes from the network you are using, "
        "so we paused it there. It need not have been you."
    )
    next_step = said(
        "Wait ten minutes, then try once more. If you have an account here, sign in and go on at once."
    )
    status = 429


def count(request: HttpRequest, *, what: str) -> None:
    """Count one start of `what` from the request's address; raise TooManyFromHere above the limit.

    The ten minutes begin with the first start. The address is the one a trusted proxy names (W-19), kept
    only as a keyed digest and no longer.
    IPv6 counts by network, because one customer has a whole one; an IPv4 address written the IPv6 way
    (``::ffff:203.0.113.9``, RFC 4291 section 2.5.5.2) is the one it stands for.
    """
    if counted(what, _network(request)) > MOST_IN_A_WINDOW:
        raise TooManyFromHere


def refuse_haste(plan: Plan, member: Member, *, now: datetime) -> None:
    """Count one try of a member's to leave for the plan; raise TooManyTries above the limit.

    Trips are counted in the database, for certain; tries that never became one (a plan that is down, or
    cannot be connected) in the cache. Visitors are counted by address, where they come in.
    """
    begun = member.handshakes.filter(created_at__gt=now - timedelta(seconds=WINDOW_SECONDS)).count()
    if begun >= MOST_AT_ONCE or counted("tries", str(member.pk)) > MOST_AT_ONCE:
        error = TooManyTries()
        error.plan = plan
        raise error


def counted(what: str, who: str, *, seconds: int = WINDOW_SECONDS) -> int:
    """How many there were in this window of so many *seconds*, with this one."""
    key = _key(what, who)
    while not cache.add(key, 1, timeout=seconds):
        try:
            number = cache.incr(key)
        except ValueError:  # the entry went just now, at the end of its window
            continue
        if number == 1:  # it went between two questions of Django's to Redis: the new one has no end yet
            cache.touch(key, seconds)
        return number
    return 1


def take_back(what: str, who: str) -> None:
    """Count one less: what was counted before it was known turned out not to count."""
    with suppress(ValueError):  # its window is over
        cache.decr(_key(what, who))


def count_of(what: str, who: str) -> int:
    """How many there were in this window so far."""
    return int(cache.get(_key(what, who), 0))


def _key(what: str, who: str) -> str:
    digest = salted_hmac("apps.connections.limits", who, algorithm="sha256").hexdigest()
    return f"connections:{what}:{digest}"


def _network(request: HttpRequest) -> str:
    address = str(get_adapter().get_client_ip(request))
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return str(ipaddress.ip_network(f"{ip}/{64 if ip.version == 6 else 32}", strict=False))
