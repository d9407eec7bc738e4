"""Whether the links of the listing lead anywhere: each is asked once an hour."""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.utils.module_loading import import_string

from apps.outbound.addresses import origin_of
from apps.outbound.door import fetch, open_session
from apps.outbound.errors import AddressRefused, OutboundError, TooLarge
from apps.outbound.limits import Budget

TRIED: Final = "listing's links tried"
"""Name of the moment (`Beat`) at which a worker last did so."""
EVERY: Final = timedelta(hours=1)
CLOSED_TO_PROGRAMS: Final = frozenset({401, 403, 405, 406, 429})
"""What a page that is there may answer to whoever is no browser."""
SECONDS: Final = 10
"""For each: one that is slow tells nothing of the others."""
MOST_BYTES: Final = 1024 * 1024
"""A recording need not come whole, hour by hour, to be there."""


def note() -> None:
    """Ask each, and have the listing keep what those said that are dead."""
    listing = import_string(settings.DESK_LISTING)()
    listing.keep_dead({url: said for url in listing.links() if (said := _said(url))})


def _said(url: str) -> str:
    """How a link is dead; "" where something is there, and be it a redirect or too large for us."""
    try:
        origins, budget = [origin_of(url)], Budget(SECONDS)
        with open_session(plan="listing", origins=origins, max_bytes=MOST_BYTES, budget=budget) as session:
            status = fetch(session, url).status
    except TooLarge:
        return ""
    except AddressRefused as error:
        return f"is one that this site does not call: {error}{error.way_on}"
    except OutboundError:
        return "could not be reached from here (does this host reach others?)"
    return f"answers {status}" if status >= 400 and status not in CLOSED_TO_PROGRAMS else ""
