"""R-33, R-38: who erases a connection and who works on it just then; nobody waits in a ring, or for ever."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest
from django.db import connections, transaction
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections import account_closure, endings
from apps.connections.member_trip import after_connect
from apps.connections.models import Connection
from apps.sync import actions, schedule, scheduler
from apps.sync.leases import LeaseLost, take
from apps.sync.models import LEASE, MOST_ATTEMPTS, Refresh, SyncRun
from tests.conftest import signed_in

ITS_PLACE = 'DELETE FROM "sync_refresh"'
"""What is deleted long before the runs, where a connection has many records."""


def erase_beside(
    connection: Connection, work: Callable[[], object], *, begun: str, now: datetime, is_closing: bool = False
) -> None:
    """Erase the connection, or close the account, and have *work* tried *begun* ("before" or "after") the
    connection's place in the schedule is deleted."""
    errors = list[BaseException]()

    def noting() -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - a thread's own would be lost
            errors.append(error)
        finally:
            connections.close_all()

    other = threading.Thread(target=noting)

    def begin() -> None:
        other.start()
        other.join(0.5)  # it may wait for us: this only gives it time to try

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        is_it = sql.startswith(ITS_PLACE) and other.ident is None
        if is_it and begun == "before":
            begin()
        result = execute(sql, params, many, context)
        if is_it and begun == "after":
            begin()
        return result

    with connections["default"].execute_wrapper(watch):
        if is_closing:
            account_closure.close(member=connection.member, now=now)
        else:
            assert endings.erase(connection=connection, now=now)
    other.join(30)
    assert errors == []
    assert other.ident is not None
    assert not Connection.objects.exists()
    assert not SyncRun.objects.exists()


@pytest.fixture
def due(connection: Connection, now: datetime) -> Connection:
    """Return the connection with a place in the schedule."""
    schedule.begin(connection=connection, now=now)
    Refresh.objects.update(due_at=now)
    return connection


def test_a_run_that_ends_while_its_connection_is_erased(
    shared_database: None, due: Connection, now: datetime
) -> None:
    run = actions.start(connection=due, now=now)
    hold = take(run_id=run.pk, now_fn=lambda: now)
    assert hold is not None

    def end() -> None:
        with suppress(LeaseLost):
            hold.finish(SyncRun.State.FINISHED)

    erase_beside(due, end, begun="after", now=now)


def test_a_worker_whose_run_was_taken_over_writes_nothing_more(connection: Connection, now: datetime) -> None:
    run = actions.start(connection=connection, now=now)
    late = take(run_id=run.pk, now_fn=lambda: now)
    there = take(run_id=run.pk, now_fn=lambda: now + 2 * LEASE)
    assert late is not None and there is not None
    for write in (late.extend, late.lock, lambda: late.finish(SyncRun.State.FINISHED)):
        with pytest.raises(LeaseLost), transaction.atomic():
            write()
    there.extend()


def test_a_run_that_is_given_up_while_its_connection_is_erased(
    shared_database: None, due: Connection, now: datetime
) -> None:
    run = actions.start(connection=due, now=now, is_scheduled=True)
    SyncRun.objects.update(attempts=MOST_ATTEMPTS)
    erase_beside(due, lambda: take(run_id=run.pk, now_fn=lambda: now), begun="after", now=now)


@pytest.mark.parametrize("is_closing", [False, True], ids=["erased", "account closed"])
@pytest.mark.parametrize("begun", ["before", "after"])
def test_an_update_that_is_due_while_its_connection_is_erased(
    *, shared_database: None, due: Connection, now: datetime, begun: str, is_closing: bool
) -> None:
    work = lambda: scheduler.start_due(now=now)  # noqa: E731
    erase_beside(due, work, begun=begun, now=now, is_closing=is_closing)


def test_an_update_asked_for_of_a_connection_that_is_gone_is_over_at_once(
    transactional_db: None, connection: Connection, now: datetime
) -> None:
    """It was tried again and again, since an IntegrityError was taken for another click's."""
    Connection.objects.filter(pk=connection.pk).delete()
    with pytest.raises(Connection.DoesNotExist):
        actions.start(connection=connection, now=now)


def test_a_connection_erased_in_the_moment_it_was_made_leads_to_the_list(
    transactional_db: None, connection: Connection, now: datetime
) -> None:
    Connection.objects.filter(pk=connection.pk).delete()
    assert after_connect(connection=connection, now=now) == reverse("connections:list")


def test_who_asks_for_news_of_what_another_window_erases_is_told_that_it_is_not_there(
    transactional_db: None, alice: Member, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in(alice)
    newest = actions.newest

    def erased_meanwhile(of: Connection) -> list[SyncRun]:
        endings.erase(connection=connection, now=timezone.now())
        return newest(of)

    monkeypatch.setattr(actions, "newest", erased_meanwhile)
    assert browser.post(reverse("sync:again", args=[connection.pk])).status_code == 404
