"""The row's side of renewing tokens: who may, what is saved, how it ends. Single statements, no network.

Every statement names the version it starts from, so whoever read an older row changes nothing. A lease in the
row, not a lock, keeps the other workers of all processes and hosts out: no transaction is open while the plan
is asked (R-01, R-05). The hosts' clocks have to agree better than `LEASE`.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Q

from apps.connections.models import Connection, Reason
from apps.connections.tokens import Tokens, seal_tokens
from apps.vault.boxes import Box

LEASE: Final = timedelta(seconds=90)  # longer than any refresh can take; a holder that died blocks no longer
DAYS_DOUBTED: Final = 3
"""On so many days a refusal of how we ask may be a mistake of theirs or of ours, which would end the
permissions of all members of a plan; many servers say it of a refresh token that ran out."""
A_DAY: Final = timedelta(hours=23)
"""Asked each day a little earlier than the day before, it is another day."""
FREE: Final[dict[str, Any]] = {"refresh_lease": None, "refresh_lease_until": None}


def take_lease(connection: Connection, *, now: datetime) -> uuid.UUID | None:
    """The right to renew the tokens of this version, or None when somebody has it or was faster."""
    lease = uuid.uuid4()
    rows_taken = (
        _of_this_version(connection)
        .usable()
        .free_to_refresh(now=now)
        .update(refresh_lease=lease, refresh_lease_until=now + LEASE)
    )
    return lease if rows_taken else None


def is_leased(connection: Connection, *, now: datetime) -> bool:
    """Whether somebody was renewing when the row was read."""
    return connection.refresh_lease_until is not None and connection.refresh_lease_until > now


def give_back(connection: Connection, lease: uuid.UUID, *, unheard_at: datetime | None = None) -> None:
    """Let others renew; nothing when the lease is somebody else's by now.

    Where no answer was heard a lease that is over stays: the plan may have spent the token.
    """
    changes = {"refresh_lease_until": unheard_at} if unheard_at else FREE
    Connection.objects.filter(pk=connection.pk, refresh_lease=lease).update(**changes)


def is_long_refused(connection: Connection, lease: uuid.UUID, *, now: datetime) -> bool:
    """Note on how many days the plan refused how we ask, let others try, and say whether those are enough.

    Days on which nothing was asked, because of a pause, are not among them.
    """
    last, days = connection.renewal_refused_at, connection.renewal_refused_days
    if last is None or last + A_DAY <= now:
        last, days = now, days + 1
    rows = Connection.objects.filter(pk=connection.pk, refresh_lease=lease)
    rows.update(renewal_refused_at=last, renewal_refused_days=days, **FREE)
    return days > DAYS_DOUBTED


def save(connection: Connection, box: Box, fresh: Tokens, *, now: datetime, is_proven: bool) -> bool:
    """Commit new tokens in place of the spent ones (R-03); False when they are nobody's by now.

    Not proven yet, they are kept safe but count as stale, and the lease stays: the others go on waiting, and
    if we die the next one renews with them. A row that somebody else gave up meanwhile, because our lease ran
    out and the plan told them that the old token was spent, is good again.
    """
    ended_too_soon = Q(
        status=Connection.Status.NEEDS_SIGN_IN, ended_because__in=[Reason.REFUSED, Reason.INTERRUPTED]
    )
    seal_tokens(connection, box, fresh)
    changes: dict[str, Any] = {
        "status": Connection.Status.ACTIVE,
        "ended_because": "",
        "ended_at": None,
        "sealed_tokens": connection.sealed_tokens,
        "bound_to": connection.bound_to,
        "scopes_granted": fresh.scope or "",
        "access_expires_at": fresh.expires_at(now=now) if is_proven else now,
        "permission_ends_at": fresh.permission_ends_at,
        "tokens_version": connection.tokens_version + 1,
        "renewal_refused_at": None,
        "renewal_refused_days": 0,
    }
    rows = _of_this_version(connection).filter(Q(status=Connection.Status.ACTIVE) | ended_too_soon)
    return bool(rows.update(**changes, **(FREE if is_proven else {})))


def publish(connection: Connection, lease: uuid.UUID, fresh: Tokens, *, now: datetime) -> None:
    """Let everybody use the tokens that `save` kept back."""
    Connection.objects.filter(pk=connection.pk, refresh_lease=lease).usable().update(
        access_expires_at=fresh.expires_at(now=now), **FREE
    )


def end(connection: Connection, why: Reason, *, now: datetime) -> bool:
    """Mark the permission as over; False when newer tokens came since this row was read (R-02)."""
    changes: dict[str, Any] = {}
    if why in (Reason.ANOTHER_PERSON, Reason.UNPROVEN):  # nobody may use them, not even by mistake (O-24)
        changes["sealed_tokens"] = b""
    ended = (
        _of_this_version(connection)
        .usable()
        .update(status=Connection.Status.NEEDS_SIGN_IN, ended_because=why, ended_at=now, **FREE, **changes)
    )
    return bool(ended)


def _of_this_version(connection: Connection) -> Any:
    return Connection.objects.filter(pk=connection.pk, tokens_version=connection.tokens_version)
