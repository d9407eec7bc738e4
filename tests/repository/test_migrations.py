"""A new release may run beside the one before it: what its migrations add must not stop the older code."""

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from django.db.migrations import AddField
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import NOT_PROVIDED

from config.deploy_checks import SENTENCE


def added() -> Iterator[tuple[str, AddField]]:
    """Each field that a migration under the rule adds, with the migration's name."""
    for (app, name), migration in sorted(MigrationLoader(None).disk_migrations.items()):
        if migration.__module__.startswith("apps.") and not name.startswith("0001"):
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


@pytest.mark.parametrize("name", ["RemoveField", "DeleteModel", "RenameField", "RenameModel"])
def test_what_code_of_the_release_before_reads_is_not_taken_away(name: str) -> None:
    """It serves until its last process is stopped: only Django's own picture of the tables changes."""
    taking = [
        migration
        for (app, migration), loaded in MigrationLoader(None).disk_migrations.items()
        if loaded.__module__.startswith("apps.")
        for operation in loaded.operations
        if type(operation).__name__ == name
    ]
    assert taking == [], "SeparateDatabaseAndState(state_operations=...), as in plans.0006"


def test_a_database_of_before_the_mirror_is_refused_in_one_sentence_and_left_as_it_is(db: None) -> None:
    call_command("migrate", verbosity=0, skip_checks=False)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE claims_claim (id integer)")
        cursor.execute("DELETE FROM django_migrations")
    with pytest.raises(SystemCheckError) as refused:
        call_command("migrate", verbosity=0, skip_checks=False)
    assert [line for line in str(refused.value).splitlines() if "plainclaim.E001" in line] == [
        f"?: (plainclaim.E001) {SENTENCE}"
    ]
    assert MigrationRecorder(connection).applied_migrations() == {}
