"""What is looked after besides the queue: each in its own time, none able to stop the others."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError
from django.tasks import DEFAULT_TASK_BACKEND_ALIAS, task_backends
from django.utils import timezone
from django.utils.module_loading import import_string

from apps.accounts import retention
from apps.accounts.models import CacheEntry
from apps.connections import account_closure, attempts, handshakes, revocations, trips
from apps.plans import plan_sign_in
from apps.records import activity
from apps.sync import actions, news, scheduler
from apps.sync.tasks import STOP

log = logging.getLogger("plainclaim.sync")
OFTEN: Final = 5.0
LOOK_SECONDS: Final = 10.0
HOURLY: Final = 3600.0
REST_SECONDS: Final = 5.0
"""After a failure the same is not tried again sooner: a database that restarts is waited for."""


@dataclass
class Chore:
    """Something to do every so many seconds; `next_at` is on the monotonic clock.

    What `asks_plans` waits for servers of others, each as long as it may take: no update waits for that.
    """

    name: str
    every: float
    work: Callable[[], Any]
    next_at: float = 0.0
    asks_plans: bool = False

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


def chores() -> list[Chore]:
    """Return all of them, in the order in which one worker does them; any number of workers may at once.

    Plans that are new are not looked up at once: what is started together with us gets the time to come up.
    Stages after this one, which it does not know, are in SYNC_ALSO_LOOKS_AFTER and SYNC_ALSO_ASKS.
    """
    return [
        Chore("the sweep", OFTEN, lambda: actions.sweep(now=timezone.now())),
        Chore("the schedule", OFTEN, lambda: scheduler.start_due(now=timezone.now())),
        Chore("forgetting abandoned trips", OFTEN, lambda: trips.forget_abandoned(now=timezone.now())),
        Chore(
            "asking plans to forget",
            OFTEN,
            lambda: revocations.ask_due(clock=timezone.now, stop=STOP.is_set),
            asks_plans=True,
        ),
        Chore(
            "looking up new plans",
            LOOK_SECONDS,
            lambda: plan_sign_in.look_up_new(now=timezone.now()),
            next_at=time.monotonic() + LOOK_SECONDS,
            asks_plans=True,
        ),
        Chore("erasing closed accounts", OFTEN, lambda: account_closure.finish_all(now=timezone.now())),
        *(Chore(path, OFTEN, import_string(path)) for path in settings.SYNC_ALSO_LOOKS_AFTER),
        *(Chore(path, OFTEN, import_string(path), asks_plans=True) for path in settings.SYNC_ALSO_ASKS),
        Chore("the schedule's upkeep", HOURLY, lambda: scheduler.tend(now=timezone.now())),
        Chore("forgetting old attempts", HOURLY, lambda: attempts.forget_old(now=timezone.now())),
        Chore("forgetting old trips", HOURLY, lambda: handshakes.forget_old(now=timezone.now())),
        Chore("forgetting old revocations", HOURLY, lambda: revocations.forget_old(now=timezone.now())),
        Chore("forgetting what accounts left", HOURLY, lambda: retention.forget_old(now=timezone.now())),
        Chore("forgetting old activity", HOURLY, lambda: activity.forget_old(now=timezone.now())),
        Chore("forgetting old changes", HOURLY, lambda: news.forget_old(now=timezone.now())),
        Chore("emptying the queue of old entries", HOURLY, _prune),
        Chore(
            "emptying the cache of old entries",
            HOURLY,
            lambda: CacheEntry.objects.over(now=timezone.now()).delete(),
        ),
    ]


def queue_is_in_database() -> bool:
    """Whether hints wait in a table, for `sync_worker` to take."""
    return type(task_backends[DEFAULT_TASK_BACKEND_ALIAS]).__module__.startswith("django_tasks_db.")


def _prune() -> None:
    """Forget finished queue entries after a day."""
    if queue_is_in_database():
        call_command("prune_db_task_results", min_age_days=1, verbosity=0)
