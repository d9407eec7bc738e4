"""Queries of one shape, put together once: for each page anew, it takes longer than their answer."""

import threading
from collections.abc import Callable, Sequence
from functools import cache
from operator import itemgetter
from typing import Any
from uuid import UUID, uuid4

from django.db import connections
from django.db.models import Model, QuerySet, UUIDField
from django.db.models.sql.compiler import SQLCompiler

type Row = Sequence[Any]


class Prepared:
    """A query that is asked again and again, each time with other ids.

    It is Django's own: *made* gets ids by name and returns a `values_list`. It is called once in each thread,
    with ids that stand in for those to come, and does nothing with them but compare.
    """

    def __init__(self, made: Callable[..., "QuerySet[Any, Any]"]) -> None:
        self._made = made
        self._of_thread = threading.local()  # what compiles a query belongs to the connection of a thread

    def rows(self, **ids: UUID) -> list[Row]:
        """Return the rows for these ids, their columns as the models read them."""
        compiler, sql, parameters = self._compiled(tuple(ids))
        prepare, connection = UUIDField().get_db_prep_value, compiler.connection
        values = {name: prepare(value, connection) for name, value in ids.items()}
        with connection.cursor() as cursor:
            cursor.execute(sql, [values[name] if name else value for name, value in parameters])
            found = cursor.fetchall()
        return list(compiler.results_iter([found]))

    def _compiled(self, names: tuple[str, ...]) -> tuple[SQLCompiler, str, list[tuple[str, Any]]]:
        """Return what reads the answer, the SQL, and its parameters: the name of an id, or "" and a value."""
        known = getattr(self._of_thread, "compiled", None)
        if known is None or known[0].connection is not connections[known[0].using]:
            stand_ins = {name: uuid4() for name in names}
            query = self._made(**stand_ins)
            compiler = query.query.get_compiler(query.db)
            sql, values = compiler.as_sql()
            prepare = UUIDField().get_db_prep_value
            name_of = {prepare(value, compiler.connection): name for name, value in stand_ins.items()}
            known = compiler, sql, [(name_of.get(value, ""), value) for value in values]
            self._of_thread.compiled = known
        return known


def loaded[M: Model](model: type[M], names: tuple[str, ...], values: Sequence[Any]) -> M:
    """Return the row with these columns as if they had been asked for alone; it loads others when needed."""
    in_order, values_in_order = _order(model, names)
    return model.from_db(None, in_order, values_in_order(values))


@cache
def _order(model: type[Model], names: tuple[str, ...]) -> tuple[list[str], Callable[[Sequence[Any]], Any]]:
    """Return the columns as the model has them, and what brings values into that order."""
    in_order = [field.attname for field in model._meta.concrete_fields if field.attname in names]
    return in_order, itemgetter(*(names.index(name) for name in in_order))
