"""What a personality can be: every way in which one payer's servers differ from another's, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

BASIC, POST, PUBLIC, ASSERTION = (
    "client_secret_basic",
    "client_secret_post",
    "none",
    "private_key_jwt",
)


@dataclass(frozen=True, eq=False)
class Paths:
    """Where a payer answers, below its root; no leading slash, and a trailing one only where it is meant.

    What a payer does not have is "".
    """

    fhir: str = "fhir/r4"
    authorize: str = "oauth2/authorize"
    token: str = "oauth2/token"  # noqa: S105 - an address
    revoke: str = "oauth2/revoke"
    revoke_too: str = ""
    register: str = ""
    """Where apps register by program (RFC 7591); "": nowhere."""
    userinfo: str = "oauth2/userinfo"
    jwks: str = "oauth2/jwks"
    """Where the keys of id tokens are; "": it sends no id tokens."""
    issuer: str = ""
    statement_authorize: str = ""
    """What the CapabilityStatement calls the authorize address, where that differs."""


@dataclass(frozen=True, eq=False)
class Document:
    """One discovery document: `kind` is `smart`, `openid` or `oauth`, `path` lies below the payer's root.

    `keys` limits it to these; `changes` replaces values (None drops one; `{root}` and `{oauth}` are filled
    in).
    """

    kind: str
    path: str
    status: int = 200
    keys: tuple[str, ...] = ()
    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Fault:
    """An answer that comes instead of the right one."""

    status: int
    retry_after: int | None = None


SMART = Document("smart", "fhir/r4/.well-known/smart-configuration")
OPENID = Document("openid", ".well-known/openid-configuration")


@dataclass(frozen=True, eq=False)
class Personality:
    """How one payer behaves. The defaults are the standard payer: SMART App Launch 2.2 as it is written.

    The behaviour code reads these fields and never a name.
    """

    name: str
    title: str
    aside: str
    sentence: str
    is_main: bool = False
    """Whether the demo ships a plan for it."""

    # What is found out beforehand.
    paths: Paths = field(default_factory=Paths)
    documents: tuple[Document, ...] = (SMART, OPENID)
    statement_status: int = 200
    oauth_host: str = ""
    """Another name of this machine at which authorize, token and the rest answer, and only there."""
    capabilities: tuple[str, ...] = ()
    """Of SMART's document; empty: the standard ones."""

    # The authorization request.
    known: tuple[str, ...] = ()
    """The only parameters that are looked at, and never `response_type`; empty: all."""
    pkce: str = "required"
    """`required`, `optional` or `ignored` (RFC 7636); the method is S256."""
    scopes: tuple[str, ...] = ()
    """What is granted at most, a wildcard spelled out; empty: all that is known."""
    only_scopes_by_name: bool = False
    """Whether a wildcard or an unknown scope is answered with invalid_scope."""
    default_scope: str = ""
    never_grants: tuple[str, ...] = ()
    """Left out of the grant without a word."""
    declinable: tuple[str, ...] = ()
    """Scopes the member may take out on the consent page."""
    names_itself: bool = True
    """Whether it announces and sends `iss` (RFC 9207)."""
    denies_after_sign_in: bool = False

    # The token answer.
    token_auth: tuple[str, ...] = (BASIC, POST, PUBLIC)
    access_seconds: int = 3600
    has_fractional_life: bool = False
    """Whether `expires_in` has digits behind the point."""
    gives_refresh: bool = True
    """Whether it gives refresh tokens, each of which works once."""
    refresh_needs_scope: bool = True
    """Whether a refresh token needs offline_access."""
    lasting_needs_prompt: bool = False
    """Whether offline_access is granted only with prompt=consent (OpenID Connect Core 1.0 section 11)."""
    patient: str = "scoped"
    """In the token answer: `scoped` (with launch/patient), `refresh` (only there), `never`."""
    permission_days: int | None = None
    """Announced as access_grant_expiration."""
    replay_ends_all: bool = True
    """Whether a spent refresh token that comes back ends the permission (RFC 9700 section 4.14.2)."""
    patients: int = 1
    """How many Patients one sign-in can read."""

    # Afterwards.
    revocation_redirects: bool = False
    """Whether the published address only leads on to itself with a slash at the end (301)."""
    types: tuple[str, ...] = ()
    """FHIR types served; empty: all that are held."""
    refused_types: tuple[str, ...] = ()
    """FHIR types of which every search is answered with 403, though the token covers them."""
    late_results: bool = False
    """Whether a person's newest report comes a step further with each update: see `server.fhir.late`."""
    needs: Mapping[str, str] = field(default_factory=dict)
    """By FHIR type, the parameter without which a search is refused (400), and which takes one value."""
    default_count: int = 20
    most_count: int | None = None
    """A `_count` above it is refused, in the words of Medicare's server; None: it is cut to what is usual."""
    back_link: str = ""
    faults: Mapping[str, Fault] = field(default_factory=dict)
    """By the names of routes in `server.urls`."""

    # What its row in a plan directory says (the format of load_plans).
    profile: str = "standard"
    asks: tuple[str, ...] = ("openid", "fhirUser", "launch/patient", "patient/*.read", "offline_access")
    is_asked_by_profile: bool = False
    """Whether its row leaves scopes, and how a client proves itself, to the profile."""
    row: Mapping[str, Any] = field(default_factory=dict)
    """Further keys; None leaves one out that would be there."""
    found_by_discovery: bool = False
    """Whether the row leaves the endpoints to discovery."""
