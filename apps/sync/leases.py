"""Holding a run: one worker at a time, provable at every write."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import F

from apps.connections.models import Connection
from apps.sync.models import DISCONNECTED, LEASE, MOST_ATTEMPTS, QUEUE_PATIENCE, SyncRun


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
        self._change(state=state, problem=problem, finished_at=now, lease_until=None)

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

    def give_back(self) -> None:
        """Return the run untried, for any worker to take at once: this one stops. Raise LeaseLost."""
        now = self.now_fn()
        self._change(
            state=SyncRun.State.WAITING,
            attempts=F("attempts") - 1,
            next_try_at=now,
            queued_at=now - QUEUE_PATIENCE,
            lease_until=None,
        )

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
    free = SyncRun.objects.free_to_take(now=now).filter(pk=run_id)
    if free.of_kept_connections().update(**ended(now=now)):
        return None
    if free.filter(attempts__gte=MOST_ATTEMPTS).update(
        state=SyncRun.State.FAILED, problem="gave_up", finished_at=now, lease_until=None
    ):
        return None
    with transaction.atomic():
        until = now + LEASE
        if not free.update(
            state=SyncRun.State.RUNNING, fence=F("fence") + 1, attempts=F("attempts") + 1, lease_until=until
        ):
            return None
        SyncRun.objects.filter(pk=run_id, started_at__isnull=True).update(started_at=now)
        run = SyncRun.objects.only("fence", "connection_id").get(pk=run_id)
    return Hold(run_id, run.connection_id, run.fence, now_fn, until)


def ended(*, now: datetime) -> dict[str, object]:
    """The columns of a run that is over because the member ended the permission."""
    return {"state": SyncRun.State.ENDED, "problem": DISCONNECTED, "finished_at": now, "lease_until": None}
