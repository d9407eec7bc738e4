"""The keys plans sign id_tokens with: asked about once an hour, and once more for an unknown key."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.core.cache import cache

from apps.connections.errors import PlanBusy
from apps.outbound.door import fetch, object_in, open_session
from apps.outbound.errors import OutboundError
from apps.plans.models import Plan
from apps.plans.origins import allowed_origins

FRESH_FOR: Final = timedelta(hours=1)
# A set that old still serves while the plan's server is down; after that its keys are not trusted any more.
SERVES_FOR: Final = timedelta(days=1)
MOST_KEYS: Final = 50
MOST_BYTES: Final = 256 * 1024  # 50 keys of 4096 bits, with their certificates, are smaller


@dataclass(frozen=True)
class KeySet:
    """A plan's key set (RFC 7517 section 5) and when it was asked for, in seconds since 1970.

    `is_new` is True when it was fetched for this very question: asking again would give the same.
    """

    keys: Mapping[str, Any]
    asked_at: float
    is_new: bool = False


def known(plan: Plan, jwks_uri: str, *, now: datetime) -> KeySet:
    """The keys: those asked for within the hour, else the plan's answer, else what it said within a day.

    Raises PlanBusy when there are none. The set is public; it lives in the cache, by its address.
    """
    kept = _kept(jwks_uri)
    if kept is not None and _age(kept, now) < FRESH_FOR:
        return kept
    try:
        return _ask(plan, jwks_uri, now=now)
    except PlanBusy:
        if kept is not None and _age(kept, now) < SERVES_FOR:
            return kept
        raise


def renewed(plan: Plan, jwks_uri: str, *, now: datetime) -> KeySet | None:
    """The keys asked for anew, because a key is not among the known ones; None when it is too soon (O-22).

    Once a minute for each address, whatever comes in: a flood of made-up key names is no flood of requests.
    Raises PlanBusy.
    """
    minute = int(now.timestamp() // 60)
    if not cache.add(f"{_name(jwks_uri)}:{minute}", True, timeout=120):
        return None
    return _ask(plan, jwks_uri, now=now)


def ask(plan: Plan, jwks_uri: str) -> dict[str, Any]:
    """Fetch and read the plan's key set, past the cache.

    Raises PlanBusy when the plan gives no readable keys: a maintenance page is no forged token and must not
    cost the member a good permission.
    """
    session = open_session(plan=plan.slug, origins=allowed_origins(plan), max_bytes=MOST_BYTES)
    try:
        answer = fetch(session, jwks_uri, headers={"Accept": "application/json"})
    except OutboundError as error:
        raise PlanBusy(f"its keys: {type(error).__name__}") from error
    keys = object_in(answer.body).get("keys") if answer.status == 200 else None
    if not isinstance(keys, list):
        raise PlanBusy(f"no readable key set ({answer.status})")
    return {"keys": [key for key in keys if isinstance(key, dict)][:MOST_KEYS]}


def _ask(plan: Plan, jwks_uri: str, *, now: datetime) -> KeySet:
    asked_at = now.timestamp()
    keys = ask(plan, jwks_uri)
    cache.set(_name(jwks_uri), {"keys": keys, "asked_at": asked_at}, timeout=SERVES_FOR.total_seconds())
    return KeySet(keys, asked_at, is_new=True)


def _kept(jwks_uri: str) -> KeySet | None:
    kept = cache.get(_name(jwks_uri))
    return KeySet(kept["keys"], kept["asked_at"]) if kept else None


def _age(kept: KeySet, now: datetime) -> timedelta:
    """How old; a set from the future (clocks were set back) counts as too old."""
    age = now.timestamp() - kept.asked_at
    return timedelta(seconds=age) if age >= 0 else timedelta.max


def _name(jwks_uri: str) -> str:
    return f"jwks:{hashlib.sha256(jwks_uri.encode()).hexdigest()}"
