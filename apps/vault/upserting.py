"""Many sealed rows at once: by COPY on PostgreSQL, where that pays, by Django's own bulk insert elsewhere.

PostgreSQL gets bytes as bytes: in a statement they would travel as text, at twice the size.
"""

from collections.abc import Collection, Sequence
from typing import Any, Final

from django.db import connections, models, router
from psycopg import sql

PAYS_FROM: Final = 8
"""New rows; fewer are as fast in one statement."""
STAGING_PAYS_FROM: Final = 50
"""Rows to be compared with what is there; fewer do not pay for the table they are staged in."""
STAGE: Final = "plainclaim_stage"


def insert[M: models.Model](rows: Sequence[M]) -> None:
    """Insert rows none of which is there yet; raise IntegrityError where one is.

    For callers that looked while nobody else could write: with the connection's row locked.
    """
    if not rows:
        return
    model, using = type(rows[0]), router.db_for_write(type(rows[0]))
    if _takes_copy(rows, using, PAYS_FROM):
        _copy(rows, using, into=model._meta.db_table)
    else:
        model._default_manager.using(using).bulk_create(rows)


def upsert[M: models.Model](
    rows: Sequence[M], *, unique_fields: Collection[str], update_fields: Collection[str]
) -> None:
    """Insert rows, or update *update_fields* of those whose *unique_fields* are there already.

    Inside a transaction. A stored row keeps its primary key, to which its seals are bound: look it up first.
    """
    if not rows:
        return
    model, using = type(rows[0]), router.db_for_write(type(rows[0]))
    if not _takes_copy(rows, using, STAGING_PAYS_FROM):
        model._default_manager.using(using).bulk_create(
            rows, update_conflicts=True, unique_fields=unique_fields, update_fields=update_fields
        )
        return
    table, stage = sql.Identifier(model._meta.db_table), sql.Identifier(STAGE)
    columns = [_column(model, name) for name in update_fields]
    names = sql.SQL(", ").join(sql.Identifier(field.column) for field in _fields(rows))
    with connections[using].cursor() as cursor:
        # Made anew each time: a table kept would have the columns of before a migration.
        cursor.execute(
            sql.SQL("CREATE TEMPORARY TABLE {} (LIKE {} INCLUDING DEFAULTS) ON COMMIT DROP").format(
                stage, table
            )
        )
        _copy(rows, using, into=STAGE)
        cursor.execute(
            sql.SQL(
                "INSERT INTO {table} ({names}) SELECT {names} FROM {stage} "
                "ON CONFLICT ({unique}) DO UPDATE SET {set}"
            ).format(
                table=table,
                names=names,
                stage=stage,
                unique=sql.SQL(", ").join(sql.Identifier(_column(model, name)) for name in unique_fields),
                set=sql.SQL(", ").join(
                    sql.SQL("{0} = EXCLUDED.{0}").format(sql.Identifier(column)) for column in columns
                ),
            )
        )
        cursor.execute(sql.SQL("DROP TABLE {}").format(stage))


def _takes_copy(rows: Sequence[models.Model], using: str, pays_from: int) -> bool:
    return len(rows) >= pays_from and connections[using].vendor == "postgresql"


def _column(model: type[models.Model], name: str) -> str:
    return str(model._meta.get_field(name).column)  # type: ignore[union-attr]


def _fields(rows: Sequence[models.Model]) -> list[Any]:
    """Return the columns that rows bring; a key that the database counts up is its own affair."""
    fields = rows[0]._meta.concrete_fields
    return [each for each in fields if not (each.primary_key and rows[0].pk is None)]


def _copy(rows: Sequence[models.Model], using: str, *, into: str) -> None:
    fields, database = _fields(rows), connections[using]
    names = [field.attname for field in fields]
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(into), sql.SQL(", ").join(sql.Identifier(field.column) for field in fields)
    )
    # What fails while rows are sent is raised by psycopg, past Django's own wrapper.
    with database.wrap_database_errors, database.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types([field.db_type(database).partition("(")[0] for field in fields])
        for row in rows:
            copy.write_row([getattr(row, name) for name in names])
