"""Signing in with a plan: how a visitor's trip ends as a member."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.actions import agree
from apps.accounts.models import Member
from apps.connections import identities
from apps.connections.errors import (
    ConnectionFailed,
    NobodyFound,
    PlanAnswerUnreadable,
    PlanBusy,
    StoredPartBroken,
)
from apps.connections.handshakes import Secrets
from apps.connections.models import Attempt, Handshake
from apps.plans.models import Plan


class SignInNotOffered(ConnectionFailed):
    """The plan is not asked for `openid`, publishes no issuer or keys, or another server's issuer."""

    title = "This plan cannot sign you in"
    sentence = (
        "This plan does not say who signed in there in a way we can check, so it cannot open an account here."
    )
    next_step = "Create a Plainclaim account first, with your e-mail address; then connect your plan from it."
    status = 409


class SignInUnproven(ConnectionFailed):
    """The plan was asked who signed in and sent no id_token."""

    title = "Your plan did not say who you are"
    sentence = "You signed in at your plan, but it did not tell us who signed in, so we opened no account."
    next_step = "Create a Plainclaim account first, with your e-mail address; then connect your plan from it."
    status = 502


class AccountClosed(ConnectionFailed):
    """The member this plan's word stands for was closed by an operator."""

    title = "This account is closed"
    fault = Attempt.Fault.OPERATOR
    sentence = "The Plainclaim account that belongs to this sign-in is closed and cannot be used."
    next_step = "If you think this is a mistake, write to us: the address is on the page about this app."
    status = 403


class SignedInOnly(ConnectionFailed):
    """A known member proved who they are, but whose records are meant could not be read just then.

    They are let in all the same: what they have here is theirs, also while the plan's data server is down.
    """

    title = "You are signed in"
    sentence = (
        "You are signed in. Your plan's records could not be asked for just now, so nothing new was read."
    )
    status = 200

    def __init__(self, member: Member, why: str) -> None:
        super().__init__(why)
        self.member = member


def known_anyway(error: ConnectionFailed, claims: Mapping[str, Any]) -> SignedInOnly | None:
    """Whether a visitor whose trip failed after a good proof is a member already: then they come in."""
    if not isinstance(error, PlanBusy | PlanAnswerUnreadable | NobodyFound | StoredPartBroken):
        return None
    if not claims.get("iss") or not claims.get("sub"):
        return None
    identity = identities.find(issuer=claims["iss"], subject=claims["sub"])
    if identity is None or not identity.member.is_active:
        return None
    return SignedInOnly(identity.member, f"{type(error).__name__}: {error}")


def require_proof(plan: Plan, kept: Secrets) -> None:
    """Before a visitor leaves: raise SignInNotOffered unless the plan can prove who will come back."""
    if kept.nonce is None or kept.issuer is None or kept.jwks_uri is None:
        raise SignInNotOffered("no openid, issuer or keys")
    if not identities.vouches(plan, kept.issuer):
        raise SignInNotOffered("the issuer is not the plan's own")


def refuse_unproven(claims: Mapping[str, Any]) -> None:
    """After a visitor came back: raise SignInUnproven without the claims of a verified id_token."""
    if not claims.get("iss") or not claims.get("sub"):
        raise SignInUnproven


def arrive(handshake: Handshake, claims: Mapping[str, Any], *, now: datetime) -> Member:
    """Return the member the plan's word stands for, made now if it is a first visit, and hand the trip over.

    From here on the handshake is the member's own, so that what is left of the trip (choosing a person) is
    theirs and sealed in their box. The consent given before leaving is written down. Raises AccountClosed.
    """
    with transaction.atomic():
        identity = identities.find_or_make(
            plan=handshake.plan, issuer=claims["iss"], subject=claims["sub"], now=now
        )
        member = identity.member
        if not member.is_active:
            raise AccountClosed
        if handshake.consent_version:
            # They agreed before they left, when there was no member yet.
            agree(member=member, version=handshake.consent_version, now=handshake.created_at)
        handshake.member, handshake.purpose = member, Handshake.Purpose.CONNECT
        handshake.save(update_fields=["member", "purpose"])
    return member
