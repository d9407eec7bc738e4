"""R-39: tables of a newer release under code of this one, as while "Updating" of docs/operations.md goes on.

The text has workers stopped first (a stopped one gives its run back: test_interruptions.py) and web processes
replaced one by one afterwards. Tested is what a worker does that was forgotten, and that a column which the
database itself fills disturbs nobody. Not tested: two releases side by side, for there is none before this
one, and whether each migration so far could have been done under the code before it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, connections
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from apps.connections.models import Connection
from apps.records.models import Record
from apps.sync.models import SyncRun
from tests.claims.given import claims_of

type Bring = Callable[..., SyncRun]


def alter(statement: str) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute(f"ALTER TABLE {Record._meta.db_table} {statement}")


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_meets_newer_tables_writes_nothing_by_halves_and_its_run_goes_on_later(
    bring: Bring, connection: Connection, now: datetime
) -> None:
    """R-39: a column it writes has another name; after it the worker of that release does the same run."""
    alter("RENAME COLUMN digest TO digest_by_another_name")
    try:
        with pytest.raises(DatabaseError):
            bring()
        run = connection.runs.get()
        assert (run.state, run.problem, run.attempts) == (SyncRun.State.WAITING, "unexpected", 1)
        assert {(step.received, step.pages) for step in run.steps.all()} == {(0, 0)}
        assert not claims_of(connection)
    finally:
        alter("RENAME COLUMN digest_by_another_name TO digest")
    again = bring(at=now + timedelta(minutes=1))
    assert again.pk == run.pk
    assert again.state == SyncRun.State.FINISHED
    assert len(claims_of(connection)) == 3


@pytest.mark.django_db(transaction=True)
def test_a_new_column_with_a_default_of_the_database_disturbs_no_older_code(bring: Bring) -> None:
    """R-39: inserts name their columns; such a migration (`db_default`) can be done under running code."""
    alter("ADD COLUMN later integer DEFAULT 7 NOT NULL")
    try:
        assert bring().state == SyncRun.State.FINISHED
        with connections["default"].cursor() as cursor:
            cursor.execute(f"SELECT DISTINCT later FROM {Record._meta.db_table}")  # noqa: S608 - ours
            assert cursor.fetchall() == [(7,)]
    finally:
        alter("DROP COLUMN later")


def test_a_web_process_newer_than_the_tables_is_not_sent_visitors(db: None, client: Client) -> None:
    """R-39: a proxy or an orchestrator that asks `/readyz` waits for `migrate`."""
    assert client.get("/readyz").status_code == 200
    MigrationRecorder.Migration.objects.filter(app="sync").latest("id").delete()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"migrations are waiting\n")
