"""A visitor signs in with a plan: they leave, and come back as the member its word stands for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.models import Member
from apps.accounts.ways import has_second_step
from apps.connections import held_answers, identities, member_trip, trips
from apps.connections.errors import (
    ConnectionFailed,
    NobodyFound,
    PlanAnswerUnreadable,
    PlanBusy,
    PlanNotConnectable,
    StoredPartBroken,
)
from apps.connections.handshakes import Callback, Secrets
from apps.connections.models import Attempt, Connection, Handshake
from apps.plain_language.language import said
from apps.plans.models import Plan


class SignInNotOffered(ConnectionFailed):
    """The plan is not asked for `openid`, publishes no issuer or keys, or another server's issuer."""

    title = said("This plan cannot sign you in")
    sentence = said(
        "This plan does not say who signed in there in a way we can check, so it cannot open an account here."
    )
    next_step = said(
        "Create an account here first, with your e-mail address; then connect your plan from it."
    )
    status = 409


class SignInUnproven(ConnectionFailed):
    """The plan was asked who signed in and sent no id_token."""

    title = said("Your plan did not say who you are")
    sentence = said(
        "You signed in at your plan, but it did not tell us who signed in, so we opened no account."
    )
    next_step = said(
        "Create an account here first, with your e-mail address; then connect your plan from it."
    )
    status = 502


class AccountOfOperator(ConnectionFailed):
    """The member this plan's word stands for may enter the admin: a plan's word is not enough for that."""

    title = said("This account cannot be opened with a plan")
    fault = Attempt.Fault.MEMBER
    sentence = said(
        "The account here that belongs to this sign-in may enter the operators' pages, so no plan can "
        "open it."
    )
    next_step = said(
        "Sign in with the account's e-mail address and password, or its passkey; then connect your plan."
    )
    status = 403


class AccountClosed(ConnectionFailed):
    """The member this plan's word stands for was closed by an operator."""

    title = said("This account is closed")
    fault = Attempt.Fault.OPERATOR
    sentence = said("The account here that belongs to this sign-in is closed and cannot be used.")
    next_step = said(
        "If you think this is a mistake, write to us: the address is on the page about this app."
    )
    status = 403


class SignedInOnly(ConnectionFailed):
    """A known member proved who they are, but whose records are meant could not be read just then.

    They are let in all the same: what they have here is theirs, also while the plan's data server is down.
    """

    title = said("You are signed in")
    sentence = said(
        "You are signed in. Your plan's records could not be asked for just now, so nothing new was read."
    )
    status = 200

    def __init__(self, member: Member, why: str) -> None:
        super().__init__(why)
        self.member = member


@dataclass(frozen=True)
class Arrival:
    """Who has come in, and what there is for them: a connection, or a handshake whose answer waits.

    With `is_half_way` it waits until they are signed in, else until they say whose records are meant.
    """

    member: Member
    granted: Connection | Handshake
    is_half_way: bool = False


def begin(
    *,
    plan: Plan,
    binding: str,
    now: datetime,
    launch: str = "",
    consent_version: str = "",
    with_clinical: bool = False,
) -> str:
    """Return the plan's sign-in address. Raises SignInNotOffered and what `trips.leave` does."""
    handshake = Handshake(
        plan=plan,
        purpose=Handshake.Purpose.SIGN_IN,
        consent_version=consent_version,
        with_clinical=with_clinical,
    )
    return trips.leave(handshake, binding=binding, now=now, launch=launch, check=require_proof)


def complete(*, callback: Callback, binding: str, now: datetime) -> Arrival:
    """Find or make the member the plan's answer stands for, and go on as for any member from there.

    Raises SignedInOnly for a known member whose records cannot be asked for, else a ConnectionFailed.
    """
    claims: dict[str, Any] = {}
    with trips.returned(member=None, callback=callback, binding=binding, now=now) as (handshake, kept):
        plan = handshake.plan
        require_proof(plan, kept)  # the operator's doubt counts at once, also for who is under way
        try:
            with trips.exchanged(handshake, kept, callback, now=now) as tokens:
                claims = trips.claims_of(plan, kept, tokens, now=now)
                refuse_unproven(claims)
                refuse_known(claims)
                people = trips.people_of(plan, kept, tokens, claims, now=now)
                member = arrive(handshake, claims, scopes=kept.scope, now=now)
                proved = trips.proved(tokens, kept, claims)
                if has_second_step(member):
                    held_answers.ask(handshake, proved, people, now=now)
                    return Arrival(member, handshake, is_half_way=True)
                return Arrival(member, member_trip.settle(member, handshake, proved, people, now=now))
        except ConnectionFailed as error:
            if signed_in_only := known_anyway(plan, error, claims):
                raise signed_in_only from error
            raise


