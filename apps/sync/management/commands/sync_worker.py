"""The one background process: does queued work, sweeps, and stops at once when asked."""

import logging
import signal
import time
from argparse import ArgumentParser
from types import FrameType
from typing import Any, Final

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections
from django.tasks import DEFAULT_TASK_BACKEND_ALIAS, DEFAULT_TASK_QUEUE_NAME, task_backends
from django.utils import timezone
from django.utils.crypto import get_random_string

from apps.connections import actions as connections
from apps.connections import attempts, revocations
from apps.plans import signing_in
from apps.sync import actions
from apps.sync.tasks import STOP

log = logging.getLogger("plainclaim.sync")
POLL_SECONDS: Final = 0.5
SWEEP_SECONDS: Final = 5.0
LOOK_SECONDS: Final = 10.0
TIDY_SECONDS: Final = 3600.0
STOP_SECONDS: Final = 8
"""After so long the process ends even in mid-call: the lease and the sweeper take care of the run."""


class Command(BaseCommand):
    """``manage.py sync_worker``: any number of these may run on any number of machines."""

    help = "Do background work: bring members' records, and take over what dead workers left."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--once`` is for tests and timers."""
        parser.add_argument("--once", action="store_true", help="Sweep, do what is queued, and exit.")

    def handle(self, *_args: Any, once: bool, **_options: Any) -> None:
        """Loop until SIGTERM or SIGINT."""
        if once:
            actions.sweep(now=timezone.now())
            connections.forget_abandoned(now=timezone.now())
            self._drain()
            revocations.ask_due(clock=timezone.now)
            return
        signal.signal(signal.SIGTERM, _stop)
        signal.signal(signal.SIGINT, _stop)
        self.stdout.write("Worker ready.")
        swept = tidied = -TIDY_SECONDS
        looked = time.monotonic()  # not at once: what is started together with us gets the time to come up
        while not STOP.is_set():
            try:
                close_old_connections()
                if time.monotonic() - swept > SWEEP_SECONDS:
                    swept = time.monotonic()
                    actions.sweep(now=timezone.now())
                    connections.forget_abandoned(now=timezone.now())
                    revocations.ask_due(clock=timezone.now, stop=STOP.is_set)
                if time.monotonic() - looked > LOOK_SECONDS:
                    looked = time.monotonic()
                    signing_in.look_up_new(now=timezone.now())
                if time.monotonic() - tidied > TIDY_SECONDS:
                    tidied = time.monotonic()
                    self._tidy()
                self._drain()
            except OperationalError:  # restarting, not migrated yet, or locked for long: it is waited for
                log.warning("the database does not answer; waiting")
                STOP.wait(SWEEP_SECONDS)
            STOP.wait(POLL_SECONDS)

    def _drain(self) -> None:
        """Do all that is queued in the database, one by one; other backends have their own workers."""
        if not _queue_is_ours():
            return
        from django_tasks_db.management.commands.db_worker import Worker  # noqa: PLC0415 - optional backend
        from django_tasks_db.models import DBTaskResult  # noqa: PLC0415

        ready = DBTaskResult.objects.ready().filter(
            backend_name=DEFAULT_TASK_BACKEND_ALIAS, queue_name=DEFAULT_TASK_QUEUE_NAME
        )
        # Looking before locking: an idle worker never takes SQLite's write lock.
        while not STOP.is_set() and ready.exists():
            Worker(
                queue_names=[DEFAULT_TASK_QUEUE_NAME],
                excluded_queue_names=[],
                interval=POLL_SECONDS,
                batch=True,
                backend_name=DEFAULT_TASK_BACKEND_ALIAS,
                startup_delay=False,
                max_tasks=1,
                worker_id=get_random_string(32),
            ).run()

    def _tidy(self) -> None:
        """Forget finished queue entries after a day, and attempts to connect after 400."""
        attempts.forget_old(now=timezone.now())
        if _queue_is_ours():
            call_command("prune_db_task_results", min_age_days=1, verbosity=0)


def _queue_is_ours() -> bool:
    return type(task_backends[DEFAULT_TASK_BACKEND_ALIAS]).__module__.startswith("django_tasks_db.")


def _stop(_signal: int, _frame: FrameType | None) -> None:
    STOP.set()
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(STOP_SECONDS)
