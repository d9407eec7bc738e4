"""A plan's state in plain words, for members and for operators."""

from typing import Any, Final

from apps.plans.choices import Status
from apps.plans.clients import redirect_uri_to_register, shared_redirect_uri
from apps.plans.models import Plan
from apps.plans.origins import open_drift
from apps.plans.profiles import profile_named
from apps.plans.quirks import QUIRKS
from apps.plans.scopes import scopes_to_ask
from apps.plans.snapshots import kept_snapshot

UNTRIED: Final = "it is unconfirmed: test it, then set its status to confirmed"


def why_not_connectable(plan: Plan) -> list[str]:
    """What an operator has to do before members can connect this plan; [] when they can."""
    reasons = []
    if not plan.is_listed:
        reasons.append("it is not listed")
    if not plan.client_id:
        reasons.append("there is no client_id: register with the plan, and choose or load its registration")
    elif plan.needs_secret and not plan.has_secret:
        reasons.append(f"token_auth {plan.quirks.token_auth} needs a client secret, and there is none")
    if plan.status == Status.UNCONFIRMED:
        reasons.append(UNTRIED)
    if plan.status == Status.PAUSED:
        reasons.append("it is paused")
    return reasons


def may_be_tried_first(plan: Plan) -> bool:
    """Whether nothing keeps members from it but that nobody has tried it yet."""
    return why_not_connectable(plan) == [UNTRIED]


def profile_lines(plan: Plan) -> list[str]:
    """The profile, where its knowledge comes from, and which quirks the row overrides."""
    profile = profile_named(plan.profile)
    overridden = [name for name in QUIRKS if name in plan.own_quirks]
    return [
        f"{plan.profile}: {profile.label}",
        f"source: {profile.source}" + (" (second-hand: test it first)" if profile.is_hearsay else ""),
        f"overridden here: {', '.join(overridden) or 'nothing'}",
    ]


def quirk_lines(plan: Plan) -> list[str]:
    """Every quirk with the value that holds, and a mark on those the row overrides."""
    quirks = plan.quirks
    return [
        f"{name}: {_in_words(getattr(quirks, name))}" + (" (here)" if name in plan.own_quirks else "")
        for name in QUIRKS
    ]


def registration_lines(plan: Plan) -> list[str]:
    """What an operator tells the plan about us, and what a member's browser will ask it for."""
    uri, shared = redirect_uri_to_register(plan), shared_redirect_uri()
    also = f" (and {shared}, for the day the server announces iss)" if shared != uri else ""
    return [
        f"redirect URI to register: {uri}{also}"
        if uri
        else "redirect URI to register: not known before its sign-in address is (check_plan asks for it)",
        f"scopes asked: {' '.join(scopes_to_ask(plan.quirks))}",
        f"aud: {plan.audience or 'not sent'}",
        *_stronger_method(plan),
    ]


def _stronger_method(plan: Plan) -> list[str]:
    """What to change where the server takes a signed assertion and the row sends a secret (SMART @65)."""
    offered = kept_snapshot(plan).get("values", {}).get("token_auth_methods", ())
    if "private_key_jwt" not in offered or not plan.needs_secret:
        return []
    return [
        f"the server also takes private_key_jwt, which is stronger than {plan.quirks.token_auth}: register "
        "the address of our keys (/app/jwks.json) with the plan, then set token_auth to private_key_jwt"
    ]


def drift_lines(plan: Plan) -> list[str]:
    """The drift alarm, one address a line; [] when there is none."""
    return [f"{name}: {url}" for name, url in sorted(open_drift(plan).items())]


def _in_words(value: Any) -> str:
    if isinstance(value, tuple):
        return "; ".join(value) if any(" " in item for item in value) else " ".join(value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "ours" if value is None else str(value) or "not set"
