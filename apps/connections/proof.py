"""The proof that a permission has ended: only a plan that turns the old token away proves the end."""

import logging
from datetime import datetime

from apps.connections.models import Revocation
from apps.connections.people import Reader
from apps.outbound.errors import OutboundError
from apps.plans.models import Plan
from config.fhir_types import person_type

log = logging.getLogger("plainclaim.connections")
Proof = Revocation.Proof


def try_once(plan: Plan, *, access_token: str, ends_at: datetime | None, now: datetime) -> Revocation.Proof:
    """Read one small thing with a token the plan was asked to forget; the answer is thrown away.

    `ends_at` is when the token runs out by itself, as far as is known: a plan turns it away from then on
    whatever it forgot. A paused plan is not tried.
    """
    if not access_token or plan.is_paused:
        return Proof.NONE
    try:
        url = f"{plan.fhir_base_url.rstrip('/')}/{person_type()}"
        is_refused = Reader(plan).ask(url, access_token=access_token).status == 401
    except OutboundError:
        is_refused = False
    has_run_out = ends_at is not None and ends_at <= now
    if is_refused:
        return Proof.RAN_OUT if has_run_out else Proof.PROVED
    if ends_at is not None and not has_run_out:
        return Proof.RUNS_OUT
    log.warning("plan %s did not turn an access token away that it had confirmed to forget", plan.slug)
    return Proof.NOT_PROVED
