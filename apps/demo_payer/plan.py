"""The demo payer as the site's plan directory describes it (the format of `load_plans`)."""

from typing import Any

from apps.demo_payer.personalities import ALL, MAIN, STANDARD, Personality, named
from apps.demo_payer.personalities.shape import ASSERTION

PAYER_NAME = "Harborlight Health"
ANNOUNCEMENT = f"{PAYER_NAME} is at "  # how the process begins its first line, once its port is bound
CLIENT_ID = "plainclaim-demo"
CLIENT_SECRET = "demo-client-secret"  # noqa: S105 - public on purpose: it protects invented people only
PUBLIC_CLIENT_ID = "plainclaim-demo-public"
ASSERTION_CLIENT_ID = "plainclaim-demo-keys"
ROOT_SLUG = "harborlight-health"
"""The plan of the payer at the root, whatever it plays."""


def slug_of(personality: Personality) -> str:
    """Return what the plan of this personality is called in addresses."""
    return ROOT_SLUG if personality is STANDARD else f"harborlight-{personality.name}"


def describe(origin: str, personality: str = STANDARD.name, *, at_root: bool | None = None) -> dict[str, Any]:
    """Return one plan for `load_plans`; `origin` is e.g. `http://127.0.0.1:9000`.

    The standard payer is at the root, every other one below `/p/<personality>`, unless `at_root` says
    otherwise. Raises personalities.Unknown.
    """
    payer = named(personality)
    is_root = payer is STANDARD if at_root is None else at_root
    root = origin if is_root else f"{origin}/p/{payer.name}"
    oauth = _at(root, payer.oauth_host)
    row: dict[str, Any] = {
        "slug": ROOT_SLUG if is_root else slug_of(payer),
        "name": f"{payer.title} ({payer.aside})",
        "website": f"{root}/",
        "fhir_base_url": f"{root}/{payer.paths.fhir}",
        "authorize_url": f"{oauth}/{payer.paths.authorize}",
        "token_url": f"{oauth}/{payer.paths.token}",
        "revoke_url": f"{oauth}/{payer.paths.revoke}" if payer.paths.revoke else None,
        "issuer": _issuer(payer, oauth),
        "profile": payer.profile,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "token_auth": None if payer.is_asked_by_profile else payer.token_auth[0],
        "scopes": None if payer.is_asked_by_profile else list(payer.asks),
        "confirmed_origins": [_origin(oauth)] if payer.oauth_host else [],
        "states": [],
        "lines_of_business": [],
    }
    if payer.profile == STANDARD.profile:
        row |= {"pkce": "always", "send_aud": True, "page_size": 50, "patient_lookup": "token"}
    if payer.found_by_discovery:
        row |= {"authorize_url": None, "token_url": None, "revoke_url": None}
    row |= payer.row
    if row["token_auth"] == ASSERTION:
        row |= {"client_id": ASSERTION_CLIENT_ID, "client_secret": None}
    # What is not said is the profile's; texts that are not said are empty.
    return {key: value for key, value in row.items() if value is not None}


def demo_plans(origin: str, personality: str = STANDARD.name, *, every: bool = False) -> list[dict[str, Any]]:
    """Return the plans of one process: the one at the root first, then the main (or all) personalities."""
    others = [other.name for other in (ALL.values() if every else MAIN) if other.name != personality]
    first = describe(origin, personality, at_root=True)
    return [first, *(describe(origin, name, at_root=False) for name in others if name != STANDARD.name)]


def _issuer(payer: Personality, oauth: str) -> str | None:
    """Return the issuer of a plan's row: none where the payer signs no id tokens or publishes none."""
    if not payer.paths.jwks or not any(document.kind != "smart" for document in payer.documents):
        return None
    return f"{oauth}/{payer.paths.issuer.removeprefix('/')}" if payer.paths.issuer else oauth


def _at(root: str, host: str) -> str:
    return root.replace("//127.0.0.1", f"//{host}", 1) if host else root


def _origin(address: str) -> str:
    return "/".join(address.split("/")[:3])
