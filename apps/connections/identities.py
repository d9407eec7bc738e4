"""Who a plan's word stands for: the member behind an issuer and a subject, never behind an address (O-16)."""

import json
from datetime import datetime
from typing import Final

from apps.accounts.models import Member
from apps.accounts.ways import one_change_at_a_time, ways_in
from apps.connections.models import Connection, Identity
from apps.connections.tokens import Tokens, open_tokens
from apps.plain_language.language import said
from apps.plans.models import Plan
from apps.vault.boxes import box_for, house_box

PURPOSE: Final = "identity"


class IdentityProblem(Exception):
    """Base: a sign-in with a plan could not be turned on or off. Nothing was changed."""

    sentence = said("Nothing was changed.")


class NoProof(IdentityProblem):
    """The connection holds no verified issuer and subject, or the issuer is not the plan's own."""

    sentence = said(
        "Your plan did not say in a way we can check who signed in there, so it cannot be used to sign in "
        "here. Connect it again, and try once more."
    )


class TakenElsewhere(IdentityProblem):
    """The pair belongs to another member; whose is nobody's business."""

    sentence = said(
        "This sign-in at your plan already opens another account here, so it cannot open this one as "
        "well. Nothing was changed."
    )


class LastWay(IdentityProblem):
    """Without it nobody could sign in to the account any more."""

    sentence = said(
        "This is the only way into your account, so we kept it. Add a password or a passkey first, then "
        "remove it."
    )


class OperatorsAccount(IdentityProblem):
    """The account may enter the admin: no plan opens it."""

    sentence = said(
        "This account may enter the operators' pages, so no plan can sign in to it. Use its password or "
        "passkey."
    )


def vouches(plan: Plan, issuer: str) -> bool:
    """Whether this issuer may speak for who signed in at this plan: it is the one on the plan's row.

    Exactly that, and only where an operator wrote it: many tenants may share an origin, and a server must
    not sign in the members of another one by printing its name into its own documents. An operator can
    still pause or hide the plan: then it speaks for nobody.
    """
    return bool(plan.issuer) and issuer == plan.issuer and plan.is_open()


def still_vouches(plan: Plan, issuer: str) -> bool:
    """`vouches` by the row as it is now, whatever it was when the trip began."""
    row = Plan.objects.filter(pk=plan.pk).first()
    return row is not None and vouches(row, issuer)


def find(*, issuer: str, subject: str) -> Identity | None:
    """The identity of the pair, with its member, or None."""
    row = Identity.objects.filter(issuer=issuer, subject_digest=digest_of(issuer, subject))
    return row.select_related("member").first()


def find_or_make(*, plan: Plan, issuer: str, subject: str, now: datetime) -> Identity:
    """The identity of the pair; a new member comes with a new one. Two at once make one (a unique pair)."""
    values = {"plan": plan, "member": Member.objects.create_from_plan, "created_at": now, "last_used_at": now}
    identity, is_new = Identity.objects.select_related("member").get_or_create(
        issuer=issuer, subject_digest=digest_of(issuer, subject), defaults=values
    )
    if not is_new:
        Identity.objects.filter(pk=identity.pk).update(last_used_at=now)
    return identity


def proof_of(connection: Connection) -> tuple[str, str] | None:
    """The verified (issuer, subject) of whoever gave this permission, if it may be signed in with.

    Raises vault SealBroken.
    """
    if not connection.sealed_tokens:
        return None
    tokens: Tokens = open_tokens(connection, box_for(connection.member))
    if not tokens.issuer or not tokens.subject or not tokens.is_vouched:
        return None
    if not vouches(connection.plan, tokens.issuer):
        return None
    return tokens.issuer, tokens.subject


def is_linked(connection: Connection) -> bool:
    """Whether the connection's member already signs in with whoever gave this permission."""
    proof = proof_of(connection)
    identity = find(issuer=proof[0], subject=proof[1]) if proof else None
    return identity is not None and identity.member_id == connection.member_id


def link(*, connection: Connection, now: datetime) -> Identity:
    """Let the connection's member sign in with its plan; twice is once.

    Raises OperatorsAccount, NoProof or TakenElsewhere.
    """
    if not connection.member.may_use_plans:
        raise OperatorsAccount
    proof = proof_of(connection)
    if proof is None:
        raise NoProof
    values = {"plan": connection.plan, "member": connection.member, "created_at": now}
    identity, _is_new = Identity.objects.get_or_create(
        issuer=proof[0], subject_digest=digest_of(*proof), defaults=values
    )
    if identity.member_id != connection.member_id:
        raise TakenElsewhere
    return identity


def unlink(*, identity: Identity) -> None:
    """Take a plan's sign-in away from its member, unless it is the last way in. Raises LastWay."""
    with one_change_at_a_time(identity.member) as member:
        if ways_in(member, without=identity) < 1:
            raise LastWay
        identity.delete()


def digest_of(issuer: str, subject: str) -> str:
    """The keyed digest both are found by; without the house's key it cannot be guessed or compared."""
    return house_box().fingerprint(PURPOSE, json.dumps([issuer, subject])).hex()
