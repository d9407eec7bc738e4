"""A code that a member reads to support: for a day an operator sees how their updates went, without contents.

It is kept as a digest, shown once, replaced by a new one and ended by the member whenever they like.
"""

import secrets
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.crypto import salted_hmac

from apps.accounts import session_lives
from apps.accounts.models import Member, SecurityEvent, SupportCode
from apps.accounts.security_log import note

LASTS: Final = timedelta(hours=24)
LETTERS: Final = "23456789BCDFGHJKLMNPQRSTVWXZ"
"""As of attempts to connect: read aloud on the telephone, and never a word. Twelve of them are 57 bits."""
GROUPS: Final = 3


def open_code(member: Member, *, now: datetime) -> str:
    """Return a new code in place of any before."""
    code = "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(GROUPS))
    with transaction.atomic():
        session_lives.hold_member(member.pk)  # of two buttons pressed at once each would leave a code open
        member.support_codes.all().delete()
        SupportCode.objects.create(member=member, digest=_digest(code), opened_at=now, ends_at=now + LASTS)
    note(member, SecurityEvent.Kind.SUPPORT_OPENED)
    return code


def end(member: Member) -> None:
    """Nothing can be seen with it any more."""
    member.support_codes.all().delete()


def opened_by(code: str, *, now: datetime) -> SupportCode | None:
    """The row of a code as somebody typed it, while it lasts and its member has an account."""
    spelled = "".join(code.upper().split()).replace("-", "")
    groups = "-".join(spelled[start : start + 4] for start in range(0, len(spelled), 4))
    rows = SupportCode.objects.still_open(now=now).select_related("member")
    return rows.filter(digest=_digest(groups), member__is_active=True).first()


def _digest(code: str) -> str:
    return salted_hmac("apps.accounts.support_codes", code, algorithm="sha256").hexdigest()
