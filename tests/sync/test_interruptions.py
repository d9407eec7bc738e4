"""Runs that are killed, doubled, taken over, disconnected, stopped, or lose their permission."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from apps.connections.errors import PermissionEnded, RefreshDelayed, RegistrationBroken
from apps.connections.models import Connection
from apps.records.models import Book, Catalogue, Record
from apps.sync import actions, runner
from apps.sync.models import LEASE, MOST_ATTEMPTS, SyncRun, SyncStep
from tests.claims.given import claims_of
from tests.fhir.stub import Door, Stub, bundle, reply
from tests.sync.conftest import an_eob
from tests.sync.looking import Interrupted, mirrored, raises, states, step, tried

Bring = Callable[..., SyncRun]
State = SyncRun.State


def test_a_killed_run_goes_on_from_its_checkpoint(
    bring: Bring, connection: Connection, stub: Stub, now: datetime
) -> None:
    """R-17, B-01: the second worker asks for page 2 only; nothing is doubled."""
    with pytest.raises(KeyboardInterrupt):
        bring(through=Interrupted(4, raises(KeyboardInterrupt())))
    run = connection.runs.get()
    assert run.state == State.RUNNING
    stub.asked.clear()
    later = now + LEASE + timedelta(seconds=1)
    tried(run, later)
    assert run.state == State.FINISHED
    assert stub.asked[0] == "ExplanationOfBenefit?page=2"
    assert step(run, "ExplanationOfBenefit").received == 3
    assert len(claims_of(connection)) == 3


def test_what_late_claims_refer_to_is_asked_for_too(bring: Bring, connection: Connection, stub: Stub) -> None:
    """R-16: a run whose claims failed at first is not over before their practitioners came as well."""
    stub.on("ExplanationOfBenefit", reply("<html>maintenance</html>", 200), bundle(an_eob(1)))
    run = bring()
    assert run.state == State.WAITING
    run = bring(at=run.next_try_at)
    assert run.state == State.FINISHED
    assert connection.records.filter(fhir_type="Practitioner").exists()


def test_a_second_delivery_of_the_task_does_nothing(bring: Bring, stub: Stub, now: datetime) -> None:
    run = bring()
    stub.asked.clear()
    runner.run(run_id=run.pk, now_fn=lambda: now, connect=lambda *_, **__: Door())
    assert stub.asked == []


def test_a_run_in_good_hands_is_not_taken(bring: Bring, connection: Connection, now: datetime) -> None:
    """R-36: two workers get the same entry; one works."""

    def deliver_again() -> None:
        run = connection.runs.get()
        runner.run(run_id=run.pk, now_fn=lambda: now, connect=lambda *_, **__: pytest.fail("taken"))

    assert bring(through=Interrupted(2, deliver_again)).state == State.FINISHED


def test_a_worker_that_was_thought_dead_writes_nothing_more(
    bring: Bring, connection: Connection, now: datetime
) -> None:
    """R-32, B-06: its fence is old; what the successor did stays."""

    def be_taken_over() -> None:
        later = now + LEASE + timedelta(seconds=1)
        run = connection.runs.get()
        runner.run(run_id=run.pk, now_fn=lambda: later, connect=lambda *_, **__: Door())
        mirrored(connection).delete()

    run = bring(through=Interrupted(3, be_taken_over))
    assert (run.state, run.fence) == (State.FINISHED, 2)
    assert not mirrored(connection).exists()


def test_a_run_that_kills_its_workers_is_given_up(connection: Connection, now: datetime) -> None:
    """R-35: poison is bounded and visible."""
    run = actions.start(connection=connection, now=now)
    SyncRun.objects.filter(pk=run.pk).update(attempts=MOST_ATTEMPTS, state=State.RUNNING, lease_until=now)
    runner.run(run_id=run.pk, now_fn=lambda: now, connect=lambda *_, **__: pytest.fail("taken"))
    run.refresh_from_db()
    assert (run.state, run.problem) == (State.FAILED, "gave_up")


def test_a_disconnect_during_the_run_leaves_nothing_behind(bring: Bring, connection: Connection) -> None:
    """R-38."""

    def disconnect() -> None:
        Connection.objects.get(pk=connection.pk).delete()

    with pytest.raises(SyncRun.DoesNotExist):
        bring(through=Interrupted(4, disconnect))
    for model in (SyncRun, SyncStep, Record, Catalogue, Book):
        assert not model.objects.exists()


def test_an_ended_permission_ends_the_run_and_keeps_what_came(bring: Bring, connection: Connection) -> None:
    run = bring(through=Interrupted(4, raises(PermissionEnded("refused"))))
    assert (run.state, run.problem) == (State.ENDED, "ended")
    assert states(run) == ["done", "done", "problem", "problem"]
    assert len(claims_of(connection)) == 2


@pytest.mark.parametrize(
    ("error", "problem"),
    [(RefreshDelayed("503"), "not_renewed"), (RegistrationBroken("invalid_client"), "access")],
)
def test_c_06_a_permission_that_cannot_be_renewed_now_is_tried_later(
    bring: Bring, error: Exception, problem: str
) -> None:
    """R-09, C-06: a failed refresh aborts the pass; it never skips records and reports success.

    Where our registration is refused again, too, the plan is paused and the run waits for it. Members whose
    plan was out of reach read that it does not accept this app.
    """
    run = bring(through=Interrupted(4, raises(error)))
    assert (run.state, run.problem) == (State.WAITING, problem)
    assert bring(at=run.next_try_at).state == State.FINISHED


def test_an_unforeseen_error_is_raised_and_tried_again(bring: Bring, connection: Connection) -> None:
    with pytest.raises(ZeroDivisionError):
        bring(through=Interrupted(2, raises(ZeroDivisionError())))
    run = connection.runs.get()
    assert (run.state, run.problem, run.attempts) == (State.WAITING, "unexpected", 1)


def test_a_worker_that_is_stopped_gives_the_run_back(connection: Connection, now: datetime) -> None:
    """R-39: as workers are before tables change."""
    stop = threading.Event()
    run = actions.start(connection=connection, now=now)
    tried(run, now, Interrupted(2, stop.set), stop=stop)
    assert (run.state, run.attempts, run.next_try_at) == (State.WAITING, 0, now)
    assert SyncRun.objects.to_queue_again(now=now).get() == run
