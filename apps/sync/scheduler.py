"""Starting the updates that are due, few at a time, and putting right what stands in the way of that."""

import logging
import uuid
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Count
from django.db.models.functions import Now

from apps.connections import permission_duration
from apps.connections.models import Connection
from apps.plans.models import Plan
from apps.sync import actions, schedule, turn
from apps.sync.models import QUEUE_PATIENCE, Beat, Refresh, SyncRun, SyncRunQuerySet
from apps.sync.models.passes import BUCKETS, bucket_of
from apps.vault.boxes import box_for
from apps.vault.errors import VaultError, WrapperFailed

log = logging.getLogger("plainclaim.sync")
BATCH: Final = 200
"""So many connections are looked at in one go, those due for longest first."""
WAITING_PER_SLOT: Final = 3
"""So many scheduled updates, for each that a plan takes at once, are begun; the rest stays due."""
BEAT: Final = timedelta(minutes=1)
DOWN: Final = timedelta(hours=1)
"""When nobody looked for so long, what was missed meanwhile is spread out (R-37, B-07)."""
LONGEST_SPREAD: Final = timedelta(hours=6)
OVERDUE: Final = timedelta(hours=1)
"""A run that nobody took for so long after it was due: there are too few workers, or none."""
FAR: Final = timedelta(days=2)
"""Further ahead than any run sleeps or is held."""
PERIODS: Final = 2
"""So many periods ahead no update is due: the next one is one and a half away at most."""
AT_ONCE: Final = 2000


def start_due(*, now: datetime) -> int:
    """Start what is due, as much as the plans have room for; return how many updates were started.

    Any number of processes may do so at once. An update that was missed several times is started once.
    """
    _spread_after_downtime(now=now)
    due = Refresh.objects.due(now=now)
    if not due.exists():  # an idle look costs one query
        return 0
    room = _room()
    started, full = 0, _full(room)
    while True:
        rows = due.exclude(connection__plan_id__in=full).order_by("due_at", "pk")
        connections = list(rows.select_related("connection__plan", "connection__member")[:BATCH])
        for row in connections:
            connection = row.connection
            left = room.setdefault(connection.plan_id, _most(connection.plan))
            if left > 0 and _start(row, now=now):
                room[connection.plan_id] = left - 1
                started += 1
        before, full = full, _full(room)
        # All that were looked at may be of a plan that is full by now: then those of the others come.
        if full == before or len(connections) < BATCH or started >= BATCH:
            return started


def _start(row: Refresh, *, now: datetime) -> bool:
    """Start one update and set the next moment, both or neither; False where none was started.

    The connection comes first, as with whoever erases it. While somebody holds it, the update stays due.
    """
    free = Connection.objects.select_for_update(no_key=True, skip_locked=True)
    with transaction.atomic():
        is_ours = free.filter(pk=row.pk).exists() and _move_on(row, now=now)
        if is_ours:
            try:
                actions.start(connection=row.connection, now=now, is_scheduled=True)
            except actions.WaitsForAYes:  # it comes due again, and is asked again
                return False
    return is_ours


def tend(*, now: datetime) -> None:
    """Take in connections without a place, and those of plans that allow it again; report stuck ones.

    And put right what a clock far ahead has written.
    """
    put_right(now=now)
    without = Connection.objects.usable().filter(refresh__isnull=True).select_related("plan")
    Refresh.objects.bulk_create(
        [
            Refresh(
                connection=connection,
                bucket=bucket_of(connection.pk),
                **schedule.going_on(connection, now=now),
            )
            for connection in without[: BATCH * 10]
        ],
        ignore_conflicts=True,
    )
    rest = Refresh.objects.filter(
        rests_because=Refresh.Rest.PLAN, connection__status=Connection.Status.ACTIVE
    )
    plans = Plan.objects.filter(pk__in=rest.order_by().values("connection__plan_id").distinct())
    allowed = [plan.pk for plan in plans if plan.quirks.refresh_hours]
    again = rest.filter(connection__plan_id__in=allowed).select_related("connection__plan")
    for row in again[: BATCH * 10]:
        Refresh.objects.filter(pk=row.pk, due_at=None).update(**schedule.going_on(row.connection, now=now))
    _warn(now=now)


def _warn(*, now: datetime) -> None:
    """Say in the log what an operator has to look at: plans and numbers, nobody's name (R-44)."""
    stuck = Refresh.objects.stuck(now=now).order_by().values_list("connection__plan__slug")
    for slug, number in stuck.annotate(Count("pk")):
        log.error("plan %s: %d connections were not brought up to date for two periods", slug, number)
    if number := overdue(now=now).count():
        log.error("%d updates wait for a worker since an hour or longer", number)


def overdue(*, now: datetime) -> SyncRunQuerySet:
    """Runs that nobody took for an hour after they were due.

    Those of a plan that is shut, or has all it takes at once, wait for the plan.
    """
    late = SyncRun.objects.free_to_take(now=now - OVERDUE)
    plans = turn.free_slots(late.values_list("connection__plan_id", flat=True), now=now)
    return late.filter(connection__plan_id__in=plans)


def _move_on(row: Refresh, *, now: datetime) -> bool:
    """Set the next moment, whatever becomes of this update; False where it is not to be started by us."""
    connection = row.connection
    values = schedule.going_on(connection, now=now)
    if not _is_usable(connection, now=now):
        values = schedule.resting(Refresh.Rest.PERMISSION, now=now)
    is_ours = Refresh.objects.filter(pk=row.pk, due_at=row.due_at).update(**values)
    return bool(is_ours and values["due_at"])


def _is_usable(connection: Connection, *, now: datetime) -> bool:
    try:
        return permission_duration.is_usable(connection, box_for(connection.member), now=now)
    except WrapperFailed:  # nobody's key can be had: everything stays due
        raise
    except VaultError as error:  # one member's key is damaged: the run says so, and nobody else waits for it
        log.error("%s", error)
        return connection.is_active


def _room() -> dict[uuid.UUID, int]:
    """How many more scheduled updates may be started, for each plan that has any."""
    active = SyncRun.objects.active().filter(is_scheduled=True).order_by()
    counts = dict(active.values_list("connection__plan_id").annotate(Count("pk")))
    return {plan.pk: _most(plan) - counts[plan.pk] for plan in Plan.objects.filter(pk__in=counts)}


def _full(room: dict[uuid.UUID, int]) -> set[uuid.UUID]:
    return {plan_id for plan_id, left in room.items() if left <= 0}


def _most(plan: Plan) -> int:
    return plan.quirks.runs_at_once * WAITING_PER_SLOT


def _spread_after_downtime(*, now: datetime) -> None:
    """Move what became due while no worker ran over the next hours, by parts of the connections' ids."""
    beat, _is_new = Beat.objects.get_or_create(name="schedule", defaults={"at": now})
    if now - beat.at < BEAT or not Beat.objects.filter(pk=beat.pk, at=beat.at).update(at=now):
        return
    if now - beat.at < DOWN:
        return
    missed = Refresh.objects.due(now=now)
    for hours in list(missed.order_by().values_list("hours", flat=True).distinct()):
        part = min(timedelta(hours=hours) / 4, LONGEST_SPREAD) / BUCKETS
        for bucket in range(BUCKETS):
            missed.filter(hours=hours, bucket=bucket).update(due_at=now + part * bucket)


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
