"""The background work: does what is queued, sweeps, keeps the schedule, and stops at once when asked."""

import resource
import signal
import threading
from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections, connections
from django.tasks import DEFAULT_TASK_BACKEND_ALIAS, DEFAULT_TASK_QUEUE_NAME
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from apps.sync import runner
from apps.sync.chores import Chore, chores, queue_is_in_database
from apps.sync.tasks import STOP
from apps.vault.checks import refuse_to_start_without_keys

POLL_SECONDS: Final = 0.5
GRACE_SECONDS: Final = 2.0
"""So long a plan that is just asked may still answer when the worker is to stop."""
STOP_SECONDS: Final = 8
"""After so long the process ends even in mid-call: the lease and the sweeper take care of the run."""


class Command(BaseCommand):
    """``manage.py sync_worker``: any number of these may run on any number of machines."""

    help = "Do background work: bring members' records, and take over what dead workers left."
    _gave_way = False
    """More may be queued than was done in this round."""
    heartbeat: Path | None = None

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--once`` is for tests and timers."""
        parser.add_argument("--once", action="store_true", help="Sweep, do what is queued, and exit.")
        parser.add_argument(
            "--memory-mb",
            type=int,
            default=0,
            help="Memory of the process; a run that wants more fails, so often and no more. 0: no limit.",
        )
        parser.add_argument(
            "--heartbeat",
            type=Path,
            help="File to touch whenever something was done, for a health check: config.healthcheck FILE.",
        )

    def handle(
        self, *_args: Any, once: bool, memory_mb: int, heartbeat: Path | None, **_options: Any
    ) -> None:
        """Loop until SIGTERM or SIGINT."""
        self.heartbeat = heartbeat
        if memory_mb:
            resource.setrlimit(resource.RLIMIT_DATA, (memory_mb * 2**20, memory_mb * 2**20))
        if once:
            every = [*chores(), self._queue([])]
            failed = [chore.name for chore in every if chore.is_due and not chore.do()]
            if failed:
                raise CommandError(f"Not done: {', '.join(failed)}. The log says why.")
            return
        signal.signal(signal.SIGTERM, _stop)
        signal.signal(signal.SIGINT, _stop)
        refuse_to_start_without_keys()
        runner.guard(STOP, self._gets_on)
        self._gets_on()
        self.stdout.write("Worker ready.")
        self.work()

    def work(self) -> None:
        """Work until told to stop; what waits for plans is done beside all else, for it may wait for long."""
        every = chores()
        asked = [chore for chore in every if chore.asks_plans]
        others = [chore for chore in every if not chore.asks_plans]
        asking = threading.Thread(target=self._ask_plans, args=[asked], daemon=True)
        asking.start()
        while not STOP.is_set() and asking.is_alive():
            self._gave_way = False
            self._round([*others, self._queue(others)], self._gets_on)
            if not self._gave_way:
                STOP.wait(POLL_SECONDS)
        asking.join(GRACE_SECONDS)
        if not STOP.is_set():
            raise CommandError("The thread that asks plans ended. The log says why.")

    def _ask_plans(self, due: list[Chore]) -> None:
        """Do these in this thread until told to stop."""
        try:
            while not STOP.wait(POLL_SECONDS):
                self._round(due)
        finally:
            connections.close_all()

    def _round(self, due: list[Chore], gets_on: Callable[[], object] = lambda: None) -> None:
        """Do what is due, one after the other."""
        for chore in due:
            if chore.is_due and not STOP.is_set():
                close_old_connections()
                chore.do()
                gets_on()

    def _gets_on(self) -> None:
        """Show whoever looks at the file that this process does not hang."""
        if self.heartbeat is not None:
            self.heartbeat.touch()

    def _queue(self, others: list[Chore]) -> Chore:
        """The queue, which comes after what fills it and gives way to *others*."""
        return Chore("the queue", 0, lambda: self._drain(others))

    def _drain(self, others: Iterable[Chore]) -> None:
        """Do what is queued in the database; hints in a broker have workers of their own.

        Where *others* are due it gives way to them after each task: on a busy morning it never ends.
        """
        if not queue_is_in_database():
            return
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
            self._gave_way = any(other.is_due for other in others)
            if self._gave_way:
                return


def _stop(_signal: int, _frame: FrameType | None) -> None:
    STOP.set()
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(STOP_SECONDS)
