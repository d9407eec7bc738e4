"""How a plan is asked to forget a token, and what its answer means and proves (RFC 7009)."""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from apps.connections.models import Revocation
from apps.connections.oauth import REGISTRATION, Heard
from apps.connections.people import Reader
from apps.outbound.errors import OutboundError
from apps.outbound.limits import asked_to_wait
from apps.plans.models import Plan
from apps.plans.plan_pause import Paused, while_open
from config.fhir_types import person_type

log = logging.getLogger("plainclaim.connections")
State, Proof = Revocation.State, Revocation.Proof
SECRET_METHODS: Final = ("client_secret_basic", "client_secret_post")
NO_ANSWER: Final = "no answer"
NOT_FOR_US: Final = "not for clients like us"

BACKOFF: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
    timedelta(days=1),
)


@dataclass(frozen=True)
class Told:
    """Where a revocation stands after a plan was asked.

    `wait` is how long the plan itself asked us to wait; `for_all`: every other token would meet the same now.
    `proof` is what one try with the old access token showed.
    """

    state: Revocation.State
    problem: str = ""
    wait: timedelta = timedelta(0)
    for_all: bool = False
    proof: Revocation.Proof = Revocation.Proof.NONE


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


def read(heard: Heard, *, now: datetime, is_for_us: bool = True) -> Told:
    """What an answer means. 200 also comes for tokens the plan does not know (RFC 7009 section 2.2).

    Not `is_for_us`: the plan announces that only those may revoke who prove themselves in other ways.
    """
    status = heard.status
    if status is None and not heard.error:
        return Told(State.WAITING, NO_ANSWER, for_all=True)
    if heard.error in REGISTRATION or status in (None, 401):
        outcome = Told(State.WAITING, heard.error or REGISTRATION[0], for_all=True)
        return outcome if is_for_us else Told(State.NOT_OFFERED, NOT_FOR_US)
    if 200 <= status < 300:
        return Told(State.CONFIRMED)
    if heard.error == "unsupported_token_type":
        return Told(State.NOT_OFFERED, heard.error)
    if status == 400 and heard.error != "temporarily_unavailable":
        return Told(State.GIVEN_UP, heard.error or "status 400")
    # Busy, broken, or a wrong address that an operator may still put right: all of that can pass.
    wait = asked_to_wait(heard.retry_after, now=now)
    return Told(State.WAITING, f"status {status}", wait=wait or timedelta(0), for_all=True)


def backoff(attempts: int) -> timedelta:
    """The wait after so many attempts (from 1): a minute at first, a day in the end."""
    return BACKOFF[min(max(attempts, 1), len(BACKOFF)) - 1]


def try_once(plan: Plan, *, access_token: str, ends_at: datetime | None, now: datetime) -> Revocation.Proof:
    """Read one small thing with a token the plan was asked to forget; the answer is thrown away.

    `ends_at` is when the token runs out by itself, as far as is known: a plan turns it away from then on
    whatever it forgot. A paused plan is not tried.
    """
    if not access_token or plan.is_paused:
        return Proof.NONE
    try:
        with while_open(plan):
            url = f"{plan.fhir_base_url.rstrip('/')}/{person_type()}"
            is_refused = Reader(plan).ask(url, access_token=access_token).status == 401
    except Paused:
        return Proof.NONE
    except OutboundError:
        is_refused = False
    has_run_out = ends_at is not None and ends_at <= now
    if is_refused:
        return Proof.RAN_OUT if has_run_out else Proof.PROVED
    if ends_at is not None and not has_run_out:
        return Proof.RUNS_OUT
    log.warning("plan %s did not turn an access token away that it had confirmed to forget", plan.slug)
    return Proof.NOT_PROVED
