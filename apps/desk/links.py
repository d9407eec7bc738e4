"""Whether the links of the listing lead anywhere: each is asked once an hour."""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.utils.module_loading import import_string

from apps.outbound.addresses import origin_of
from apps.outbound.door import fetch, open_session
from apps.outbound.errors import OutboundError, TooLarge
from apps.outbound.limits import Budget

TRIED: Final = "listing's links tried"
"""Name of the moment (`Beat`) at which a worker last did so."""
EVERY: Final = timedelta(hours=1)
CLOSED_TO_PROGRAMS: Final = frozenset({401, 403, 405, 406, 429})
"""What a page that is there may answer to whoever is no browser."""
SECONDS: Final = 30
"""For all of them together."""


def note() -> None:
    """Ask each, and have the listing keep what those said that are dead."""
    listing, budget = import_string(settings.DESK_LISTING)(), Budget(SECONDS)
    listing.keep_dead({url: said for url in sorted(listing.links()) if (said := _said(url, budget))})


def _said(url: str, budget: Budget) -> str:
    """How a link is dead; "" where something is there, and be it a redirect or too large for us."""
    try:
        with open_session(plan="listing", origins=[origin_of(url)], budget=budget) as session:
            status = fetch(session, url).status
    except TooLarge:
        return ""
    except OutboundError:
        return "could not be reached from here"
    return f"answers {status}" if status >= 400 and status not in CLOSED_TO_PROGRAMS else ""
