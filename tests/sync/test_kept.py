"""Runs of a permission the member ended, keeping the records."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from apps.connections import endings
from apps.connections.models import Connection
from apps.records.models import Record
from apps.sync import actions, runner
from apps.sync.models import LEASE, SyncRun
from tests.claims.given import claims_of
from tests.sync.test_interruptions import Interrupted

type Bring = Callable[..., SyncRun]
State = SyncRun.State


def test_disconnecting_during_a_run_stops_it_and_keeps_what_came(
    bring: Bring, connection: Connection, now: datetime
) -> None:
    """R-38: nothing is written after the end of the permission, not even what had been fetched."""
    before: list[list[Any]] = []

    def disconnect() -> None:
        before.append(list(Record.objects.values()))
        endings.keep(connection=connection, now=now)

    run = bring(through=Interrupted(4, disconnect))
    assert (run.state, run.problem, run.lease_until) == (State.ENDED, "disconnected", None)
    assert [list(Record.objects.values())] == before
    assert len(claims_of(connection)) == 2
    assert not run.steps.filter(state__in=["waiting", "doing"]).exists()


@pytest.mark.parametrize(
    "columns", [{}, {"state": State.RUNNING, "attempts": 1}], ids=["queued", "worker died"]
)
@pytest.mark.parametrize("is_swept", [False, True])
def test_a_run_of_a_kept_connection_is_over(
    connection: Connection, now: datetime, columns: dict[str, Any], is_swept: bool
) -> None:
    """The schedule, the queue and the sweep skip it: it asks nobody anything."""
    run = actions.start(connection=connection, now=now)
    SyncRun.objects.update(lease_until=now + LEASE if columns else None, **columns)
    endings.keep(connection=connection, now=now)
    later = now + LEASE + timedelta(seconds=1)
    if is_swept:
        assert actions.sweep(now=later) == 0
    else:
        runner.run(run_id=run.pk, now_fn=lambda: later, connect=lambda *_, **__: pytest.fail("asked"))
    run.refresh_from_db()
    assert (run.state, run.problem, run.attempts) == (State.ENDED, "disconnected", len(columns) // 2)


def test_pages_of_a_kept_connection_say_so(
    alice_client: Client, bring: Bring, connection: Connection, now: datetime
) -> None:
    """The run's page asks no more; the records stay readable; an update cannot be started."""
    run = bring()
    endings.keep(connection=connection, now=now)
    page = alice_client.get(run.get_absolute_url()).content.decode()
    assert "Disconnected on November 25, 2026: nothing new comes." in page
    assert "hx-get" not in page
    assert alice_client.post(f"/sync/connections/{connection.pk}/").status_code == 302
    assert SyncRun.objects.count() == 1
    assert alice_client.get("/claims/").content.count(b'data-testid="claim-row"') == 3
    claim = claims_of(connection)[0]
    for path in (f"/claims/{claim.id}/", "/coverage/"):
        assert "nothing new comes" in alice_client.get(path).content.decode(), path
