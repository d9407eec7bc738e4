"""Where a plan's sign-in and token servers are: what the operator wrote, else what the plan publishes.

What a plan publishes is advice: it is followed to the origins an operator wrote or confirmed, and no further.
"""

import dataclasses
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from apps.outbound.addresses import host_of
from apps.plans.models import Plan
from apps.plans.origins import allowed_origins, by_system_id, is_allowed, open_drift, shown_origin
from apps.plans.plan_inquiry import Question, ask_plan
from apps.plans.plan_pause import while_open
from apps.plans.reading import Published
from apps.plans.snapshots import GUARDED, KEYS, OF_ISSUER, kept_snapshot, merged, on_top

log = logging.getLogger("plainclaim.plans")

FRESH_FOR: Final = timedelta(hours=24)
# After a failed try what is known serves without asking: nobody should wait for a dead server each time.
QUIET_FOR: Final = timedelta(minutes=5)
ROW: Final = "the plan's row"
SYSTEM_ID: Final = "the plan's system id"


class DiscoveryFailed(Exception):
    """Nothing usable is known about the plan's sign-in. The text is for operators; it holds no secret."""

    sentence = "We could not find your plan's sign-in page. Its system may be down; nothing was lost."
    retry = True
    is_down = False
    """The server of the FHIR base did not answer at all."""


class OperatorNeeded(DiscoveryFailed):
    """The plan answers, but an operator has to decide: new addresses (drift), an issuer that the row does not
    have, or PKCE without S256 (O-13)."""

    sentence = "The people who run this site have to look at this plan first. Nothing was lost."
    retry = False


@dataclass(frozen=True)
class Endpoints(Published):
    """The plan's servers as they may be used: every URL is https and public, or on a trusted host.

    `issuer` and `jwks_uri` are there when the plan signs id_tokens, both of one document; `keys_of_issuer`
    when that is the document at the address of the row's issuer. `announces_iss` is RFC 9207 section 3.
    `is_partial`: some of its documents were not heard, so what is not here may be offered all the same.
    `sources` says for each URL where it comes from, for operators.
    """

    authorize_url: str = dataclasses.field(kw_only=True)  # said anew: else None would be inherited
    token_url: str = dataclasses.field(kw_only=True)
    keys_of_issuer: bool = False
    is_partial: bool = False
    sources: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def names_itself(self) -> bool:
        """Whether its answers say whose they are, in a way that can be compared with something."""
        return self.announces_iss and bool(self.issuer)


KNOWN: Final = frozenset(field.name for field in dataclasses.fields(Endpoints))
"""What of a kept answer is understood."""


def endpoints_for(plan: Plan, *, now: datetime) -> Endpoints:
    """The plan's endpoints: from its row, else a snapshot of at most 24 hours, else the plan's documents.

    When the plan cannot be asked, or its answer is of no use, what was known before serves. Never call this
    inside a transaction: it may speak to the network. Raises DiscoveryFailed.
    """
    snapshot = kept_snapshot(plan)
    suffices = _row_suffices(plan)
    has_something = bool(snapshot or suffices or open_drift(plan))
    is_recent = bool(snapshot) and _is_within(plan.discovered_at, FRESH_FOR, now)
    is_recent = is_recent or _is_within(plan.discovery_tried_at, QUIET_FOR, now)
    if (suffices and not plan.issuer) or (has_something and is_recent):
        return _assemble(plan, snapshot)
    try:
        return discover(plan, now=now, only_missing=True)
    except DiscoveryFailed:
        if snapshot or suffices:
            return _assemble(plan, snapshot)
        raise


def discover(plan: Plan, *, now: datetime, only_missing: bool = False) -> Endpoints:
    """Ask the plan now, keep the answer on its row, and give the endpoints back.

    Addresses on origins nobody confirmed are not taken: they become the plan's `drift`, an alarm for the
    operator, and stay it until they are confirmed or dismissed (`apps.plans.moves`). With `only_missing` a
    plan whose row says where to sign in is asked for its keys alone. Raises DiscoveryFailed.
    """
    suffices = _row_suffices(plan)
    allowed = allowed_origins(plan)
    only_keys = suffices and only_missing
    # One that was paused before is asked for where it is to forget tokens.
    with while_open(plan):
        asked = ask_plan(
            Question(plan.slug, plan.fhir_base_url, plan.issuer, allowed, suffices, only_keys=only_keys)
        )
    snapshot, drift = merged(plan, asked, allowed)
    if only_keys or asked.is_partial:
        snapshot = on_top(kept_snapshot(plan), snapshot)
    _raise_alarm(plan, drift, now=now)
    try:
        if not asked.documents:
            raise DiscoveryFailed("the plan's documents could not be had")
        endpoints = _assemble(plan, snapshot)
    except DiscoveryFailed as error:
        # The row's text may be the wrong one, and no wait heals that; a server that was down may come back.
        if asked.names_other_issuer and plan.issuer and not asked.down:
            error = OperatorNeeded(str(error))
        error.is_down = shown_origin(plan.fhir_base_url) in asked.down
        problem = "; ".join([str(error), *asked.problems])[:500]
        _remember(plan, discovery_tried_at=now, discovery_problem=problem)
        raise error from None
    _remember(
        plan,
        discovery=snapshot,
        discovered_at=plan.discovered_at if asked.is_cut else now,
        discovery_tried_at=now,
        discovery_problem="; ".join(asked.problems)[:500],
    )
    return endpoints


