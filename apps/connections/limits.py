"""How often people who are not signed in may begin something here, counted by network address (W-18)."""

import ipaddress
from typing import Final

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from apps.connections.errors import ConnectionFailed
from apps.connections.models import Attempt

WINDOW_SECONDS: Final = 600
MOST_IN_A_WINDOW: Final = 30
"""A clinic or a library behind one address gets that far; a script does not."""


class TooManyFromHere(ConnectionFailed):
    """More visitors' trips, or portal launches, began at one network address than people begin (W-18)."""

    title = "That was a lot of tries"
    fault = Attempt.Fault.MEMBER
    sentence = (
        "Connecting a plan was started many times within a few minutes from the network you are using, "
        "so we paused it there. It need not have been you."
    )
    next_step = (
        "Wait ten minutes, then try once more. If you have a Plainclaim account, sign in and go on at once."
    )
    status = 429


def count(request: HttpRequest, *, what: str) -> None:
    """Count one start of `what` from the request's address; raise TooManyFromHere above the limit.

    The ten minutes begin with the first start. The address is the one a trusted proxy names (W-19), kept
    only as a keyed digest and no longer.
    IPv6 counts by network, because one customer has a whole one.
    """
    digest = salted_hmac("apps.connections.limits", _network(request), algorithm="sha256").hexdigest()
    key = f"connections:{what}:{digest}"
    cache.add(key, 0, timeout=WINDOW_SECONDS)
    try:
        begun = cache.incr(key)
    except ValueError:  # the entry went just now, at the end of its window
        return
    if begun > MOST_IN_A_WINDOW:
        raise TooManyFromHere


def _network(request: HttpRequest) -> str:
    address = str(get_adapter().get_client_ip(request))
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network(f"{found}/{64 if found.version == 6 else 32}", strict=False))
