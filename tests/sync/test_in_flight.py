"""S-03, S-11: what a plan drips for ever is cut when its run may not go on, or when others wait."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.db import connections as databases
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections import revocations
from apps.connections.models import Connection
from apps.connections.tokens import Tokens
from apps.outbound import limits
from apps.outbound.door import open_session
from apps.outbound.limits import Budget
from apps.plans.models import Plan
from apps.plans.origins import binding
from apps.sync import actions, chores, course, lanes, runner, tasks, work
from apps.sync.management.commands import sync_worker
from apps.sync.models import PlanPace, SyncRun
from tests.fhir.stub import Door
from tests.registered import registered

pytestmark = pytest.mark.usefixtures("shared_database")
State = SyncRun.State
SOON = 5.0
"""Seconds within which everything rests (S-03)."""


@dataclass
class Dripping:
    """A payer that counts who asks, and answers each with a byte now and then, as long as anybody listens."""

    base_url: str = ""
    asked: int = 0
    left: threading.Event = field(default_factory=threading.Event)
    """Somebody who asked hung up."""
    is_asked: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def dripping() -> Iterator[Dripping]:
    payer, is_over = Dripping(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            payer.asked += 1
            payer.is_asked.set()
            with suppress(OSError):
                self.send_response(200)
                self.send_header("Content-Length", "1000000")
                self.end_headers()
                while not is_over.wait(0.05):
                    self.wfile.write(b" ")
            payer.left.set()

        do_POST = do_GET

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    payer.base_url = f"http://127.0.0.1:{server.server_port}/fhir"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield payer
    is_over.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def dripped(alice: Member, dripping: Dripping, settings: Any) -> Connection:
    settings.SYNC_LANES = 4
    plan = Plan.objects.create(
        slug="drips", name="Drips", fhir_base_url=dripping.base_url, registration=registered("x")
    )
    return Connection.objects.create(
        member=alice, plan=plan, sealed_tokens=b"", sealed_patient=b"", connected_at=timezone.now()
    )


class Budgeted(Door):
    """The way to a plan within the time that a try has."""

    def __init__(self, _connection: Connection, *, budget: Budget, **_: Any) -> None:
        super().__init__()
        self._session = open_session(plan="stub", budget=budget)


def in_a_thread(work: Callable[[], None]) -> threading.Thread:
    def and_close() -> None:
        try:
            work()
        finally:
            databases.close_all()

    thread = threading.Thread(target=and_close)
    thread.start()
    return thread


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look and wait a tenth as long; all of it together is over soon as it is."""
    assert limits.LOOK_SECONDS < lanes.GRACE_SECONDS < SOON - lanes.LOOK_SECONDS
    monkeypatch.setattr(limits, "LOOK_SECONDS", limits.LOOK_SECONDS / 10)
    monkeypatch.setattr(lanes, "LOOK_SECONDS", lanes.LOOK_SECONDS / 10)
    monkeypatch.setattr(lanes, "GRACE_SECONDS", lanes.GRACE_SECONDS / 10)


@pytest.mark.parametrize(
    ("stop", "state", "problem", "lanes_at_once"),
    [
        (lambda: Plan.objects.update(status="paused"), State.WAITING, "paused", 1),
        (lambda: Plan.objects.update(status="paused"), State.WAITING, "paused", 4),
        (lambda: Member.objects.update(is_active=False), State.WAITING, "suspended", 4),
        (lambda: Connection.objects.update(status="needs_sign_in"), State.ENDED, "ended", 4),
        (lambda: Connection.objects.update(status="kept"), State.ENDED, "disconnected", 4),
        (lambda: Plan.objects.update(fhir_base_url="http://127.0.0.1:1/fhir"), State.WAITING, "", 4),
    ],
    ids=["one lane", "plan paused", "member suspended", "permission over", "disconnected", "plan moved"],
)
@pytest.mark.usefixtures("hurry")
def test_s_03_an_answer_in_flight_is_cut_and_nothing_more_is_asked(
    dripped: Connection,
    dripping: Dripping,
    settings: Any,
    stop: Callable[[], Any],
    state: str,
    problem: str,
    lanes_at_once: int,
) -> None:
    """S-03: the payer counts, and is hung up on, also where it is asked for one kind after the other."""
    settings.SYNC_LANES = lanes_at_once
    run = actions.start(connection=dripped, now=timezone.now())
    worker = in_a_thread(lambda: runner.run(run_id=run.pk, now_fn=timezone.now, connect=Budgeted))
    assert dripping.is_asked.wait(20)
    stop()
    worker.join(SOON)
    assert not worker.is_alive()
    assert dripping.left.wait(1)
    before = dripping.asked
    assert before <= 3, "a question for each type"
    run.refresh_from_db()
    assert (run.state, run.problem) == (state, problem)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ask ")]
    assert dripping.asked == before


