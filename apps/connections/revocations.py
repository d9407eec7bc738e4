"""Asking plans to forget tokens (RFC 7009): at once, then in the background until they have or time is up."""

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from django.db.models import F

from apps.connections import oauth
from apps.connections.models import Revocation
from apps.connections.oauth import REGISTRATION
from apps.connections.revocation_answers import Told, backoff, is_for_us, method_to_revoke, read, try_once
from apps.connections.tokens import Tokens
from apps.outbound.errors import OutboundError
from apps.outbound.limits import regardless
from apps.plans.discovery import FRESH_FOR, QUIET_FOR, DiscoveryFailed, endpoints_for, known_endpoints
from apps.plans.models import Plan
from apps.plans.origins import may_go, may_go_to_revoke
from apps.vault.boxes import house_box
from apps.vault.errors import KeyUnavailable, SealBroken

log = logging.getLogger("plainclaim.connections")
State = Revocation.State
MOVED, UNREADABLE = Revocation.MOVED, Revocation.UNREADABLE

HELD_FOR: Final = timedelta(days=7)  # no token outlives its permission here by more than this
LEASE: Final = timedelta(
    minutes=10
)  # longer than one asking can take: who died while asking blocks no longer
KEPT_FOR: Final = timedelta(days=400)  # as attempts: what came of it, where no receipt tells of it
HEAD_START: Final = timedelta(seconds=30)  # for whoever wrote the row down and asks at once
PATIENCE_SECONDS: Final = 10.0  # a member who waits is not kept for a further question after this
SPELL_SECONDS: Final = 20.0  # so long a worker asks before it looks after other work
NO_KEY: Final = "our key is not at hand"
UNEXPECTED: Final = "stopped unexpectedly"


@dataclass
class _Left:
    """What is still to be asked: (hint, token), the refresh token first; and whether that one is gone.

    Once nothing is left, the `access_token` is tried.
    """

    pairs: list[tuple[str, str]] = field(repr=False)
    refresh_is_gone: bool = False
    access_token: str = field(default="", repr=False)

    def to_bytes(self) -> bytes:
        return json.dumps([self.refresh_is_gone, self.pairs, self.access_token]).encode()

    @classmethod
    def from_bytes(cls, raw: bytes) -> "_Left":
        gone, pairs, access_token = json.loads(raw)
        return cls([(hint, token) for hint, token in pairs], gone, access_token)


def way(plan: Plan) -> Literal["asked", "not_offered", "elsewhere"]:
    """How the plan can be asked, as far as is known without the network; asked where nothing is known.

    `elsewhere`: the address for it is at a third server, which is shown no token; it may be put right.
    """
    endpoints = known_endpoints(plan)
    if plan.quirks.revocation == "none" or (
        endpoints and endpoints.revoke_url is None and not endpoints.is_partial
    ):
        return "not_offered"
    if endpoints is None or endpoints.revoke_url is None:
        return "asked"
    is_theirs = may_go_to_revoke(plan, token_url=endpoints.token_url, revoke_url=endpoints.revoke_url)
    return "asked" if is_theirs else "elsewhere"


def begin(
    *,
    plan: Plan,
    tokens: Tokens | None,
    now: datetime,
    at_once: bool = True,
    access_ends_at: datetime | None = None,
) -> Revocation:
    """Write down, in the caller's transaction, that the plan has to forget these tokens; `ask` comes later.

    `at_once`: the caller asks right after the commit, so workers leave it alone for half a minute. Tokens
    that could not be opened (None) cannot be revoked, and a plan without revocation cannot be asked: such
    rows are over when they begin. `access_ends_at` is when the access token runs out by itself, where known.
    """
    row = Revocation(plan=plan, created_at=now, next_try_at=now + HEAD_START if at_once else now)
    row.access_ends_at = access_ends_at
    if tokens is None:
        _end(row, State.GIVEN_UP, UNREADABLE, now=now)
    elif plan.quirks.revocation == "none":
        _end(row, State.NOT_OFFERED, "no revocation at this plan", now=now)
    else:
        pairs = [("refresh_token", tokens.refresh_token), ("access_token", tokens.access_token)]
        left = _Left([(hint, token) for hint, token in pairs if token], access_token=tokens.access_token)
        row.bound_to = tokens.bound_to
        try:
            row.sealed_tokens = house_box().seal(row, "sealed_tokens", left.to_bytes())
        except SealBroken:
            _end(row, State.GIVEN_UP, UNREADABLE, now=now)
    row.save(force_insert=True)
    return row


