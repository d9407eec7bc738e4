"""Several workers, dead workers, and a disconnect, all at the same moment."""

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from django.db import connections as databases

from apps.connections import access, token_renewal
from apps.connections.access import Access
from apps.connections.errors import (
    PermissionEnded,
    RefreshDelayed,
)
from apps.connections.models import Connection, Reason
from apps.connections.tokens import Tokens
from tests.connections.conftest import again, later
from tests.connections.stub_plan import Reply, StubPlan
from tests.length import is_exploring


def test_a_stale_reader_uses_the_tokens_of_the_one_who_was_faster(quiet: Connection, stub: StubPlan) -> None:
    """R-02: it opened the connection before another worker refreshed."""
    slow = Access(Connection.objects.get(pk=quiet.pk), clock=later(3600))
    Access(quiet, clock=later(3600)).ask("Patient/p-1")
    assert slow.ask("Patient/p-1").status == 200
    assert stub.refreshed == 1
    assert stub.reused == 0


def test_the_lease_of_a_dead_worker_runs_out(quiet: Connection) -> None:
    """R-01: nobody waits for ever, and who waits looks again and again."""
    Connection.objects.update(
        refresh_lease="00000000-0000-4000-8000-000000000000", refresh_lease_until=later(3612)()
    )
    seconds = count(3600, 2)

    def clock() -> datetime:
        return later(next(seconds))()

    assert Access(quiet, clock=clock).ask("Patient/p-1").status == 200
    assert next(seconds) > 3612


def test_waiting_for_another_workers_refresh_has_an_end(
    quiet: Connection, stub: StubPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R-05: then the caller tries again later."""
    monkeypatch.setattr(access, "PATIENCE_SECONDS", 0.0)
    Connection.objects.update(
        refresh_lease="00000000-0000-4000-8000-000000000000", refresh_lease_until=later(4000)()
    )
    with pytest.raises(RefreshDelayed):
        Access(quiet, clock=later(3600)).ask("Patient/p-1")
    assert not stub.asked


def test_a_disconnected_connection_cannot_be_opened(quiet: Connection, stub: StubPlan) -> None:
    """R-38: also when it ends while it is open; kept records need no permission, and have none."""
    opened = Access(quiet, clock=later(3600))
    for row in (
        {"status": "needs_sign_in", "ended_because": "refused"},
        {"status": "kept", "sealed_tokens": b""},
    ):
        Connection.objects.update(**row)
        with pytest.raises(PermissionEnded):
            opened.ask("Patient/p-1")
        with pytest.raises(PermissionEnded):
            Access(Connection.objects.get(), clock=later(0))
    Connection.objects.update(status="active")  # without tokens
    with pytest.raises(PermissionEnded):
        Access(Connection.objects.get(), clock=later(0))
    Connection.objects.all().delete()
    with pytest.raises(PermissionEnded):
        opened.ask("Patient/p-1")
    assert not stub.asked


def test_whoever_lost_the_lease_or_the_permission_changes_nothing(quiet: Connection) -> None:
    """R-01, R-38: another renews by now, or the row ended since it was read."""
    now = later(0)()
    lease = token_renewal.take_lease(quiet, now=now)
    Connection.objects.update(status="kept", sealed_tokens=b"")
    assert token_renewal.take_lease(quiet, now=now + token_renewal.LEASE) is None
    assert not token_renewal.end(quiet, Reason.REFUSED, now=now)
    assert again(quiet).status == "kept"
    Connection.objects.update(status="active")
    before, others = again(quiet), uuid.uuid4()
    token_renewal.give_back(quiet, others)
    token_renewal.give_back(quiet, others, unheard_at=now)
    token_renewal.publish(quiet, others, Tokens("a token", lifetime=timedelta(days=9)), now=now)
    token_renewal.is_long_refused(quiet, others, now=now)
    row = again(quiet)
    assert row.renewal_refused_days == 0
    assert (row.refresh_lease, row.refresh_lease_until) == (lease, now + token_renewal.LEASE)
    assert row.access_expires_at == before.access_expires_at


@pytest.mark.parametrize("way", ["kept", "erased"])
def test_tokens_that_come_after_a_disconnect_are_given_back(
    shared_database: None, quiet: Connection, stub: StubPlan, way: str
) -> None:
    """R-38: nothing stays alive at the plan."""
    opened = Access(quiet, clock=later(3600))

    def disconnected_meanwhile() -> Reply:
        if way == "kept":
            Connection.objects.update(status="kept", sealed_tokens=b"")
        else:
            Connection.objects.all().delete()
        del stub.override["/token"]
        return stub.reply(stub.asked[-1])

    stub.override["/token"] = disconnected_meanwhile
    with pytest.raises(PermissionEnded):
        opened.ask("Patient/p-1")
    assert not stub.refresh_tokens


PROCESSES, THREADS = 4 if is_exploring() else 2, 13
ROUNDS = 200 if is_exploring() else 10
ROOT = Path(__file__).resolve().parent.parent.parent
Child = subprocess.Popen[str]


@contextmanager
def worker_process(connection: Connection, threads: int) -> Iterator[Child]:
    """Run `refresh_workers` on the database of the test until the block ends."""
    database = str(databases["default"].settings_dict["NAME"])
    command = [sys.executable, "-m", "tests.connections.refresh_workers"]
    with subprocess.Popen(
        [*command, database, str(connection.pk), str(threads)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as child:
        try:
            yield child
        finally:
            child.kill()


def play(children: list[Child], number: int) -> list[int | str]:
    """Let all workers of all processes want the plan's answer at the same moment; return what they got."""
    for child in children:
        assert child.stdin
        child.stdin.write(f"{number}\n")
        child.stdin.flush()
    answers: list[int | str] = []
    for child in children:
        assert child.stdout
        answers += json.loads(child.stdout.readline())
    return answers


def test_r_01_many_workers_in_several_processes_refresh_an_expired_token_once(
    shared_database: None, quiet: Connection, stub: StubPlan
) -> None:
    """R-01: fifty in four with the profile `explore`; a refresh token used twice ends the permission."""
    stub.strict = True
    databases["default"].close()
    with ExitStack() as stack:
        children = [stack.enter_context(worker_process(quiet, THREADS)) for _ in range(PROCESSES)]
        for number in range(1, ROUNDS + 1):
            assert play(children, number) == [200] * (PROCESSES * THREADS)
            assert (stub.refreshed, stub.reused) == (number, 0)
    quiet.refresh_from_db()
    assert quiet.is_active
    assert quiet.tokens_version == 1 + ROUNDS
