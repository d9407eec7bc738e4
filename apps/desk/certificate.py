"""The certificate that browsers and payers meet at the site's own address: until when it holds."""

import ssl
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from apps.desk.findings import Finding, Level, lasted
from apps.outbound.addresses import holds_until
from apps.sync.models import Beat

BEATS: Final = ("certificate", "certificate tried")
"""Names of the moments (`Beat`) until which it holds, and when it was last asked for."""
EVERY: Final = timedelta(hours=6)
DAYS_LEFT: Final = (21, 7)
"""Renewed by itself it never has fewer; with the second, somebody has to act now."""


def note(now: datetime) -> None:
    """Keep the day that it shows; where the address is not reached from here, the one that is known stays."""
    try:
        until = holds_until(settings.SITE_URL)
    except ssl.SSLError:
        until = now
    except OSError:
        return
    Beat.objects.update_or_create(name=BEATS[0], defaults={"at": until})


def is_looked_at() -> bool:
    """Whether the site has an address of https."""
    return bool(settings.SITE_URL.startswith("https://"))


def certificate(now: datetime) -> Iterator[Finding]:
    """How long it still holds, as a worker last found it."""
    if not is_looked_at():
        return
    beats = dict(Beat.objects.filter(name__in=BEATS).values_list("name", "at"))
    until = beats.get(BEATS[0])
    remedy = "Renew it, and let the proxy read it again; then see that its timer runs (docs/operations.md)."
    if until is None and BEATS[1] not in beats:
        yield Finding("certificate", Level.OK, "No worker has looked at the certificate yet.")
    elif until is None:
        says = "The site's own address was not reached from here, so nobody watches its certificate."
        yield Finding(
            "certificate", Level.WARNING, says, "Let this host call SITE_URL, or watch it from outside."
        )
    elif until <= now:
        says = "The certificate at SITE_URL is over, or browsers do not trust it."
        yield Finding("certificate", Level.WRONG, says, remedy)
    else:
        level = Level(sum(until - now < timedelta(days=days) for days in DAYS_LEFT))
        says = f"The certificate holds for {lasted(now, now=until)} more."
        yield Finding("certificate", level, says, remedy)


def certificate_now(now: datetime) -> Iterator[Finding]:
    """The same, asked for now."""
    if is_looked_at():
        Beat.objects.update_or_create(name=BEATS[1], defaults={"at": now})
        note(now)
    yield from certificate(now)
