"""A trip to a plan's sign-in page and back, whoever goes: what `member_trip` and `visitor_trip` share.

No call to the network is made inside a transaction.
"""

import logging
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from apps.accounts.models import Member
from apps.connections import attempts, endings, handshakes, held_answers, id_tokens, oauth, people
from apps.connections.errors import (
    AnswerExpired,
    AnswerIncomplete,
    AnswerUsed,
    ConnectionFailed,
    MemberSaidNo,
    PlanBusy,
    PlanNeedsOperator,
    PlanNotConnectable,
    PlanPaused,
    SignedOut,
)
from apps.connections.handshakes import Callback, Secrets
from apps.connections.models import Attempt, Handshake
from apps.connections.people import Person
from apps.connections.tokens import Tokens
from apps.outbound.errors import OutboundError
from apps.outbound.limits import looking
from apps.outbound.trace import traced
from apps.plans.clients import redirect_uri
from apps.plans.discovery import (
    DiscoveryFailed,
    Endpoints,
    OperatorNeeded,
    check_names_itself,
    check_pkce,
    endpoints_for,
)
from apps.plans.models import Plan
from apps.plans.origins import binding
from apps.plans.plan_pause import is_paused_by_now
from apps.plans.scopes import LASTING, scopes_to_ask
from config.fhir_types import CLAIMS, Consent

log = logging.getLogger("plainclaim.connections")
WANTS_CONSENT: Final = (
    "Some servers take offline_access beside openid only with the quirk authorize_parameters: prompt=consent"
)


def leave(
    handshake: Handshake,
    *,
    binding: str,
    now: datetime,
    launch: str = "",
    check: Callable[[Plan, Secrets], None] | None = None,
) -> str:
    """Save this new handshake and return the plan's sign-in address; from here ten minutes count.

    `launch` is a portal's opaque value; `check` sees what was found out about the plan and will be asked, and
    may refuse it. Raises PlanNotConnectable, PlanNeedsOperator, PlanBusy or what `check` does, each with the
    plan and the attempt.
    """
    plan = handshake.plan
    attempt = handshake.attempt = attempts.start(plan=plan, purpose=handshake.purpose, now=now)
    with traced(attempts.trace_of(attempt)):
        try:
            with looking(partial(_stop_if_told, handshake)):
                endpoints, kept = _prepared(handshake, launch=launch, now=now)
            if check is not None:
                check(plan, kept)
        except ConnectionFailed as error:
            error.plan = plan
            attempts.fail(attempt, error, now=now)
            raise
        state = handshakes.begin(handshake, binding=binding, kept=kept, now=now)
        url = oauth.authorization_url(plan, authorize_url=endpoints.authorize_url, kept=kept, state=state)
        attempts.advance(attempt, Attempt.Stage.REDIRECTED)
        return url


@contextmanager
def returned(
    *, member: Member | None, callback: Callback, binding: str, now: datetime
) -> Iterator[tuple[Handshake, Secrets]]:
    """Use up the handshake of an answer, and check where it came to and from whom.

    What fails from here on, also in the block, is noted with the attempt and, as the answer was this
    traveller's to give, carries the plan.
    """
    try:
        handshake, kept = handshakes.use(member=member, state=callback.state, binding=binding, now=now)
    except AnswerExpired as late:
        attempts.advance(late.attempt, Attempt.Stage.RETURNED)
        attempts.fail(late.attempt, late, now=now)
        raise
    with traced(attempts.trace_of(handshake.attempt)):
        attempts.advance(handshake.attempt, Attempt.Stage.RETURNED)
        try:
            _check(callback, handshake.plan, kept)
            with looking(partial(_stop_if_told, handshake)):
                yield handshake, kept
        except ConnectionFailed as error:
            error.plan = handshake.plan
            attempts.fail(handshake.attempt, error, now=now)
            raise


def _check(callback: Callback, plan: Plan, kept: Secrets) -> None:
    """Where the answer came to and from whom, and whether it is one to go on with; raise ConnectionFailed."""
    handshakes.check_redirect(callback, kept)
    handshakes.check_issuer(callback, kept)
    handshakes.check_place(plan, kept)
    if callback.error:
        raise _refusal(plan, callback.error, kept.scope)
    if not callback.code:
        raise AnswerIncomplete("neither code nor error")


@contextmanager
def exchanged(handshake: Handshake, kept: Secrets, callback: Callback, *, now: datetime) -> Iterator[Tokens]:
    """The tokens for the code, held with the handshake; the plan gets them back if the block fails."""
    plan, held = handshake.plan, None
    tokens = oauth.exchange(
        plan,
        token_url=kept.token_url,
        code=callback.code or "",
        redirect_uri=kept.redirect_uri,
        code_verifier=kept.code_verifier,
    )
    try:
        held_answers.hold(handshake, tokens, now=now)
        held = handshake
        attempts.advance(handshake.attempt, Attempt.Stage.TOKEN)
        _stop_if_told(handshake)
        yield tokens
    except Exception:
        # Whatever went wrong, nobody will use them: they should not stay alive at the plan.
        _give_back(plan, tokens, held, now=now)
        raise


