"""Every row of every table, as text: what a stolen dump would show."""

from collections.abc import Iterator

from django.db import connection as database


def rows() -> Iterator[tuple[str, str]]:
    """Yield (table, row as text); bytes are shown in full, as Latin-1."""
    with database.cursor() as cursor:
        for table in database.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {database.ops.quote_name(table)}")  # noqa: S608 - our own tables
            for row in cursor.fetchall():
                yield table, " ".join(_shown(value) for value in row)


def tables_with(*needles: str) -> set[str]:
    """Return the tables in which any of the texts stands."""
    return {table for table, row in rows() if any(needle in row for needle in needles)}


def _shown(value: object) -> str:
    return bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value)
