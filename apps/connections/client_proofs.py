"""How we prove who we are where a plan takes tokens back: its row says how, its documents may know better."""

from collections.abc import Collection
from typing import Final

from apps.plans.models import Plan

SECRET_METHODS: Final = ("client_secret_basic", "client_secret_post")


def method_to_revoke(plan: Plan, announced: Collection[str]) -> str:
    """The method at the revocation address, where the plan may have announced some (RFC 8414 section 2).

    It is that of the token address, but a secret goes the way that is announced: Canaille takes it in the
    header only. Who has no secret has no other way, and tries: what is published is advice.
    """
    ours = plan.quirks.token_auth
    if ours in announced or ours not in SECRET_METHODS:
        return ours
    return next((method for method in SECRET_METHODS if method in announced), ours)


def is_for_us(method: str, announced: Collection[str]) -> bool:
    """Whether a revocation address is for clients like us: it announces our *method*, or none at all."""
    return not announced or method in announced
