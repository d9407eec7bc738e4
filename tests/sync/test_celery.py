"""B-08: the stories of the queue on Celery, with real brokers, workers and beat. A message is only a hint."""

import base64
import importlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from django.db import connections, transaction
from django.utils import timezone
from kombu import Connection as Broker
from kombu import Exchange, Queue

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.connections.tokens import Tokens, seal_tokens
from apps.plans.origins import binding
from apps.sync import actions
from apps.sync.chores import chores
from apps.sync.models import SyncRun
from apps.takeaway.tasks import prepare_file
from apps.vault.boxes import box_for
from tests import rabbitmq_server, redis_server
from tests.claims.given import claims_of
from tests.conftest import ROOT
from tests.fhir.stub import Stub, bundle, reply
from tests.journeys.stack import free_ports
from tests.length import is_played_on_postgresql
from tests.poison import Poison
from tests.sync.conftest import an_eob
from tests.sync.test_backends import fresh

pytestmark = pytest.mark.skipif(
    is_played_on_postgresql(), reason="played on PostgreSQL, which sites of many hosts share"
)
State = SyncRun.State
NOWHERE = "redis://127.0.0.1:9/0"


def eventually(what: Callable[[], Any], *, seconds: float = 60) -> Any:
    """Return what it returns once that is true; it is asked again and again for a bounded time."""
    give_up_at = time.monotonic() + seconds
    while not (answer := what()):
        assert time.monotonic() < give_up_at, "it did not come to that"
        time.sleep(0.1)
    return answer


@dataclass
class Engine:
    """A broker, and processes of Celery that are ended with the test."""

    url: str
    folder: Path
    processes: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """Start a process of Celery on the test's database."""
        database = connections["default"].settings_dict
        url = f"sqlite:///{database['NAME']}"
        if connections["default"].vendor == "postgresql":
            url = (
                f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}"
            )
            url += f"/{database['NAME']}"
        env = {**os.environ, "DATABASE_URL": url, "CELERY_BROKER_URL": self.url, "SYNC_LANES": "1"}
        with (self.folder / "log").open("ab") as log:
            command = [sys.executable, "-m", "celery", "-A", "config.celery", *arguments]
            process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def worker(self) -> "subprocess.Popen[bytes]":
        """Start a worker with two processes."""
        return self.start("worker", "--concurrency", "2", "--without-mingle", "--without-gossip")

    def end(self) -> None:
        """Kill what still runs: a broker that is gone would be waited for."""
        for process in self.processes:
            process.kill()
            process.wait()

    @property
    def said(self) -> str:
        """All that the processes wrote."""
        return (self.folder / "log").read_text()


@pytest.fixture
def engine(
    tmp_path: Path,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    shared_database: None,
) -> Iterator[Callable[[str], Engine]]:
    """Return what sends this process's hints to the broker of this address."""
    with ExitStack() as stack:

        def verb(url: str) -> Engine:
            monkeypatch.delitem(sys.modules, "config.celery", raising=False)
            settings.CELERY_BROKER_URL = url
            settings.TASKS = {"default": {"BACKEND": "config.celery.CeleryBackend"}}
            made = Engine(url, tmp_path)
            stack.callback(made.end)
            return made

        yield verb


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    """Return the address of a Redis of this test."""
    if redis_server.PROGRAM is None:
        pytest.skip("no redis-server on this machine")
    with redis_server.running(tmp_path) as url:
        yield url


@pytest.fixture(params=[redis_server, rabbitmq_server], ids=["Redis", "RabbitMQ"])
def broker_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the address of a broker of this test, of either kind."""
    if request.param.PROGRAM is None:
        pytest.skip("no such broker on this machine")
    with request.param.running(tmp_path) as url:
        yield url


@pytest.fixture
def held(alice: Member, connection: Connection) -> Connection:
    """Return Alice's connection to the scripted payer, with tokens that open."""
    box = box_for(alice)
    bound_to = binding(connection.plan, connection.plan.fhir_base_url)
    seal_tokens(connection, box, Tokens(access_token="t", bound_to=bound_to))
    connection.sealed_patient = box.seal(connection, "sealed_patient", b'{"id": "alice", "name": "alice"}')
    connection.save()
    return connection


@dataclass
class Gate:
    """A payer that keeps the second page of claims until it is told to go on."""

    stub: Stub
    reached: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.stub.on("ExplanationOfBenefit", self._answer)

    def _answer(self, query: Any) -> Any:
        if "page" not in query:
            return reply(bundle(an_eob(1), an_eob(2), next="ExplanationOfBenefit?page=2"))
        self.reached.set()
        self.opened.wait(60)
        return reply(bundle(an_eob(3)))


def is_finished(run: SyncRun) -> Callable[[], bool]:
    return lambda: fresh(run).state == State.FINISHED


def due(connection: Connection) -> SyncRun:
    """Return a run that waits since long, of which no hint is anywhere."""
    ago = timezone.now() - timedelta(minutes=5)
    return SyncRun.objects.create(
        member=connection.member, connection=connection, created_at=ago, next_try_at=ago, queued_at=ago
    )


