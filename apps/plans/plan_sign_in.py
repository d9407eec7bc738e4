"""Whether a plan can vouch for who its members are, so that they may sign in here with it."""

import logging
import time
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from apps.plans.discovery import DiscoveryFailed, discover, known_endpoints
from apps.plans.models import Plan

log = logging.getLogger("plainclaim.plans")

MOST_AT_ONCE: Final = 20
RETRY_AFTER: Final = timedelta(minutes=10)
SPELL_SECONDS: Final = 20.0


def can_sign_in(plan: Plan) -> bool:
    """Whether the plan says who signed in, in a way we can check."""
    return not why_not_sign_in(plan)


def why_not_sign_in(plan: Plan) -> str:
    """Why nobody can sign in here with the plan, for operators; "" where its members can.

    It has to be asked for `openid`, and its issuer and keys have to be known.

    The issuer has to be the one an operator wrote on the row, and the keys those of its own document: a
    server could print the issuer of another one beside keys of its own, and sign in that one's members.
    Judged by the row and by what discovery kept, without asking the network: an id_token that cannot be
    checked (OpenID Connect Core 3.1.3.7) proves nothing, so such a plan signs nobody in.
    """
    if "openid" not in plan.quirks.scopes:
        return "openid is not among its scopes"
    if not plan.issuer:
        return "its issuer is not written on the row"
    endpoints = known_endpoints(plan)
    if endpoints is None or not endpoints.jwks_uri:
        return "its signing keys are not known"
    return "" if endpoints.keys_of_issuer else "its signing keys are not those of the issuer's own document"


def look_up_new(*, now: datetime) -> None:
    """Ask the plans that can be connected and never answered yet.

    So the first visitor is told rightly whether the plan signs people in. For the worker, often: it speaks
    to the network only while there are such plans. One without documents is no error and is asked again after
    ten minutes. A round that took long (servers that are down) ends early, so that other work goes on.
    """
    is_due = Q(discovery_tried_at__isnull=True) | Q(discovery_tried_at__lte=now - RETRY_AFTER)
    new = Plan.objects.connectable().filter(is_due, discovered_at__isnull=True).order_by("slug")
    give_way_at = time.monotonic() + SPELL_SECONDS
    for plan in new[:MOST_AT_ONCE]:
        if time.monotonic() > give_way_at:
            break
        try:
            discover(plan, now=now)
        except DiscoveryFailed:
            continue
        except Exception:
            # By type and frames only. The try is written down: no plan is asked again every ten seconds.
            log.exception("plan %s could not be looked up", plan.slug)
            Plan.objects.filter(pk=plan.pk).update(discovery_tried_at=now)
