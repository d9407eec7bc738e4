"""Which addresses may stand in the directory: https and public, or a host the operator trusts by name.

This looks at the text only. The door (apps.outbound) judges again, with the name resolved, on every call.
"""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from apps.outbound.addresses import NOT_HTTPS, check_url, is_public, is_trusted, origin_of
from apps.outbound.errors import AddressRefused

LOCAL_SUFFIXES = (".local", ".localhost", ".internal", ".lan", ".home", ".corp", ".intranet", ".home.arpa")


TO_TRY: Final = " (to try one on your own machine or network, name its host:port in OUTBOUND_TRUSTED_HOSTS)"


class AddressUnusable(Exception):
    """A URL that must not be stored for a plan.

    `sentence` says why, for the operator, without repeating the URL: it may hold a password.
    """

    retry = False

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def check_address(url: str) -> None:
    """Raise AddressUnusable unless `url` is https and public (or trusted), without user info or fragment."""
    try:
        check_url(url)
        scheme, _, rest = origin_of(url).partition("://")
    except AddressRefused as error:
        raise AddressUnusable(f"{error}{TO_TRY if str(error) == NOT_HTTPS else ''}") from error
    host, _, port = rest.rpartition(":")
    if urlsplit(url).fragment:
        raise AddressUnusable("fragment (#) in URL")
    if scheme in {"http", "https"} and not is_trusted(host, int(port)) and _is_private(host.rstrip(".")):
        raise AddressUnusable(f"private or local host{TO_TRY}")


def _is_private(host: str) -> bool:
    """True for private addresses and for names that can only be local or are numbers in disguise (0x7f.1)."""
    try:
        return not is_public(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return "." not in host or host.endswith(LOCAL_SUFFIXES) or not host.rsplit(".", 1)[-1][:1].isalpha()
