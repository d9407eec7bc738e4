"""Doing a run: take it, go through its steps, leave it in a state that says the truth."""

import logging
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.conf import settings

from apps.connections.access import open_access
from apps.connections.errors import AccessProblem, AskingStopped, PermissionEnded
from apps.connections.models import Connection
from apps.fhir.client import PAGE_SIZE, Client
from apps.fhir.errors import FhirError
from apps.outbound.door import Answer
from apps.sync import choosing, steps
from apps.sync.leases import Disconnected, Hold, LeaseLost, ended, take
from apps.sync.models import DISCONNECTED, MOST_ATTEMPTS, SyncRun, SyncStep
from apps.sync.models.paces import NotNow
from apps.sync.pace import Pace, most_at_once, spread
from apps.sync.work import Access, Stopping, Work
from apps.vault.boxes import box_for
from apps.vault.errors import KeyUnavailable

log = logging.getLogger("plainclaim.sync")
BACKOFF: Final = tuple(timedelta(seconds=seconds) for seconds in (10, 60, 300, 900, 3600))
MOST_CHOICES: Final = 5
"""So often a worker chooses anew when others were faster."""
SLICE: Final = timedelta(seconds=20)
"""After so long a run gives its worker back between two pages, if another one waits for a worker (R-42)."""
LOOK: Final = timedelta(seconds=5)
KEYS_REST: Final = timedelta(minutes=5)
"""A run whose member's key cannot be had tries again after so long; that counts as no try."""
LONGEST_RUN: Final = timedelta(days=7)
"""A run that is put off and put off ends after so long; the schedule begins a new one."""


in_hand: Hold | None = None
"""What this process is doing, for the one who watches that it does not hang."""


class MakingRoom(Exception):
    """The run had its time and others wait: it goes on from its checkpoint when its turn comes again."""


@dataclass
class _Held:
    """The plan's door while the run is ours: at the plan's pace, the hold proved when it grows old."""

    access: Access
    hold: Hold
    pace: Pace
    stop_if_asked: Callable[[], None]

    def get(self, url: str) -> Answer:
        self.stop_if_asked()
        self.hold.extend_if_aging()
        return self.pace.ask(partial(self.access.get, url))


@dataclass
class _Slice:
    """The time a run may keep its worker while others wait."""

    plan_id: uuid.UUID
    now_fn: Callable[[], datetime]
    began_at: datetime
    looked_at: datetime

    def end_if_over(self) -> None:
        """Raise MakingRoom when the time is over and somebody waits."""
        now = self.now_fn()
        if now - self.began_at < SLICE or now - self.looked_at < LOOK:
            return
        self.looked_at = now
        if choosing.somebody_waits(self.plan_id, now=now):
            raise MakingRoom


def run(
    *,
    run_id: uuid.UUID,
    now_fn: Callable[[], datetime],
    stop: threading.Event | None = None,
    connect: Callable[..., Access] = open_access,
) -> None:
    """Do the run if nobody else does; safe to call any number of times, at any time, by any worker.

    *connect* is called as ``connect(connection, clock=...)``. *stop* makes the work end at the next page and
    the run go back to the queue. Raises nothing anticipated: what went wrong is on the run and its steps.
    """
    hold = take(run_id=run_id, now_fn=now_fn)
    if hold is not None:
        _work(hold, stop or threading.Event(), connect)


def run_next(
    *,
    hint: uuid.UUID,
    now_fn: Callable[[], datetime],
    stop: threading.Event | None = None,
    connect: Callable[..., Access] = open_access,
) -> None:
    """Do the run whose turn it is, which need not be the one of the *hint* (R-42); else as `run`."""
    for _ in range(MOST_CHOICES):
        chosen = choosing.next_run(now=now_fn())
        hold = take(run_id=chosen or hint, now_fn=now_fn)
        if hold is not None:
            _work(hold, stop or threading.Event(), connect)
            return
        if chosen is None:  # nothing is due that could be done, and the hinted run now knows until when
            return


def _work(hold: Hold, stop: threading.Event, connect: Callable[..., Access]) -> None:
    global in_hand  # noqa: PLW0603 - one worker does one run at a time
    in_hand = hold
    try:
        _do(hold, stop, connect)
    except Disconnected:
        _leave_disconnected(hold)
    except LeaseLost:
        log.info("sync run %s is no longer ours", hold.run_id)
    except Exception:
        _leave_after_crash(hold)
        raise
    finally:
        in_hand = None


