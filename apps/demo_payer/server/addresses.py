"""The payer's own addresses, always built from the host the request came to and the personality it plays."""

from urllib.parse import urlsplit

from django.http import HttpRequest

from apps.demo_payer.personalities import STANDARD, Personality

PERSONALITY = "harborlight.personality"
AT_ROOT = "harborlight.at_root"
_LOOPBACK = "127.0.0.1"


def playing(request: HttpRequest) -> Personality:
    """Return the personality this request is for."""
    personality: Personality = request.META.get(PERSONALITY, STANDARD)
    return personality


def at_root(request: HttpRequest) -> Personality:
    """Return the personality of the payer at the root of this server."""
    personality: Personality = request.META.get(AT_ROOT, STANDARD)
    return personality


def origin(request: HttpRequest) -> str:
    """Return scheme, host and port of this server."""
    return f"{request.scheme}://{request.get_host()}"


def root(request: HttpRequest) -> str:
    """Return where this payer begins: the origin, and its path when it is not the one at the root."""
    return _rooted(request, _LOOPBACK if playing(request).oauth_host else "")


def oauth_root(request: HttpRequest) -> str:
    """Return where the payer's OAuth endpoints begin: for some payers another host."""
    return _rooted(request, playing(request).oauth_host)


def moved_root(request: HttpRequest) -> str:
    """Return `oauth_root` under the other name of this machine: another origin to any client."""
    host = urlsplit(oauth_root(request)).hostname
    return _rooted(request, "localhost" if host == _LOOPBACK else _LOOPBACK)


def issuer(request: HttpRequest) -> str:
    """Return the payer's true issuer (OpenID Connect Discovery 1.0 section 3)."""
    path = playing(request).paths.issuer
    return f"{oauth_root(request)}/{path.removeprefix('/')}" if path else oauth_root(request)


def fhir_base(request: HttpRequest) -> str:
    """Return the FHIR base address, without a trailing slash."""
    return f"{root(request)}/{playing(request).paths.fhir}"


def _rooted(request: HttpRequest, host: str) -> str:
    authority = request.get_host()
    if host:
        port = authority.rpartition(":")[2] if ":" in authority else ""
        authority = f"{host}:{port}" if port else host
    return f"{request.scheme}://{authority}{request.META.get('SCRIPT_NAME', '').rstrip('/')}"


def personality(request: HttpRequest) -> dict[str, Personality]:
    """Return the personality for templates (a context processor)."""
    return {"personality": playing(request)}
