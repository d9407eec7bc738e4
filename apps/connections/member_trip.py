"""A member connects a plan: they leave, come back with its answer, and say whose records are meant."""

import json
import logging
from dataclasses import asdict
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.module_loading import import_string

from apps.accounts import security_log
from apps.accounts.actions import agree
from apps.accounts.models import Member
from apps.connections import attempts, endings, held_answers, limits, trips
from apps.connections.errors import AnswerExpired, ConnectionFailed
from apps.connections.handshakes import Callback, Secrets, opening
from apps.connections.models import Attempt, Connection, Handshake
from apps.connections.people import Person, person_of
from apps.connections.tokens import Tokens, open_tokens, seal_tokens
from apps.outbound.trace import traced
from apps.plans.models import Plan
from apps.plans.scopes import LASTING, scopes_to_ask, shares_clinical
from apps.plans.snapshots import kept_snapshot
from apps.vault.boxes import Box, box_for
from apps.vault.errors import SealBroken

log = logging.getLogger("plainclaim.connections")

NOT_LASTING: Final = (
    "No lasting access, although offline_access was asked for. Some servers give it only with the quirk "
    "authorize_parameters: prompt=consent."
)


def begin(
    *,
    plan: Plan,
    member: Member,
    binding: str,
    now: datetime,
    connection: Connection | None = None,
    launch: str = "",
    consent_version: str = "",
    with_clinical: bool = False,
) -> str:
    """Return the plan's sign-in address; with a `connection` (the member's own) the trip renews that one.

    A connection that has clinical records goes on with them when it is renewed; else they are asked for
    *with_clinical*: nobody knows yet who comes. A yes to a *consent_version* is written down with what is
    asked.

    Raises TooManyTries with the plan, and what `trips.leave` does.
    """
    # First of all: who is in too much of a hurry leaves no row behind either.
    limits.refuse_haste(plan, member, now=now)
    is_clinical_wanted = with_clinical or bool(connection and connection.clinical_since)
    handshake = Handshake(
        member=member,
        plan=plan,
        connection=connection,
        purpose=Handshake.Purpose.RECONNECT if connection else Handshake.Purpose.CONNECT,
        consent_version=consent_version,
        with_clinical=is_clinical_wanted and shares_clinical(plan.quirks),
    )
    # The yes stands before the plan is asked anything (G-08), by what is known of it; then it is made exact.
    announced_scopes = kept_snapshot(plan).get("values", {}).get("scopes", ())
    asked = scopes_to_ask(
        plan.quirks, launch=bool(launch), consents=handshake.consents, announced=announced_scopes
    )
    note_consent(member, handshake, " ".join(asked), now=now)

    def note(_plan: Plan, kept: Secrets) -> None:
        note_consent(member, handshake, kept.scope, now=now)

    return trips.leave(handshake, binding=binding, now=now, launch=launch, check=note)


def clinical_since(member: Member, plan: Plan) -> datetime | None:
    """Since when the member agrees to clinical records at the plan, by a connection that is here; or None."""
    rows = member.connections.filter(plan=plan, clinical_since__isnull=False)
    return rows.order_by("clinical_since").values_list("clinical_since", flat=True).first()


def complete(*, member: Member, callback: Callback, binding: str, now: datetime) -> Connection | Handshake:
    """Turn the plan's answer into a connection, or into the handshake in which it waits for a choice.

    The handshake is used up before anything else happens. Raises a ConnectionFailed, with the plan when the
    answer was this member's to give; then nothing is stored and the plan is asked to forget its tokens.
    """
    with (
        trips.returned(member=member, callback=callback, binding=binding, now=now) as (handshake, kept),
        trips.exchanged(handshake, kept, callback, now=now) as tokens,
    ):
        claims = trips.claims_of(handshake.plan, kept, tokens, now=now)
        people = trips.people_of(handshake.plan, kept, tokens, claims, now=now)
        return settle(member, handshake, trips.proved(tokens, kept, claims), people, now=now)


def settle(
    member: Member, handshake: Handshake, tokens: Tokens, people: list[Person], *, now: datetime
) -> Connection | Handshake:
    """Keep the permission if it is clear whose records it gives; else it waits in the handshake."""
    person = sure(handshake, tokens, people)
    if person is None:
        held_answers.ask(handshake, tokens, people, now=now)
        return handshake
    with transaction.atomic():
        held_answers.let_go(handshake)
        return keep(member, handshake, tokens, person, now=now)


def sure(handshake: Handshake, tokens: Tokens, people: list[Person]) -> Person | None:
    """The person who is meant without asking, or None.

    On a connect the only one found. On a renewal the person of the connection, if the plan names them (alone
    among others) and the same account at the plan answered, as far as both are known.
    Raises AnswerExpired when that connection is gone, StoredPartBroken when it does not open.
    """
    try:
        renewed = handshake.connection
    except Connection.DoesNotExist:
        raise AnswerExpired("the connection was erased meanwhile") from None
    if renewed is None:
        return people[0] if len(people) == 1 else None
    with opening():
        box = box_for(renewed.member)
        person_id = person_of(renewed, box).id
    person = next((person for person in people if person.id == person_id), None)
    return None if _is_other_sign_in(renewed, tokens, box) else person