def check_pkce(plan: Plan, endpoints: Endpoints) -> None:
    """Refuse to start where PKCE is asked of a server that offers only weaker methods (O-13).

    A server that announces no method at all is sent S256 all the same: those it does not know it ignores
    (RFC 6749 section 3.1). The way out for an operator is the quirk `pkce`. Raises OperatorNeeded.
    """
    if plan.quirks.pkce == "never" or "S256" in endpoints.pkce_methods:
        return
    if endpoints.pkce_methods:
        # Their number, not their names: this goes into attempts and logs, and the names are the plan's words.
        count = len(endpoints.pkce_methods)
        raise OperatorNeeded(f"the server offers PKCE ({count} methods), not S256; set pkce to go without")
    log.info("plan %s does not announce PKCE; S256 is sent all the same", plan.slug)


def check_names_itself(endpoints: Endpoints) -> None:
    """Refuse to start where `iss` is announced and no issuer is known or confirmed (RFC 9207 section 2.4).

    The `iss` of the answer could be compared with nothing then, so anybody's would do. The way out for an
    operator is to write or confirm the plan's issuer. Raises OperatorNeeded.
    """
    if endpoints.announces_iss and not endpoints.issuer:
        raise OperatorNeeded("the server announces iss, but its issuer is not known; write or confirm it")


def known_endpoints(plan: Plan) -> Endpoints | None:
    """The plan's endpoints as far as they are known without asking, however old; None when they are not."""
    try:
        return _assemble(plan, kept_snapshot(plan))
    except DiscoveryFailed:
        return None


def sign_in_host(plan: Plan) -> str:
    """The host of the plan's own sign-in page as far as known without asking, else ""."""
    endpoints = known_endpoints(plan)
    return host_of(endpoints.authorize_url) if endpoints else ""


def _row_suffices(plan: Plan) -> bool:
    configured = by_system_id(plan)
    return bool((plan.token_url or configured) and (plan.authorize_url or configured))


def _assemble(plan: Plan, snapshot: dict[str, Any]) -> Endpoints:
    """Row over system id over snapshot; DiscoveryFailed when the two addresses that matter are not there.

    Origins are judged again: one that an operator has taken back since is not used any more.
    """
    values, waiting = _judged(plan, snapshot)
    sources = {name: source for name, source in snapshot.get("sources", {}).items() if name in values}
    row = {name: getattr(plan, name) for name in ("authorize_url", "token_url", "revoke_url")}
    for source, urls in ((SYSTEM_ID, by_system_id(plan)), (ROW, row)):
        for name, url in urls.items():
            if url:
                values[name], sources[name] = url, source
    if plan.issuer:
        values["issuer"] = plan.issuer
    if OF_ISSUER in values and not (plan.issuer and values.get(KEYS)):
        del values[OF_ISSUER]
    missing = [name for name in ("authorize_url", "token_url") if not values.get(name)]
    if waiting.intersection(missing):
        raise OperatorNeeded(f"{' and '.join(missing)} wait for an operator to confirm a new address")
    if missing:
        raise DiscoveryFailed(f"no usable {' and no '.join(missing)}")
    return Endpoints(**values, sources=sources)


def _judged(plan: Plan, snapshot: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
    """What of the snapshot is usable, and the names of addresses that wait for an operator."""
    allowed = allowed_origins(plan)
    values: dict[str, Any] = {}
    waiting = set(open_drift(plan))
    for name, value in snapshot.get("values", {}).items():
        if name not in KNOWN:
            continue  # a newer version kept it
        if name in GUARDED and not is_allowed(value, allowed):
            waiting.add(name)
        else:
            values[name] = tuple(value) if isinstance(value, list) else value
    return values, waiting


def _raise_alarm(plan: Plan, documents: dict[str, str], *, now: datetime) -> None:
    """Add to the plan's drift. An alarm never ends by itself: a plan that changes back may change again."""
    before = open_drift(plan)
    drift = {**before, **documents} or None
    if documents and drift != before:
        log.warning("plan %s published %d addresses nobody confirmed", plan.slug, len(documents))
    is_known = drift == before and plan.drift_found_at
    _remember(plan, drift=drift, drift_found_at=(plan.drift_found_at if is_known else now) if drift else None)


def _is_within(moment: datetime | None, span: timedelta, now: datetime) -> bool:
    return moment is not None and now - moment < span


def _remember(plan: Plan, **values: Any) -> None:
    """Write only these columns, so that an operator's edit made meanwhile stays."""
    Plan.objects.filter(pk=plan.pk).update(**values)
    for name, value in values.items():
        setattr(plan, name, value)
