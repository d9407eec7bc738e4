"""What a plan's answer to a revocation request means (RFC 7009 section 2.2)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from apps.connections.models import Revocation
from apps.connections.oauth import REGISTRATION, Heard
from apps.connections.retrying import asked_to_wait

State = Revocation.State

NO_ANSWER: Final = "no answer"
NOT_FOR_US: Final = "not for clients like us"


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


def read(heard: Heard, *, now: datetime, is_for_us: bool = True) -> Told:
    """What an answer means. 200 also comes for tokens the plan does not know (RFC 7009 section 2.2).

    Not `is_for_us`: the plan announces that only those may revoke who prove themselves in other ways.
    """
    status = heard.status
    if status is None and not heard.error:
        return Told(State.WAITING, NO_ANSWER, for_all=True)
    if heard.error in REGISTRATION or status in (None, 401):
        known = Told(State.WAITING, heard.error or REGISTRATION[0], for_all=True)
        return known if is_for_us else Told(State.NOT_OFFERED, NOT_FOR_US)
    if 200 <= status < 300:
        return Told(State.CONFIRMED)
    if heard.error == "unsupported_token_type":
        return Told(State.NOT_OFFERED, heard.error)
    if status == 400 and heard.error != "temporarily_unavailable":
        return Told(State.GIVEN_UP, heard.error or "status 400")
    # Busy, broken, or a wrong address that an operator may still put right: all of that can pass.
    wait = asked_to_wait(heard.retry_after, now=now)
    return Told(State.WAITING, f"status {status}", wait=wait, for_all=True)
