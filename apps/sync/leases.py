"""Holding a run: one worker at a time, provable at every write."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import models, transaction
from django.db.models import F

from apps.connections.models import Connection
from apps.sync import schedule
from apps.sync.models import DISCONNECTED, LEASE, MOST_ATTEMPTS, QUEUE_PATIENCE, SyncRun
from apps.sync.pace import locked, spread

IN_LINE: Final = timedelta(seconds=20)
"""A run whose plan takes no more at once looks again after so long; most often it is woken before."""


class LeaseLost(Exception):
    """The run was taken over, ended, or deleted with its connection: this worker must write nothing more."""

    sentence = "This update was stopped."
    retry = False


class Disconnected(LeaseLost):
    """The member ended the permission and kept the records: the run is over, and this worker may say so."""


@dataclass
class Hold:
    """A worker's claim on a run, worth something only while the row still carries this fence."""

    run_id: uuid.UUID
    connection_id: uuid.UUID
    fence: int
    now_fn: Callable[[], datetime]
    until: datetime

    def lock(self) -> None:
        """Prove the hold inside the current transaction and extend it; raise LeaseLost.

        The connection's row stays locked until the transaction ends, so a disconnect waits for it and then
        deletes what it wrote, or came first and is noticed here.
        """
        connection = Connection.objects.select_for_update().filter(pk=self.connection_id).first()
        if connection is None or connection.status == Connection.Status.ENDING:
            raise LeaseLost
        if connection.is_kept:
            raise Disconnected
        self.extend()

    def extend(self) -> None:
        """Lengthen the lease; raise LeaseLost when it is no longer ours."""
        until = self.now_fn() + LEASE
        if not self._mine().update(lease_until=until):
            raise LeaseLost
        self.until = until

    def extend_if_aging(self) -> None:
        """Lengthen the lease before a call to the plan when a third of it has passed."""
        if self.until - self.now_fn() < LEASE * 2 / 3:
            self.extend()

    def finish(self, state: SyncRun.State, *, problem: str = "") -> None:
        """End the run in *state*; raise LeaseLost."""
        now = self.now_fn()
        with transaction.atomic():
            _first(self.connection_id)
            self._change(state=state, problem=problem, finished_at=now, lease_until=None)
            run = SyncRun.objects.only("connection_id", "is_scheduled").get(pk=self.run_id)
            schedule.note_over(run, state=state, problem=problem, now=now)

    def retry_in(self, wait: timedelta, *, problem: str) -> None:
        """Let the run sleep in the database; the sweeper wakes it. Raise LeaseLost."""
        now = self.now_fn()
        self._change(
            state=SyncRun.State.WAITING,
            problem=problem,
            next_try_at=now + wait,
            queued_at=now,
            lease_until=None,
        )

    def give_back(self, *, problem: str | None = None) -> None:
        """Return the run untried, for any worker to take as soon as it is free to. Raise LeaseLost."""
        now, values = self.now_fn(), {} if problem is None else {"problem": problem}
        self._put_back(next_try_at=now, queued_at=now - QUEUE_PATIENCE, **values)

    def sleep_until(self, moment: datetime, *, problem: str) -> None:
        """Let the run sleep in the database, because its plan may not be asked before. Raise LeaseLost."""
        self._put_back(next_try_at=moment, queued_at=self.now_fn(), problem=problem)

    def _put_back(self, **values: object) -> None:
        """Waiting is no try: it leaves as many as there were."""
        attempts = F("attempts") - 1
        self._change(state=SyncRun.State.WAITING, attempts=attempts, lease_until=None, **values)

    def _mine(self) -> "models.QuerySet[SyncRun]":
        return SyncRun.objects.filter(pk=self.run_id, fence=self.fence, state=SyncRun.State.RUNNING)

    def _change(self, **values: object) -> None:
        if not self._mine().update(**values):
            raise LeaseLost


def take(*, run_id: uuid.UUID, now_fn: Callable[[], datetime]) -> Hold | None:
    """Take the run if it is due or left behind, raising its fence; None when there is nothing to do.

    A run that was taken too often without ending is given up instead: something in it kills its workers.
    """
    now = now_fn()
    if SyncRun.objects.due(now=now).filter(pk=run_id).of_kept_connections().update(**ended(now=now)):
        return None
    free = SyncRun.objects.free_to_take(now=now).filter(pk=run_id)
    with transaction.atomic():
        run = free.select_related("connection__plan").first()
        if run is None or _is_given_up(run, now=now):
            return None
        plan = run.connection.plan
        pace = locked(plan)
        far = pace.far_turn(plan.quirks, now=now)
        if late := pace.shut_until(now=now) or _in_line(run, now=now) or far:
            free.update(
                state=SyncRun.State.WAITING,
                lease_until=None,
                next_try_at=spread(late[0], now=now),
                queued_at=now,
                problem=late[1],
            )
            return None
        until = now + LEASE
        if not free.update(
            state=SyncRun.State.RUNNING, fence=F("fence") + 1, attempts=F("attempts") + 1, lease_until=until
        ):
            return None
        SyncRun.objects.filter(pk=run_id, started_at__isnull=True).update(started_at=now)
        pace.taken_at = now
        pace.save(update_fields=["taken_at"])
        run = SyncRun.objects.only("fence", "connection_id").get(pk=run_id)
    return Hold(run_id, run.connection_id, run.fence, now_fn, until)


def _first(connection_id: uuid.UUID) -> None:
    """Lock the connection before its rows, as whoever erases it does: else both may wait for each other."""
    Connection.objects.select_for_update(no_key=True).filter(pk=connection_id).first()


def _is_given_up(run: SyncRun, *, now: datetime) -> bool:
    if run.attempts < MOST_ATTEMPTS:
        return False
    _first(run.connection_id)
    free = SyncRun.objects.free_to_take(now=now).filter(pk=run.pk, attempts__gte=MOST_ATTEMPTS)
    state, problem = SyncRun.State.FAILED, "gave_up"
    if not free.update(state=state, problem=problem, finished_at=now, lease_until=None):
        return False
    schedule.note_over(run, state=state, problem=problem, now=now)
    return True


def _in_line(run: SyncRun, *, now: datetime) -> tuple[datetime, str] | None:
    """When to look again, where the plan takes no more at once; the caller has locked its pace."""
    plan = run.connection.plan
    running = SyncRun.objects.filter(
        state=SyncRun.State.RUNNING, lease_until__gt=now, connection__plan_id=plan.pk
    )
    full = running.exclude(pk=run.pk).count() >= plan.quirks.runs_at_once
    return (now + IN_LINE, "in_line") if full else None


def ended(*, now: datetime) -> dict[str, object]:
    """The columns of a run that is over because the member ended the permission."""
    return {"state": SyncRun.State.ENDED, "problem": DISCONNECTED, "finished_at": now, "lease_until": None}
