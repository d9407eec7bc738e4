"""How long a permission lasts and why it ended, in a member's words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from apps.connections.models import Connection, Reason
from apps.connections.tokens import open_tokens
from apps.plain_language.language import _, said
from apps.plain_language.times import day_words, time_words
from apps.plans.scopes import LASTING
from apps.vault.boxes import Box
from apps.vault.errors import VaultError

AHEAD: Final = timedelta(days=14)  # a known end is announced this long before

WHY: Final[dict[str, str]] = {
    Reason.NOT_LASTING: said(
        "{plan} gives permission for a short while each time, and this one is over. That is normal there."
    ),
    Reason.EXPIRED: said("The permission you gave at {plan} was limited in time, and that time is over."),
    Reason.REFUSED: said(
        "{plan} did not renew the permission. It may have run out, or it was ended on the plan's side."
    ),
    Reason.INTERRUPTED: said(
        "We were cut off while renewing the permission, and {plan} takes each renewal only once. "
        "You did nothing wrong."
    ),
    Reason.TURNED_AWAY: said(
        "{plan} stopped accepting the permission before its time. It may have been ended on the plan's side."
    ),
    Reason.ANOTHER_PERSON: said(
        "When we renewed the permission, {plan} answered for another person. We used nothing of that answer "
        "and ended the permission, so that no records are mixed."
    ),
    Reason.UNPROVEN: said(
        "When we renewed the permission, the proof of who answered did not hold. To be safe we used nothing "
        "of that answer and ended the permission."
    ),
    Reason.MOVED: said(
        "{plan} is at another address now, or knows this site under another number. To be safe we sent "
        "nothing of the old permission there."
    ),
    Reason.ENDED_HERE: said("The people who run this site ended all permissions at {plan}."),
}
ASKED: Final = said("We asked {plan} for a permission that lasts, and got one for a short while.")
UNKNOWN: Final = said("The permission at {plan} has ended.")
AGAIN: Final = said("The records you have stay; sign in there again to get new ones.")
AT_ANY_TIME: Final = said("The records you have stay; sign in there again whenever you want newer ones.")


@dataclass(frozen=True)
class Notice:
    """What to say about a permission; `is_urgent` when the member should do something."""

    text: str
    is_urgent: bool


def of(connection: Connection, box: Box | None, *, now: datetime) -> Notice | None:
    """What the member should know about this permission, None when there is nothing to say.

    `box` (the member's) is needed for active connections: only the tokens tell whether they can be renewed.
    A member who disconnected and kept the records knows why; `_kept.html` says since when.
    """
    plan = connection.plan.name
    if connection.needs_sign_in:
        return ended(
            connection.ended_because, plan=plan, on=connection.ended_at, was_asked=_was_asked(connection)
        )
    if not connection.is_active:
        return None
    return lasts(
        plan=plan,
        permission_ends_at=connection.permission_ends_at,
        access_ends_at=connection.access_expires_at,
        is_renewed=box is None or _is_renewed(connection, box),
        was_asked=_was_asked(connection),
        now=now,
    )


def is_usable(connection: Connection, box: Box, *, now: datetime) -> bool:
    """Whether the plan can be asked without the member: a token still holds, or another renews it."""
    ends = connection.access_expires_at
    return connection.is_active and (ends is None or ends > now or _is_renewed(connection, box))


def ends_at(connection: Connection, box: Box) -> datetime | None:
    """When the permission is over if the member does not sign in again; None where that is not known.

    Only of one that nothing renews: where a refresh token is, the plan has the last word about the end.
    """
    ends = connection.access_expires_at
    return None if ends is None or _is_renewed(connection, box) else ends


def ended(because: str, *, plan: str, on: datetime | None, was_asked: bool = False) -> Notice:
    """Why a permission is over and what to do; a word nobody knows gives the plain fact.

    What did not last is called normal only where a lasting permission was not asked for (`was_asked`).
    """
    is_calm = because == Reason.NOT_LASTING
    why = (
        _not_lasting(plan, was_asked=was_asked) if is_calm else _(WHY.get(because, UNKNOWN)).format(plan=plan)
    )
    when = _("That was on {day}.").format(day=day_words(on)) if on else ""
    sentences = (why, when, _(AT_ANY_TIME if is_calm else AGAIN))
    return Notice(" ".join(sentence for sentence in sentences if sentence), not is_calm)


def lasts(
    *,
    plan: str,
    permission_ends_at: datetime | None,
    access_ends_at: datetime | None,
    is_renewed: bool,
    now: datetime,
    was_asked: bool = False,
) -> Notice | None:
    """What to say while a permission holds: a warning before a known end, a calm word where none lasts.

    Without a refresh token the access token's end is the permission's end. That is how some plans always do
    it (1upHealth may), so it is said without alarm.
    """
    if not is_renewed and access_ends_at is not None:
        if access_ends_at <= now:
            return Notice(f"{_not_lasting(plan, was_asked=was_asked)} {_(AT_ANY_TIME)}", False)
        if access_ends_at - now <= AHEAD:
            text = _("{plan} gives permission for a short while each time. This one lasts until {moment}.")
            calm = _("That is normal there; the records you have stay. Sign in there again for newer ones.")
            until = _moment(access_ends_at, now=now)
            if was_asked:
                text = f"{_(ASKED)} {_('This one lasts until {moment}.')}"
                calm = _(AT_ANY_TIME)
            return Notice(f"{text.format(plan=plan, moment=until)} {calm}", False)
    if not is_renewed and was_asked and access_ends_at is None:
        return Notice(f"{_(ASKED).format(plan=plan)} {_(AT_ANY_TIME)}", False)
    if permission_ends_at is None or permission_ends_at - now > AHEAD:
        return None
    if permission_ends_at <= now:
        text = _("Your plan's permission was to end on {day}. If nothing new comes, sign in there again.")
    else:
        text = _(
            "Your plan's permission ends on {day}; sign in there again before then, "
            "and nothing is interrupted."
        )
    return Notice(text.format(day=day_words(permission_ends_at)), True)


def _was_asked(connection: Connection) -> bool:
    return LASTING in connection.scopes_asked.split()


def _not_lasting(plan: str, *, was_asked: bool) -> str:
    if was_asked:
        return f"{_(ASKED).format(plan=plan)} {_('This one is over.')}"
    return _(WHY[Reason.NOT_LASTING]).format(plan=plan)


def _is_renewed(connection: Connection, box: Box) -> bool:
    if connection.plan.quirks.refresh == "none":
        return False
    try:
        return open_tokens(connection, box).refresh_token is not None
    except VaultError:
        return True


def _moment(moment: datetime, *, now: datetime) -> str:
    """The time of day when it is today, else the date."""
    if timezone.localtime(moment).date() != timezone.localtime(now).date():
        return day_words(moment)
    return _("{time} today").format(time=time_words(moment))
