"""Whose turn it is: the run that a free worker takes, and those that are queued again (R-42)."""

import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Min, Q

from apps.connections.models import Connection
from apps.plans.models import Plan
from apps.sync.leases import ended
from apps.sync.models import PlanPace, SyncRun, SyncRunQuerySet
from apps.sync.models.paces import CLOCKS

PATIENT: Final = timedelta(minutes=15)
"""A scheduled update that is due for so long counts like one that a member waits for."""
LETS_OTHERS: Final = timedelta(seconds=30)
"""So long after it became due an update of a plan where one has not ended lets those of others go first."""
NOTICED: Final = timedelta(seconds=3)
"""A run that is due for less time will most likely be taken by another worker: nobody makes room for it."""
type Queue = Callable[[uuid.UUID], None]


def loads(*, now: datetime) -> Counter[uuid.UUID]:
    """How many runs are under way, by plan; those whose worker died do not count."""
    running = SyncRun.objects.filter(state=SyncRun.State.RUNNING, lease_until__gt=now)
    return Counter(running.values_list("connection__plan_id", flat=True))


def shut(*, now: datetime) -> set[uuid.UUID]:
    """The plans that nobody may ask now: they asked us to wait, or do not answer."""
    return set(PlanPace.objects.shut(now=now).values_list("plan_id", flat=True))


def free_slots(plan_ids: Iterable[uuid.UUID], *, now: datetime) -> dict[uuid.UUID, int]:
    """How many more runs each of these plans takes at the moment; only those that take any.

    No more than have a turn to ask: the others would be taken only to be put off again.
    """
    busy, closed = loads(now=now), shut(now=now)
    plans = Plan.objects.filter(pk__in=set(plan_ids) - closed).select_related("pace")
    free = {plan.pk: plan.quirks.runs_at_once - busy[plan.pk] for plan in plans}
    for plan in plans:
        if hasattr(plan, "pace"):  # made when the plan is asked first
            free[plan.pk] = min(free[plan.pk], plan.pace.turns(plan.quirks, now=now))
    return {plan_id: slots for plan_id, slots in free.items() if slots > 0}


def next_run(*, now: datetime) -> uuid.UUID | None:
    """The run to take, or None when nothing is due that could be done.

    Plans whose members wait for it come first, then those where every run that was begun has ended, then
    those with the fewest runs under way, then those not served for longest: a plan with a hundred thousand
    members due leaves every other one its turn, and one that drips takes it last.
    """
    due = SyncRun.objects.free_to_take(now=now)
    oldest: dict[uuid.UUID, list[tuple[bool, datetime]]] = {}
    for plan_id, is_scheduled, since in due.values_list("connection__plan_id", "is_scheduled").annotate(
        Min("next_try_at")
    ):
        oldest.setdefault(plan_id, []).append((is_scheduled and now - since < PATIENT, since))
    if not oldest:
        return None
    slots, busy = free_slots(oldest, now=now), loads(now=now)
    served = dict(PlanPace.objects.filter(plan_id__in=slots).values_list("plan_id", "taken_at"))
    if not slots:
        return None
    begun = SyncRun.objects.filter(state=SyncRun.State.WAITING, fence__gt=0, connection__plan_id__in=slots)
    unended = set(begun.order_by().values_list("connection__plan_id", flat=True).distinct())

    def rank(plan_id: uuid.UUID) -> tuple[bool, bool, int, bool, datetime]:
        can_wait, since = min(oldest[plan_id])
        taken_at = served.get(plan_id)
        if taken_at is not None and taken_at > now + CLOCKS:  # by a clock far ahead: else it came last
            taken_at = None
        lets_others = plan_id in unended and now - since < LETS_OTHERS
        return can_wait, lets_others, busy[plan_id], taken_at is not None, taken_at or since

    best = min(slots, key=rank)
    of_best = due.filter(connection__plan_id=best).order_by("next_try_at", "pk")
    asked = of_best.filter(Q(is_scheduled=False) | Q(next_try_at__lte=now - PATIENT))
    return (asked.values_list("pk", flat=True).first()) or of_best.values_list("pk", flat=True).first()


def somebody_waits(plan_id: uuid.UUID, *, now: datetime) -> bool:
    """Whether a run is due that the worker of a run of this plan could do in its place."""
    waiting = SyncRun.objects.free_to_take(now=now).filter(next_try_at__lte=now - NOTICED)
    plans = set(waiting.order_by().values_list("connection__plan_id", flat=True).distinct())
    return bool(plans) and (plan_id in plans or bool(free_slots(plans, now=now)))


def sweep(*, now: datetime, queue: Queue) -> int:
    """Queue what is due and not queued, also runs whose worker died; return how many.

    For each plan only as many as it takes at once. Any number of processes may sweep at once: each run is
    queued by one of them.
    """
    over = SyncRun.objects.due(now=now).of_kept_connections()
    if over.exists():  # looking before writing: an idle sweep never takes SQLite's write lock
        over.update(**ended(now=now))
    _put_off(now=now)
    return _queue_some(SyncRun.objects.to_queue_again(now=now), "next_try_at", now=now, queue=queue)


def _put_off(*, now: datetime) -> None:
    """Let runs that are due sleep on while their plan is shut, so that their pages name the right moment."""
    due = SyncRun.objects.free_to_take(now=now).filter(state=SyncRun.State.WAITING)
    for pace in PlanPace.objects.shut(now=now).filter(plan_id__in=due.values("connection__plan_id")):
        if late := pace.shut_until(now=now):
            of_plan = Connection.objects.filter(plan_id=pace.plan_id)
            due.filter(connection_id__in=of_plan.values("pk")).update(next_try_at=late[0], problem=late[1])


def wake_in_line(*, now: datetime, queue: Queue) -> int:
    """Queue runs that wait until their plan takes one more, as many as it does; return how many."""
    in_line = SyncRun.objects.filter(state=SyncRun.State.WAITING, problem="in_line", next_try_at__gt=now)
    return _queue_some(in_line, "created_at", now=now, queue=queue)


def _queue_some(runs: SyncRunQuerySet, order: str, *, now: datetime, queue: Queue) -> int:
    plan_ids = set(runs.order_by().values_list("connection__plan_id", flat=True).distinct())
    if not plan_ids:
        return 0
    queued = 0
    for plan_id, slots in free_slots(plan_ids, now=now).items():
        waiting = (
            runs.filter(connection__plan_id=plan_id).order_by(order).only("pk", "queued_at", "next_try_at")
        )
        for run in waiting[:slots]:
            as_seen = SyncRun.objects.filter(pk=run.pk, queued_at=run.queued_at, next_try_at=run.next_try_at)
            with transaction.atomic():
                if as_seen.update(queued_at=now, next_try_at=min(run.next_try_at, now)):
                    queue(run.pk)
                    queued += 1
    return queued
