"""What a large site works on beside its database, of the tests' own: started, killed, started again."""

import configparser
import os
import re
import shutil
import signal
import subprocess
import textwrap
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tests import rabbitmq_server, redis_server

POOLER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
"""None where none is installed."""
MANUAL = Path(__file__).parents[2] / "docs/operations.md"


@dataclass
class Engine:
    """One program, in a group of processes of its own, so that nothing of it outlives a kill."""

    name: str
    command: list[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start it and return at once."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env={**os.environ, **self.environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def look_after(self) -> bool:
        """Start it again where it ended; return whether it had."""
        has_ended = self.process is not None and self.process.poll() is not None
        if has_ended:
            self.start()
        return has_ended

    def kill(self) -> None:
        """End it at once, as a power cut does."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        """End it politely, then for good."""
        self._signal(signal.SIGTERM)

    def _signal(self, number: signal.Signals) -> None:
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def redis(folder: Path, port: int) -> Engine:
    """Return a Redis that keeps nothing."""
    return Engine("broker", redis_server.command(folder, port), folder / "broker.log")


def rabbitmq(folder: Path, port: int) -> list[Engine]:
    """Return a RabbitMQ, and before it the directory that Erlang looks its own port up in."""
    environment = rabbitmq_server.settings(folder, port)
    log = folder / "broker.log"
    return [
        Engine("epmd", ["epmd"], log, environment),
        Engine("broker", [str(rabbitmq_server.PROGRAM)], log, environment),
    ]


def pgbouncer(folder: Path, server: str, port: int) -> Engine:
    """Return a PgBouncer before *server* (postgres://user@host:port), set as in docs/operations.md.

    It refuses to run as root, and then runs as PostgreSQL's own user; *folder* is what that one may read.
    """
    address = urlsplit(server)
    manual = _of_manual()
    manual["databases"] = {"*": f"host={address.hostname} port={address.port} user={address.username}"}
    del manual["pgbouncer"]["auth_file"]
    manual["pgbouncer"].update({"listen_port": str(port), "unix_socket_dir": "", "auth_type": "any"})
    path = folder / "pgbouncer.ini"
    with path.open("w", encoding="utf-8") as file:
        manual.write(file)
    path.chmod(0o644)
    as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    before = as_postgres if os.getuid() == 0 else []
    return Engine("pooler", [*before, str(POOLER), str(path)], folder / "pooler.log")


def _of_manual() -> configparser.ConfigParser:
    """Return the settings that docs/operations.md gives an operator."""
    block = re.search(r"^    \[databases\]\n(?:    .+\n)+", MANUAL.read_text(), re.MULTILINE)
    assert block is not None
    settings = configparser.ConfigParser(interpolation=None)
    settings.read_string(textwrap.dedent(block[0]))
    return settings
