"""Addresses: which may be called (public over https, or trusted by an operator), which may stand in the
directory, and what is said of one."""

import ipaddress
import socket
import ssl
from collections.abc import Collection
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Final
from urllib.parse import SplitResult, urldefrag, urljoin, urlsplit

from django.conf import settings

from apps.outbound.errors import AddressRefused, ForOperators, NotTrusted, Unreachable
from config.fhir_types import fhir_types
from config.safe_settings import NO_PLAN, is_for_this_machine, leads_to_no_plan

DEFAULT_PORTS = {"http": 80, "https": 443}
STANDARD_PORT: Final = 443
NOT_HTTPS: Final = "not https"
# IPv6 is an allow-list: the only block from which addresses are given out so far (IANA, "IPv6 Global Unicast
# Address Assignments"). What wraps IPv4 (mapped, compatible, translated, NAT64) lies outside of it.
GLOBAL_UNICAST: Final = ip_network("2000::/3")
SPECIAL: Final = tuple(
    ip_network(block)
    for block in (
        # IANA IPv4 Special-Purpose Address Registry, multicast, and what is reserved for future use
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
        "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32",  # public by number alone: in each machine of Azure's it is the platform itself
        # IANA IPv6 Special-Purpose Address Registry, as far as it lies within 2000::/3: protocols (Teredo,
        # benchmarking, ORCHID), documentation, 6to4, AS112
        "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
    )
)  # fmt: skip
"""Blocks in which nobody's server on the internet is."""

type Address = ipaddress.IPv4Address | ipaddress.IPv6Address
PARTS: Final = frozenset(
    {
        ".well-known", "_search", "api", "auth", "authorize", "fhir", "introspect", "jwks", "jwks.json",
        "metadata", "o", "oauth", "oauth2", "oauth-authorization-server", "openid-configuration", "r4",
        "R4", "revoke", "smart-configuration", "token", "userinfo", "v1", "v2", "v3", "v4",
    }
)  # fmt: skip
HIDDEN: Final = "*"
SECONDS: Final = 5
LOCAL_SUFFIXES = (".local", ".localhost", ".internal", ".lan", ".home", ".corp", ".intranet", ".home.arpa")


def parts_of(url: str) -> SplitResult:
    """Return the parts of *url*, all empty when it is malformed: `urlsplit` raises ValueError then."""
    try:
        return urlsplit(url)
    except ValueError:
        return SplitResult("", "", "", "", "")


def host_of(url: str) -> str:
    """The host name in a URL, with its port when one is written; "" when there is none."""
    return parts_of(url).netloc


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
    return f"{scheme}://{host}:{DEFAULT_PORTS[scheme] if port is None else port}"


def by_tls(link: str, base_url: str) -> str:
    """Return a link as https where the base is: a server behind a proxy may not know of that."""
    if not (link.startswith("http://") and base_url.startswith("https://")):
        return link
    parts = urlsplit(link)
    return parts._replace(scheme="https", netloc=parts.netloc.removesuffix(":80")).geturl()


def moved_to(url: str, location: str) -> str | None:
    """Return where a Location leads that came from *url* (RFC 9110 section 10.2.2), at the same server.

    None where it leads to another origin or to nothing: no token goes there (R-20).
    """
    try:
        target = by_tls(urldefrag(urljoin(url, location)).url, url)
        is_there = origin_of(target) == origin_of(url)
    except (ValueError, AddressRefused):
        return None
    return target if location and is_there and "@" not in urlsplit(target).netloc else None


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
        raise NotTrusted(NOT_HTTPS)


def check_port(url: str, *, origins: Collection[str]) -> None:
    """Raise AddressRefused unless the port is that of https, or *url* is at one of the plan's own *origins*.

    Else a plan could have us knock at any service of any host. Trusted hosts have whatever port is trusted.
    """
    origin = origin_of(url)
    host, _, port = origin.partition("://")[2].rpartition(":")
    if int(port) != STANDARD_PORT and origin not in origins and not is_trusted(host, int(port)):
        raise NotTrusted("neither the port of https nor one of the plan's own")


def is_public(address: Address) -> bool:
    """Return whether *address* is one that servers on the internet have: global unicast, and no more.

    A list of what may be, not of what may not: forms that wrap an IPv4 address, public or not, are none.
    """
    if address.version == 6 and address not in GLOBAL_UNICAST:
        return False
    return not any(address in block for block in SPECIAL if block.version == address.version)


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of *host* that may be called; raise AddressRefused when one of them may not.

    The caller connects to exactly these, so a name that answers differently a moment later gains nothing.
    """
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError):  # ValueError: a name that cannot be one
        raise Unreachable(f"{host} has no address") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in answers))
    if not is_trusted(host.lower(), port):
        for address in addresses:
            if not is_public(ipaddress.ip_address(address.partition("%")[0])):
                raise NotTrusted(f"{host} leads to an address that is not public")
    elif not serves_this_machine() and any(map(leads_to_no_plan, addresses)):
        raise AddressRefused(f"{host} is trusted, but leads to {NO_PLAN}")
    return addresses


def serves_this_machine() -> bool:
    """Whether only this machine can call the site: a demo, whose plan is beside it. Less is asked of it."""
    return is_for_this_machine({"SITE_URL": settings.SITE_URL, "ALLOWED_HOSTS": settings.ALLOWED_HOSTS})


def shape_of(url: str | None) -> str:
    """Return host and path with every word that could be an identifier replaced: ``host/fhir/Patient/*``.

    A list of what may stay, because an identifier can look like anything, also like a word.
    """
    parts = parts_of(url or "")
    words = [part for part in parts.path.split("/") if part]
    return "/".join(
        [parts.hostname or "", *(w if w in PARTS or w in fhir_types() else HIDDEN for w in words)]
    )


def holds_until(address: str) -> datetime:
    """The last moment of the certificate at an https address.

    Raises ssl.SSLError where it is over or browsers would not trust it, OSError where nobody answers.
    """
    parts = urlsplit(address)
    host = parts.hostname or ""
    with (
        socket.create_connection((host, parts.port or 443), timeout=SECONDS) as link,
        ssl.create_default_context().wrap_socket(link, server_hostname=host) as shown,
    ):
        certificate = shown.getpeercert() or {}
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)


class AddressUnusable(ForOperators):
    """A URL that must not be stored for a plan.

    `sentence` says why, for the operator, without repeating the URL: it may hold a password.
    """


def check_address(url: str) -> None:
    """Raise AddressUnusable unless `url` is https and public (or trusted), without user info or fragment.

    This looks at the text only. The door judges again, with the name resolved, on every call.
    """
    try:
        check_url(url)
        scheme, _, rest = origin_of(url).partition("://")
    except AddressRefused as error:
        raise AddressUnusable(f"{error}{error.way_on}") from error
    host, _, port = rest.rpartition(":")
    if not host.isascii() or "%" in host:  # operators compare what they confirm: others look like ours
        raise AddressUnusable("letters beyond a to z in the host, or encoded ones: write it as xn--")
    if urlsplit(url).fragment:
        raise AddressUnusable("fragment (#) in URL")
    if scheme in {"http", "https"} and not is_trusted(host, int(port)) and _is_private(host.rstrip(".")):
        raise AddressUnusable(f"private or local host{NotTrusted.way_on}")


def _is_private(host: str) -> bool:
    """True for private addresses and for names that can only be local or are numbers in disguise (0x7f.1)."""
    try:
        return not is_public(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return "." not in host or host.endswith(LOCAL_SUFFIXES) or not host.rsplit(".", 1)[-1][:1].isalpha()
