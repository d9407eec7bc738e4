"""The demo payer as the site's plan directory describes it (the format of `load_plans`)."""

from typing import Any

from apps.demo_payer.personalities import ALL, MAIN, STANDARD, Personality, named
from apps.demo_payer.personalities.shape import ASSERTION, PUBLIC

PAYER_NAME = "Harborlight Health"
ANNOUNCEMENT = f"{PAYER_NAME} is at "  # how the process begins its first line, once its port is bound
CLIENT_ID = "plainclaim-demo"
CLIENT_SECRET = "demo-client-secret"  # noqa: S105 - public on purpose: it protects invented people only
PUBLIC_CLIENT_ID = "plainclaim-demo-public"
ASSERTION_CLIENT_ID = "plainclaim-demo-keys"
FHIR_PATH = f"/{STANDARD.paths.fhir}"
SCOPES = STANDARD.asks
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
    one = named(personality)
    is_root = one is STANDARD if at_root is None else at_root
    root = origin if is_root else f"{origin}/p/{one.name}"
    oauth = _at(root, one.oauth_host)
    found: dict[str, Any] = {
        "slug": ROOT_SLUG if is_root else slug_of(one),
        "name": f"{one.title} ({one.aside})",
        "website": f"{root}/",
        "fhir_base_url": f"{root}/{one.paths.fhir}",
        "authorize_url": f"{oauth}/{one.paths.authorize}",
        "token_url": f"{oauth}/{one.paths.token}",
        "revoke_url": f"{oauth}/{one.paths.revoke}" if one.paths.revoke else None,
        "issuer": _issuer(one, oauth),
        "profile": one.profile,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "token_auth": one.token_auth[0],
        "scopes": list(one.asks),
        "confirmed_origins": [_origin(oauth)] if one.oauth_host else [],
        "states": [],
        "lines_of_business": [],
    }
    if one.profile == STANDARD.profile:
        found |= {"pkce": "always", "send_aud": True, "page_size": 50, "patient_lookup": "token"}
    if one.found_by_discovery:
        found |= {"authorize_url": None, "token_url": None, "revoke_url": None}
    found |= one.row
    if found["token_auth"] == PUBLIC:
        found |= {"client_id": PUBLIC_CLIENT_ID, "client_secret": None}
    if found["token_auth"] == ASSERTION:
        found |= {"client_id": ASSERTION_CLIENT_ID, "client_secret": None}
    # What is not said is the profile's; texts that are not said are empty.
    return {key: value for key, value in found.items() if value is not None}


def demo_plans(origin: str, personality: str = STANDARD.name, *, every: bool = False) -> list[dict[str, Any]]:
    """Return the plans of one process: the one at the root first, then the main (or all) personalities."""
    others = [one.name for one in (ALL.values() if every else MAIN) if one.name != personality]
    first = describe(origin, personality, at_root=True)
    return [first, *(describe(origin, name, at_root=False) for name in others if name != STANDARD.name)]


def _issuer(one: Personality, oauth: str) -> str | None:
    """Return the issuer of a plan's row: none where the payer signs no id tokens or publishes none."""
    if one.id_token is None or not any(document.kind != "smart" for document in one.documents):
        return None
    return f"{oauth}/{one.paths.issuer.removeprefix('/')}" if one.paths.issuer else oauth


def _at(root: str, host: str) -> str:
    return root.replace("//127.0.0.1", f"//{host}", 1) if host else root


def _origin(address: str) -> str:
    return "/".join(address.split("/")[:3])
