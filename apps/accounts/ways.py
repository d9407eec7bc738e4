"""The ways into an account: password, passkeys, plans. At least one has to be left; what follows a change."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from allauth.account import signals as account
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.manage_email import sync_user_email_address
from allauth.account.models import EmailAddress
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import models, transaction
from django.http import HttpRequest

from apps.accounts import actions
from apps.accounts.models import Member

WAYS_CHANGED: Final = (
    account.email_changed,
    account.password_changed,
    account.password_reset,
    account.password_set,
    mfa.authenticator_added,
    mfa.authenticator_removed,
    mfa.authenticator_reset,
)
"""After these every other session of the account ends (W-13)."""


def has_password(member: Member) -> bool:
    """Whether a password opens the account: it needs an address to go with it."""
    return bool(member.email) and member.has_usable_password()


def passkeys(member: Member) -> list[Authenticator]:
    """The passkeys, the oldest first."""
    rows = Authenticator.objects.filter(user=member, type=Authenticator.Type.WEBAUTHN)
    return list(rows.order_by("created_at", "pk"))


def has_second_step(member: Member) -> bool:
    """Whether neither the password nor a plan is enough: a passkey or an app guards the account (W-17)."""
    steps = Authenticator.objects.filter(user=member).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return bool(steps.exists())


def needs_code(member: Member) -> bool:
    """Whether the password alone opens nothing: it is an operator's, and no passkey guards it yet (S-01)."""
    return not member.may_use_plans and not passkeys(member)


def ways_in(member: Member, *, without: models.Model | None = None) -> int:
    """How many ways into the account there are that work now, not counting `without`.

    A plan that is paused, hidden, or has another issuer by now signs nobody in, so it is no way. An operator
    who made a passkey needs one from then on (S-01).
    """
    keys = passkeys(member)
    if keys and not member.may_use_plans:
        return len([key for key in keys if key != without])
    identities = member.identities.select_related("plan") if member.may_use_plans else []
    plans = [
        identity
        for identity in identities
        if identity.plan.is_open() and identity.plan.issuer == identity.issuer
    ]
    others = [way for way in (*keys, *plans) if way != without]
    return has_password(member) + len(others)


@contextmanager
def one_change_at_a_time(member: Member) -> Iterator[Member]:
    """Hold the member's row while ways in are counted and one is removed; gives the row as it is now.

    Otherwise two windows could each see two ways, and remove both.
    """
    with transaction.atomic():
        yield Member.objects.select_for_update().get(pk=member.pk)


def connect() -> None:
    """Hear of every change, whichever page it comes from."""
    for signal in WAYS_CHANGED:
        signal.connect(end_others, dispatch_uid=f"ways.{id(signal)}")
    account.password_reset.connect(confirm_by_link, dispatch_uid="ways.confirm_by_link")


def confirm_by_link(request: HttpRequest, user: Member, **_more: Any) -> None:
    """Confirm the account's only address, once a link to a new password was opened: it went to that mailbox.

    So strangers who have every code sent that an hour allows keep no owner of an address out (S-08): the
    link is bound to no browser, and one that works is in the mailbox while they ask. Of an account with a
    second address nothing is confirmed: the link may have gone to that one, and does not say.
    """
    if EmailAddress.objects.filter(user=user).exclude(email__iexact=user.email).exists():
        return
    sync_user_email_address(user)
    address = EmailAddress.objects.filter(user=user, verified=False).first()
    if address is not None:
        get_adapter().confirm_email(request, address)


def end_others(
    request: HttpRequest,
    user: Member,
    signal: Any,
    from_email_address: EmailAddress | None = None,
    authenticator: Authenticator | None = None,
    **_more: Any,
) -> None:
    """End every session of the member but this one; also one that waits for a code under the old address.

    Where this one was ended meanwhile, what it added opens nothing.
    """
    before = [from_email_address.email] if from_email_address else []
    try:
        actions.sign_out_others(member=user, request=request, before=before)
    except SessionInterrupted:
        if authenticator is not None and signal is mfa.authenticator_added:
            authenticator.delete()
        raise
