"""Ends a worker whose run hangs: its place is taken by a new one, its run by whoever works next."""

import logging
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.utils import timezone

from apps.sync import running

log = logging.getLogger("plainclaim.sync")
HANGS_AFTER: Final = timedelta(seconds=60)
"""A run whose lease has been over for so long is another worker's by now: this one hangs."""
SEEN_OFTEN: Final = 6
"""So many looks in a row have to find it hanging: a process that was stopped and goes on gets its chance."""


@dataclass
class Watchdog:
    """Ends a process whose run hangs (R-35); *end* is what ends it."""

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


def guard(stop: threading.Event) -> None:
    """Watch over this process, in a thread of its own, until *stop* is set."""
    dog = Watchdog(timezone.now, partial(os.kill, os.getpid(), signal.SIGKILL))
    threading.Thread(target=dog.watch, args=[stop], daemon=True).start()
