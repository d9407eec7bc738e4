"""The background work: does what is queued, sweeps, keeps the schedule, and stops at once when asked."""

import os
import resource
import signal
import sys
import threading
import time
from argparse import SUPPRESS, ArgumentParser
from collections.abc import Iterable
from functools import partial
from types import FrameType
from typing import Any, Final

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections
from django.tasks import DEFAULT_TASK_BACKEND_ALIAS, DEFAULT_TASK_QUEUE_NAME, task_backends
from django.utils import timezone
from django.utils.crypto import get_random_string

from apps.accounts.models import CacheEntry
from apps.connections import attempts, closing, revocations, trips
from apps.plans import signing_in
from apps.sync import actions, changes, starting, supervising
from apps.sync.chores import Chore, also
from apps.sync.tasks import STOP
from apps.vault.checks import refuse_to_start_without_keys

POLL_SECONDS: Final = 0.5
SWEEP_SECONDS: Final = 5.0
LOOK_SECONDS: Final = 10.0
TIDY_SECONDS: Final = 3600.0
STOP_SECONDS: Final = 8
"""After so long the process ends even in mid-call: the lease and the sweeper take care of the run."""


class Command(BaseCommand):
    """``manage.py sync_worker``: any number of these may run on any number of machines."""

    help = "Do background work: bring members' records, and take over what dead workers left."
    _gave_way = False
    """More may be queued than was done in this round."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--once`` is for tests and timers."""
        parser.add_argument("--once", action="store_true", help="Sweep, do what is queued, and exit.")
        parser.add_argument(
            "--processes",
            type=int,
            default=1,
            help="So many worker processes, started again when they die; as many as cores, or more.",
        )
        parser.add_argument(
            "--memory-mb",
            type=int,
            default=0,
            help="Memory of one process; a run that wants more fails, so often and no more. 0: no limit.",
        )
        parser.add_argument("--under", type=int, default=0, help=SUPPRESS)

    def handle(
        self, *_args: Any, once: bool, processes: int, memory_mb: int, under: int, **_options: Any
    ) -> None:
        """Loop until SIGTERM or SIGINT."""
        if memory_mb:
            resource.setrlimit(resource.RLIMIT_DATA, (memory_mb * 2**20, memory_mb * 2**20))
        if processes > 1 and not once:
            refuse_to_start_without_keys()
            self._supervise(processes, memory_mb)
            return
        chores = self._chores(gives_way=not once)
        if once:
            failed = [chore.name for chore in chores if chore.is_due and not chore.do()]
            if failed:
                raise CommandError(f"Not done: {', '.join(failed)}. The log says why.")
            return
        signal.signal(signal.SIGTERM, _stop)
        signal.signal(signal.SIGINT, _stop)
        refuse_to_start_without_keys()
        watchdog = supervising.Watchdog(timezone.now, partial(os.kill, os.getpid(), signal.SIGKILL))
        threading.Thread(target=watchdog.watch, args=[STOP], daemon=True).start()
        self.stdout.write("Worker ready.")
        while not STOP.is_set() and not supervising.is_orphan(under):
            self._round(chores)
            if not self._gave_way:
                STOP.wait(POLL_SECONDS)

    def _round(self, chores: list[Chore]) -> None:
        """Do what is due, one after the other."""
        self._gave_way = False
        for chore in chores:
            if chore.is_due and not STOP.is_set():
                close_old_connections()
                chore.do()

    def _supervise(self, processes: int, memory_mb: int) -> None:
        """Run so many of this command below us; the signals that end us end them."""
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: STOP.set())
        command = [sys.executable, sys.argv[0], "sync_worker", "--under", str(os.getpid())]
        supervising.supervise(
            [*command, "--memory-mb", str(memory_mb)], number=processes, stop=STOP, grace=STOP_SECONDS + 2
        )

    def _chores(self, *, gives_way: bool) -> list[Chore]:
        """In the order in which they are done. Plans that are new are not asked at once: what is started
        together with us gets the time to come up."""
        chores = [
            Chore("the sweep", SWEEP_SECONDS, lambda: actions.sweep(now=timezone.now())),
            Chore("the schedule", SWEEP_SECONDS, lambda: starting.start_due(now=timezone.now())),
            Chore(
                "forgetting abandoned trips",
                SWEEP_SECONDS,
                lambda: trips.forget_abandoned(now=timezone.now()),
            ),
            Chore("the queue", 0, lambda: self._drain(chores if gives_way else [])),
            Chore(
                "asking plans to forget",
                SWEEP_SECONDS,
                lambda: revocations.ask_due(clock=timezone.now, stop=STOP.is_set),
            ),
            Chore(
                "looking up new plans",
                LOOK_SECONDS,
                lambda: signing_in.look_up_new(now=timezone.now()),
                next_at=time.monotonic() + LOOK_SECONDS,
            ),
            Chore("erasing closed accounts", SWEEP_SECONDS, lambda: closing.finish_all(now=timezone.now())),
            *also(SWEEP_SECONDS),
            Chore("the schedule's upkeep", TIDY_SECONDS, lambda: starting.tend(now=timezone.now())),
            Chore("forgetting old attempts", TIDY_SECONDS, lambda: attempts.forget_old(now=timezone.now())),
            Chore("forgetting old changes", TIDY_SECONDS, lambda: changes.forget_old(now=timezone.now())),
            Chore("emptying the queue of old entries", TIDY_SECONDS, _prune),
            Chore("emptying the cache of old entries", TIDY_SECONDS, _forget_old_counts),
        ]
        return chores

    def _drain(self, others: Iterable[Chore]) -> None:
        """Do what is queued in the database or in Redis; other backends have their own workers.

        Where *others* are due it gives way to them after each task: on a busy morning it never ends.
        """
        work_one = getattr(task_backends[DEFAULT_TASK_BACKEND_ALIAS], "work_one", None)
        while work_one is not None and not STOP.is_set() and work_one():
            close_old_connections()
            if self._gives_way(others):
                return
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
            if self._gives_way(others):
                return

    def _gives_way(self, others: Iterable[Chore]) -> bool:
        self._gave_way = any(one.is_due for one in others if one.every)
        return self._gave_way


def _prune() -> None:
    """Forget finished queue entries after a day."""
    if _queue_is_ours():
        call_command("prune_db_task_results", min_age_days=1, verbosity=0)


def _forget_old_counts() -> None:
    CacheEntry.objects.over(now=timezone.now()).delete()


def _queue_is_ours() -> bool:
    return type(task_backends[DEFAULT_TASK_BACKEND_ALIAS]).__module__.startswith("django_tasks_db.")


def _stop(_signal: int, _frame: FrameType | None) -> None:
    STOP.set()
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(STOP_SECONDS)
