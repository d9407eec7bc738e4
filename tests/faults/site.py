"""A site to break: its database, its processes, and the ways to start, kill and freeze them."""

import json
import multiprocessing
import multiprocessing.forkserver
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.faults.clusters import Files, Postgres
from tests.faults.orders import Order, obey

MOST_SECONDS = 600
ENVIRONMENT = {
    "LOG_LEVEL": "INFO",
    # A token answer that came too late would be lost: on a crowded machine that must not look like a fault.
    "OUTBOUND_CONNECT_SECONDS": "30",
    "OUTBOUND_READ_SECONDS": "60",
    "OUTBOUND_TRUSTED_HOSTS": "127.0.0.1:*",
    "DATABASE_POOL": "20",
}


@contextmanager
def forking(cluster: Files | Postgres) -> Iterator[None]:
    """Have a process to fork workers from, set up for this cluster; one per test process."""
    multiprocessing.set_forkserver_preload(["tests.faults.preload"])
    kept = dict(os.environ)
    os.environ.update(ENVIRONMENT | {"DATABASE_URL": cluster.url("nobody")})
    try:
        multiprocessing.forkserver.ensure_running()
    finally:
        os.environ.clear()
        os.environ.update(kept)
    yield


@dataclass
class Process:
    """A process of the site."""

    order: Order
    process: Any

    def wait(self) -> int:
        """Return its exit code; -9 when it was killed."""
        self.process.join(MOST_SECONDS)
        if self.process.exitcode is None:
            self.process.kill()
            self.process.join()
            raise AssertionError(f"{self.order.verb} did not end: {self.log}")
        return int(self.process.exitcode)

    def wait_until_paused(self) -> bool:
        """Return once it waits at its place; False when it ended before it came there."""
        until = time.monotonic() + MOST_SECONDS
        while time.monotonic() < until:
            if (self.order.folder / "paused").exists():
                return True
            if self.process.exitcode is not None:
                return False
            time.sleep(0.005)
        raise AssertionError(f"{self.order.verb} neither paused nor ended: {self.log}")

    def go_on(self) -> None:
        """Let it leave the place where it waits."""
        (self.order.folder / "go on").touch()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.process.pid, number)

    def kill(self) -> None:
        """End it at once and wait for that."""
        self.process.kill()
        self.process.join()

    @property
    def said(self) -> Any:
        """What the verb returned."""
        code = self.wait()
        assert code == 0, f"{self.order.verb} ended with {code}: {self.log}"
        return json.loads(self.order.answer.read_text())["said"]

    @property
    def points(self) -> int:
        """How many places it came by."""
        return int(json.loads(self.order.answer.read_text())["points"])

    @property
    def places_after_tokens(self) -> list[str]:
        """The places between a plan's answer with new tokens and their commit (`Points.after_tokens`)."""
        return list(json.loads(self.order.answer.read_text())["after_tokens"])

    @property
    def log(self) -> str:
        """All it wrote."""
        return self.order.log.read_text(errors="replace") if self.order.log.exists() else ""


@dataclass
class Site:
    """One database and the processes on it; `at` is the time on the clocks of processes started next."""

    cluster: Files | Postgres
    database: str
    folder: Path
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    processes: list[Process] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)

    def start(
        self,
        verb: str,
        *,
        kill_at: int | str | None = None,
        pause_at: int | str | None = None,
        **arguments: Any,
    ) -> Process:
        """Start a process and return at once."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        order = Order(verb, self.database, folder, arguments, self.at, kill_at, pause_at, dict(self.settings))
        process = multiprocessing.get_context("forkserver").Process(target=obey, args=(order,))
        process.start()
        self.processes.append(Process(order, process))
        return self.processes[-1]

    def do(self, verb: str, **arguments: Any) -> Any:
        """Have a process do it and return what it said."""
        return self.start(verb, **arguments).said

    def later(self, **time: float) -> None:
        """Put the clocks of processes started from now on forward."""
        self.at += timedelta(**time)

    def logs(self) -> str:
        """Everything all its processes wrote."""
        return "\n".join(each.log for each in self.processes)

    def close(self) -> None:
        """End what still runs, and drop the database."""
        for each in self.processes:
            if each.process.is_alive():
                each.kill()
        self.cluster.drop(self.database)
