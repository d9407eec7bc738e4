"""Databases that a test may crash: SQLite files, and a PostgreSQL cluster of its own on loopback."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psycopg

from tests.journeys.stack import free_ports


class Cluster(Protocol):
    """Where databases live. A *name* is a file or the name of a database."""

    vendor: str

    def url(self, name: str) -> str:
        """Return the DATABASE_URL of a database."""
        ...

    def fresh(self) -> str:
        """Return the name of a database that has nothing in it yet."""
        ...

    def copy(self, name: str) -> str:
        """Return the name of a copy; nobody may use the original meanwhile."""
        ...

    def drop(self, name: str) -> None:
        """Remove a database, whoever uses it."""
        ...


@dataclass
class Files:
    """SQLite: a file for each database."""

    folder: Path
    vendor: str = "sqlite"

    def url(self, name: str) -> str:
        """See Cluster."""
        return f"sqlite:///{self.folder / name}"

    def fresh(self) -> str:
        """See Cluster."""
        return str(self.folder / f"{uuid.uuid4().hex}.sqlite3")

    def copy(self, name: str) -> str:
        """See Cluster: SQLite's own backup, which sees what is in the write-ahead log too."""
        copied = self.fresh()
        source, target = sqlite3.connect(name), sqlite3.connect(copied)
        source.backup(target)
        source.close()
        target.close()
        return copied

    def drop(self, name: str) -> None:
        """See Cluster."""
        for tail in ("", "-wal", "-shm"):
            Path(f"{name}{tail}").unlink(missing_ok=True)


@dataclass
class Postgres:
    """PostgreSQL, started by us when `data` is there, so that it can be crashed and started again."""

    server: str
    """postgres://user@host:port, without a database."""
    data: Path | None = None
    vendor: str = "postgresql"
    # fsync is about the machine losing power: processes that die lose nothing that was written.
    settings: tuple[str, ...] = ("fsync=off",)

    def url(self, name: str) -> str:
        """See Cluster."""
        return f"{self.server}/{name}"

    def fresh(self) -> str:
        """See Cluster."""
        name = f"faults_{uuid.uuid4().hex[:12]}"
        self._say(f'CREATE DATABASE "{name}"')
        return name

    def copy(self, name: str) -> str:
        """See Cluster."""
        copied = f"faults_{uuid.uuid4().hex[:12]}"
        self._say("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", name)
        self._say(f'CREATE DATABASE "{copied}" TEMPLATE "{name}" STRATEGY file_copy')
        return copied

    def drop(self, name: str) -> None:
        """See Cluster."""
        self._say(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def crash(self) -> None:
        """Stop as in a power cut: no process gets to say goodbye."""
        self.control("stop", "-m", "immediate")

    def start(self) -> None:
        """Start it, which recovers what was committed from the log."""
        port = self.server.rpartition(":")[2]
        settings = ("listen_addresses=127.0.0.1", "max_connections=200", *self.settings)
        options = " ".join(f"-c {setting}" for setting in settings)
        self.control("-w", "-o", f"-p {port} -k {self.data} {options}", "start")

    def control(self, *arguments: str) -> None:
        """Call pg_ctl."""
        assert self.data is not None
        log = self.data / "server.log"
        _as_postgres(str(_programs() / "pg_ctl"), "-D", str(self.data / "pg"), "-l", str(log), *arguments)

    def _say(self, statement: str, *values: str) -> None:
        with psycopg.connect(f"{self.server}/postgres", autocommit=True) as line:
            line.execute(statement.encode(), values or None)


@contextmanager
def a_cluster(
    folder: Path, *, wants_postgres: bool, settings: tuple[str, ...] = Postgres.settings
) -> Iterator[Files | Postgres]:
    """Have somewhere to put databases: files in *folder*, or PostgreSQL, our own where its programs are."""
    if not wants_postgres:
        yield Files(folder)
        return
    if _programs() == Path():
        yield Postgres(os.environ["DATABASE_URL"].rpartition("/")[0])
        return
    data = Path(tempfile.mkdtemp(prefix="faults-"))  # a short path: the name of a socket is part of it
    if os.getuid() == 0:
        shutil.chown(data, "postgres")
    (port,) = free_ports(1)
    cluster = Postgres(f"postgres://postgres@127.0.0.1:{port}", data, settings=settings)
    try:
        _as_postgres(
            str(_programs() / "initdb"), "-D", str(data / "pg"), "-U", "postgres", "--auth=trust", "-N"
        )
        cluster.start()
        yield cluster
    finally:
        with suppress(subprocess.CalledProcessError):
            cluster.crash()
        shutil.rmtree(data, ignore_errors=True)


def _programs() -> Path:
    """Return the folder of the newest PostgreSQL's programs, nothing where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else Path()


def _as_postgres(*command: str) -> None:
    """Run a program of PostgreSQL, which refuses to run as root."""
    runuser = shutil.which("runuser") or "/usr/sbin/runuser"  # a bare PATH leaves root's programs out
    before = (runuser, "-u", "postgres", "--") if os.getuid() == 0 else ()
    subprocess.run([*before, *command], check=True, cwd="/", stdout=subprocess.DEVNULL, timeout=60)
