"""What a log line may say of an address: the host, and of the path only words that everybody knows."""

from typing import Final

from apps.outbound.addresses import parts_of
from config.fhir_types import fhir_types

PARTS: Final = frozenset(
    {
        ".well-known", "_search", "api", "auth", "authorize", "fhir", "introspect", "jwks", "jwks.json",
        "metadata", "o", "oauth", "oauth2", "oauth-authorization-server", "openid-configuration", "r4",
        "R4", "revoke", "smart-configuration", "token", "userinfo", "v1", "v2", "v3", "v4",
    }
)  # fmt: skip
HIDDEN: Final = "*"


def shape_of(url: str | None) -> str:
    """Return host and path with every word that could be an identifier replaced: ``host/fhir/Patient/*``.

    A list of what may stay, because an identifier can look like anything, also like a word.
    """
    parts = parts_of(url or "")
    words = [part for part in parts.path.split("/") if part]
    return "/".join(
        [parts.hostname or "", *(w if w in PARTS or w in fhir_types() else HIDDEN for w in words)]
    )
