"""What strangers meet: the certificate at the site's own address, and the links of its listing."""

import ssl
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils.module_loading import import_string

from apps.desk.findings import MANAGE, Finding, Level, lasted
from apps.outbound.addresses import holds_until, origin_of
from apps.outbound.door import fetch, open_session
from apps.outbound.errors import AddressRefused, OutboundError, TooLarge
from apps.outbound.limits import Budget
from apps.sync.models import Beat

BEATS: Final = ("certificate", "certificate tried")
"""Names of the moments (`Beat`) until which it holds, and when it was last asked for."""
CERTIFICATE_EVERY: Final = timedelta(hours=6)
DAYS_LEFT: Final = (21, 7)
"""Renewed by itself it never has fewer; with the second, somebody has to act now."""
LINKS_TRIED: Final = "listing's links tried"
"""Name of the moment (`Beat`) at which a worker last did so."""
LINKS_EVERY: Final = timedelta(hours=1)
CLOSED_TO_PROGRAMS: Final = frozenset({401, 403, 405, 406, 429})
"""What a page that is there may answer to whoever is no browser."""
LINK_SECONDS: Final = 10
"""For each: one that is slow tells nothing of the others."""
MOST_BYTES: Final = 1024 * 1024
"""A recording need not come whole, hour by hour, to be there."""


def note_certificate(now: datetime) -> None:
    """Keep the day that it shows; where the address is not reached from here, the one that is known stays."""
    try:
        until = holds_until(settings.SITE_URL)
    except ssl.SSLError:
        until = now
    except OSError:
        return
    Beat.objects.update_or_create(name=BEATS[0], defaults={"at": until})


def has_certificate() -> bool:
    """Whether the site has an address of https."""
    return bool(settings.SITE_URL.startswith("https://"))


def certificate(now: datetime) -> Iterator[Finding]:
    """How long it still holds, as a worker last found it."""
    if not has_certificate():
        return
    beats = dict(Beat.objects.filter(name__in=BEATS).values_list("name", "at"))
    until = beats.get(BEATS[0])
    remedy, command = (
        "Renew it, let the proxy read it again, and see that its timer runs (docs/operations.md). Then look:",
        f"{MANAGE} doctor",
    )
    if until is None and BEATS[1] not in beats:
        yield Finding("certificate", Level.OK, "No worker has looked at the certificate yet.")
    elif until is None:
        says = "The site's own address was not reached from here, so nobody watches its certificate."
        yield Finding(
            "certificate", Level.WARNING, says, "Let this host call SITE_URL, or watch it from outside."
        )
    elif until <= now:
        says = "The certificate at SITE_URL is over, or browsers do not trust it."
        yield Finding("certificate", Level.WRONG, says, remedy, command=command)
    else:
        level = Level(sum(until - now < timedelta(days=days) for days in DAYS_LEFT))
        says = f"The certificate holds for {lasted(now, now=until)} more."
        yield Finding("certificate", level, says, remedy, command=command)


def certificate_now(now: datetime) -> Iterator[Finding]:
    """The same, asked for now."""
    if has_certificate():
        Beat.objects.update_or_create(name=BEATS[1], defaults={"at": now})
        note_certificate(now)
    yield from certificate(now)


def note_links() -> None:
    """Ask each link of the listing, and have the listing keep what those said that are dead."""
    listing = import_string(settings.DESK_LISTING)()
    listing.keep_dead({url: said for url in listing.links() if (said := _said(url))})


def _said(url: str) -> str:
    """How a link is dead; "" where something is there, and be it a redirect or too large for us."""
    try:
        origins, budget = [origin_of(url)], Budget(LINK_SECONDS)
        with open_session(plan="listing", origins=origins, max_bytes=MOST_BYTES, budget=budget) as session:
            status = fetch(session, url).status
    except TooLarge:
        return ""
    except AddressRefused as error:
        return f"is one that this site does not call: {error}{error.way_on}"
    except OutboundError:
        return "could not be reached from here (does this host reach others?)"
    return f"answers {status}" if status >= 400 and status not in CLOSED_TO_PROGRAMS else ""
