"""The real processes of a site; what is killed is started again, as an operator's supervisor does."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import batched
from pathlib import Path

from tests.faults.engines import Engine
from tests.journeys.stack import free_ports

ROOT = Path(__file__).resolve().parents[2]
WEB_WORKERS = 2
SYNC_WORKERS = 3


@dataclass
class Stack:
    """Gunicorn with two processes, and workers: our own, or Celery's with beat; first what they work on."""

    folder: Path
    environment: Mapping[str, str]
    engines: list[Engine] = field(default_factory=list)
    port: int = field(default_factory=lambda: free_ports(1)[0])
    web: "subprocess.Popen[bytes] | None" = None
    workers: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where the site answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What all processes write."""
        return self.folder / "stack.log"

    def start(self) -> None:
        """Start everything."""
        for engine in self.engines:
            engine.start()
        self._manage("collectstatic", "--noinput", "--verbosity=0")
        self.web = self._spawn(
            *(sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{self.port}"),
            *("--workers", str(WEB_WORKERS), "--worker-class", "gthread", "--threads", "4"),
            *("--log-level", "warning", "--timeout", "30"),
        )
        self.workers = [self._spawn(*command) for command in self._work()]

    def look_after(self) -> list[str]:
        """Start again what ended; return what that was. Gunicorn does it for its own children."""
        again = [f"{engine.name} started again" for engine in self.engines if engine.look_after()]
        for place, worker in enumerate(self.workers):
            if worker.poll() is not None:
                self.workers[place] = self._spawn(*self._work()[place])
                again.append(f"worker {place} started again")
        return again

    def web_children(self) -> list[int]:
        """The processes that answer, oldest first."""
        assert self.web is not None
        children = Path(f"/proc/{self.web.pid}/task/{self.web.pid}/children").read_text().split()
        return sorted(map(int, children))

    def stop(self) -> None:
        """End everything politely, then for good."""
        for process in [self.web, *self.workers]:
            if process is not None:
                with suppress(ProcessLookupError):
                    process.send_signal(signal.SIGCONT)
                    process.terminate()
        for process in [self.web, *self.workers]:
            if process is not None:
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        for engine in reversed(self.engines):
            engine.stop()

    def _work(self) -> list[list[str]]:
        """The commands of what does the background work; the first is never killed."""
        if not self.environment.get("CELERY_BROKER_URL"):
            return [[sys.executable, "manage.py", "sync_worker"]] * SYNC_WORKERS
        celery = [sys.executable, "-m", "celery", "-A", "config.celery"]
        workers = [[*celery, "worker", "-n", f"w{number}@%h", "-c", str(number)] for number in (2, 1)]
        return [*workers, [*celery, "beat"]]

    def _manage(self, *arguments: str) -> None:
        subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, env={**os.environ, **self.environment},
            check=True,
        )  # fmt: skip

    def _spawn(self, *arguments: str) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            return subprocess.Popen(
                arguments, cwd=ROOT, env={**os.environ, **self.environment},
                stdout=log, stderr=log,
            )  # fmt: skip


def end_politely() -> None:
    """Have this program stop all that it started when it is told to end."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def resident_bytes(pid: int) -> int:
    """Memory of a process that is its own or shared, in bytes; 0 when it is gone."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    return 0


@dataclass
class Memory:
    """The memory of one process over time."""

    pid: int
    seen: list[tuple[float, int]] = field(default_factory=list)

    def look(self) -> None:
        """Measure now."""
        if found := resident_bytes(self.pid):
            self.seen.append((time.monotonic(), found))

    def slope(self) -> float | None:
        """Bytes per hour by least squares over the later half, None when there is too little to tell.

        Of each ten looks the smallest counts: hashing a password takes 100 MB for a moment.
        """
        calm = [min(some, key=lambda one: one[1]) for some in batched(self.seen, 10)]
        late = calm[len(calm) // 2 :]
        if len(late) < 3:
            return None
        middle = sum(at for at, _ in late) / len(late)
        level = sum(size for _, size in late) / len(late)
        spread = sum((at - middle) ** 2 for at, _ in late)
        return 3600 * sum((at - middle) * (size - level) for at, size in late) / spread
