"""Places where a process may die: before and after each statement, commit and call, counted in order."""

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from urllib3.connectionpool import HTTPConnectionPool

Execute = Callable[..., Any]
STORED = ("after commit", 'after UPDATE "connections_connection"')
"""New tokens are stored by one statement, which is its own transaction where none is open."""


class Points:
    """Counts places; at *kill_at* this process is killed with no chance to tidy up, at *pause_at* it waits.

    A place is its number, or how its label begins: then the first such place counts.
    """

    def __init__(self, *, kill_at: int | str | None, pause_at: int | str | None, folder: Path) -> None:
        self.count = 0
        self.after_tokens: list[str] = []
        """Places between a plan's token answer and its commit, as "new tokens 2.3": death loses them."""
        self._renewals, self._since_tokens = 0, -1
        self._kill_at, self._pause_at, self._folder = kill_at, pause_at, folder
        self._lock = threading.Lock()
        self._sleep = time.sleep

    def reach(self, label: str) -> None:
        """Note that the process is here, and perhaps die."""
        with self._lock:
            self.count += 1
            label = self._after_tokens(label) or label
            if self._is_at(self._kill_at, label):
                (self._folder / "died").write_text(label)
                os.kill(os.getpid(), signal.SIGKILL)
            if self._is_at(self._pause_at, label):
                self._pause_at = None
                (self._folder / "paused").write_text(label)
                while not (self._folder / "go on").exists():
                    self._sleep(0.005)

    def _after_tokens(self, label: str) -> str:
        """Name the place, where tokens are in hand that nobody has stored."""
        if label.startswith("after POST /token"):
            self._renewals, self._since_tokens = self._renewals + 1, 0
            return ""  # this place has a name already
        if label.startswith(STORED):
            self._since_tokens = -1
        if self._since_tokens < 0:
            return ""
        self._since_tokens += 1
        self.after_tokens.append(f"new tokens {self._renewals}.{self._since_tokens}")
        return self.after_tokens[-1]

    def _is_at(self, place: int | str | None, label: str) -> bool:
        """Whether *place*, a number or how a label begins, is here."""
        return label.startswith(place) if isinstance(place, str) else self.count == place

    def watch(self) -> None:
        """Count from now on, on every database connection and every call of this process."""
        connection_created.connect(self._watch_database, weak=False)
        points, commit, urlopen = self, BaseDatabaseWrapper._commit, HTTPConnectionPool.urlopen

        def watched_commit(database: BaseDatabaseWrapper) -> None:
            points.reach("before commit")
            commit(database)
            points.reach("after commit")

        def watched_urlopen(pool: Any, method: str, url: str, *rest: Any, **named: Any) -> Any:
            points.reach(f"before {method} {url.partition('?')[0]}")
            answer = urlopen(pool, method, url, *rest, **named)
            points.reach(f"after {method} {url.partition('?')[0]}")
            return answer

        BaseDatabaseWrapper._commit = watched_commit  # type: ignore[method-assign]
        HTTPConnectionPool.urlopen = watched_urlopen  # type: ignore[method-assign,assignment]

    def _watch_database(self, connection: BaseDatabaseWrapper, **_: Any) -> None:
        if self._around not in connection.execute_wrappers:
            connection.execute_wrappers.append(self._around)

    def _around(self, execute: Execute, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.reach(f"before {sql[:60]}")
        answer = execute(sql, params, many, context)
        self.reach(f"after {sql[:60]}")
        return answer
