"""A new release may run beside the one before it: what its migrations add must not stop the older code."""

from collections.abc import Iterator

import pytest
from django.db.migrations import AddField
from django.db.migrations.loader import MigrationLoader
from django.db.models import NOT_PROVIDED

BEFORE = {
    "accounts": "0006",
    "claims": "0005",
    "connections": "0002",
    "coverage": "0002",
    "listing": "0001",
    "plans": "0005",
    "sync": "0006",
    "takeaway": "0001",
    "vault": "0002",
}
"""The last migration of each app that is older than this rule."""


def added() -> Iterator[tuple[str, AddField]]:
    """Each field that a migration under the rule adds, with the migration's name."""
    for (app, name), migration in sorted(MigrationLoader(None).disk_migrations.items()):
        if migration.__module__.startswith("apps.") and name[:4] > BEFORE.get(app, "0001"):
            for operation in migration.operations:
                if isinstance(operation, AddField):
                    yield f"{app}.{name}", operation


@pytest.mark.parametrize(("migration", "operation"), [*added()])
def test_rows_of_code_that_does_not_know_a_new_column_can_be_written(
    migration: str, operation: AddField
) -> None:
    field = operation.field
    assert field.null or field.db_default is not NOT_PROVIDED, (
        f"{migration}: {operation.model_name}.{operation.name} needs a db_default"
    )
