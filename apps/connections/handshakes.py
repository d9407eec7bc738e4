"""The handshake: what we remember while a member is away at the plan, and how the answer is matched to it."""

import hmac
import json
import logging
import secrets
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Self

from django.db import transaction
from django.http import QueryDict
from django.utils.crypto import salted_hmac

from apps.accounts.models import Member
from apps.accounts.session_lives import hold_member
from apps.connections.errors import (
    AnswerExpired,
    AnswerForeign,
    AnswerIncomplete,
    AnswerMisdirected,
    AnswerRepeated,
    AnswerUnknown,
    AnswerUsed,
    ConnectionFailed,
    IssuerDiffers,
    PlanMoved,
    SignedOut,
    StoredPartBroken,
)
from apps.connections.models import Handshake
from apps.plans.models import Plan
from apps.plans.origins import may_go
from apps.vault.boxes import Box, box_for, house_box
from apps.vault.errors import VaultError

log = logging.getLogger("plainclaim.connections")

LIFETIME: Final = timedelta(minutes=10)
REMEMBERED: Final = timedelta(days=1)  # how long "expired" and "used" can be told from "unknown"
SESSION_KEY: Final = "connections.binding"


@dataclass(frozen=True)
class Secrets:
    """What the answer is checked against: recorded before leaving, so the answer cannot choose it (O-10)."""

    redirect_uri: str
    token_url: str
    scope: str
    issuer: str | None
    jwks_uri: str | None
    iss_required: bool
    launch: str = field(repr=False)
    code_verifier: str | None = field(repr=False)
    nonce: str | None = field(repr=False)
    userinfo_url: str | None = None
    keys_of_issuer: bool = False  # `jwks_uri` is of the issuer's own document
    bound_to: str = ""  # where what comes may go: `binding` as the member left; "": left before this was kept


@dataclass(frozen=True)
class Callback:
    """The parameters of an authorization response (RFC 6749 sections 4.1.2 and 4.1.2.1, RFC 9207).

    `arrived_at` is the redirect URI it came to, made of our own origin and the path, never of `Host`.
    `error_description` and `error_uri` are left out: words of others are not shown on our pages (O-31).
    """

    state: str = field(repr=False)
    code: str | None = field(default=None, repr=False)
    error: str | None = None
    iss: str | None = None
    arrived_at: str = ""

    @classmethod
    def read(cls, query: QueryDict, *, arrived_at: str) -> Self:
        """Read the query of the redirect URI; raise AnswerRepeated or AnswerIncomplete."""
        if any(len(values) > 1 for _, values in query.lists()):
            raise AnswerRepeated
        if not query.get("state"):
            raise AnswerIncomplete("no state")
        values = {name: str(query[name]) for name in ("state", "code", "error", "iss") if name in query}
        return cls(**values, arrived_at=arrived_at)


def bind(session: MutableMapping[str, Any]) -> str:
    """Return the session's random value, made on first use.

    It lives inside the session, so it survives the new session key of a sign-in and ends with a sign-out.
    """
    if SESSION_KEY not in session:
        session[SESSION_KEY] = secrets.token_urlsafe(32)
    return str(session[SESSION_KEY])


def bound(session: MutableMapping[str, Any]) -> str:
    """Return the session's random value, or nothing when it never began a handshake."""
    return str(session.get(SESSION_KEY, ""))


def begin(handshake: Handshake, *, binding: str, kept: Secrets, now: datetime) -> str:
    """Save a new handshake and return its `state`: 384 bits that only the browser and the plan see.

    Without a member it is a visitor's, who wants to sign in with the plan; with a connection it renews that.
    """
    state = new_state()
    handshake.state_digest = Handshake.digest_of(state)
    handshake.session_digest = _session_digest(binding)
    handshake.created_at, handshake.expires_at = now, now + LIFETIME
    sealed = box_of(handshake).seal(handshake, "sealed_secrets", json.dumps(asdict(kept)).encode())
    handshake.sealed_secrets = sealed
    handshake.save(force_insert=True)
    return state


def forget_old(*, now: datetime) -> None:
    """Delete trips that were over a day ago, and with them whose they were."""
    # Not those in which a plan's answer still waits: its tokens have to be given back first.
    Handshake.objects.filter(sealed_answer=b"").over(before=now - REMEMBERED).delete()


def new_state() -> str:
    """384 bits from the system's randomness (O-01)."""
    return secrets.token_urlsafe(48)


def box_of(handshake: Handshake) -> Box:
    """The box that seals the handshake: its member's, or the house's for a visitor."""
    return box_for(handshake.member) if handshake.member else house_box()