def ask(row: Revocation, *, now: datetime, patience: float | None = None) -> Revocation:
    """Ask the plan once, if nobody else does, and return the row as it stands then. Not in a transaction.

    With `patience` (seconds) a member waits: only what is known about the plan is used, and the second token
    is left for later when the first took long.
    """
    if patience is not None and not _is_known(row.plan, now=now):
        Revocation.objects.filter(pk=row.pk, state=State.WAITING, attempts=0).update(next_try_at=now)
    # The count of attempts is the claim: of any number of workers that read this row one raises it.
    elif Revocation.objects.filter(pk=row.pk, state=State.WAITING, attempts=row.attempts).update(
        attempts=row.attempts + 1, next_try_at=now + LEASE
    ):
        row.attempts += 1
        _settle(row, now=now, patience=patience)
    row.refresh_from_db()
    return row


def forget_old(*, now: datetime) -> None:
    """Delete those that were over 400 days ago and of which no receipt tells."""
    Revocation.objects.filter(receipts=None, ended_at__lt=now - KEPT_FOR).delete()


def ask_due(*, clock: Callable[[], datetime], stop: Callable[[], bool] = lambda: False) -> int:
    """Ask for all that is due, for at most a short spell, and return how many plans were asked."""
    begun, asked = time.monotonic(), 0
    while not stop() and time.monotonic() - begun < SPELL_SECONDS:
        now = clock()
        row = Revocation.objects.due(now=now).select_related("plan").order_by("next_try_at", "id").first()
        if row is None:
            break
        try:
            ask(row, now=now)
        except Exception:
            # By type and frames only. The row waits its turn, so that the others get theirs.
            log.exception("revocation %s stopped unexpectedly", row.pk)
            _write_down(row, Told(State.WAITING, UNEXPECTED), None, now=now)
        asked += 1
    return asked


def _settle(row: Revocation, *, now: datetime, patience: float | None) -> None:
    """Ask, and write down what came of it, if the claim still holds."""
    left: _Left | None = None
    try:
        left = _Left.from_bytes(house_box().open(row, "sealed_tokens"))
    except (SealBroken, ValueError):
        outcome = Told(State.GIVEN_UP, UNREADABLE)
    except KeyUnavailable as error:
        log.error("%s", error)  # the tokens stay sealed as they are
        outcome = Told(State.WAITING, NO_KEY)
    else:
        outcome = _ask_guarded(row, left, now=now, patience=patience)
    _write_down(row, outcome, left, now=now)
    if outcome.for_all:
        _spare(row.plan, outcome, now + _wait(row, outcome), now=now)


def _ask_guarded(row: Revocation, left: _Left, *, now: datetime, patience: float | None) -> Told:
    """Ask the plan; whatever an answer nobody thought of does to us, the member's page and the row go on."""
    try:
        with regardless():  # of a pause, and of the member whose page it is
            return _ask_plan(row, left, now=now, patience=patience)
    except Exception:
        log.exception("revocation %s stopped unexpectedly", row.pk)  # by type and frames only
        return Told(State.WAITING, UNEXPECTED)


def _wait(row: Revocation, outcome: Told) -> timedelta:
    return max(outcome.wait, backoff(row.attempts)) if outcome.problem else timedelta(0)


def _write_down(row: Revocation, outcome: Told, left: _Left | None, *, now: datetime) -> None:
    """Save where it stands, if the claim still holds; without `left` the tokens stay sealed as they are.

    Only time ends the asking: how often it was tried in that time is a matter of `backoff`, and an operator
    who asks by hand takes nothing away from it.
    """
    deadline = row.created_at + HELD_FOR
    if outcome.state == State.WAITING and now >= deadline:
        outcome = Told(State.GIVEN_UP, outcome.problem)
    words = " ".join(filter(None, (outcome.state, outcome.problem, outcome.proof)))
    log.info("plan %s revocation %s: %s", row.plan.slug, row.pk, words)
    if outcome.problem in REGISTRATION:
        log.error("plan %s does not accept our client registration: an operator has to act", row.plan.slug)
    mine = Revocation.objects.filter(pk=row.pk, state=State.WAITING, attempts=row.attempts)
    if outcome.state != State.WAITING:
        _end(row, outcome.state, outcome.problem, now=now)
        mine.update(
            state=row.state,
            problem=row.problem,
            proof=outcome.proof,
            sealed_tokens=b"",
            next_try_at=None,
            ended_at=row.ended_at,
        )
        return
    changes: dict[str, Any] = {
        "problem": outcome.problem,
        "next_try_at": min(now + _wait(row, outcome), deadline),
    }
    if left is not None:
        changes["sealed_tokens"] = house_box().seal(row, "sealed_tokens", left.to_bytes())
    mine.update(**changes)


