"""What discovery keeps on a plan's row: for each name the address we may use, and where it was published."""

from typing import Any, Final

from apps.outbound.addresses import AddressUnusable, check_address
from apps.plans.models import Plan
from apps.plans.origins import is_allowed, shown_origin
from apps.plans.plan_inquiry import OAUTH, OPENID, Asked

URLS: Final = ("authorize_url", "token_url", "revoke_url", "jwks_uri", "userinfo_url")
GUARDED: Final = (*URLS, "issuer")
KEYS: Final = "jwks_uri"
REGISTRATION: Final = "registration_url"
"""Where an operator may register by program (RFC 7591). No member is led there, so elsewhere is no alarm."""
OF_ISSUER: Final = "keys_of_issuer"
"""Noted beside the keys: they come from the issuer's own document, at the address an operator wrote."""
PARTIAL: Final = "is_partial"
"""Noted where some of the documents were not heard."""
OTHERS: Final = (
    "token_auth_methods", "revoke_auth_methods", "pkce_methods", "scopes", "announces_iss",
)  # fmt: skip
# In 1upHealth's own statement the last part of the address stands for the plan's system id.
PLACEHOLDER: Final = "/oauth2/authorize/system"


def kept_snapshot(plan: Plan) -> dict[str, Any]:
    """The kept answer, or {} when there is none or it was given for other addresses than the row has now."""
    kept = plan.discovery
    return kept if isinstance(kept, dict) and kept.get("for") == _asked_for(plan) else {}


def with_confirmed(plan: Plan, addresses: dict[str, str]) -> dict[str, Any]:
    """The snapshot with these addresses in it, which an operator has just confirmed."""
    before = kept_snapshot(plan)
    sources = dict.fromkeys(set(addresses) & set(URLS), "confirmed by an operator")
    return {
        "for": [plan.fhir_base_url, plan.issuer or addresses.get("issuer", "")],
        "values": {**_without_keys(before, when=KEYS in addresses), **addresses},
        "sources": {**before.get("sources", {}), **sources},
    }


def merged(plan: Plan, asked: Asked, allowed: frozenset[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The snapshot (for each name the best source that has a usable address) and the drift as {name: url}.

    Where the best source points to an origin nobody confirmed, the value known before stays. Keys count only
    for the issuer whose document names them (`_keys_for`). Adds to `asked.problems`.
    """
    before = kept_snapshot(plan)
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    drift: dict[str, str] = {}
    for name in ("issuer", *URLS):  # the issuer first: it decides whose keys count
        issuer = plan.issuer or values.get("issuer") or drift.get("issuer", "")
        published = _published(plan, asked, name)
        for source, url in _keys_for(issuer, asked, published) if name == KEYS else published:
            if is_allowed(url, allowed):
                values[name], sources[name] = url, source
                break
            drift.setdefault(name, url)
        older = before.get("values", {}).get(name)
        is_same = name != KEYS or before.get("values", {}).get("issuer", "") == values.get("issuer", "")
        if name in drift and older and is_same and is_allowed(older, allowed):
            values[name], sources[name] = older, before.get("sources", {}).get(name, "")
        if name in drift:
            asked.problems.append(f"{name} leads to {shown_origin(drift[name])}, which nobody confirmed")
    _carry_over(plan, before, asked, values, sources)
    if _is_own(plan, values.get(KEYS), sources.get(KEYS), asked, before):
        values[OF_ISSUER] = True
    usable = (url for _, url in _published(plan, asked, REGISTRATION) if is_allowed(url, allowed))
    if url := next(usable, ""):
        values[REGISTRATION] = url
    for name in OTHERS:
        if value := asked.first(name):
            values[name] = list(value) if isinstance(value, tuple) else value
    if asked.is_partial:
        values[PARTIAL] = True
    sources.pop("issuer", None)
    return {"for": _asked_for(plan), "values": values, "sources": sources}, drift


def on_top(before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    """What was learned before, overlaid with what only some of the documents say now.

    Whether `iss` is announced has to be said anew: to expect it in vain would shut members out.
    """
    kept = _without_keys(before, when=KEYS in now["values"])
    kept.pop("announces_iss", None)
    return {
        **now,
        "values": {**kept, **now["values"]},
        "sources": {**before.get("sources", {}), **now["sources"]},
    }


def _asked_for(plan: Plan) -> list[str]:
    return [plan.fhir_base_url, plan.issuer]


def _published(plan: Plan, asked: Asked, name: str) -> list[tuple[str, str]]:
    """What each source says under this name, if it is an address we could use at all; best source first."""
    usable = []
    for source, published in asked.documents:
        url = getattr(published, name)
        if not url:
            continue
        url, problem = _usable(plan, url)
        if problem:
            asked.problems.append(f"{name} of the {source}: {problem}")
        else:
            usable.append((source, url))
    return usable


def _keys_for(issuer: str, asked: Asked, published: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The key addresses of the documents that speak for this issuer, its own document first.

    Issuer and keys are never taken from two documents that name different issuers: keys of the one would
    then sign for the members of the other. A document that names no issuer speaks for the plan's.
    """
    named = {source: announced.issuer for source, announced in asked.documents}
    fitting = [(source, url) for source, url in published if named[source] in (None, issuer)]
    return sorted(fitting, key=lambda pair: (named[pair[0]] is None, pair[0] not in (OPENID, OAUTH)))


def _is_own(plan: Plan, url: str | None, source: str | None, asked: Asked, before: dict[str, Any]) -> bool:
    """Whether the keys are those that the issuer of the plan's row names in its own document."""
    if not plan.issuer or not url:
        return False
    own = [published for name, published in asked.documents if name == source and source in (OPENID, OAUTH)]
    if own:
        return own[0].issuer == plan.issuer and _usable(plan, own[0].jwks_uri or "")[0] == url
    older = before.get("values", {})
    return bool(older.get(OF_ISSUER)) and older.get(KEYS) == url


def _without_keys(snapshot: dict[str, Any], *, when: bool) -> dict[str, Any]:
    """The snapshot's values; with other keys to come, without what was noted about the ones known."""
    values = snapshot.get("values", {})
    return {name: value for name, value in values.items() if not (when and name == OF_ISSUER)}


def _carry_over(
    plan: Plan, before: dict[str, Any], asked: Asked, values: dict[str, Any], sources: dict[str, str]
) -> None:
    """Keep what the issuer's document said before when only that document could not be had this time."""
    if {OPENID, OAUTH} & {source for source, _ in asked.documents}:
        return
    issuer = plan.issuer or asked.first("issuer")
    for name, source in before.get("sources", {}).items():
        is_own = name == KEYS and before["values"].get(OF_ISSUER)  # never worse keys for better ones
        if (
            source in (OPENID, OAUTH)
            and (name not in values or is_own)
            and before["values"].get("issuer") == issuer
        ):
            values[name], sources[name] = before["values"][name], source


def _usable(plan: Plan, url: str) -> tuple[str, str]:
    """The URL ready for use and "", or "" and why not."""
    if url.endswith(PLACEHOLDER):
        if not plan.system_id:
            return "", "needs the plan's system id in place of 'system'"
        url = url.removesuffix("system") + plan.system_id
    try:
        check_address(url)
    except AddressUnusable as error:
        return "", error.sentence
    return url, ""
