"""The worker's chores: one that fails is noted and tried again later, and the others go on."""

import logging
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from apps.connections.models import Connection, Revocation
from apps.plans.models import Plan
from apps.sync import actions, chores, tasks
from apps.sync.chores import REST_SECONDS, Chore
from apps.sync.management.commands import sync_worker
from apps.sync.models import SyncRun
from apps.vault.boxes import box_for


def raiser(error: Exception) -> object:
    raise error


@pytest.mark.parametrize(
    "error", [ValueError("Rosa Quill"), OperationalError("Rosa Quill"), RecursionError()]
)
def test_what_fails_ends_nothing_and_rests_before_the_next_try(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    done = []
    both = [Chore("one", 0, lambda: raiser(error)), Chore("two", 0, lambda: done.append("two"))]
    with caplog.at_level(logging.WARNING):
        assert [chore.do() for chore in both] == [False, True]
    assert done == ["two"]
    assert "one" in caplog.text
    assert "Rosa" not in " ".join(record.getMessage() for record in caplog.records)
    assert not both[0].is_due
    assert both[1].is_due
    assert both[0].next_at - both[1].next_at > REST_SECONDS - 1


def test_a_timer_hears_of_a_failure_after_everything_was_tried(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A query of the first chore breaks; the last one is done all the same."""
    asked = []
    monkeypatch.setattr(type(SyncRun.objects.all()), "free_to_take", lambda *_, **__: raiser(ValueError()))
    due = type(Revocation.objects.all()).due
    monkeypatch.setattr(
        type(Revocation.objects.all()), "due", lambda rows, **given: asked.append(1) or due(rows, **given)
    )
    with pytest.raises(CommandError, match="the sweep"):
        call_command("sync_worker", once=True)
    assert asked
    assert not Plan.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_chores_have_their_turn_while_the_queue_is_never_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand members who connect in one morning: closed accounts are erased all the same."""
    left, erased, clock = [40], list[int](), [1000.0]

    def one_update(**_: Any) -> None:
        clock[0] += 1.0  # 40 s of work; most chores are due every 5 s
        left[0] -= 1
        if left[0]:
            tasks.bring_records.enqueue(run_id="00000000-0000-0000-0000-000000000000")

    monkeypatch.setattr(chores.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(tasks.runner, "run_next", one_update)
    monkeypatch.setattr(chores.account_closure, "finish_all", lambda **_: erased.append(left[0]))
    tasks.bring_records.enqueue(run_id="00000000-0000-0000-0000-000000000000")
    command = sync_worker.Command()
    others = chores.chores()
    while left[0]:
        command._round([*others, command._queue(others)])
    assert len([still_queued for still_queued in erased if still_queued]) >= 40 // 6


@pytest.mark.django_db(transaction=True)
def test_once_does_all_that_is_queued(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests and timers, whatever else is due."""
    done = []
    monkeypatch.setattr(tasks.runner, "run_next", lambda **_: done.append(1))
    for _ in range(3):
        tasks.bring_records.enqueue(run_id="00000000-0000-0000-0000-000000000000")
    call_command("sync_worker", once=True)
    assert len(done) == 3


def test_the_worker_does_what_is_queued_and_survives_what_it_cannot_do(
    transactional_db: None, connection: Connection
) -> None:
    """The tokens of this connection do not open: the run is tried later, the queue entry tells nothing."""
    box_for(connection.member)  # the key is there: without one, the run would wait for it
    Connection.objects.update(sealed_tokens=b"this opens with no key")
    run = actions.start(connection=connection, now=timezone.now())
    call_command("sync_worker", once=True)
    run.refresh_from_db()
    assert (run.state, run.problem, run.attempts) == (SyncRun.State.WAITING, "unexpected", 1)
    entry = DBTaskResult.objects.get()
    assert entry.status == "SUCCESSFUL"
    assert entry.traceback == ""