def _spare(plan: Plan, outcome: Told, until: datetime, *, now: datetime) -> None:
    """Ask a plan that is down once per wait, not once per member.

    Nobody's tokens are held longer for that: each waits no longer than its own seven days, and those whose
    days are over meet the same end as if they had been asked just now.
    """
    due = Revocation.objects.due(now=now).filter(plan=plan)
    due.filter(created_at__lte=now - HELD_FOR).update(
        state=State.GIVEN_UP, problem=outcome.problem, sealed_tokens=b"", next_try_at=None, ended_at=now
    )
    due.filter(created_at__lt=until - HELD_FOR).update(next_try_at=F("created_at") + HELD_FOR)
    due.filter(created_at__gte=until - HELD_FOR).update(next_try_at=until)


def _ask_plan(row: Revocation, left: _Left, *, now: datetime, patience: float | None) -> Told:
    """Ask for what is left, take out of it what the plan has forgotten, and try whether that is so."""
    plan = row.plan
    try:
        endpoints = endpoints_for(plan, now=now)
    except (DiscoveryFailed, OutboundError):
        return Told(State.WAITING, "endpoints unknown", for_all=True)
    revoke_url, token_url = endpoints.revoke_url, endpoints.token_url
    if revoke_url is None or plan.quirks.revocation == "none":
        is_unheard = endpoints.is_partial and plan.quirks.revocation != "none"
        not_offered = Told(State.NOT_OFFERED, "no revocation endpoint")
        return Told(State.WAITING, "endpoints unknown", for_all=True) if is_unheard else not_offered
    is_theirs = may_go_to_revoke(plan, token_url=token_url, revoke_url=revoke_url)
    if not (is_theirs and may_go(row.bound_to, plan, token_url)):  # an operator may still take the move back
        return Told(State.WAITING, MOVED)
    give_up_at = None if patience is None else time.monotonic() + patience

    def takes_long() -> bool:
        return give_up_at is not None and time.monotonic() > give_up_at

    announced = endpoints.revoke_auth_methods
    method = method_to_revoke(plan, announced)

    def revoke(token: str, hint: str) -> Told:
        asked = {"revoke_url": revoke_url, "token_url": token_url, "token": token, "hint": hint}
        heard = oauth.revoke(plan, method=method, **asked)
        return read(heard, now=now, is_for_us=is_for_us(method, announced))

    outcome = _ask_each(left, revoke, takes_long)
    if outcome.state != State.CONFIRMED:
        return outcome
    if takes_long():
        return Told(State.WAITING)
    proof = try_once(plan, access_token=left.access_token, ends_at=row.access_ends_at, now=now)
    return Told(State.CONFIRMED, proof=proof)


def _ask_each(left: _Left, revoke: Callable[[str, str], Told], takes_long: Callable[[], bool]) -> Told:
    refused = None
    for position, (hint, token) in enumerate(list(left.pairs)):
        if position and takes_long():
            return Told(State.WAITING)
        outcome = revoke(token, hint)
        if outcome.state == State.WAITING:
            return outcome
        if outcome.state == State.CONFIRMED:
            left.refresh_is_gone = left.refresh_is_gone or hint == "refresh_token"
        elif not left.refresh_is_gone:
            # An access token alone dies by itself: many servers revoke refresh tokens only (RFC 7009 2.2.1).
            refused = refused or outcome
        left.pairs.remove((hint, token))
    return refused or Told(State.CONFIRMED)


def _end(row: Revocation, state: Revocation.State, problem: str, *, now: datetime) -> None:
    row.state, row.problem, row.ended_at = state, problem, now
    row.next_try_at, row.sealed_tokens = None, b""


def _is_known(plan: Plan, *, now: datetime) -> bool:
    """Whether the plan's endpoints are known without asking it for its documents first."""
    if plan.authorize_url and plan.token_url and not plan.issuer:
        return True
    times = ((plan.discovered_at, FRESH_FOR), (plan.discovery_tried_at, QUIET_FOR))
    return any(moment is not None and now - moment < limit for moment, limit in times)
