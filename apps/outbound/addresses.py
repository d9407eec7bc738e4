"""Which addresses may be called: public ones over https, plus the hosts an operator trusts."""

import ipaddress
import socket
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from apps.outbound.errors import AddressRefused, Unreachable

DEFAULT_PORTS = {"http": 80, "https": 443}
# RFC 6052 and RFC 3056 wrap IPv4 inside IPv6; what is inside must be public too.
NAT64 = ipaddress.ip_network("64:ff9b::/96")
SIX_TO_FOUR = ipaddress.ip_network("2002::/16")

type Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def parts_of(url: str) -> SplitResult:
    """Return the parts of *url*, all empty when it is malformed: `urlsplit` raises ValueError then."""
    try:
        return urlsplit(url)
    except ValueError:
        return SplitResult("", "", "", "", "")


def origin_of(url: str) -> str:
    """Return ``scheme://host:port``, lower case, port spelled out; raise AddressRefused when malformed."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressRefused("malformed URL") from None
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    if scheme not in DEFAULT_PORTS or not host:
        raise AddressRefused("not an http(s) URL")
    return f"{scheme}://{host}:{port or DEFAULT_PORTS[scheme]}"


def is_trusted(host: str, port: int) -> bool:
    """Return whether OUTBOUND_TRUSTED_HOSTS lists ``host:port`` (or ``host:*``)."""
    return any(entry in (f"{host}:{port}", f"{host}:*") for entry in settings.OUTBOUND_TRUSTED_HOSTS)


def check_url(url: str) -> None:
    """Raise AddressRefused unless *url* is https without user info, or leads to a trusted host."""
    origin = origin_of(url)
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None:
        raise AddressRefused("user info in URL")
    if any(character.isspace() or ord(character) < 0x20 or character == "\\" for character in url):
        raise AddressRefused("control character in URL")
    scheme, _, rest = origin.partition("://")
    host, _, port = rest.rpartition(":")
    if scheme != "https" and not is_trusted(host, int(port)):
        raise AddressRefused("not https")


def is_public(address: Address) -> bool:
    """Return whether *address* is globally routable, looking inside IPv4-in-IPv6 forms."""
    if isinstance(address, ipaddress.IPv6Address):
        inner: Address | None = address.ipv4_mapped
        if address in NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        elif address in SIX_TO_FOUR:
            inner = ipaddress.IPv4Address((int(address) >> 80) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of *host* that may be called; raise AddressRefused when one of them may not.

    The caller connects to exactly these, so a name that answers differently a moment later gains nothing.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError):  # ValueError: a name that cannot be one
        raise Unreachable(f"{host} has no address") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not is_trusted(host.lower(), port):
        for address in addresses:
            if not is_public(ipaddress.ip_address(address.partition("%")[0])):
                raise AddressRefused(f"{host} leads to an address that is not public")
    return addresses
