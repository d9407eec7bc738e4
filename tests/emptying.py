"""Empties the tables after a test that commits, in a tenth of the time of Django's `flush`.

TRUNCATE makes some 200 files of PostgreSQL's anew and waits for the disk, where the rows of a test are few.
What `migrate` writes at its end (kinds of content, permissions, our roles) was thrown away and made again.
"""

from collections.abc import Sequence
from typing import Any, Final

from django.core.management import call_command
from django.core.management.commands import flush
from django.db import connection
from django.test import testcases

MADE_BY_MIGRATE: Final = {"django_content_type", "auth_permission", "auth_group", "auth_group_permissions"}
NO_ROW_GOES: Final = "audit_auditentry"
"""A trigger of PostgreSQL's keeps its rows; the one against TRUNCATE is off (tests/conftest.py)."""


def quickly() -> None:
    """Let the database of the tests be emptied so, from now on, whoever's connection does it.

    Where a browser's event loop runs, a thread has another connection than before. Ours refuses `flush`.
    """
    testcases.call_command = lambda name, *labels, **how: call_command(  # type: ignore[attr-defined]
        flush.Command() if name == "flush" else name, *labels, **how
    )
    type(connection.ops).sql_flush = _statements  # type: ignore[method-assign]
    flush.emit_post_migrate_signal = lambda *_, **_how: None  # type: ignore[attr-defined]


def _statements(_operations: Any, _style: Any, tables: Sequence[str], **_: Any) -> list[str]:
    """Return the statements that empty *tables*: foreign keys are checked when all is gone."""
    is_postgresql = connection.vendor == "postgresql"
    apart = MADE_BY_MIGRATE | ({NO_ROW_GOES} if is_postgresql else set())
    names = (connection.ops.quote_name(table) for table in tables if table not in apart)
    rows = [" ".join(("DELETE FROM", name)) for name in names]
    return ["; ".join(rows), f"TRUNCATE {NO_ROW_GOES}"] if is_postgresql else rows
