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


def made_in_postgresql(server: str) -> str:
    """Return the name of a database with the same at that PostgreSQL, by the URL of any, or one to come.

    It is asked where Django asks, too, to make test databases.
    """
    name, begun = f"{TEMPLATE}_{_digest()}", f"{TEMPLATE}_begun"
    maintenance = url_of(server, "postgres")
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock, psycopg.connect(maintenance, autocommit=True) as admin:
        fcntl.flock(lock, fcntl.LOCK_EX)
        there = {row[0] for row in admin.execute("SELECT datname FROM pg_database").fetchall()}
        if name not in there:
            for older in sorted(other for other in there if other.startswith(TEMPLATE)):
                admin.execute(SQL("DROP DATABASE {}").format(Identifier(older)))
            admin.execute(SQL("CREATE DATABASE {}").format(Identifier(begun)))
            migrate(url_of(server, begun))
            admin.execute(SQL("ALTER DATABASE {} RENAME TO {}").format(Identifier(begun), Identifier(name)))
    return name


def url_of(server: str, name: str) -> str:
    """Return the URL of another database there."""
    base, mark, query = server.partition("?")
    return f"{base.rpartition('/')[0]}/{name}{mark}{query}"


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
