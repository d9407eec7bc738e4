"""Parts of a page that htmx asks for again and again while something goes on."""

import hashlib

from django.http import HttpRequest


def mark_of(*shown: object) -> str:
    """Return a digest of what a part shows: the page sends it along when it asks for the part anew."""
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


def is_there(request: HttpRequest, mark: str) -> bool:
    """Whether the page that asks shows just this already.

    Then nothing is put in (a 204): who hears the page keeps their place in it, and is told nothing twice.
    """
    return request.headers.get("X-Seen") == mark
