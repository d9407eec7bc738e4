"""Where a plan's addresses may lead: the origins an operator wrote or confirmed, and no others."""

import json
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from django.core.signing import BadSignature, Signer

from apps.outbound.addresses import origin_of, parts_of
from apps.outbound.errors import AddressRefused
from apps.plans.models import Plan

WRITTEN: Final = ("fhir_base_url", "authorize_url", "token_url", "revoke_url", "issuer")
NOWHERE: Final = "no origin"


def allowed_origins(plan: Plan) -> frozenset[str]:
    """Origins (scheme, host, port spelled out) that codes, tokens and questions may go to.

    Those are the FHIR base's own, those of addresses on the row, those that follow from the system id, and
    `confirmed_origins`. Whatever the plan publishes beyond them waits for an operator.
    """
    written = [getattr(plan, name) for name in WRITTEN]
    return frozenset(_origins([*written, *by_system_id(plan).values(), *plan.confirmed_origins]))


def led_to(plan: Plan) -> frozenset[str]:
    """The origins that codes, tokens and questions may go to, and that members are sent to by a link."""
    return allowed_origins(plan).union(_origins([plan.website]))


def is_allowed(url: str, allowed: frozenset[str]) -> bool:
    """Whether the URL leads to one of those origins."""
    try:
        return origin_of(url) in allowed
    except AddressRefused:
        return False


def open_drift(plan: Plan) -> dict[str, str]:
    """The alarm as {name: url}: published addresses on origins that are still not allowed; {}: none."""
    drift = plan.drift if isinstance(plan.drift, dict) else {}
    allowed = allowed_origins(plan)
    return {name: url for name, url in drift.items() if not is_allowed(url, allowed)}


def binding(plan: Plan, token_url: str) -> str:
    """Where tokens of this plan may go: the origins that take them for records and issue them; as whom.

    Raises AddressRefused for addresses that are none.
    """
    return f"{origin_of(plan.fhir_base_url)} {origin_of(token_url)} {plan.client_id}"


def may_go(bound_to: str, plan: Plan, token_url: str = "") -> bool:
    """Whether tokens that are bound so may be sent to the plan as its row is now (S-01).

    Without a *token_url* it is about the plan's records alone. Where a second operator confirmed that the
    plan moved, its tokens may go along. Raises AddressRefused.
    """
    if token_url:
        is_here = bound_to == binding(plan, token_url)
    else:
        is_here = bound_to.split(" ", maxsplit=1)[0] == origin_of(plan.fhir_base_url)
    return is_here or bound_to in came_along(plan)


def came_along(plan: Plan) -> list[str]:
    """What tokens from before a move are bound to that may go to where the row leads now.

    Nothing that was only written on the row: `may_come_along` signs what a second operator confirmed.
    """
    signer, bindings = _signer(plan), []
    for entry in plan.moved_from:
        with suppress(BadSignature):
            bindings.append(signer.unsign(str(entry)))
    return bindings


def may_come_along(plan: Plan, bindings: Iterable[str]) -> list[str]:
    """Return what `moved_from` says where tokens that are bound so may go to where the row leads now.

    Raises AddressRefused.
    """
    return [*map(_signer(plan).sign, bindings)]


def _signer(plan: Plan) -> Signer:
    """One whose key is not in the database, for one plan at one place: moved elsewhere, nothing holds."""
    place = [str(plan.pk), origin_of(plan.fhir_base_url), *sorted(allowed_origins(plan)), plan.client_id]
    return Signer(salt=f"apps.plans.moved_from {json.dumps(place)}")


def may_go_to_revoke(plan: Plan, *, token_url: str, revoke_url: str) -> bool:
    """Whether tokens that `may_go` to the plan may be shown at this address, to be forgotten (S-01).

    Only where they go anyhow: the address is no part of what they are bound to, so it could be anybody's.
    Raises AddressRefused.
    """
    return is_allowed(revoke_url, frozenset({origin_of(plan.fhir_base_url), origin_of(token_url)}))


def settle(plan: Plan) -> None:
    """Drop from the alarm what the row itself allows now; the caller saves the plan."""
    plan.drift = open_drift(plan) or None
    if plan.drift is None:
        plan.drift_found_at = None


def by_system_id(plan: Plan) -> dict[str, str]:
    """1upHealth's addresses: api.X speaks FHIR, auth.X signs in, the system id ends the authorize address."""
    parts = parts_of(plan.fhir_base_url)
    if not plan.system_id or not parts.netloc.startswith("api."):
        return {}
    root = f"{parts.scheme}://auth.{parts.netloc.removeprefix('api.')}/oauth2"
    return {"authorize_url": f"{root}/authorize/{plan.system_id}", "token_url": f"{root}/token"}


def shown_origin(url: str) -> str:
    """The origin as an operator reads it: scheme and host, the port only where it is written.

    What is no address at all has none, and is called so: plans write whatever they like.
    """
    parts = parts_of(url)
    return f"{parts.scheme}://{parts.netloc}".lower() if parts.netloc else NOWHERE


def _origins(urls: Iterable[str]) -> Iterable[str]:
    for url in urls:
        try:
            yield origin_of(url)
        except AddressRefused:  # an empty column, or a row older than today's rules
            continue