def go_on(*, member: Member, handshake: Handshake, binding: str, now: datetime) -> Connection | Handshake:
    """Take up the plan's answer that waited until its member had taken their second step, once.

    Raises AnswerForeign, -Expired or -Used.
    """
    people = held_answers.question_of(handshake, binding=binding, now=now).people
    if len(people) != 1:
        return handshake
    return member_trip.choose(
        member=member, handshake=handshake, person_id=people[0].id, binding=binding, now=now
    )


def known_anyway(plan: Plan, error: ConnectionFailed, claims: Mapping[str, Any]) -> SignedInOnly | None:
    """Whether a visitor whose trip failed after a good proof is a member already: then they come in.

    By the account as it is now: the plan was asked meanwhile. Raises AccountClosed or AccountOfOperator.
    """
    if not isinstance(error, PlanBusy | PlanAnswerUnreadable | NobodyFound | StoredPartBroken):
        return None
    if not claims.get("iss") or not claims.get("sub"):
        return None
    identity = identities.find(issuer=claims["iss"], subject=claims["sub"])
    if identity is None or not identities.still_vouches(plan, claims["iss"]):
        return None
    _refuse(identity.member)
    return SignedInOnly(identity.member, f"{type(error).__name__}: {error}")


def require_proof(plan: Plan, kept: Secrets) -> None:
    """Before a visitor leaves, and when they are back: the plan can prove who comes, by the row as it is now.

    Raises PlanNotConnectable or SignInNotOffered.
    """
    if not plan.is_open():
        raise PlanNotConnectable
    if kept.nonce is None or kept.issuer is None or kept.jwks_uri is None:
        raise SignInNotOffered("no openid, issuer or keys")
    if not identities.vouches(plan, kept.issuer):
        raise SignInNotOffered("the issuer is not the one on the plan's row")
    if not kept.keys_of_issuer:
        raise SignInNotOffered("the keys are not those of the issuer's own document")


def refuse_unproven(claims: Mapping[str, Any]) -> None:
    """After a visitor came back: raise SignInUnproven without the claims of a verified id_token."""
    if not claims.get("iss") or not claims.get("sub"):
        raise SignInUnproven


def refuse_known(claims: Mapping[str, Any]) -> None:
    """Before the plan is asked for anything more: raise where the account behind these claims stays closed.

    Nothing is asked for who is suspended, whoever it is that signs in for them (S-03).
    """
    identity = identities.find(issuer=claims["iss"], subject=claims["sub"])
    if identity is not None:
        _refuse(identity.member)


def _refuse(member: Member) -> None:
    if not member.is_active:
        raise AccountClosed
    if not member.may_use_plans:
        raise AccountOfOperator


def arrive(handshake: Handshake, claims: Mapping[str, Any], *, scopes: str, now: datetime) -> Member:
    """Return the member the plan's word stands for, made now if it is a first visit, and hand the trip over.

    From here on the handshake is the member's own, so that what is left of the trip (choosing a person) is
    theirs and sealed in their box; their yes is to the *scopes* asked for. Where a second step is still to
    come nothing else is written (W-17). Raises AccountClosed, AccountOfOperator or SignInNotOffered.
    """
    issuer, subject = claims["iss"], claims["sub"]
    with transaction.atomic():
        if not identities.still_vouches(handshake.plan, issuer):
            raise SignInNotOffered("the plan's row was changed meanwhile")
        identity = identities.find(issuer=issuer, subject=subject)
        if identity is None or not has_second_step(identity.member):
            identity = identities.find_or_make(plan=handshake.plan, issuer=issuer, subject=subject, now=now)
        member = identity.member
        _refuse(member)
        held_answers.hand_over(handshake, member)
        if not has_second_step(member):
            member_trip.note_consent(member, handshake, scopes, now=handshake.created_at)
    return member