@contextmanager
def opening() -> Iterator[None]:
    """Turn a seal that does not open into StoredPartBroken, whose page says so; operators find it logged."""
    try:
        yield
    except VaultError as error:
        log.error("a trip to a plan needs a sealed value that does not open: %s", error)  # names the row only
        raise StoredPartBroken(type(error).__name__) from error  # no row: attempts name nobody


def use(*, member: Member | None, state: str, binding: str, now: datetime) -> tuple[Handshake, Secrets]:
    """Use up the handshake of `state`, once; return it with its secrets, which are gone from the table then.

    The order of the checks is the order of blame: unknown, foreign, used, expired. Nothing but a fitting
    answer from the member (or visitor) and session that began it uses it up, so nobody else can spoil it.
    """
    with transaction.atomic():
        handshake = Handshake.objects.select_related("plan", "member", "attempt").for_state(state).first()
        if handshake is None:
            raise AnswerUnknown
        if member is None and handshake.member_id is not None:
            raise SignedOut
        if handshake.member_id != (member.pk if member else None) or not is_bound(handshake, binding):
            raise AnswerForeign
        if handshake.used_at is not None:
            raise about(AnswerUsed(), handshake)
        if handshake.expires_at <= now:
            raise about(AnswerExpired(), handshake)
        kept = Secrets(**json.loads(box_of(handshake).open(handshake, "sealed_secrets")))
        # Of any number of simultaneous answers exactly one changes the row (O-03).
        used = Handshake.objects.filter(pk=handshake.pk).open(now=now).update(used_at=now, sealed_secrets=b"")
        if not used:
            raise about(AnswerUsed(), handshake)
    return handshake, kept


def still_there(handshake: Handshake) -> None:
    """Lock the trip's member and the trip, which has to be on still; call it inside a transaction.

    Whoever disconnects the plan or closes the account holds the same lock and deletes the trip, as does who
    ends all permissions of a plan, visitors' too: what is written after this is never written for somebody
    who has left. Raises AnswerExpired.
    """
    hold_member(handshake.member_id)
    if Handshake.objects.select_for_update(no_key=True).filter(pk=handshake.pk).first() is None:
        raise AnswerExpired("the plan was disconnected, or the account closed, meanwhile")


def is_bound(handshake: Handshake, binding: str) -> bool:
    """Whether the handshake began in the session with this random value."""
    return bool(binding) and hmac.compare_digest(handshake.session_digest, _session_digest(binding))


def check_redirect(callback: Callback, kept: Secrets) -> None:
    """Refuse an answer at another redirect URI than the trip left with (O-10); raise AnswerMisdirected.

    The handshake is used up by then, on purpose: whoever can send such an answer knows its `state` and could
    end the trip with an `error` as well, while a `state` that two servers have seen must not stay good.
    """
    if callback.arrived_at != kept.redirect_uri:
        raise AnswerMisdirected("the answer came to another redirect URI")


def check_issuer(callback: Callback, kept: Secrets) -> None:
    """Compare `iss` as a plain string, in good and bad news alike (RFC 9207 2.4); raise IssuerDiffers.

    Where nobody knows the plan's issuer nothing can be compared; then the answer came to the plan's own
    redirect URI, and the code goes only to the token endpoint that was recorded before the member left. A
    server that announces `iss` without a known issuer has not even that door: nothing it sends is used.
    """
    if kept.iss_required and kept.issuer is None:
        raise IssuerDiffers("iss is announced, but there is no issuer to compare it with")
    if callback.iss is None:
        if kept.iss_required:
            raise IssuerDiffers("iss is missing")
    elif kept.issuer is not None and callback.iss != kept.issuer:
        raise IssuerDiffers("iss differs")


def check_place(plan: Plan, kept: Secrets) -> None:
    """Refuse an answer to a plan that moved meanwhile (S-01); raise PlanMoved.

    Its code would be spent at the old place for tokens that go to the new one, unless a second operator
    confirmed that those may.
    """
    if kept.bound_to and not may_go(kept.bound_to, plan, kept.token_url):
        raise PlanMoved("its addresses or our client id there changed meanwhile")


def _session_digest(binding: str) -> str:
    return salted_hmac("apps.connections.handshakes", binding, algorithm="sha256").hexdigest()


def about[E: ConnectionFailed](error: E, handshake: Handshake) -> E:
    """The error with plan and attempt; only said to whoever began the trip."""
    error.plan, error.attempt = handshake.plan, handshake.attempt
    return error
