"""Where a plan's sign-in and token servers are: what the operator wrote, else what the plan publishes."""

import dataclasses
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from apps.plans.addresses import AddressUnusable, check_address
from apps.plans.asking import Asked, ask_plan
from apps.plans.models import Plan
from apps.plans.wording import host_of

FRESH_FOR: Final = timedelta(hours=24)
# After a failed try what is known serves without asking: nobody should wait for a dead server each time.
QUIET_FOR: Final = timedelta(minutes=5)
ROW: Final = "the plan's row"
SYSTEM_ID: Final = "the plan's system id"
OPENID: Final = "openid-configuration"
URLS: Final = ("authorize_url", "token_url", "revoke_url", "jwks_uri", "userinfo_url")
OTHERS: Final = ("issuer", "token_auth_methods", "pkce_methods", "scopes", "announces_iss")
# In 1upHealth's own statement the last part of the address stands for the plan's system id.
PLACEHOLDER: Final = "/oauth2/authorize/system"


class DiscoveryFailed(Exception):
    """Nothing usable is known about the plan's sign-in. The text is for operators; it holds no secret."""

    sentence = "We could not find your plan's sign-in page. Its system may be down; nothing was lost."
    retry = True


@dataclass(frozen=True)
class Endpoints:
    """The plan's servers; every URL is https and public, or on a host the operator trusts.

    `issuer` and `jwks_uri` are there when the plan signs id_tokens; `announces_iss` is RFC 9207 section 3.
    `sources` says for each URL where it comes from, for operators.
    """

    authorize_url: str
    token_url: str
    revoke_url: str | None = None
    issuer: str | None = None
    jwks_uri: str | None = None
    userinfo_url: str | None = None
    token_auth_methods: tuple[str, ...] = ()
    pkce_methods: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    announces_iss: bool = False
    sources: dict[str, str] = dataclasses.field(default_factory=dict)


def endpoints_for(plan: Plan, *, now: datetime) -> Endpoints:
    """The plan's endpoints: from its row, else a snapshot of at most 24 hours, else the plan's documents.

    When the plan cannot be asked, or its answer is of no use, what was known before serves. Never call this
    inside a transaction: it may speak to the network. Raises DiscoveryFailed.
    """
    snapshot = _snapshot(plan)
    suffices = _row_suffices(plan)
    is_recent = bool(snapshot) and _is_within(plan.discovered_at, FRESH_FOR, now)
    is_recent = is_recent or _is_within(plan.discovery_tried_at, QUIET_FOR, now)
    if (suffices and not plan.issuer) or ((snapshot or suffices) and is_recent):
        return _assemble(plan, snapshot)
    try:
        return discover(plan, now=now)
    except DiscoveryFailed:
        if snapshot or suffices:
            return _assemble(plan, snapshot)
        raise


def discover(plan: Plan, *, now: datetime, accept_move: bool = False) -> Endpoints:
    """Ask the plan now, keep the answer on its row, and give the endpoints back.

    An answer that moves the sign-in or token server to another origin than before is not taken, only written
    down for the operator, unless `accept_move`. Raises DiscoveryFailed.
    """
    asked = ask_plan(
        slug=plan.slug, base=plan.fhir_base_url, issuer=plan.issuer, only_openid=_row_suffices(plan)
    )
    snapshot = _merge(plan, asked)
    try:
        if not asked.found:
            raise DiscoveryFailed("the plan's documents could not be had")
        endpoints = _assemble(plan, snapshot)
        if not accept_move:
            _refuse_move(_snapshot(plan), snapshot)
    except DiscoveryFailed as error:
        _remember(
            plan, discovery_tried_at=now, discovery_problem="; ".join([str(error), *asked.problems])[:500]
        )
        raise
    _remember(
        plan,
        discovery=snapshot,
        discovered_at=now,
        discovery_tried_at=now,
        discovery_problem="; ".join(asked.problems)[:500],
    )
    return endpoints


