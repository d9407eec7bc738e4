"""Where a plan's sign-in and token servers are: what the operator wrote, else what the plan publishes."""

import dataclasses
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from apps.outbound.door import open_session
from apps.plans.addresses import AddressUnusable, check_address
from apps.plans.models import Plan
from apps.plans.published import PlanSilent, Reports, gather
from apps.plans.reading import Published

FRESH_FOR: Final = timedelta(hours=24)
# After a failed try the old answer is used for a while without asking: a member should not wait for a dead server.
QUIET_FOR: Final = timedelta(minutes=5)


class DiscoveryFailed(Exception):
    """Nothing usable is known about the plan's sign-in. The text is for operators and names no secret."""

    sentence = "We could not find your plan's sign-in page. Its system may be down; nothing was lost."
    retry = True


@dataclass(frozen=True)
class Endpoints:
    """The plan's servers; every URL was checked to be https and public (or trusted by the operator).

    `issuer` and `jwks_uri` are there when the plan signs id_tokens; `announces_iss` is RFC 9207;
    `sources` says for each URL where it comes from ("the plan's row", "smart-configuration", ...).
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


URL_FIELDS: Final = ("authorize_url", "token_url", "revoke_url", "jwks_uri", "userinfo_url")
LIST_FIELDS: Final = ("token_auth_methods", "pkce_methods", "scopes")
ROW: Final = "the plan's row"


def endpoints_for(plan: Plan, *, now: datetime) -> Endpoints:
    """The plan's endpoints: its row first, then a snapshot of at most 24 hours, then the network.

    When the plan cannot be asked, or its answer is of no use, an older snapshot serves. Never call this inside
    a transaction: it may speak to the network. Raises DiscoveryFailed.
    """
    snapshot = _snapshot(plan)
    if not _needs_asking(plan):
        return _assemble(plan, snapshot)
    if snapshot and (_is_within(plan.discovered_at, FRESH_FOR, now) or _is_within(plan.discovery_tried_at, QUIET_FOR, now)):
        return _assemble(plan, snapshot)
    try:
        return discover(plan, now=now)
    except DiscoveryFailed:
        if snapshot:
            return _assemble(plan, snapshot)
        raise


def discover(plan: Plan, *, now: datetime, accept_move: bool = False) -> Endpoints:
    """Ask the plan now, keep the answer on its row, and give the endpoints back.

    An answer that moves the sign-in or token server to another origin than the last one is not taken unless
    `accept_move`: it is kept out and written down for the operator. Raises DiscoveryFailed.
    """
    with open_session(plan=plan.slug) as session:
        reports = gather(session, base=plan.fhir_base_url, issuer=plan.issuer or None)
    snapshot = _merge(plan, reports)
    problem = "" if accept_move else _moved(plan, snapshot)
    try:
        endpoints = _assemble(plan, snapshot)
        if problem:
            raise DiscoveryFailed(problem)
    except DiscoveryFailed as error:
        _remember(plan, now=now, problem=str(error), snapshot=None)
        raise
    _remember(plan, now=now, problem="; ".join(reports.problems), snapshot=snapshot)
    return endpoints
