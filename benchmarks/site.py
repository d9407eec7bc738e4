"""A throw-away site to measure: its own database, static files and server, on loopback only."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 30
STOP_SECONDS = 60


def configure(folder: Path) -> None:
    """Point Django at *folder* with production settings; a DATABASE_URL given from outside is kept."""
    os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/bench.sqlite3")
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DEBUG": "false",
        "VAR_DIR": str(folder),
        "STATIC_ROOT": str(folder / "static"),
        "ALLOWED_HOSTS": "127.0.0.1,testserver",
        "LOG_LEVEL": "ERROR",
    }
    for command in (["migrate", "--verbosity=0"], ["collectstatic", "--noinput", "--verbosity=0"]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, check=True)

    import django  # noqa: PLC0415 - only now the environment is complete

    django.setup()


def disconnect() -> None:
    """Leave the database, which can then be copied or dropped."""
    from django.db import connection  # noqa: PLC0415 - configured only now

    connection.close()
    if connection.vendor == "postgresql":
        connection.close_pool()


@dataclass(frozen=True)
class Visitor:
    """A signed-in browser: one kept connection, one cookie."""

    connection: http.client.HTTPConnection
    cookie: str

    def get(self, path: str) -> bytes:
        """Return the body of *path*; anything but 200 stops the benchmark."""
        self.connection.request("GET", path, headers={"Cookie": self.cookie, "Accept-Encoding": "identity"})
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}: nothing was measured")
        return body


def visitor(port: int, cookie: str) -> Visitor:
    """Return a browser of its own, signed in by *cookie*."""
    return Visitor(http.client.HTTPConnection("127.0.0.1", port, timeout=30), cookie)


@contextmanager
def serving(folder: Path, *, database: str = "", workers: int = 1, threads: int = 1) -> Iterator[int]:
    """Start a server, of one process unless more are asked for, and give its port; it is stopped at the end.

    *database* is the URL of another database than the one Django is configured for.
    """
    port = _free_port()
    command = [
        sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}",
        "--workers", str(workers), "--worker-class", "gthread", "--threads", str(threads),
        "--keep-alive", "600", "--graceful-timeout", "1", "--log-level", "error",
    ]  # fmt: skip
    with (folder / "gunicorn.log").open("wb") as log:
        environment = os.environ | ({"DATABASE_URL": database} if database else {})
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        _wait_for(port, server, folder)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=STOP_SECONDS)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_for(port: int, server: "subprocess.Popen[bytes]", folder: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"the server did not start:\n{(folder / 'gunicorn.log').read_text()}")
