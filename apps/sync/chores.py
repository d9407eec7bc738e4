"""What the worker looks after besides the queue: each in its own time, none able to stop the others."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.db import OperationalError
from django.utils.module_loading import import_string

log = logging.getLogger("plainclaim.sync")
REST_SECONDS: Final = 5.0
"""After a failure the same is not tried again sooner: a database that restarts is waited for."""


@dataclass
class Chore:
    """Something to do every so many seconds; `next_at` is on the monotonic clock."""

    name: str
    every: float
    work: Callable[[], Any]
    next_at: float = 0.0

    @property
    def is_due(self) -> bool:
        """Whether its time has come."""
        return time.monotonic() >= self.next_at

    def do(self) -> bool:
        """Do it; False when it failed. What went wrong is in the log, by type and frames only."""
        self.next_at = time.monotonic() + self.every
        try:
            self.work()
        except OperationalError:  # restarting, not migrated yet, or locked for long
            log.warning("%s: the database does not answer; waiting", self.name)
        except Exception:
            log.exception("%s stopped unexpectedly", self.name)
        else:
            return True
        self.next_at = time.monotonic() + max(self.every, REST_SECONDS)
        return False


def also(every: float) -> list[Chore]:
    """Return the chores of stages after this one, which it does not know (SYNC_ALSO_LOOKS_AFTER)."""
    return [Chore(path, every, import_string(path)) for path in settings.SYNC_ALSO_LOOKS_AFTER]