def _stop_if_told(handshake: Handshake) -> None:
    """What is looked at while the plan is asked: raise where it is paused, or the member at rest (S-03)."""
    if is_paused_by_now(handshake.plan):
        raise PlanPaused
    member = handshake.member_id
    if member and not Member.objects.filter(pk=member, is_active=True, signed_out_at=None).exists():
        raise SignedOut


def claims_of(plan: Plan, kept: Secrets, tokens: Tokens, *, now: datetime) -> dict[str, Any]:
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


def people_of(
    plan: Plan, kept: Secrets, tokens: Tokens, claims: Mapping[str, Any], *, now: datetime
) -> list[Person]:
    """Whom the tokens are about; raises what `people.find` does."""
    return people.find(
        plan,
        tokens=tokens,
        claims=claims,
        userinfo_url=kept.userinfo_url,
        jwks_uri=kept.jwks_uri,
        scopes_asked=kept.scope,
        now=now,
    )


def proved(tokens: Tokens, kept: Secrets, claims: Mapping[str, Any]) -> Tokens:
    """The tokens with what was asked for and who signed in."""
    return replace(
        tokens,
        scope=tokens.scope or kept.scope,
        scopes_asked=kept.scope,
        issuer=claims.get("iss"),
        subject=claims.get("sub"),
        is_vouched=bool(claims) and kept.keys_of_issuer,
    )


def forget_abandoned(*, now: datetime) -> None:
    """End at the plans the permissions whose member never said whose records are meant, or whose process died
    before they were a connection."""
    for handshake, tokens in held_answers.abandoned(now=now):
        with suppress(AnswerUsed, AnswerExpired):  # another worker, or the member, was first
            endings.forget(handshake.plan, tokens, now=now, waiting_in=handshake)


def _prepared(handshake: Handshake, *, launch: str, now: datetime) -> tuple[Endpoints, Secrets]:
    """Where to leave for, and with what; raise ConnectionFailed."""
    plan = handshake.plan
    if not plan.is_open(to=handshake.member):
        raise PlanPaused if plan.is_paused else PlanNotConnectable
    endpoints = _endpoints(plan, now=now)
    return endpoints, fresh_secrets(plan, endpoints, launch=launch, consents=handshake.consents)


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


def fresh_secrets(
    plan: Plan, endpoints: Endpoints, *, launch: str = "", consents: frozenset[Consent] = CLAIMS
) -> Secrets:
    """Fresh secrets of one handshake. The redirect URI is a constant, never built from Host (O-08)."""
    return Secrets(
        redirect_uri=redirect_uri(plan, endpoints),
        token_url=endpoints.token_url,
        scope=" ".join(
            scopes_to_ask(plan.quirks, launch=bool(launch), consents=consents, announced=endpoints.scopes)
        ),
        issuer=endpoints.issuer,
        jwks_uri=endpoints.jwks_uri,
        keys_of_issuer=endpoints.keys_of_issuer,
        iss_required=endpoints.announces_iss,
        launch=launch,
        code_verifier=secrets.token_urlsafe(64) if plan.quirks.pkce != "never" else None,
        nonce=secrets.token_urlsafe(32) if "openid" in plan.quirks.scopes else None,
        userinfo_url=endpoints.userinfo_url,
        bound_to=binding(plan, endpoints.token_url),
    )


def _give_back(plan: Plan, tokens: Tokens, held: Handshake | None, *, now: datetime) -> None:
    """Have the plan forget tokens; where the trip they waited in is gone, whoever ended it may not have."""
    try:
        endings.forget(plan, tokens, now=now, waiting_in=held)
    except AnswerUsed:
        log.info("plan %s: what came of a trip was given back meanwhile", plan.slug)
    except AnswerExpired:
        endings.forget(plan, tokens, now=now)


def consent_hint(plan: Plan, scope: str) -> str:
    """What an operator may do where a sign-in page refuses how it is asked for *scope*, "" for nothing known.

    OpenID Connect Core 11 wants consent asked for with `offline_access`: pyoidc and idpyoidc refuse all else.
    """
    is_prompting = any(further.startswith("prompt=") for further in plan.quirks.authorize_parameters)
    return "" if is_prompting or not {"openid", LASTING}.issubset(scope.split()) else WANTS_CONSENT


def _refusal(plan: Plan, code: str, scope: str) -> ConnectionFailed:
    """What an error code of the plan's sign-in page means. It came through the member's browser: believed
    enough to tell the operator, not enough to stop the plan."""
    error = MemberSaidNo() if code == "access_denied" else oauth.meaning(code)
    if code == "invalid_request":
        error.hint = consent_hint(plan, scope)
    if error.fault == Attempt.Fault.OPERATOR:
        log.error("plan %s: its sign-in page answered %s: an operator has to look", plan.slug, error)
    return error
