"""What the plan's answer becomes: a connection, or the question whose records are meant.

No call to the network is made inside a transaction.
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.models import Member
from apps.connections import (
    attempts,
    choosing,
    ending,
    handshakes,
    id_tokens,
    keeping,
    oauth,
    people,
    visitors,
)
from apps.connections.errors import (
    AnswerExpired,
    AnswerIncomplete,
    AnswerUsed,
    ConnectionFailed,
    MemberSaidNo,
    PlanPaused,
)
from apps.connections.handshakes import Callback, Secrets
from apps.connections.models import Attempt, Connection, Handshake
from apps.connections.tokens import Tokens
from apps.plans.models import Plan

log = logging.getLogger("plainclaim.connections")


@dataclass(frozen=True)
class ChoiceNeeded:
    """The plan named several people: the member picks one on the page of this handshake.

    With `is_passkey_first` the plan's answer waits for something else: until the member is signed in.
    """

    handshake: Handshake
    is_passkey_first: bool = False


def complete(
    *, member: Member | None, callback: Callback, binding: str, now: datetime
) -> Connection | ChoiceNeeded:
    """Turn the plan's answer into a connection, or into the question whose records are meant.

    `member` None: nobody is signed in. Then the answer of a visitor's trip finds or makes the member it
    belongs to, who is on the connection (or the handshake) that is returned.

    The handshake is used up before anything else happens. Raises a ConnectionFailed, with the plan when the
    answer was this member's to give; then nothing is stored and the plan is asked to forget its tokens.
    """
    try:
        handshake, kept = handshakes.use(member=member, state=callback.state, binding=binding, now=now)
    except AnswerExpired as late:
        attempts.advance(late.attempt, Attempt.Stage.RETURNED)
        attempts.fail(late.attempt, late, now=now)
        raise
    attempts.advance(handshake.attempt, Attempt.Stage.RETURNED)
    try:
        return _complete(member, handshake, kept, callback, now=now)
    except ConnectionFailed as error:
        error.plan = handshake.plan
        attempts.fail(handshake.attempt, error, now=now)
        raise


def _complete(
    member: Member | None, handshake: Handshake, kept: Secrets, callback: Callback, *, now: datetime
) -> Connection | ChoiceNeeded:
    handshakes.check_redirect(callback, kept)
    handshakes.check_issuer(callback, kept)
    if callback.error:
        raise _refusal(handshake.plan, callback.error)
    if not callback.code:
        raise AnswerIncomplete("neither code nor error")
    plan, is_passkey_first = handshake.plan, False
    if plan.is_paused:  # since the member left
        raise PlanPaused
    if member is None:  # the operator's doubt counts at once, also for who is under way
        visitors.require_proof(plan, kept)
    tokens = oauth.exchange(
        plan,
        token_url=kept.token_url,
        code=callback.code,
        redirect_uri=kept.redirect_uri,
        code_verifier=kept.code_verifier,
    )
    claims: dict[str, Any] = {}
    is_visitor, held = member is None, None
    try:
        choosing.hold(handshake, tokens, now=now)
        held = handshake
        attempts.advance(handshake.attempt, Attempt.Stage.TOKEN)
        claims = _claims(plan, kept, tokens, now=now)
        if member is None:
            visitors.refuse_unproven(claims)
        found = people.find(
            plan,
            tokens=tokens,
            claims=claims,
            userinfo_url=kept.userinfo_url,
            jwks_uri=kept.jwks_uri,
            now=now,
        )
        if member is None:
            member = visitors.arrive(handshake, claims, now=now)
            is_passkey_first = visitors.must_prove_more(member)
        tokens = replace(
            tokens,
            scope=tokens.scope or kept.scope,
            scopes_asked=kept.scope,
            issuer=claims.get("iss"),
            subject=claims.get("sub"),
            is_vouched=bool(claims) and kept.keys_of_issuer,
        )
        person = choosing.sure(handshake, tokens, found)
        if person is not None and not is_passkey_first:
            with transaction.atomic():
                choosing.let_go(handshake)
                return keeping.keep(member, handshake, tokens, person, now=now)
        choosing.ask(handshake, tokens, found, now=now)
    except Exception as error:
        # Whatever went wrong, nobody will use them: they should not stay alive at the plan.
        _give_back(plan, tokens, held, now=now)
        if not isinstance(error, ConnectionFailed):
            raise
        known = visitors.known_anyway(plan, error, claims) if is_visitor else None
        if known is not None:
            raise known from error
        raise
    return ChoiceNeeded(handshake, is_passkey_first)


def _give_back(plan: Plan, tokens: Tokens, held: Handshake | None, *, now: datetime) -> None:
    """Have the plan forget tokens; where the trip they waited in is gone, whoever ended it may not have."""
    try:
        ending.forget(plan, tokens, now=now, waiting_in=held)
    except AnswerUsed:
        log.info("plan %s: what came of a trip was given back meanwhile", plan.slug)
    except AnswerExpired:
        ending.forget(plan, tokens, now=now)


def _refusal(plan: Plan, code: str) -> ConnectionFailed:
    """What an error code of the plan's sign-in page means. It came through the member's browser: believed
    enough to tell the operator, not enough to stop the plan."""
    error = MemberSaidNo() if code == "access_denied" else oauth.meaning(code)
    if error.fault == Attempt.Fault.OPERATOR:
        log.error("plan %s: its sign-in page answered %s: an operator has to look", plan.slug, error)
    return error


def _claims(plan: Plan, kept: Secrets, tokens: Tokens, *, now: datetime) -> dict[str, Any]:
    """The verified claims of the id_token, {} when the plan sent none or signs nothing we could check.

    A plan that publishes issuer and keys and was asked for `openid` has to send a good one if it sends any.
    """
    if tokens.id_token is None or kept.nonce is None or kept.issuer is None or kept.jwks_uri is None:
        return {}
    return id_tokens.prove(
        plan,
        tokens.id_token,
        issuer=kept.issuer,
        jwks_uri=kept.jwks_uri,
        nonce=kept.nonce,
        access_token=tokens.access_token,
        now=now,
    )
