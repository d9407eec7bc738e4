"""What members do with their account: agree to the policies, sign out other browsers."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts import known_devices, security_log, session_lives, session_names, support_codes
from apps.accounts.models import Consent, Member, OpenSession
from config.sessions import stored


def agree(
    *, member: Member, version: str, now: datetime, plan: str = "", scopes: str = "", language: str = ""
) -> Consent:
    """Note that the member agreed to this version of the policies; a second yes changes nothing.

    On the way to a *plan* (its slug) it is about what is asked of it. The first moment stays: it is the one
    that came before the data; a yes to other scopes takes the place of the one before. Safe when two race.
    """
    before = member.consents.standing().filter(policy_version=version, plan=plan)
    before.exclude(scopes=scopes).update(withdrawn_at=now)
    consent, _ = Consent.objects.standing().get_or_create(
        member=member,
        policy_version=version,
        plan=plan,
        defaults={"given_at": now, "scopes": scopes, "language": language},
    )
    return consent


def withdraw(*, member: Member, plan: str | None, now: datetime) -> None:
    """Note that the member takes back what they agreed to for a plan (its slug); None: for all of them."""
    standing = member.consents.standing()
    (standing if plan is None else standing.filter(plan=plan)).update(withdrawn_at=now)


def sign_out(*, member: Member, rests: bool = True) -> int:
    """End every session of the member, half-way ones too; return in how many browsers they were signed in.

    Until the next sign-in no plan is asked for them (S-03): without *rests* that stays as it was, for a
    suspension, which stops it by itself.
    """
    with transaction.atomic():
        session_lives.hold_member(member.pk)
        count = member.open_sessions.count()
        if rests:
            Member.objects.filter(pk=member.pk).update(signed_out_at=timezone.now())
        session_names.forget(session_names.names_of(member))
        _forget_hands(member)
        security_log.note(member, security_log.Kind.SIGNED_OUT)
    return count


def sign_out_others(*, member: Member, request: HttpRequest, before: Iterable[str] = ()) -> None:
    """End every session of the member but that of *request*, which gets a new key (W-13).

    Sessions that stopped half way, before a passkey or a code, end too; also under addresses of *before*.
    Raise SessionInterrupted, ending none, where this one was ended meanwhile.
    """
    session = request.session
    with transaction.atomic():
        # Before sessions, as every other way does: none waits for another.
        session_lives.hold_member(member.pk)
        session.cycle_key()
        session_names.forget(
            [str(member.pk), *filter(None, [member.email]), *before], but=stored(session.session_key)
        )
        _forget_hands(member)
    if request.user == member:
        known_devices.signed_in(request, member)


def sign_out_one(*, member: Member, opened: OpenSession, request: HttpRequest) -> None:
    """End one session of the member, of a lost telephone, say; only the browser of *request* stays known."""
    with transaction.atomic():
        session_lives.hold_member(member.pk)
        opened.session.delete()
        _forget_hands(member)
    known_devices.signed_in(request, member)


def _forget_hands(member: Member) -> None:
    """Nobody knows whose hands the account was in: a support code is over (S-03), and no browser is known any
    more as one the member signed in with (S-08).
    """
    support_codes.end(member)
    member.browsers_known_since = timezone.now()
    member.save(update_fields=["browsers_known_since"])