def sign_in_host(plan: Plan) -> str:
    """The host of the plan's own sign-in page as far as known without asking, else ""."""
    try:
        return host_of(_assemble(plan, _snapshot(plan)).authorize_url)
    except DiscoveryFailed:
        return ""


def _row_suffices(plan: Plan) -> bool:
    return bool(plan.token_url or _by_system_id(plan)) and bool(plan.authorize_url or _by_system_id(plan))


def _by_system_id(plan: Plan) -> dict[str, str]:
    """1upHealth's addresses: api.X speaks FHIR, auth.X signs in, the system id ends the authorize address."""
    parts = urlsplit(plan.fhir_base_url)
    if not plan.system_id or not parts.netloc.startswith("api."):
        return {}
    root = f"{parts.scheme}://auth.{parts.netloc.removeprefix('api.')}/oauth2"
    return {"authorize_url": f"{root}/authorize/{plan.system_id}", "token_url": f"{root}/token"}


def _merge(plan: Plan, asked: Asked) -> dict[str, Any]:
    """The snapshot: for each value the best source that has a usable one; adds to `asked.problems`."""
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for source, published in asked.found:
        for name in URLS:
            url = getattr(published, name)
            if not url or name in values:
                continue
            url, problem = _usable(plan, url)
            if url:
                values[name], sources[name] = url, source
            else:
                asked.problems.append(f"{name} of the {source}: {problem}")
    _carry_over(_snapshot(plan), asked, values, sources)
    for name in OTHERS:
        if value := asked.first(name):
            values[name] = list(value) if isinstance(value, tuple) else value
    return {"for": [plan.fhir_base_url, plan.issuer], "values": values, "sources": sources}


def _carry_over(
    before: dict[str, Any], asked: Asked, values: dict[str, Any], sources: dict[str, str]
) -> None:
    """Keep what openid-configuration said before when only that document could not be had this time."""
    if OPENID in {source for source, _ in asked.found}:
        return
    for name, source in before.get("sources", {}).items():
        if (
            source == OPENID
            and name not in values
            and before["values"].get("issuer") == asked.first("issuer")
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


def _assemble(plan: Plan, snapshot: dict[str, Any]) -> Endpoints:
    """Row over system id over snapshot; DiscoveryFailed when the two addresses that matter are not there."""
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in snapshot.get("values", {}).items()
    }
    sources = dict(snapshot.get("sources", {}))
    row = {name: getattr(plan, name) for name in ("authorize_url", "token_url", "revoke_url")}
    for source, urls in ((SYSTEM_ID, _by_system_id(plan)), (ROW, row)):
        for name, url in urls.items():
            if url:
                values[name], sources[name] = url, source
    if plan.issuer:
        values["issuer"] = plan.issuer
    missing = [name for name in ("authorize_url", "token_url") if not values.get(name)]
    if missing:
        raise DiscoveryFailed(f"no usable {' and no '.join(missing)}")
    return Endpoints(**values, sources=sources)


def _refuse_move(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Another origin than before may be a mix-up of brands or worse: an operator decides."""
    for name in ("authorize_url", "token_url", "revoke_url", "jwks_uri"):
        old, new = (snapshot.get("values", {}).get(name) for snapshot in (before, after))
        if old and new and urlsplit(old)[:2] != urlsplit(new)[:2]:
            raise DiscoveryFailed(
                f"the plan moved its {name} from {host_of(old)} to {host_of(new)}; "
                f"check_plan --accept-move takes it"
            )


def _snapshot(plan: Plan) -> dict[str, Any]:
    """The kept answer, or {} when there is none or it was given for other addresses than the row has now."""
    kept = plan.discovery
    return kept if isinstance(kept, dict) and kept.get("for") == [plan.fhir_base_url, plan.issuer] else {}


def _is_within(moment: datetime | None, span: timedelta, now: datetime) -> bool:
    return moment is not None and now - moment < span


def _remember(plan: Plan, **values: Any) -> None:
    """Write only these columns, so that an operator's edit made meanwhile stays."""
    Plan.objects.filter(pk=plan.pk).update(**values)
    for name, value in values.items():
        setattr(plan, name, value)
