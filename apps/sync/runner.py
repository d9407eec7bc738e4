"""Doing runs in this process: taken, driven, left in a state that says the truth; it ends where one hangs."""

import logging
import os
import signal
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.utils import timezone

from apps.connections import attempts
from apps.connections.access import Access
from apps.connections.errors import AccessProblem, AskingStopped, PermissionEnded
from apps.fhir.errors import PlanTooSlow
from apps.outbound.trace import traced
from apps.sync import driver, leases, turn
from apps.sync.leases import Disconnected, Hold, LeaseLost, take
from apps.sync.models import SyncRun
from apps.sync.models.paces import NotNow
from apps.sync.questions import End
from apps.sync.work import Ended, Work
from apps.vault.errors import KeyUnavailable

log = logging.getLogger("plainclaim.sync")
MOST_CHOICES: Final = 5
"""So often a worker chooses anew when others were faster."""
KEYS_REST: Final = timedelta(minutes=5)
"""A run whose member's key cannot be had tries again after so long; that counts as no try."""
HANGS_AFTER: Final = timedelta(seconds=60)
"""A run whose lease has been over for so long is another worker's by now: this one hangs."""
SEEN_OFTEN: Final = 6
"""So many looks in a row have to find it hanging: a process that was stopped and goes on gets its chance."""

in_hand: Hold | None = None
"""What this process is doing, for the one who watches that it does not hang."""


def run(
    *,
    run_id: uuid.UUID,
    now_fn: Callable[[], datetime],
    stop: threading.Event | None = None,
    connect: Callable[..., Access] = Access,
) -> None:
    """Do the run if nobody else does; safe to call any number of times, at any time, by any worker.

    *connect* is called as ``connect(connection, clock=..., budget=...)``. *stop* makes the work end and the
    run go back to the queue. Raises nothing anticipated: what went wrong is on the run and its steps.
    """
    hold = take(run_id=run_id, now_fn=now_fn)
    if hold is not None:
        _work(hold, stop or threading.Event(), connect)


def run_next(
    *,
    hint: uuid.UUID,
    now_fn: Callable[[], datetime],
    stop: threading.Event | None = None,
    connect: Callable[..., Access] = Access,
) -> None:
    """Do the run whose turn it is, which need not be the one of the *hint* (R-42); else as `run`."""
    for _ in range(MOST_CHOICES):
        chosen = turn.next_run(now=now_fn())
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
        leases.disconnected(hold)
    except LeaseLost:
        log.info("sync run %s is no longer ours", hold.run_id)
    except Exception:
        leases.after_crash(hold)
        raise
    finally:
        in_hand = None


def _do(hold: Hold, stop: threading.Event, connect: Callable[..., Access]) -> None:
    rows = SyncRun.objects.select_related("connection__plan", "connection__attempt", "member")
    run = rows.filter(pk=hold.run_id).first()
    if run is None:
        raise LeaseLost
    # Of a connection whose attempt is forgotten by now, the run has an id of its own.
    with traced(attempts.trace_of(run.connection.attempt) or str(run.pk)[:8]):
        log.info("plan %s %s, sync run %s begins", run.connection.plan.slug, run.connection, run.pk)
        try:
            leases.settle(run, hold, driver.bring(Work(run, hold, stop=stop, connect=connect)))
        except Ended as ended:
            _leave(run, hold, ended.end)
        except NotNow as later:
            leases.put_off(run, hold, later)
        except KeyUnavailable as error:
            log.error("%s", error)
            leases.put_off(run, hold, NotNow(hold.now_fn() + KEYS_REST, "unexpected"))
        except AccessProblem as error:
            leases.without_access(run, hold, error)


def _leave(run: SyncRun, hold: Hold, end: End) -> None:
    """Leave a run whose try was ended. Raise LeaseLost or Disconnected where nothing may be written."""
    match end:
        case "gone":
            raise LeaseLost
        case "kept":
            raise Disconnected
        case "paused" | "suspended" | "signed_out" | "unagreed":
            leases.without_access(run, hold, AskingStopped(end))
        case "ended":
            leases.without_access(run, hold, PermissionEnded(end))
        case "slow":
            leases.again_or_over(run, hold, PlanTooSlow.code)
        case "stopping" | "moved" | "room":
            leases.give_back(run, hold)


@dataclass
class Watchdog:
    """Ends a process whose run hangs (R-35); *end* is what ends it.

    While a run proves its hold, *gets_on* is called: a long one is no hanging worker.
    """

    now_fn: Callable[[], datetime]
    end: Callable[[], object]
    gets_on: Callable[[], object] = lambda: None
    seen: int = 0

    def look(self) -> None:
        """Look once."""
        hold = in_hand
        hangs = hold is not None and self.now_fn() - hold.until > HANGS_AFTER
        if hold is not None and not hangs:
            self.gets_on()
        self.seen = self.seen + 1 if hangs else 0
        if self.seen >= SEEN_OFTEN:
            log.error("sync run %s hangs; this worker ends", hold.run_id if hold else "")
            self.end()

    def watch(self, stop: threading.Event, *, every: float = 5.0) -> None:
        """Look again and again until *stop* is set."""
        while not stop.wait(every):
            self.look()


def guard(stop: threading.Event, gets_on: Callable[[], object] = lambda: None) -> None:
    """Watch over this process, in a thread of its own, until *stop* is set."""
    dog = Watchdog(timezone.now, partial(os.kill, os.getpid(), signal.SIGKILL), gets_on)
    threading.Thread(target=dog.watch, args=[stop], daemon=True).start()
