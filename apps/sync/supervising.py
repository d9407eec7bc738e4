"""Several worker processes from one command: started, started again when they die, stopped together."""

import logging
import os
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from apps.sync import running

log = logging.getLogger("plainclaim.sync")
LOOK_SECONDS: Final = 0.5
REST_SECONDS: Final = 5.0
"""A worker that died within this time is started again after it: a broken database is not hammered."""
HANGS_AFTER: Final = timedelta(seconds=60)
"""A run whose lease has been over for so long is another worker's by now: this one hangs."""
SEEN_OFTEN: Final = 6
"""So many looks in a row have to find it hanging: a process that was stopped and goes on gets its chance."""


@dataclass
class Worker:
    """One child process, and when it may be started again."""

    process: subprocess.Popen[bytes]
    started_at: float = field(default_factory=time.monotonic)
    rests_until: float | None = None


def supervise(command: Sequence[str], *, number: int, stop: threading.Event, grace: float) -> None:
    """Keep *number* processes of *command* running until *stop* is set; end them in *grace* seconds then."""
    workers = [_start(command) for _ in range(number)]
    try:
        while not stop.wait(LOOK_SECONDS):
            for index, worker in enumerate(workers):
                if worker.process.poll() is not None:
                    workers[index] = _again(worker, command)
    finally:
        _end([worker.process for worker in workers], grace=grace)


def _again(worker: Worker, command: Sequence[str]) -> Worker:
    now = time.monotonic()
    if worker.rests_until is None:
        log.warning("worker %d ended with code %s", worker.process.pid, worker.process.returncode)
        worker.rests_until = max(now, worker.started_at + REST_SECONDS)
    return _start(command) if now >= worker.rests_until else worker


def _start(command: Sequence[str]) -> Worker:
    return Worker(subprocess.Popen(command))  # noqa: S603 - our own command, nothing from outside in it


def _end(processes: list[subprocess.Popen[bytes]], *, grace: float) -> None:
    for process in processes:
        if process.poll() is None:
            process.terminate()
    give_up_at = time.monotonic() + grace
    for process in processes:
        try:
            process.wait(max(0.1, give_up_at - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def is_orphan(parent: int) -> bool:
    """Whether the supervisor with this process id is gone: whoever it started ends as well."""
    return bool(parent) and os.getppid() != parent


@dataclass
class Watchdog:
    """Ends a process whose run hangs, so that a new worker takes its place (R-35); *end* is what ends it."""

    now_fn: Callable[[], datetime]
    end: Callable[[], object]
    seen: int = 0

    def look(self) -> None:
        """Look once."""
        hold = running.in_hand
        hangs = hold is not None and self.now_fn() - hold.until > HANGS_AFTER
        self.seen = self.seen + 1 if hangs else 0
        if self.seen >= SEEN_OFTEN:
            log.error("sync run %s hangs; this worker ends", hold.run_id if hold else "")
            self.end()

    def watch(self, stop: threading.Event, *, every: float = 5.0) -> None:
        """Look again and again until *stop* is set."""
        while not stop.wait(every):
            self.look()
