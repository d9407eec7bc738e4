"""A run in hand: one worker at a time, provable at every write, until it is left as the truth is."""

import logging
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import models, transaction
from django.db.models import F

from apps.connections.errors import AccessProblem, AskingStopped, PermissionEnded
from apps.connections.models import Connection
from apps.fhir.errors import FhirError
from apps.sync import schedule
from apps.sync.models import DISCONNECTED, LEASE, MOST_ATTEMPTS, QUEUE_PATIENCE, SyncRun, SyncStep
from apps.sync.models.paces import NotNow
from apps.sync.pace import locked, spread
from config.fhir_types import CLINICAL, fhir_types, main_type, person_type

log = logging.getLogger("plainclaim.sync")
IN_LINE: Final = timedelta(seconds=20)
"""A run whose plan takes no more at once looks again after so long; most often it is woken before."""
BACKOFF: Final = tuple(timedelta(seconds=seconds) for seconds in (10, 60, 300, 900, 3600))
LONGEST_RUN: Final = timedelta(days=7)
"""A run that is put off and put off ends after so long; the schedule begins a new one."""


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

    def lock(self) -> Connection:
        """Prove the hold inside the current transaction and extend it; return the connection as it is now.

        The connection's row stays locked until the transaction ends, so a disconnect waits for it and then
        deletes what it wrote, or came first and is noticed here. Raises LeaseLost.
        """
        connection = Connection.objects.select_for_update().filter(pk=self.connection_id).first()
        if connection is None:
            raise LeaseLost
        if connection.is_kept:
            raise Disconnected
        self.extend()
        return connection

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
        now = self.now_fn()
        self.sleep_until(now, problem=problem, queued_at=now - QUEUE_PATIENCE)

    def sleep_until(
        self, moment: datetime, *, problem: str | None, queued_at: datetime | None = None
    ) -> None:
        """Let the run sleep in the database, because its plan may not be asked before. Raise LeaseLost.

        Waiting is no try: it leaves as many as there were, and the *problem* where None is told.
        """
        self._change(
            state=SyncRun.State.WAITING,
            attempts=F("attempts") - 1,
            lease_until=None,
            next_try_at=moment,
            queued_at=queued_at or self.now_fn(),
            **({} if problem is None else {"problem": problem}),
        )

    def _mine(self) -> "models.QuerySet[SyncRun]":
        return SyncRun.objects.filter(pk=self.run_id, fence=self.fence, state=SyncRun.State.RUNNING)

    def _change(self, **values: object) -> None:
        if not self._mine().update(**values):
            raise LeaseLost
        if "state" in values:
            text = " ".join(filter(None, (str(values["state"]), str(values.get("problem", "")))))
            log.info("sync run %s is %s", self.run_id, text)


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


def without_access(run: SyncRun, hold: Hold, error: AccessProblem) -> None:
    """Leave a run whose plan could not be asked through its connection. Raise LeaseLost, as all of these."""
    if isinstance(error, AskingStopped):  # it goes on when that is taken back, however long that takes
        hold.give_back(problem=str(error))
    elif isinstance(error, PermissionEnded):
        problem = DISCONNECTED if str(error) == Connection.Status.KEPT else error.code
        _close_open_steps(run, problem)
        hold.finish(SyncRun.State.ENDED, problem=problem)
    else:
        again_or_over(run, hold, error.code, may_retry=error.retry)


def settle(run: SyncRun, hold: Hold, later: FhirError | None) -> None:
    """Leave the run waiting for another try, or over in the state its steps add up to."""
    if later is not None:
        asked = timedelta(seconds=later.retry_after or 0)
        hold.retry_in(max(asked, _backoff(run)), problem=later.code)
        return
    steps = list(run.steps.all())
    has_gaps = any(step.is_with_gaps for step in steps)
    if not has_gaps and all(step.state == SyncStep.State.DONE or may_be_refused(step) for step in steps):
        hold.finish(SyncRun.State.FINISHED)
    elif _brought_something(steps):
        hold.finish(SyncRun.State.PARTIAL)
    else:  # claims are what members come for: why those are not here is why the run failed
        first = sorted(steps, key=lambda step: step.resource_type != main_type())
        hold.finish(SyncRun.State.FAILED, problem=next((step.problem for step in first if step.problem), ""))


def may_be_refused(step: SyncStep) -> bool:
    """Whether a step is over as it may be: plans need not share clinical records of every type."""
    return step.state == SyncStep.State.REFUSED and step.resource_type in fhir_types(CLINICAL)


def _brought_something(steps: list[SyncStep]) -> bool:
    """Whether a run with gaps was of use: not one whose claims and coverages both failed (C-05)."""
    came = any(step.received for step in steps if step.resource_type != SyncStep.PLACES)
    others = {person_type(), SyncStep.PLACES} | fhir_types(CLINICAL).keys()
    wanted = [step for step in steps if step.resource_type not in others]
    return came and not all(step.state != SyncStep.State.DONE and not step.received for step in wanted)


def _close_open_steps(run: SyncRun, problem: str) -> None:
    run.steps.exclude(state__in=SyncStep.OVER).update(state=SyncStep.State.PROBLEM, problem=problem)


def put_off(run: SyncRun, hold: Hold, later: NotNow) -> None:
    """The plan may not be asked for a while: sleep, which is no try that failed; but not for ever."""
    now = hold.now_fn()
    if now - run.created_at < LONGEST_RUN:
        hold.sleep_until(spread(later.until, now=now), problem=later.why)
        return
    _close_open_steps(run, later.why)
    hold.finish(SyncRun.State.FAILED, problem=later.why)


def give_back(run: SyncRun, hold: Hold) -> None:
    """Go on from the checkpoint when its turn comes again; but not for ever."""
    if hold.now_fn() - run.created_at < LONGEST_RUN:
        hold.give_back()
        return
    _close_open_steps(run, "endless")
    hold.finish(SyncRun.State.PARTIAL, problem="endless")


def again_or_over(run: SyncRun, hold: Hold, problem: str, *, may_retry: bool = True) -> None:
    """Try again later, a bounded number of times; then the run has failed."""
    if may_retry and run.attempts < MOST_ATTEMPTS:
        hold.retry_in(_backoff(run), problem=problem)
        return
    _close_open_steps(run, problem)
    hold.finish(SyncRun.State.FAILED, problem=problem)


def _backoff(run: SyncRun) -> timedelta:
    return BACKOFF[min(max(run.attempts, 1), len(BACKOFF)) - 1]


def disconnected(hold: Hold) -> None:
    """Nothing more is written; what came before stays."""
    run = SyncRun.objects.filter(pk=hold.run_id).first()
    if run is not None and SyncRun.objects.filter(pk=run.pk, fence=hold.fence).active().update(
        **ended(now=hold.now_fn())
    ):
        _close_open_steps(run, DISCONNECTED)


def after_crash(hold: Hold) -> None:
    """Something nobody expected: try again later, a bounded number of times. The cause goes up."""
    run = SyncRun.objects.filter(pk=hold.run_id).first()
    if run is None:
        return
    with suppress(LeaseLost):
        again_or_over(run, hold, "unexpected")