def _do(hold: Hold, stop: threading.Event, connect: Callable[..., Access]) -> None:
    run = (
        SyncRun.objects.select_related("connection__plan", "connection__attempt", "member")
        .filter(pk=hold.run_id)
        .first()
    )
    if run is None:
        raise LeaseLost

    def stop_if_asked() -> None:
        if stop.is_set():
            raise Stopping

    def pause(seconds: float) -> None:
        stop.wait(seconds)
        stop_if_asked()

    began_at = hold.now_fn()
    turn = _Slice(run.connection.plan_id, hold.now_fn, began_at, began_at)

    def between_pages() -> None:
        stop_if_asked()
        turn.end_if_over()

    try:
        plan = run.connection.plan
        quirks = plan.quirks
        pace = Pace(plan, run.pk, hold.now_fn, pause)

        def client_of(access: Access, before_each: Callable[[], None]) -> Client:
            held = _Held(access, hold, pace, before_each)
            return Client(plan.fhir_base_url, held, pause=pause, back_link=quirks.back_link)

        def open_client(before_each: Callable[[], None]) -> Client:
            # Rows of its own: opening and renewing write to them, and threads share none.
            row = Connection.objects.select_related("plan", "member").filter(pk=run.connection_id).first()
            if row is None:
                raise LeaseLost
            stop_if_asked()

            def may_ask() -> None:
                before_each()
                stop_if_asked()

            return client_of(connect(row, clock=hold.now_fn), may_ask)

        access = connect(run.connection, clock=hold.now_fn)
        work = Work(
            run=run,
            connection=run.connection,
            box=box_for(run.member),
            client=client_of(access, stop_if_asked),
            patient_id=access.patient_id,
            hold=hold,
            now_fn=hold.now_fn,
            stop_if_asked=between_pages,
            open_client=open_client,
            page_size=most_at_once(plan, quirks.page_size or PAGE_SIZE, now=hold.now_fn()),
            lanes=settings.SYNC_LANES,
        )
        _settle(run, hold, steps.bring(work))
    except (Stopping, MakingRoom):
        _give_back(run, hold)
    except NotNow as later:
        _put_off(run, hold, later)
    except KeyUnavailable as error:
        log.error("%s", error)
        _put_off(run, hold, NotNow(hold.now_fn() + KEYS_REST, "unexpected"))
    except AccessProblem as error:
        _leave_without_access(run, hold, error)


def _leave_without_access(run: SyncRun, hold: Hold, error: AccessProblem) -> None:
    if isinstance(error, AskingStopped):  # it goes on when that is taken back, however long that takes
        hold.give_back(problem=str(error))
    elif isinstance(error, PermissionEnded):
        problem = DISCONNECTED if str(error) == Connection.Status.KEPT else "sign_in"
        _close_open_steps(run, problem)
        hold.finish(SyncRun.State.ENDED, problem=problem)
    elif error.retry and run.attempts < MOST_ATTEMPTS:
        hold.retry_in(_backoff(run), problem="access")
    else:
        _close_open_steps(run, "access")
        hold.finish(SyncRun.State.FAILED, problem="access")


def _settle(run: SyncRun, hold: Hold, later: FhirError | None) -> None:
    """Leave the run waiting for another try, or over in the state its steps add up to."""
    if later is not None:
        asked = timedelta(seconds=later.retry_after or 0)
        hold.retry_in(max(asked, _backoff(run)), problem=later.code)
        return
    steps = list(run.steps.all())
    if all(step.state == SyncStep.State.DONE and not _lacks(step) for step in steps):
        hold.finish(SyncRun.State.FINISHED)
    elif any(step.received for step in steps if step.resource_type != SyncStep.PLACES):
        hold.finish(SyncRun.State.PARTIAL)
    else:
        hold.finish(SyncRun.State.FAILED, problem=next((step.problem for step in steps if step.problem), ""))


def _lacks(step: SyncStep) -> bool:
    return bool(step.unreadable or step.misdirected or step.holds_back or step.has_gaps)


def _close_open_steps(run: SyncRun, problem: str) -> None:
    run.steps.exclude(state__in=SyncStep.OVER).update(state=SyncStep.State.PROBLEM, problem=problem)


def _put_off(run: SyncRun, hold: Hold, later: NotNow) -> None:
    """The plan may not be asked for a while: sleep, which is no try that failed; but not for ever."""
    now = hold.now_fn()
    if now - run.created_at < LONGEST_RUN:
        hold.sleep_until(spread(later.until, now=now), problem=later.why)
        return
    _close_open_steps(run, later.why)
    hold.finish(SyncRun.State.FAILED, problem=later.why)


def _give_back(run: SyncRun, hold: Hold) -> None:
    """Go on from the checkpoint when its turn comes again; but not for ever."""
    if hold.now_fn() - run.created_at < LONGEST_RUN:
        hold.give_back()
        return
    _close_open_steps(run, "endless")
    hold.finish(SyncRun.State.PARTIAL, problem="endless")


def _backoff(run: SyncRun) -> timedelta:
    return BACKOFF[min(max(run.attempts, 1), len(BACKOFF)) - 1]


def _leave_disconnected(hold: Hold) -> None:
    """Nothing more is written; what came before stays."""
    run = SyncRun.objects.filter(pk=hold.run_id).first()
    if run is not None and SyncRun.objects.filter(pk=run.pk, fence=hold.fence).active().update(
        **ended(now=hold.now_fn())
    ):
        _close_open_steps(run, DISCONNECTED)


def _leave_after_crash(hold: Hold) -> None:
    """Something nobody expected: try again later, a bounded number of times. The cause goes up."""
    run = SyncRun.objects.filter(pk=hold.run_id).first()
    if run is None:
        return
    try:
        if run.attempts < MOST_ATTEMPTS:
            hold.retry_in(_backoff(run), problem="unexpected")
        else:
            _close_open_steps(run, "unexpected")
            hold.finish(SyncRun.State.FAILED, problem="unexpected")
    except LeaseLost:
        pass
