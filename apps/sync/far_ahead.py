"""Moments that a host's clock wrote while it was far ahead: put right, or nothing would be done until then.

Hosts' clocks agree within seconds; one that does not may be put right days later, and what it wrote stays.
"""

import logging
from datetime import datetime, timedelta
from typing import Final

from django.db.models.functions import Now

from apps.sync import schedule
from apps.sync.models import QUEUE_PATIENCE, Refresh, SyncRun

log = logging.getLogger("plainclaim.sync")
FAR: Final = timedelta(days=2)
"""Further ahead than any run sleeps or is held."""
PERIODS: Final = 2
"""So many periods ahead no update is due: the next one is one and a half away at most."""
AT_ONCE: Final = 2000


def put_right(*, now: datetime) -> int:
    """Make due what sleeps until a day that nobody meant; return how many runs and places were wrong.

    Only where the database's clock says so as well: a host whose own is behind changes nothing.
    """
    number = 0
    for name, values in (
        ("next_try_at", {"next_try_at": now, "queued_at": now - QUEUE_PATIENCE}),
        ("lease_until", {"lease_until": now, "next_try_at": now, "queued_at": now - QUEUE_PATIENCE}),
        ("queued_at", {"queued_at": now - QUEUE_PATIENCE}),
        ("created_at", {"created_at": now}),
    ):
        wrong = SyncRun.objects.filter(**_beyond(name, FAR, now=now))
        if name != "created_at":
            wrong = wrong.active()
        number += wrong.update(**values) if wrong.exists() else 0
    came = Refresh.objects.filter(**_beyond("succeeded_at", FAR, now=now))
    number += came.update(succeeded_at=now) if came.exists() else 0
    for hours in list(Refresh.objects.order_by().values_list("hours", flat=True).distinct()):
        ahead = FAR + PERIODS * timedelta(hours=hours)
        rows = Refresh.objects.filter(hours=hours, **_beyond("due_at", ahead, now=now))
        for row in rows.select_related("connection__plan")[:AT_ONCE]:
            values = schedule.going_on(row.connection, now=now)
            number += Refresh.objects.filter(pk=row.pk, due_at=row.due_at).update(**values)
    if number:
        log.error("%d moments were far ahead: a host's clock was wrong", number)
    return number


def _beyond(name: str, ahead: timedelta, *, now: datetime) -> dict[str, object]:
    return {f"{name}__gt": now + ahead, f"{name}__gte": Now() + ahead}
