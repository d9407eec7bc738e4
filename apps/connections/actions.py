"""What members do with connections: begin, complete, choose a person. Ending them: `ending`.

No call to the network is made inside a transaction.
"""

import logging
import secrets
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from apps.accounts.models import Member
from apps.connections import (
    attempts,
    choosing,
    ending,
    handshakes,
    id_tokens,
    keeping,
    limits,
    oauth,
    people,
    visitors,
)
from apps.connections.errors import (
    AnswerExpired,
    AnswerForeign,
    AnswerIncomplete,
    AnswerUsed,
    ConnectionFailed,
    MemberSaidNo,
    PlanBusy,
    PlanNeedsOperator,
    PlanNotConnectable,
)
from apps.connections.handshakes import Callback, Secrets
from apps.connections.models import Attempt, Connection, Handshake
from apps.connections.tokens import Tokens
from apps.outbound.errors import OutboundError
from apps.plans.choices import Pkce
from apps.plans.discovery import (
    DiscoveryFailed,
    Endpoints,
    OperatorNeeded,
    check_names_itself,
    check_pkce,
    endpoints_for,
)
from apps.plans.models import Plan
from apps.plans.redirects import redirect_uri
from apps.plans.scopes import scopes_to_ask

log = logging.getLogger("plainclaim.connections")


@dataclass(frozen=True)
class Departure:
    """Where the browser goes next, and the attempt that is counted for it."""

    url: str = field(repr=False)
    attempt: Attempt


@dataclass(frozen=True)
class ChoiceNeeded:
    """The plan named several people: the member picks one on the page of this handshake.

    With `is_passkey_first` the plan's answer waits for something else: until the member is signed in.
    """

    handshake: Handshake
    is_passkey_first: bool = False


def begin(
    *,
    plan: Plan,
    member: Member | None,
    binding: str,
    now: datetime,
    connection: Connection | None = None,
    launch: str = "",
    consent_version: str = "",
) -> Departure:
    """Return the plan's sign-in address; from here ten minutes count.

    Without a member the trip is a visitor's, who wants to sign in with the plan. With a `connection` (the
    member's own) it renews that one. `launch` is a portal's opaque value. Raises PlanNotConnectable,
    PlanNeedsOperator or PlanBusy, each with the plan and the attempt; TooManyTries with the plan alone.
    """
    purpose = handshakes.purpose_of(member, connection)
    # First of all: who is in too much of a hurry leaves no row behind either.
    limits.refuse_haste(plan, member, now=now)
    attempt = attempts.start(plan=plan, purpose=purpose, now=now)
    try:
        if not plan.is_connectable:
            raise PlanNotConnectable
        endpoints = _endpoints(plan, now=now)
        kept = _secrets(plan, endpoints, launch=launch)
        if member is None:
            visitors.require_proof(plan, kept)
    except ConnectionFailed as error:
        error.plan = plan
        attempts.fail(attempt, error, now=now)
        raise
    state = handshakes.begin(
        member=member,
        plan=plan,
        binding=binding,
        kept=kept,
        now=now,
        connection=connection,
        attempt=attempt,
        consent_version=consent_version,
    )
    url = oauth.authorization_url(
        plan,
        authorize_url=endpoints.authorize_url,
        redirect_uri=kept.redirect_uri,
        scope=kept.scope,
        state=state,
        code_verifier=kept.code_verifier,
        nonce=kept.nonce,
        launch=kept.launch,
    )
    attempts.advance(attempt, Attempt.Stage.REDIRECTED)
    return Departure(url, attempt)


def _secrets(plan: Plan, endpoints: Endpoints, *, launch: str) -> Secrets:
    """Fresh secrets of one handshake. The redirect URI is a constant, never built from Host (O-08)."""
    return Secrets(
        redirect_uri=redirect_uri(plan, names_itself=endpoints.names_itself),
        token_url=endpoints.token_url,
        scope=" ".join(scopes_to_ask(plan.quirks, launch=bool(launch))),
        issuer=endpoints.issuer,
        jwks_uri=endpoints.jwks_uri,
        keys_of_issuer=endpoints.keys_of_issuer,
        iss_required=endpoints.announces_iss,
        launch=launch,
        code_verifier=secrets.token_urlsafe(64) if plan.quirks.pkce != Pkce.NEVER else None,
        nonce=secrets.token_urlsafe(32) if "openid" in plan.quirks.scopes else None,
        userinfo_url=endpoints.userinfo_url,
    )


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


def go_on(*, handshake: Handshake, binding: str, now: datetime) -> Connection | ChoiceNeeded:
    """Take up the plan's answer that waited until its member had shown their passkey, once.

    Raises AnswerForeign, -Expired or -Used.
    """
    people = choosing.question_of(handshake, binding=binding, now=now).people
    if len(people) != 1:
        return ChoiceNeeded(handshake)
    return choose(handshake=handshake, person_id=people[0].id, binding=binding, now=now)


def choose(*, handshake: Handshake, person_id: str, binding: str, now: datetime) -> Connection:
    """Connect for the chosen person; once. Raises AnswerForeign, -Expired, -Used or -Incomplete."""
    try:
        with transaction.atomic():
            tokens, person = choosing.take(handshake, person_id=person_id, binding=binding, now=now)
            if handshake.member is None:
                raise AnswerForeign("a visitor has nothing to choose from")
            visitors.note_consent(handshake)
            return keeping.keep(handshake.member, handshake, tokens, person, now=now)
    except ConnectionFailed as error:
        error.plan = handshake.plan
        raise


def refuse(*, handshake: Handshake, binding: str, now: datetime) -> bool:
    """Throw away the waiting answer of the plan; whether the plan confirmed that the permission is over.

    Raises AnswerForeign, AnswerExpired or AnswerUsed, with the plan.
    """
    tokens = choosing.refuse(handshake, binding=binding, now=now)
    return ending.forget(handshake.plan, tokens, now=now, waiting_in=handshake)


def forget_abandoned(*, now: datetime) -> int:
    """End at the plans the permissions whose member never said whose records are meant, or whose process died
    before they were a connection; return how many."""
    count = 0
    for handshake, tokens in choosing.abandoned(now=now):
        with suppress(AnswerUsed, AnswerExpired):  # another worker, or the member, was first
            ending.forget(handshake.plan, tokens, now=now, waiting_in=handshake)
            count += 1
    return count


def after_connect(*, connection: Connection, now: datetime) -> str:
    """Take the one forward step of the stages; return the path of the page to show next."""
    return str(import_string(settings.CONNECTIONS_AFTER_CONNECT)(connection=connection, now=now))


def _endpoints(plan: Plan, *, now: datetime) -> Endpoints:
    try:
        endpoints = endpoints_for(plan, now=now)
        check_pkce(plan, endpoints)
        check_names_itself(endpoints)
        return endpoints
    except OperatorNeeded as error:
        raise PlanNeedsOperator(str(error)) from error
    except (DiscoveryFailed, OutboundError) as error:
        raise PlanBusy("its endpoints are not known") from error
