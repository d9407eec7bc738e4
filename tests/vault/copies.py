"""Backups of the test's own database: copied, put together again, and looked at by a process of its own."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
KEYS = "vault_datakey"


def address_of(name: str) -> str:
    """Return what DATABASE_URL is for a database beside the test's own, or for a file."""
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    kept = connection.settings_dict
    host = f"{kept['HOST'] or ''}{':' + str(kept['PORT']) if kept['PORT'] else ''}"
    user = f"{kept['USER']}{':' + kept['PASSWORD'] if kept['PASSWORD'] else ''}@" if kept["USER"] else ""
    return f"postgres://{user}{host}/{name}"


def dump(*options: str) -> bytes:
    """Return what pg_dump says of the test's database; skip where it is not installed."""
    if shutil.which("pg_dump") is None:
        pytest.skip("pg_dump is not on this machine")
    name = connection.settings_dict["NAME"]
    command = ["pg_dump", "--no-owner", *options, _plain(address_of(name))]
    return subprocess.run(command, check=True, capture_output=True).stdout


class Backup:
    """The records as they are now, without the keys."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("VACUUM INTO %s", [str(folder / "records.sqlite3")])
            with closing(sqlite3.connect(folder / "records.sqlite3")) as copy:
                copy.execute("DELETE FROM vault_datakey")
                copy.commit()
        else:
            (folder / "records.sql").write_bytes(dump(f"--exclude-table-data={KEYS}"))

    def restored_with_present_keys(self) -> str:
        """Put the records into a new database, and the keys as they are now; return its address.

        Keys of members who are not in the records are left out, as docs/keys.md says.
        """
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("SELECT * FROM vault_datakey")
                rows = cursor.fetchall()
            with closing(sqlite3.connect(self._folder / "records.sqlite3")) as copy:
                for row in rows:
                    marks = ", ".join("?" * len(row))
                    copy.execute(f"INSERT INTO vault_datakey VALUES ({marks})", row)  # noqa: S608 - marks
                copy.execute(
                    "DELETE FROM vault_datakey WHERE member_id NOT IN (SELECT id FROM accounts_member)"
                )
                copy.commit()
            return address_of(str(self._folder / "records.sqlite3"))
        name = f"{connection.settings_dict['NAME']}_restored"
        self.drop()
        _psql("postgres", f'CREATE DATABASE "{name}"')
        keys = dump("--data-only", f"--table={KEYS}").decode()
        _psql(name, (self._folder / "records.sql").read_text())
        _psql(name, f"SET session_replication_role = replica;\n{keys}")
        _psql(name, f"DELETE FROM {KEYS} WHERE member_id NOT IN (SELECT id FROM accounts_member)")  # noqa: S608
        return address_of(name)

    def drop(self) -> None:
        """Drop the restored database."""
        if connection.vendor != "sqlite":
            _psql("postgres", f'DROP DATABASE IF EXISTS "{connection.settings_dict["NAME"]}_restored"')


LOOK = """
import json
import django
django.setup()
from apps.accounts.models import Member
from apps.records.models import Record
from apps.vault.boxes import box_for
from apps.vault.errors import VaultError
found = {}
for row in Record.objects.order_by("pk").select_related("member"):
    try:
        text = box_for(row.member).open(row, "sealed_body").decode()
    except VaultError as error:
        text = type(error).__name__
    found.setdefault(row.member.email, []).append(text)
print(json.dumps(found))
"""


def looked_at(address: str) -> dict[str, list[str]]:
    """Return what every record of a database holds, or which error it gives, by the member's address."""
    by_address: dict[str, list[str]] = json.loads(_run(address, "-c", LOOK).splitlines()[-1])
    return by_address


def managed(address: str, *command: str) -> str:
    """Return what a management command says that an operator runs on a database."""
    return _run(address, "manage.py", *command)


def _run(address: str, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": address, "DATABASE_POOL": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _psql(name: str, script: str) -> None:
    command = ["psql", "-q", "-v", "ON_ERROR_STOP=1", _plain(address_of(name))]
    done: Any = subprocess.run(command, input=script, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def _plain(address: str) -> str:
    return address.replace("postgres://", "postgresql://", 1)
