"""Ways payers' servers want to be spoken to, as named profiles; pure data (facts: docs/payers.md).

A plan names a profile and overrides single quirks on its row.
"""

from dataclasses import dataclass, fields, replace
from typing import Any, Final

STANDARD: Final = "standard"


@dataclass(frozen=True)
class Quirks:
    """How one server wants to be spoken to. Every value has a default: SMART App Launch 2.2 as written.

    `scopes` are as an operator lists them; what is sent is `scopes_to_ask`. `have_ready` is for members: what
    the plan's sign-in page will ask them for.
    """

    token_auth: str = "client_secret_basic"  # noqa: S105 - a method, not a secret
    """`client_secret_basic`, `client_secret_post`, `private_key_jwt` or `none` (RFC 7591 section 2)."""
    assertion_alg: str = "RS384"
    """Signature of `private_key_jwt`: RS384 or ES384 (SMART client-confidential-asymmetric)."""
    pkce: str = "always"
    """`always` (S256) or `never` (RFC 7636)."""
    send_response_type: bool = True
    send_aud: bool = True
    scopes: tuple[str, ...] = ("openid", "fhirUser", "launch/patient", "patient/*.read", "offline_access")
    scope_style: str = "as_listed"
    """`as_listed`, `v1` (.read), `v2` (.rs), `types_v1`, `types_v2` (types by name, no wildcard)."""
    page_size: int | None = None
    """`_count`; None: ours."""
    back_link: str = "previous"
    """What the server calls the link to the page before (1upHealth: `prior`)."""
    patient_lookup: str = "token"
    """Where the patient id comes from first: `token`, `userinfo` or `search`."""
    refresh: str = "rotating"
    """`rotating`, `static` or `none`: what to expect of refresh tokens; `none` means sign in again."""
    revocation: str = "rfc7009"
    """`rfc7009` or `none`."""
    redirect: str = "auto"
    """`own` (a redirect URI of its own), `shared`, or `auto`: shared only where `iss` is announced."""
    have_ready: tuple[str, ...] = ()


@dataclass(frozen=True)
class Profile:
    """A named set of quirks, with where the knowledge comes from."""

    label: str
    quirks: Quirks
    source: str = ""


PROFILES: Final[dict[str, Profile]] = {
    STANDARD: Profile("Standard (SMART App Launch 2.2)", Quirks()),
}
CHOICES: Final = [(name, profile.label) for name, profile in PROFILES.items()]
NAMES: Final = tuple(field.name for field in fields(Quirks))


def quirks_of(name: str, overrides: dict[str, Any]) -> Quirks:
    """The profile's quirks with those `overrides` that say something: None, "" and () say nothing."""
    profile = PROFILES.get(name) or PROFILES[STANDARD]
    said: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in overrides.items()
        if value not in (None, "", [], ())
    }
    return replace(profile.quirks, **said)
