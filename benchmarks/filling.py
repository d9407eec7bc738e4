"""Databases of a benchmark's own on a PostgreSQL server, which fills them with millions of rows itself."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import LiteralString, cast
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

SERVER = os.environ.get("LOAD_SERVER", "postgresql:///postgres")
"""A database of a server on which the benchmark may make others."""

type Connection = psycopg.Connection[tuple[object, ...]]


def url_of(name: str) -> str:
    """Return the URL of the database *name* on the server, as DATABASE_URL takes it."""
    return f"postgres://{urlsplit(SERVER).netloc}/{name}"


def has_server() -> bool:
    """Return whether a server is there."""
    try:
        psycopg.connect(SERVER, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def create(name: str, *, copy_of: str = "") -> None:
    """Make a database, where asked as a copy of another one to which nobody is connected."""
    statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    _on_server(statement + sql.SQL(" TEMPLATE {}").format(sql.Identifier(copy_of)) if copy_of else statement)


def drop(name: str) -> None:
    """Delete a database of the benchmark's own, if it is there."""
    _on_server(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _on_server(statement: sql.Composed) -> None:
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(statement)


@dataclass(frozen=True)
class Rows:
    """Rows to add to a table: made after a real one, which `like` finds.

    `made` maps columns to SQL of `n`, the number of a row from 1; all other columns are as in the real row.
    `without_indexes`: millions are added faster when indexes are made afterwards.
    """

    table: str
    number: int
    like: str
    made: Mapping[str, str] = field(default_factory=dict)
    without_indexes: bool = False


def add(connection: Connection, rows: Rows) -> None:
    """Add *rows* and commit."""
    again = _take_indexes(connection, rows.table) if rows.without_indexes else []
    described = connection.execute(
        "SELECT column_name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND table_name = %s AND is_identity = 'NO'",
        [rows.table],
    )
    columns = [str(name) for (name,) in described]
    names = ", ".join(f'"{name}"' for name in columns)
    source = f'(SELECT * FROM "{rows.table}" WHERE {rows.like} LIMIT 1) AS one'  # noqa: S608 - all ours
    values = ", ".join(rows.made.get(name) or f'one."{name}"' for name in columns)
    _run(
        connection,
        f'INSERT INTO "{rows.table}" ({names}) '  # noqa: S608 - all ours
        f"SELECT {values} FROM {source}, generate_series(1, {rows.number}) AS n",
    )
    for statement in again:
        _run(connection, statement)
    connection.commit()


def _take_indexes(connection: Connection, table: str) -> list[str]:
    """Take away what adding rows has to keep up with, but the primary key; return what brings it back."""
    constraints = connection.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE conrelid = %s::regclass AND contype IN ('f', 'u')",
        [table],
    ).fetchall()
    again = []
    for name, definition in constraints:
        _run(connection, f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')
        again.append(f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {definition}')
    indexes = connection.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
        "WHERE indrelid = %s::regclass AND NOT indisprimary",
        [table],
    ).fetchall()
    for name, definition in indexes:
        _run(connection, f"DROP INDEX {name}")
        again.append(str(definition))
    return again


def settle(url: str) -> int:
    """Bring statistics and visibility up to date, as autovacuum does; return the size in bytes."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        return int(row[0]) if row else 0


def _run(connection: Connection, statement: str) -> None:
    connection.execute(sql_of(statement))


def sql_of(statement: str) -> LiteralString:
    """Return a statement made of names of the schema and of what benchmarks say, of nothing else."""
    return cast(LiteralString, statement)
