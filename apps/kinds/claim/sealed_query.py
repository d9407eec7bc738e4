"""Search text in an address: sealed for its member, so that no history and no log tells it."""

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlencode

from django.http import HttpResponseRedirect
from django.urls import reverse

from apps.accounts.requests import MemberRequest
from apps.vault.boxes import Box, box_for
from apps.vault.errors import SealBroken

LONGEST_TEXT: Final = 100
LONGEST_TOKEN: Final = 2000
LONGEST_VALUE: Final = 40
"""Of any other choice that an address of ours holds: the id of a connection, written out."""
_PURPOSE: Final = "claims.search"
_TO_ADDRESS = str.maketrans("+/", "-_", "=")
_FROM_ADDRESS = str.maketrans("-_", "+/")


def token_of(box: Box, text: str) -> str:
    """Return what stands in the address for *text*, which is cut to a few words'; "" for nothing."""
    text = " ".join(text.replace("\0", " ").split())[:LONGEST_TEXT]
    return box.seal_text(_PURPOSE, text).translate(_TO_ADDRESS) if text else ""


def text_of(box: Box, token: str) -> str | None:
    """Return the text behind a token; None where it is broken, or another member's."""
    if not token or len(token) > LONGEST_TOKEN or not token.isascii():
        return None
    padded = token.translate(_FROM_ADDRESS) + "=" * (-len(token) % 4)
    try:
        return box.open_text(_PURPOSE, padded) or None
    except (SealBroken, UnicodeDecodeError):
        return None


def address(chosen: Mapping[str, str], token: str) -> str:
    """Return the query string of the list for these choices and the search behind *token*; "" for none.

    What no address of ours holds is left out; whether the rest means anything, the list itself decides.
    """
    kept = {name: value for name, value in chosen.items() if value.isascii() and len(value) <= LONGEST_VALUE}
    query = urlencode([(name, value) for name, value in {**kept, "q": token}.items() if value])
    return f"?{query}" if query else ""


def leads_to(request: MemberRequest, place: str, choices: Iterable[str] = ()) -> HttpResponseRedirect:
    """Return the way to *place* with what a search form held: its text sealed, and its *choices*."""
    token = token_of(box_for(request.user), request.POST.get("text", ""))
    query = address({name: request.POST.get(name, "") for name in choices}, token)
    return HttpResponseRedirect(f"{reverse(place)}{query}", status=303)
