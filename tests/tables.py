"""The tables of an empty database: made once by the migrations, then copied wherever they are needed.

To make them takes longer than all else that a test process or a demo does to start.
"""

import fcntl
import hashlib
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg.sql import SQL, Identifier

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "var" / "tables"
TEMPLATE = "plainclaim_tables"
MADE_AFTERWARDS = ("apps/accounts/operators.py",)
"""What writes rows once the tables are there."""


@cache
def made() -> Path:
    """Return a file with all tables and no row of anybody's; each set of migrations has its own."""
    kept = KEPT / f"{_digest()}.sqlite3"
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            begun = kept.with_suffix(".begun")
            for older in (begun, *KEPT.glob("*.sqlite3")):
                older.unlink(missing_ok=True)
            migrate(f"sqlite:///{begun}")
            begun.rename(kept)
    return kept


def made_in_postgresql(settings: dict[str, Any]) -> str:
    """Return the name of a database on that server with the same: a template, which is copied in a second."""
    name, begun = f"{TEMPLATE}_{_digest()}", f"{TEMPLATE}_begun"
    KEPT.mkdir(parents=True, exist_ok=True)
    who = {"user": settings["USER"], "password": settings["PASSWORD"]}
    where = {"host": settings["HOST"], "port": settings["PORT"]}
    with (
        (KEPT / "lock").open("w") as lock,
        psycopg.connect(dbname="postgres", autocommit=True, **who, **where) as server,
    ):
        fcntl.flock(lock, fcntl.LOCK_EX)
        there = {row[0] for row in server.execute("SELECT datname FROM pg_database").fetchall()}
        if name not in there:
            for older in sorted(other for other in there if other.startswith(TEMPLATE)):
                server.execute(SQL("DROP DATABASE {}").format(Identifier(older)))
            server.execute(SQL("CREATE DATABASE {}").format(Identifier(begun)))
            migrate(url_of(settings | {"NAME": begun}))
            server.execute(SQL("ALTER DATABASE {} RENAME TO {}").format(*map(Identifier, (begun, name))))
    return name


def url_of(settings: dict[str, Any]) -> str:
    """Return the address of a database of PostgreSQL as DATABASE_URL takes it."""
    user, password, host, port = (
        quote(str(settings[key] or ""), safe="") for key in ("USER", "PASSWORD", "HOST", "PORT")
    )
    who = f"{user}{password and f':{password}'}@" if user else ""
    return f"postgres://{who}{host}{port and f':{port}'}/{settings['NAME']}"


def migrate(database: str) -> None:
    """Make the tables of an empty database, given by its URL."""
    command = ["bin/with-test-env", sys.executable, "manage.py", "migrate", "-v0"]
    subprocess.run(command, cwd=ROOT, env=os.environ | {"DATABASE_URL": database}, check=True)


def fill(connection: Any, **_: Any) -> None:
    """Copy them into a database that has just been opened, if it is empty: `migrate` finds nothing to do."""
    if not connection.connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        with closing(sqlite3.connect(made())) as stored:
            stored.backup(connection.connection)


def _digest() -> str:
    """Return what changes with what `migrate` does: migrations, ours and of packages, and our roles."""
    packages = ("django", "django-allauth", "django-tasks-db")
    told = hashlib.sha256(" ".join(map(version, packages)).encode())
    for file in (*sorted((ROOT / "apps").glob("**/migrations/*.py")), *map(ROOT.joinpath, MADE_AFTERWARDS)):
        told.update(f"{file.relative_to(ROOT)}\n".encode() + file.read_bytes())
    return told.hexdigest()[:16]
