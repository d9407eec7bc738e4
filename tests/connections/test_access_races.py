"""Several workers, dead workers, and a disconnect, all at the same moment."""

import threading

import pytest
from django.db import connections as databases

from apps.connections import access
from apps.connections.access import open_access
from apps.connections.errors import (
    PermissionEnded,
    RefreshDelayed,
)
from apps.connections.models import Connection
from tests.connections.conftest import later, refresh_token_of
from tests.connections.stub_plan import Reply, StubPlan, as_json


def test_new_tokens_are_saved_before_they_are_used(quiet: Connection, stub: StubPlan) -> None:
    """R-03: whatever happens to the request that needed them."""
    seen: list[str | None] = []

    def look() -> Reply:
        seen.append("asked")
        return as_json({}, 500)

    stub.override["/fhir/Patient/p-1"] = look
    opened = open_access(quiet, clock=later(3600))
    assert opened.get("Patient/p-1").status == 500
    assert seen == ["asked"]
    assert refresh_token_of(quiet) in stub.refresh_tokens


def test_many_workers_refresh_once(shared_database: None, quiet: Connection, stub: StubPlan) -> None:
    """R-01: rotating tokens with reuse detection; nobody is told to sign in again."""
    start = threading.Barrier(6)
    statuses: list[int | str] = []

    def work() -> None:
        start.wait()
        try:
            row = Connection.objects.select_related("plan", "member").get(pk=quiet.pk)
            statuses.append(open_access(row, clock=later(3600)).get("Patient/p-1").status)
        except Exception as error:  # noqa: BLE001 - shown by the assertion
            statuses.append(repr(error))
        finally:
            databases.close_all()

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert statuses == [200] * 6
    # The clock runs an hour ahead of the plan's tokens, so each new token lives for the others.
    assert stub.refreshed == 1
    assert stub.reused == 0


def test_a_stale_reader_uses_the_tokens_of_the_one_who_was_faster(quiet: Connection, stub: StubPlan) -> None:
    """R-02: it opened the connection before another worker refreshed."""
    slow = open_access(Connection.objects.get(pk=quiet.pk), clock=later(3600))
    open_access(quiet, clock=later(3600)).get("Patient/p-1")
    assert slow.get("Patient/p-1").status == 200
    assert stub.refreshed == 1
    assert stub.reused == 0


def test_the_lease_of_a_dead_worker_runs_out(quiet: Connection) -> None:
    """R-01: nobody waits for ever."""
    Connection.objects.update(
        refresh_lease="00000000-0000-4000-8000-000000000000", refresh_lease_until=later(3590)()
    )
    assert open_access(quiet, clock=later(3600)).get("Patient/p-1").status == 200


def test_waiting_for_another_workers_refresh_has_an_end(
    quiet: Connection, stub: StubPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R-05: then the caller tries again later."""
    monkeypatch.setattr(access, "PATIENCE_SECONDS", 0.0)
    Connection.objects.update(
        refresh_lease="00000000-0000-4000-8000-000000000000", refresh_lease_until=later(4000)()
    )
    with pytest.raises(RefreshDelayed):
        open_access(quiet, clock=later(3600)).get("Patient/p-1")
    assert not stub.asked


def test_a_disconnected_connection_cannot_be_opened(quiet: Connection, stub: StubPlan) -> None:
    """R-38: also when it ends while it is open."""
    opened = open_access(quiet, clock=later(3600))
    Connection.objects.update(status="ending")
    with pytest.raises(PermissionEnded):
        opened.get("Patient/p-1")
    Connection.objects.all().delete()
    with pytest.raises(PermissionEnded):
        opened.get("Patient/p-1")
    assert not stub.asked


def test_tokens_that_come_after_a_disconnect_are_given_back(
    shared_database: None, quiet: Connection, stub: StubPlan
) -> None:
    """R-38: nothing stays alive at the plan."""
    opened = open_access(quiet, clock=later(3600))

    def disconnected_meanwhile() -> Reply:
        Connection.objects.update(status="ending")
        del stub.override["/token"]
        return stub.reply(stub.asked[-1])

    stub.override["/token"] = disconnected_meanwhile
    with pytest.raises(PermissionEnded):
        opened.get("Patient/p-1")
    assert not stub.refresh_tokens
