"""What members do with connections: begin, choose, refuse. What answers become: `completing`; ends: `ending`.

No call to the network is made inside a transaction.
"""

import logging
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.module_loading import import_string

from apps.accounts.models import Member
from apps.connections import (
    attempts,
    choosing,
    ending,
    handshakes,
    keeping,
    limits,
    oauth,
    visitors,
)
from apps.connections.completing import ChoiceNeeded
from apps.connections.errors import (
    AnswerExpired,
    AnswerForeign,
    AnswerUsed,
    ConnectionFailed,
    PlanBusy,
    PlanNeedsOperator,
    PlanNotConnectable,
)
from apps.connections.handshakes import Secrets
from apps.connections.models import Attempt, Connection, Handshake
from apps.outbound.errors import OutboundError
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
        code_verifier=secrets.token_urlsafe(64) if plan.quirks.pkce != "never" else None,
        nonce=secrets.token_urlsafe(32) if "openid" in plan.quirks.scopes else None,
        userinfo_url=endpoints.userinfo_url,
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
    try:
        return str(import_string(settings.CONNECTIONS_AFTER_CONNECT)(connection=connection, now=now))
    except Connection.DoesNotExist:  # erased in another window meanwhile
        return reverse("connections:list")


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
