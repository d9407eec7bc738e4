"""What happened to an account, as its member reads it: sign-ins, ways in, connections; no contents.

A row says what, when and with which kind of browser; never an address, a plan or a record. What was read of
the records themselves, shown in full or taken along is kept sealed, by a later stage.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, NamedTuple

from allauth.account import signals as account
from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.mfa import signals as mfa
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as said

from apps.accounts import known_devices
from apps.accounts.known_devices import browser_words
from apps.accounts.models import Member, SecurityEvent
from apps.audit import trail

KEPT_FOR: Final = timedelta(days=365)
Kind = SecurityEvent.Kind
SENTENCES: Final[dict[str, str]] = {
    Kind.SIGNED_IN: said("You signed in"),
    Kind.NEW_DEVICE: said("You signed in with a browser that was not used here before"),
    Kind.ADDRESS: said("Your e-mail address was changed or confirmed"),
    Kind.PASSWORD: said("A password was set or changed"),
    Kind.PASSKEY_ADDED: said("A passkey was added"),
    Kind.PASSKEY_REMOVED: said("A passkey was removed"),
    Kind.CODES: said("Codes for a lost device were made"),
    Kind.APP_ADDED: said("An authenticator app was added"),
    Kind.APP_REMOVED: said("The authenticator app was removed"),
    Kind.SUPPORT_OPENED: said("You opened a support code"),
    Kind.SUPPORT_READ: said("Support looked at how your updates went, with your support code"),
    Kind.PLAN_ADDED: said("The sign-in of a plan was added"),
    Kind.PLAN_REMOVED: said("The sign-in of a plan was removed"),
    Kind.SIGNED_OUT: said("Other browsers were signed out"),
    Kind.CONNECTED: said("A plan was connected"),
    Kind.DISCONNECTED: said("A permission at a plan was ended"),
    Kind.EXPORTED: said("A file of your records was made"),
    Kind.REVEALED: said("A member number was shown in full"),
    Kind.MAILS: said("What you are told by e-mail was changed"),
}
NOTED: Final = "noted"
"""Where a session keeps which kinds it has noted, and on which day."""
OF_AUTHENTICATORS: Final = {
    "webauthn": (Kind.PASSKEY_ADDED, Kind.PASSKEY_REMOVED),
    "totp": (Kind.APP_ADDED, Kind.APP_REMOVED),
}
"""What was added and what was removed."""
OF_SIGNALS: Final = (
    (account.email_changed, Kind.ADDRESS),
    (account.password_changed, Kind.PASSWORD),
    (account.password_reset, Kind.PASSWORD),
    (account.password_set, Kind.PASSWORD),
)


class Happened(NamedTuple):
    """One line: when, what in words, and with which kind of browser ("" for none)."""

    at: datetime
    words: str
    browser: str


def note(member: Member, kind: str, *, is_theirs: bool = True) -> None:
    """Write a line; lines of over a year ago go. With the browser of the request that is being answered,
    unless that is not theirs."""
    now, request = timezone.now(), context.request if is_theirs else None
    browser = browser_words(request.headers.get("User-Agent", "")) if request else ""
    member.security_events.filter(at__lt=now - KEPT_FOR).delete()
    SecurityEvent.objects.create(member=member, kind=kind, at=now, browser=browser)


def is_first_today(request: Any, name: str) -> bool:
    """Whether the session does it first on this day; it remembers *name*, which tells nothing of records."""
    day, noted = timezone.localdate().isoformat(), request.session.get(NOTED, {})
    if noted.get(name) == day:
        return False
    request.session[NOTED] = {noted_name: on for noted_name, on in noted.items() if on == day} | {name: day}
    return True


def happened(member: Member, *, most: int, before: datetime | None = None) -> list[Happened]:
    """Return what happened to an account and to the records in it, the newest first; *before* a moment."""
    events = member.security_events.filter(Q(at__lt=before) if before else Q())[:most]
    lines = [Happened(event.at, _(SENTENCES[event.kind]), event.browser) for event in events]
    lines += import_string(settings.ACCOUNTS_ALSO_HAPPENED)(member, most=most, before=before)
    return sorted(lines, key=lambda line: line.at, reverse=True)[:most]


def way_added(member: Member) -> None:
    """Note that the sign-in of a plan opens the account now, and tell the member by mail."""
    note(member, Kind.PLAN_ADDED)
    get_adapter().send_notification_mail("account/email/plan_added", member)


def signed_in(request: HttpRequest, user: Member, **_more: Any) -> None:
    """Note a sign-in; a browser that was not used before, save for the very first, is told by mail too.

    With it what was at rest since an operator signed the member out goes on.
    """
    Member.objects.filter(pk=user.pk, signed_out_at__isnull=False).update(signed_out_at=None)
    if not user.may_use_plans:
        trail.record(action="signed in", actor=trail.member(user), subject=trail.name_of(user))
    # Django moves `last_login` after this; the log itself forgets within a year that there was a sign-in.
    is_new = user.last_login is not None and not known_devices.key_of(request, user)
    note(user, Kind.NEW_DEVICE if is_new else Kind.SIGNED_IN)
    if is_new and context.request is not None:
        get_adapter().send_notification_mail("account/email/new_device", user)


def of_passkeys(signal: Any, user: Member, authenticator: Any, **_more: Any) -> None:
    """Note what happened to a passkey, or to the codes behind it; an operator's stands in the audit, too."""
    if not user.may_use_plans:
        verb = "removed" if signal is mfa.authenticator_removed else "made"
        act = f"{verb} {authenticator.type}"
        trail.record(action=act, actor=trail.member(user), subject=trail.name_of(authenticator))
    kinds = OF_AUTHENTICATORS.get(authenticator.type)
    if kinds:
        note(user, kinds[signal is mfa.authenticator_removed])
    elif signal is not mfa.authenticator_removed:
        note(user, Kind.CODES)


def connect() -> None:
    """Hear of what has signals; what has none calls `note` itself."""
    user_logged_in.connect(signed_in, dispatch_uid="security_log.signed_in")
    for signal in (mfa.authenticator_added, mfa.authenticator_removed, mfa.authenticator_reset):
        signal.connect(of_passkeys, dispatch_uid=f"security_log.{id(signal)}")
    for signal, kind in OF_SIGNALS:
        heard = partial(_changed, kind)
        signal.connect(heard, weak=False, dispatch_uid=f"security_log.{id(signal)}")


def _changed(kind: str, user: Member, **_more: Any) -> None:
    note(user, kind)
