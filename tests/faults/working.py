"""The real worker in need: no room, no writes, no connections, others waiting."""

import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import cycle
from typing import Any
from unittest import mock

from django.core.management import CommandError, call_command
from django.db import close_old_connections
from django.db import connections as databases
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.utils import timezone

from apps.sync import course, leases, turn
from apps.sync import work as work_of_a_try
from apps.sync.models import SyncRun
from apps.sync.wording import problem


def work(_: Any) -> None:
    """One turn of the real worker; that it could not do everything is in its log, and in what is left."""
    close_old_connections()
    with suppress(CommandError):
        call_command("sync_worker", once=True)


def work_without_room(clock: Any, *, most_bytes: int) -> None:
    """A turn in which no file may grow beyond so many bytes, as on a full disk (RLIMIT_FSIZE)."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    work(clock)


def work_read_only(clock: Any) -> None:
    """A turn on a database that takes no writes, as after a failover to a replica."""

    def forbid(connection: BaseDatabaseWrapper, **_: Any) -> None:
        is_file = connection.vendor == "sqlite"
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA query_only=1" if is_file else "SET default_transaction_read_only=1")

    connection_created.connect(forbid, weak=False)
    work(clock)


def _so_many_connections(most: int) -> None:
    """Have a pool of this process that gives no more, and says so soon."""
    options = {"min_size": 0, "max_size": most, "timeout": 0.3}
    databases["default"].settings_dict["OPTIONS"]["pool"] = options
    databases["default"].close_pool()


def work_with_pool(clock: Any, *, most: int) -> list[dict[str, Any]]:
    """A turn with so many connections for all lanes together; tell how the runs stand and what is said."""
    _so_many_connections(most)
    work(clock)
    return [
        {
            "state": run.state,
            "problem": run.problem,
            "sentence": str(problem(run.problem)),
            "waits_seconds": (run.next_try_at - timezone.now()).total_seconds(),
        }
        for run in SyncRun.objects.all()
    ]


def work_without_connections(clock: Any) -> None:
    """A turn in which somebody else has the only connection there is."""
    _so_many_connections(1)
    is_held, is_over = threading.Event(), threading.Event()

    def hold() -> None:
        databases["default"].ensure_connection()
        is_held.set()
        is_over.wait()
        databases["default"].close()

    other = threading.Thread(target=hold)
    other.start()
    is_held.wait()
    work(clock)
    is_over.set()
    other.join()


@contextmanager
def others_waiting() -> Iterator[list[int]]:
    """Have somebody wait for the worker again and again: a run gives it back every few pages; note where."""
    back = leases.give_back
    given = list[int]()

    def counted(run: SyncRun, hold: Any) -> None:
        given.append(run.steps.get(resource_type="ExplanationOfBenefit").pages)
        back(run, hold)

    at_once, looks = timedelta(), cycle([False, False, False, True])
    with (
        mock.patch.object(course, "SLICE", at_once),
        mock.patch.multiple(work_of_a_try, SLICE=at_once, LOOK=at_once),
        mock.patch.object(leases, "give_back", counted),
        mock.patch.object(turn, "somebody_waits", lambda *_, **__: next(looks)),
    ):
        yield given
