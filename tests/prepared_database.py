"""A pytest plugin (`-p tests.prepared_database`): tables from a copy, where migrations would make them anew.

For many runs of a few tests, each in a process of its own (`make mutants`): TEST_DATABASE names an SQLite
file. The first run writes it; later ones begin with its contents, and `migrate` finds nothing left to do.
"""

import os
import sqlite3
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.backends.signals import connection_created

COPY = Path(os.environ["TEST_DATABASE"])


def fill(connection: Any, **_: Any) -> None:
    """Copy the file into a database that is empty still."""
    if not connection.connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        with sqlite3.connect(COPY) as stored:
            stored.backup(connection.connection)


def pytest_configure() -> None:
    """Fill the test database as soon as it is opened; without a copy, write one when it is made."""
    if connection.vendor != "sqlite":
        return
    if COPY.exists():
        connection_created.connect(fill)
        return
    create = connection.creation.create_test_db

    def create_and_write(*arguments: Any, **options: Any) -> Any:
        name = create(*arguments, **options)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(COPY)])
        return name

    connection.creation.create_test_db = create_and_write
