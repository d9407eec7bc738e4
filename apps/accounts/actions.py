"""What members do with their account: agree to the privacy policy, sign out other browsers."""

from datetime import datetime

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction

from apps.accounts import session_names
from apps.accounts.models import Consent, Member


def agree(*, member: Member, version: str, now: datetime) -> Consent:
    """Note that the member agreed to this version of the privacy policy; a second yes changes nothing.

    The first moment stays: it is the one that came before the data. Safe when two requests race.
    """
    consent, _ = Consent.objects.get_or_create(
        member=member, policy_version=version, defaults={"given_at": now}
    )
    return consent


def sign_out_others(*, member: Member, session: SessionBase) -> None:
    """End every session of the member but this one, which gets a new key (W-13).

    Sessions that stopped half way, before a passkey or a code, end too.
    """
    with transaction.atomic():
        session_names.forget([str(member.pk), *filter(None, [member.email])])
        session.cycle_key()