def choose(
    *, member: Member, handshake: Handshake, person_id: str, binding: str, now: datetime
) -> Connection:
    """Connect for the chosen person; once. Raises AnswerForeign, -Expired, -Used or -Incomplete."""
    try:
        with traced(attempts.trace_of(handshake.attempt)), transaction.atomic():
            tokens, person = held_answers.take(handshake, person_id=person_id, binding=binding, now=now)
            return keep(member, handshake, tokens, person, now=now)
    except ConnectionFailed as error:
        error.plan = handshake.plan
        raise


def refuse(*, handshake: Handshake, binding: str, now: datetime) -> bool:
    """Throw away the waiting answer of the plan; whether the plan confirmed that the permission is over.

    Raises AnswerForeign, AnswerExpired or AnswerUsed, with the plan.
    """
    tokens = held_answers.refuse(handshake, binding=binding, now=now)
    return endings.forget(handshake.plan, tokens, now=now, waiting_in=handshake)


def note_consent(member: Member, handshake: Handshake, scopes: str, *, now: datetime) -> None:
    """Write down the yes given on this trip, if one was, with the *scopes* that the plan is asked for."""
    if handshake.consent_version:
        agree(
            member=member,
            version=handshake.consent_version,
            now=now,
            plan=handshake.plan.slug,
            scopes=scopes,
            language=(translation.get_language() or "")[:8],
        )


def after_connect(*, connection: Connection, now: datetime) -> str:
    """Take the one forward step of the stages; return the path of the page to show next."""
    try:
        return str(import_string(settings.CONNECTIONS_AFTER_CONNECT)(connection=connection, now=now))
    except Connection.DoesNotExist:  # erased in another window meanwhile
        return reverse("connections:list")


def keep(
    member: Member, handshake: Handshake, tokens: Tokens, person: Person, *, now: datetime
) -> Connection:
    """Save the permission: on the row this member has for this plan and person, else on a new one (O-29).

    The row keeps its records and its address, also when its permission had ended or was ended by the member.
    Call it in the transaction in which the waiting answer was let go: that locked the member, so that one
    person is never connected twice, and saw that nobody took the trip back. Raises StoredPartBroken when a
    row it has to be compared with does not open; then the tokens are the caller's.
    """
    plan = handshake.plan
    # In another window they may have said yes to something else since, and not have arrived; or no.
    handshake.refresh_from_db(fields=["with_clinical"])
    note_consent(member, handshake, tokens.scopes_asked, now=handshake.created_at)
    rows = member.connections.filter(plan=plan)
    with opening():
        box = box_for(member)
        same = [row for row in rows if person_of(row, box).id == person.id]
    connection = same[0] if same else Connection(member=member, plan=plan)
    _take(connection, handshake, tokens, box, now=now)
    connection.sealed_patient = box.seal(connection, "sealed_patient", json.dumps(asdict(person)).encode())
    # What was said of the person whose connection is renewed stands for no other.
    if handshake.with_clinical and (same or handshake.connection_id is None):
        connection.clinical_since = connection.clinical_since or now
    connection.save()
    # What fails from here on leaves no connection either, whose tokens the caller gives back.
    attempts.advance(handshake.attempt, Attempt.Stage.CONNECTED)
    log.info("plan %s is connected, %s", plan.slug, connection)
    security_log.note(member, security_log.Kind.CONNECTED)
    if tokens.refresh_token is None and LASTING in tokens.scopes_asked.split():
        log.warning("plan %s gave no lasting access, although offline_access was asked for", plan.slug)
        attempts.remark(handshake.attempt, NOT_LASTING)
    return connection


def _take(connection: Connection, handshake: Handshake, tokens: Tokens, box: Box, *, now: datetime) -> None:
    """Set what the plan granted on a row that begins anew."""
    connection.status = Connection.Status.ACTIVE
    connection.scopes_granted = tokens.scope or ""
    connection.scopes_asked = tokens.scopes_asked
    connection.attempt = handshake.attempt
    seal_tokens(connection, box, tokens)
    connection.connected_at = now
    # They came when the trip came back: whose records are meant may have been asked since, for minutes.
    connection.access_expires_at = tokens.expires_at(now=handshake.used_at or now)
    connection.permission_ends_at = tokens.permission_ends_at
    connection.tokens_version += 1
    connection.refresh_lease = connection.refresh_lease_until = None
    connection.ended_because, connection.ended_at = "", None
    connection.renewal_refused_at, connection.renewal_refused_days = None, 0


def _is_other_sign_in(connection: Connection, tokens: Tokens, box: Box) -> bool:
    """Whether another account at the plan answered; two issuers cannot be compared, so the person decides."""
    try:
        before = open_tokens(connection, box)
    except SealBroken:  # or there are none any more
        return False
    return bool(
        before.subject
        and tokens.subject
        and before.issuer == tokens.issuer
        and before.subject != tokens.subject
    )
