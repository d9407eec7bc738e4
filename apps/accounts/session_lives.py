"""How long somebody stays signed in: until nothing was done for a while, and for some hours at most (W-11).

A session that is kept on a device lasts for weeks, but is locked at the same moments: it opens by a passkey.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, TypedDict, cast

from allauth.account.internal.flows.login import clear_authentication_records, get_authentication_records
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.exceptions import SessionInterrupted
from django.http import HttpRequest, HttpResponse

from apps.accounts import known_devices
from apps.accounts.known_devices import browser_words
from apps.accounts.models import Member, OpenSession

KEPT_UNDER: Final = "life"
"""Where a session keeps it."""
NOTED_EVERY: Final = 60.0
"""Seconds: what is done is noted once a minute, so that not every page writes."""
POLLING: Final = "-progress"
"""How the ids of elements end that ask by themselves how far something is: that is nobody's doing."""


class Life(TypedDict):
    """Moments in seconds since 1970: of the sign-in, and of what was done last."""

    began: float
    seen: float
    is_operator: bool
    is_kept: bool
    browser: str


class SessionLifeMiddleware:
    """Ends sessions that are over, shows locked ones as signed out, notes that something was done.

    Stands between what says who is signed in and whatever asks for it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Judge the session, then answer."""
        if SESSION_KEY in request.session:
            _judge(request, now=time.time())
        response = self.get_response(request)
        if member := getattr(request, "has_signed_in", None):
            known_devices.remember(request, response, member)
        return response


def _judge(request: HttpRequest, *, now: float) -> None:
    life = life_of(request.session)
    if life is None or ends_at(life) <= now:  # None: it is older than these rules
        request.session.flush()
        request.user = AnonymousUser()
    elif locks_at(life) <= now:
        request.user = AnonymousUser()
        clear_authentication_records(request)  # else a passkey of before is the second step of whoever comes
    elif now - life["seen"] >= NOTED_EVERY and not request.headers.get("HX-Trigger", "").endswith(POLLING):
        request.session[KEPT_UNDER] = {**life, "seen": now}


def life_of(session: Any) -> Life | None:
    """Return the life of a session, or of its contents; None where nobody is signed in with it."""
    life = session.get(KEPT_UNDER) if SESSION_KEY in session else None
    return cast(Life, life) if isinstance(life, dict) else None


def locks_at(life: Life) -> float:
    """When nothing opens any more without signing in again."""
    return min(seconds_left(life, now=0.0))


def seconds_left(life: Life, *, now: float) -> tuple[float, float]:
    """How long it stays open if nothing is done, and how long whatever is done."""
    idle = settings.OPERATOR_IDLE_MINUTES if life["is_operator"] else settings.SESSION_IDLE_MINUTES
    hours = settings.OPERATOR_HOURS if life["is_operator"] else settings.SESSION_HOURS
    return life["seen"] + idle * 60 - now, life["began"] + hours * 3600 - now


def ends_at(life: Life) -> float:
    """When the session is forgotten."""
    return life["began"] + settings.SESSION_KEPT_DAYS * 86400 if life["is_kept"] else locks_at(life)


def is_kept_locked(session: SessionBase) -> bool:
    """Whether this browser is one where somebody is kept signed in, and locked now."""
    life = life_of(session)
    return life is not None and life["is_kept"] and locks_at(life) <= time.time() < ends_at(life)


def begin(request: HttpRequest, user: Member, **_: Any) -> None:
    """Start the life of a session; sent by Django when somebody has signed in."""
    now = time.time()
    life = Life(
        began=now,
        seen=now,
        is_operator=user.is_staff,
        is_kept=request.POST.get("keep") == "on" and not user.is_staff and _is_by_passkey(request, user),
        browser=browser_words(request.headers.get("User-Agent", "")),
    )
    request.session[KEPT_UNDER] = dict(life)
    known_devices.signed_in(request, user)


def _is_by_passkey(request: HttpRequest, user: Member) -> bool:
    records = get_authentication_records(request, user)
    return bool(records) and (records[-1].get("method"), records[-1].get("type")) == ("mfa", "webauthn")


def signed_out(request: HttpRequest, **_: Any) -> None:
    """Mark the request for the header that empties the browser (`config.headers`)."""
    request.has_signed_out = True  # type: ignore[attr-defined]


def note(session_key: str, contents: dict[str, Any]) -> None:
    """Keep beside the session stored under this key whose it is, for the member's list of devices."""
    life = life_of(contents)
    if life is None:
        OpenSession.objects.filter(session_id=session_key).delete()
        return
    columns = {
        "member_id": contents[SESSION_KEY],
        "began_at": datetime.fromtimestamp(life["began"], UTC),
        "seen_at": datetime.fromtimestamp(life["seen"], UTC),
        "browser": life["browser"],
        "is_kept": life["is_kept"],
    }
    if not OpenSession.objects.filter(session_id=session_key).update(**columns):
        OpenSession.objects.bulk_create(
            [OpenSession(session_id=session_key, **columns)], ignore_conflicts=True
        )


def hold_member(member_id: Any) -> None:
    """Let whoever changes a key and whoever ends every session of a member take turns, in their transactions.

    Else a row that is just being stored under a new key would not be ended.
    """
    # Not the key: sessions that are stored meanwhile point to it.
    Member.objects.select_for_update(no_key=True).filter(pk=member_id).first()


def hold_signed_in(request: HttpRequest) -> None:
    """The same for who asks; raise SessionInterrupted where that session was ended since."""
    hold_member(request.user.pk)
    if not OpenSession.objects.under(request.session.stored_key).exists():  # type: ignore[attr-defined]
        raise SessionInterrupted("the session was ended meanwhile")


def follow(before: str, after: str) -> bool:
    """Keep beside the session stored as *after* what stood beside it while it was stored as *before*, if any.

    In the caller's transaction. The row itself goes along: whoever draws the curtain at that very moment
    waits for it, and finds it under `stored_before`.
    """
    row = OpenSession.objects.select_for_update().filter(session_id=before).first()
    if row is None:
        return False
    OpenSession.objects.filter(session_id=after).delete()  # as it was made with the new key
    OpenSession.objects.filter(pk=row.pk).update(session_id=after, stored_before=before)
    return True


def connect() -> None:
    """Hear of sign-ins and sign-outs, whichever page they come from."""
    user_logged_in.connect(begin, dispatch_uid="session_lives.begin")
    user_logged_out.connect(signed_out, dispatch_uid="session_lives.signed_out")
