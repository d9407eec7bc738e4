"""Books that do not open any more stop no run: they are made again."""

from collections.abc import Callable

import pytest

from apps.connections.models import Connection
from apps.records.models import Book
from apps.sync.models import SyncRun
from tests.claims.given import claims_of


def test_a_run_meets_books_that_do_not_open(
    bring: Callable[..., SyncRun], connection: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    bring()
    before = claims_of(connection)
    Book.objects.update(sealed_head=b"nonsense", sealed_entries=b"nonsense")
    run = bring()
    assert run.state == SyncRun.State.FINISHED
    assert "made again" in caplog.text
    assert claims_of(connection) == before
    assert len(before) == 3
