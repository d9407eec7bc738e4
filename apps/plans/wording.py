"""A plan's state in plain words, for members and for operators."""

from urllib.parse import urlsplit

from apps.plans.choices import Status
from apps.plans.models import Plan, needs_secret


def host_of(url: str) -> str:
    """The host name in a URL, with its port when one is written; "" when there is none."""
    return urlsplit(url).netloc


def why_not_connectable(plan: Plan) -> list[str]:
    """What an operator has to do before members can connect this plan; [] when they can."""
    reasons = []
    if not plan.is_listed:
        reasons.append("it is not listed")
    if not plan.client_id:
        reasons.append("there is no client_id: register Plainclaim with the plan and load the client_id")
    elif needs_secret(plan) and not plan.sealed_client_secret:
        reasons.append(f"token_auth {plan.quirks.token_auth} needs a client secret, and there is none")
    if plan.status == Status.UNCONFIRMED:
        reasons.append("it is unconfirmed: test it, then set its status to confirmed")
    if plan.status == Status.PAUSED:
        reasons.append("it is paused")
    return reasons
