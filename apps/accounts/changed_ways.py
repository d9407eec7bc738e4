"""What follows when the ways into an account change: every other session of it ends (W-13)."""

from typing import Any

from allauth.account import signals as account
from allauth.account.models import EmailAddress
from allauth.mfa import signals as mfa
from django.http import HttpRequest

from apps.accounts import actions
from apps.accounts.models import Member

CHANGES = (
    account.email_changed,
    account.password_changed,
    account.password_reset,
    account.password_set,
    mfa.authenticator_added,
    mfa.authenticator_removed,
    mfa.authenticator_reset,
)


def connect() -> None:
    """Hear of every change, whichever page it comes from."""
    for signal in CHANGES:
        signal.connect(end_others, dispatch_uid=f"changed_ways.{id(signal)}")


def end_others(
    request: HttpRequest, user: Member, from_email_address: EmailAddress | None = None, **_: Any
) -> None:
    """End every session of the member but this one; also one that waits for a code under the old address."""
    before = [from_email_address.email] if from_email_address else []
    actions.sign_out_others(member=user, session=request.session, before=before)