def test_s_03_five_seconds_after_a_pause_everything_rests_as_fast_as_it_looks_by_itself(
    dripped: Connection, dripping: Dripping
) -> None:
    """S-03: nothing here is hurried, the look neither."""
    run = actions.start(connection=dripped, now=timezone.now())
    worker = in_a_thread(lambda: runner.run(run_id=run.pk, now_fn=timezone.now, connect=Budgeted))
    assert dripping.is_asked.wait(20)
    ends = time.monotonic() + SOON
    Plan.objects.update(status="paused")
    worker.join(SOON)
    assert not worker.is_alive()
    assert dripping.left.wait(max(0, ends - time.monotonic()))
    run.refresh_from_db()
    assert (run.state, run.problem) == (State.WAITING, "paused")


@pytest.mark.usefixtures("hurry")
def test_s_11_a_plan_that_drips_gives_its_worker_to_whoever_waits(
    dripped: Connection, members: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S-11, R-42: that was a try of its own run, and no outage of the plan: it was us who hung up."""
    at_once = timedelta(seconds=0.3)
    for module in (course, work):
        monkeypatch.setattr(module, "SLICE", at_once)
    long_ago = timezone.now() - timedelta(minutes=1)
    first = actions.start(connection=dripped, now=long_ago - timedelta(minutes=1))
    (other,) = members(1)
    second = actions.start(connection=other, now=long_ago)

    def connect(connection: Connection, **more: Any) -> Door:
        return Budgeted(connection, **more) if connection == dripped else Door()

    begun = time.monotonic()
    for run in (first, second):
        runner.run(run_id=run.pk, now_fn=timezone.now, connect=connect)
        run.refresh_from_db()
    assert time.monotonic() - begun < SOON
    assert (first.state, first.problem, first.attempts) == (State.WAITING, "unreachable", 1)
    assert first.next_try_at > timezone.now()
    assert second.state == State.FINISHED
    assert PlanPace.objects.get(plan=dripped.plan).outages == 0


@pytest.mark.parametrize("lanes_at_once", [1, 4])
def test_s_11_a_try_ends_when_all_its_time_is_spent_also_while_nobody_waits(
    dripped: Connection, settings: Any, monkeypatch: pytest.MonkeyPatch, lanes_at_once: int
) -> None:
    """S-11: as often as any run that brings nothing; then it is over, and says so."""
    settings.SYNC_LANES = lanes_at_once
    monkeypatch.setattr(work, "MOST_SECONDS", 0.3)
    run = actions.start(connection=dripped, now=timezone.now())
    SyncRun.objects.update(attempts=5)
    runner.run(run_id=run.pk, now_fn=timezone.now, connect=Budgeted)
    run.refresh_from_db()
    assert (run.state, run.problem) == (State.FAILED, "unreachable")
    assert PlanPace.objects.get(plan=dripped.plan).outages == 0


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[threading.Thread]:
    """A worker as it runs by default, until the test is over; it has something to ask of plans at once."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    monkeypatch.setattr(chores, "LOOK_SECONDS", 0.0)
    stop = threading.Event()
    for module in (tasks, chores, sync_worker):
        monkeypatch.setattr(module, "STOP", stop)
    command = sync_worker.Command()
    thread = in_a_thread(command.work)
    yield thread
    stop.set()
    thread.join(20)


@pytest.mark.parametrize("asked_for", ["its documents", "a revocation"])
def test_s_11_what_a_worker_asks_of_plans_besides_keeps_no_update_waiting(
    dripped: Connection,
    dripping: Dripping,
    members: Any,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    asked_for: str,
) -> None:
    """S-11: a plan that drips holds the asking for half a minute, as any plan may, and no update.

    Nothing is cut short: what is known of a plan is what it said, and a slow one is heard to the end.
    """
    where = {"authorize_url": dripping.base_url, "token_url": dripping.base_url}
    (other,) = members(1)
    Plan.objects.exclude(pk=dripped.plan_id).update(discovered_at=timezone.now())
    if asked_for == "a revocation":
        discovered = {"revoke_url": dripping.base_url, "discovered_at": timezone.now()}
        Plan.objects.filter(pk=dripped.plan_id).update(status="confirmed", **where, **discovered)
        plan = Plan.objects.get(pk=dripped.plan_id)
        tokens = Tokens("a token", "another", bound_to=binding(plan, plan.token_url))
        revocation = revocations.begin(plan=plan, tokens=tokens, now=timezone.now(), at_once=False)
    else:
        Plan.objects.filter(pk=dripped.plan_id).update(status="confirmed")
    done = threading.Event()
    monkeypatch.setattr(tasks.runner, "run_next", lambda **_: done.set())
    request.getfixturevalue("worker")
    assert dripping.is_asked.wait(20)
    actions.start(connection=other, now=timezone.now())
    assert done.wait(SOON), "the update has its turn while the plan drips"
    assert not dripping.left.is_set()
    assert Plan.objects.get(pk=dripped.plan_id).discovery_tried_at is None
    if asked_for == "a revocation":
        revocation.refresh_from_db()
        assert (revocation.state, revocation.problem) == ("waiting", "")