def test_a_hint_carries_a_run_through_and_what_is_not_ours_is_dropped(
    engine: Callable[[str], Engine], broker_url: str, held: Connection, tmp_path: Path
) -> None:
    """Pickled messages, and names of what is no task of ours, start nothing."""
    celery, trace = engine(broker_url), tmp_path / "ran"
    queue = Queue("default", Exchange("default"), routing_key="default")
    to = {"exchange": queue.exchange, "routing_key": "default", "declare": [queue]}
    with Broker(broker_url) as broker, broker.Producer() as producer:
        chore = {"task": "plainclaim.chore", "id": "x"}
        producer.publish([[Poison(trace)], {}, {}], serializer="pickle", headers=chore, **to)
        producer.publish([["true"], {}, {}], headers={"task": "os.system", "id": "y"}, **to)
    run = actions.start(connection=held, now=timezone.now())
    celery.worker()
    eventually(is_finished(run))
    assert len(claims_of(held)) == 3
    assert "ContentDisallowed" in celery.said
    assert "'os.system'" in celery.said
    assert not trace.exists()


def test_nothing_is_sent_before_the_commit_and_messages_hold_ids_alone(
    engine: Callable[[str], Engine], redis_url: str, held: Connection
) -> None:
    """B-04, D-13: JSON with an id; not a word of the member, the plan or the records."""
    engine(redis_url)
    client = redis.Redis.from_url(redis_url)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        actions.start(connection=held, now=timezone.now())
        raise ZeroDivisionError
    with transaction.atomic():
        run = actions.start(connection=held, now=timezone.now())
        assert client.llen("default") == 0
    prepare_file.enqueue(export_id="2")
    messages = [json.loads(message) for message in reversed(client.lrange("default", 0, -1))]
    bodies = [json.loads(base64.b64decode(message["body"]))[:2] for message in messages]
    assert bodies == [[[], {"run_id": str(run.pk)}], [[], {"export_id": "2"}]]
    assert {message["content-type"] for message in messages} == {"application/json"}
    for word in (held.member.email, str(held.member.pk), held.plan.name, str(held.pk)):
        assert word not in str(messages)


def test_nothing_is_lost_when_worker_broker_and_beat_are_killed(
    engine: Callable[[str], Engine], held: Connection, stub: Stub, tmp_path: Path
) -> None:
    """B-01: what ends is made up for by what is left, or by what the supervisor starts again."""
    if redis_server.PROGRAM is None:
        pytest.skip("no redis-server on this machine")
    (port,) = free_ports(1)
    gate = Gate(stub)
    with ExitStack() as brokers:
        celery = engine(brokers.enter_context(redis_server.running(tmp_path, port=port)))
        worker, beat = celery.worker(), celery.start("beat")
        run = actions.start(connection=held, now=timezone.now())

        assert gate.reached.wait(60)
        os.kill(busy_child(worker), signal.SIGKILL)
        gate.opened.set()
        SyncRun.objects.update(lease_until=timezone.now(), queued_at=timezone.now() - timedelta(minutes=5))
        eventually(is_finished(run))
        assert (fresh(run).fence, len(claims_of(held))) == (2, 3)

        beat.kill()
        beat.wait()
        eventually(lambda: not redis.Redis.from_url(celery.url).llen("chores"))
        run = due(held)
        celery.start("beat")
        eventually(is_finished(run))

        brokers.close()
        run = actions.start(connection=held, now=timezone.now() - timedelta(minutes=5))
        assert fresh(run).state == State.WAITING
        brokers.enter_context(redis_server.running(tmp_path, port=port))
        eventually(is_finished(run))


def test_beat_calls_all_that_sync_worker_does_by_itself(engine: Callable[[str], Engine]) -> None:
    engine(NOWHERE)
    celery = importlib.import_module("config.celery")
    celery.app.finalize()
    assert list(celery.app.conf.beat_schedule) == [chore.name for chore in chores()]
    for called in celery.app.conf.beat_schedule.values():
        celery.app.tasks[called["task"]](*called["args"])


def test_a_worker_that_is_stopped_gives_its_run_back(
    engine: Callable[[str], Engine], redis_url: str, held: Connection, stub: Stub
) -> None:
    celery, gate = engine(redis_url), Gate(stub)
    run = actions.start(connection=held, now=timezone.now())
    worker = celery.worker()
    assert gate.reached.wait(60)
    worker.terminate()
    eventually(lambda: "Warm shutdown" in celery.said)
    threading.Timer(2, gate.opened.set).start()
    assert worker.wait(30) == 0
    assert (fresh(run).state, fresh(run).attempts, fresh(run).lease_until) == (State.WAITING, 0, None)


def test_a_broker_that_is_away_loses_no_update_and_keeps_no_page_waiting(
    engine: Callable[[str], Engine], held: Connection
) -> None:
    """The member's click succeeds; the sweep sends the hint later."""
    engine(NOWHERE)
    begun = time.monotonic()
    run = actions.start(connection=held, now=timezone.now())
    assert time.monotonic() - begun < 5
    assert fresh(run).state == State.WAITING


def test_a_broker_of_another_kind_stops_the_start_and_is_named_without_its_password() -> None:
    env = {**os.environ, "CELERY_BROKER_URL": "kafka://me:secret@broker.example"}
    command = [sys.executable, "-c", "import config.settings"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert "CELERY_BROKER_URL is no address of amqp://, amqps://, redis:// or rediss://." in done.stderr
    assert "secret" not in done.stderr


def busy_child(worker: "subprocess.Popen[bytes]") -> int:
    """Return the process of this worker that does a run: the one with a connection to the payer."""
    children = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()
    assert len(children) == 2
    return max(map(int, children), key=_sockets)


def _sockets(pid: int) -> int:
    number = 0
    for handle in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            number += "socket:" in str(handle.readlink())
    return number
