"""B-08: the same stories with every task backend. The queue is only a hint."""

import ast
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from apps.connections.limits import WINDOW_SECONDS, counted
from apps.connections.models import Connection
from apps.sync import actions, leases
from apps.sync.models import LEASE, Refresh, SyncRun
from apps.sync.tasks import bring_records
from tests import redis_server
from tests.claims.given import claims_of

State = SyncRun.State
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a Redis of our own on loopback; skip where none is installed."""
    if redis_server.PROGRAM is None:
        pytest.skip("no redis-server on this machine")
    with redis_server.running(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(params=["immediate", "database", "redis"])
def backend(request: pytest.FixtureRequest, settings: Any) -> str:
    """Return the name of the backend that TASKS names during the test, its queue empty."""
    paths = {
        "immediate": "django.tasks.backends.immediate.ImmediateBackend",
        "database": "django_tasks_db.DatabaseBackend",
        "redis": "config.redis_tasks.RedisBackend",
    }
    described: dict[str, Any] = {"BACKEND": paths[request.param]}
    if request.param == "redis":
        import redis  # noqa: PLC0415 - needed here only

        url = request.getfixturevalue("redis_url")
        redis.Redis.from_url(url).flushall()
        described["OPTIONS"] = {"URL": url}
    settings.TASKS = {"default": described}
    return str(request.param)


@pytest.fixture
def demo(connected: Callable[..., Connection], demo_payer: Any) -> Connection:
    """Return Alice's connection to the demo payer: real tokens, real pages."""
    return connected(demo_payer, "juniper")


def work() -> None:
    """Be the worker once: chores and whatever is queued."""
    call_command("sync_worker", once=True)


def fresh(run: SyncRun) -> SyncRun:
    return SyncRun.objects.get(pk=run.pk)


def test_a_first_update_is_done(backend: str, demo: Connection) -> None:
    actions.start_first(connection=demo, now=timezone.now())
    work()
    run = demo.runs.get()
    assert run.state == State.FINISHED
    assert len(claims_of(demo)) > 0
    assert run.attempts == 1


def test_an_entry_made_in_a_transaction_that_is_rolled_back_does_nothing(
    backend: str, demo: Connection
) -> None:
    """B-04."""
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        actions.start_first(connection=demo, now=timezone.now())
        raise ZeroDivisionError
    work()
    assert not demo.runs.exists()
    assert not claims_of(demo)
    assert not DBTaskResult.objects.exists()


def test_nothing_is_done_before_the_transaction_is_committed(backend: str, demo: Connection) -> None:
    with transaction.atomic():
        run = actions.start(connection=demo, now=timezone.now())
        assert fresh(run).attempts == 0
        assert not DBTaskResult.objects.exists()
    work()
    assert fresh(run).state == State.FINISHED


def test_a_doubled_entry_does_nothing_more(backend: str, demo: Connection) -> None:
    """R-36."""
    run = actions.start(connection=demo, now=timezone.now())
    for _ in range(3):
        bring_records.enqueue(run_id=str(run.pk))
    work()
    done = fresh(run)
    assert (done.state, done.fence, done.attempts) == (State.FINISHED, 1, 1)


def test_a_lost_entry_is_made_up_for_by_the_sweep(backend: str, demo: Connection) -> None:
    long_ago = timezone.now() - timedelta(minutes=5)
    run = SyncRun.objects.create(
        member=demo.member, connection=demo, created_at=long_ago, next_try_at=long_ago, queued_at=long_ago
    )
    work()
    assert fresh(run).state == State.FINISHED


def test_a_killed_workers_run_is_taken_over(backend: str, demo: Connection) -> None:
    """B-01: its lease is over; whoever works next goes on."""
    long_ago = timezone.now() - LEASE - timedelta(minutes=5)
    run = SyncRun.objects.create(
        member=demo.member, connection=demo, created_at=long_ago, next_try_at=long_ago, queued_at=long_ago
    )
    assert leases.take(run_id=run.pk, now_fn=lambda: long_ago) is not None
    work()
    done = fresh(run)
    assert (done.state, done.fence) == (State.FINISHED, 2)


def test_a_sleeping_run_sleeps_on_whatever_is_queued(backend: str, demo: Connection) -> None:
    now = timezone.now()
    run = SyncRun.objects.create(
        member=demo.member,
        connection=demo,
        created_at=now,
        next_try_at=now + timedelta(hours=1),
        queued_at=now,
    )
    bring_records.enqueue(run_id=str(run.pk))
    work()
    assert (fresh(run).state, fresh(run).attempts) == (State.WAITING, 0)


def test_what_is_due_by_the_schedule_is_done(backend: str, demo: Connection) -> None:
    actions.start_first(connection=demo, now=timezone.now())
    work()
    Refresh.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    work()
    assert [run.state for run in demo.runs.order_by("created_at")] == [State.FINISHED, State.FINISHED]
    assert Refresh.objects.get().due_at > timezone.now()


def test_an_entry_for_a_run_that_is_gone_harms_nobody(backend: str, demo: Connection) -> None:
    bring_records.enqueue(run_id="00000000-0000-0000-0000-000000000000")
    run = actions.start(connection=demo, now=timezone.now())
    work()
    work()
    assert fresh(run).state == State.FINISHED


def with_redis(url: str) -> dict[str, Any]:
    """Return the caches of a site whose `CACHE_URL` is *url*, as its own settings make them."""
    command = [sys.executable, "-c", "from config import settings; print(settings.CACHES)"]
    done = subprocess.run(command, env={**os.environ, "CACHE_URL": url}, capture_output=True, check=True)
    caches_of: dict[str, Any] = ast.literal_eval(done.stdout.decode().splitlines()[-1])
    return caches_of


class Poison:
    """Writes a file when it is unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.write_text, (Path(self.path), "ran")


def test_what_is_cached_in_redis_is_never_run(redis_url: str, settings: Any, tmp_path: Path) -> None:
    """D-13: whoever can write there can lift limits, and start nothing in our processes."""
    import redis  # noqa: PLC0415 - needed here only

    settings.CACHES = with_redis(redis_url)
    cache = caches["default"]
    cache.set("kept", {"counts": [1, 2.5, None, "ü"]})
    cache.set("number", 41)
    assert (cache.get("kept"), cache.incr("number")) == ({"counts": [1, 2.5, None, "ü"]}, 42)
    traces = tmp_path / "run"
    poison = pickle.dumps(Poison(str(traces)))
    redis.Redis.from_url(redis_url).set(cache.make_key("kept"), poison)
    assert cache.get("kept") is None
    assert not traces.exists()


def test_redis_counts_a_hundred_at_once_one_by_one(redis_url: str, settings: Any) -> None:
    """Where `CACHE_URL` names a Redis, the limits of all hosts are counted there."""
    settings.CACHES = with_redis(redis_url)
    with ThreadPoolExecutor(100) as pool:
        found = list(pool.map(lambda _: counted("trips", "203.0.113.9"), range(100)))
    caches.close_all()
    assert sorted(found) == list(range(1, 101))


def test_a_count_in_redis_that_ends_while_it_is_raised_begins_anew_and_ends_again(
    redis_url: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """W-18: else whoever is counted would be kept out for good."""
    import redis  # noqa: PLC0415

    settings.CACHES, client = with_redis(redis_url), redis.Redis.from_url(redis_url)
    client.flushall()
    is_there = redis.Redis.exists

    def is_there_for_the_last_time(self: Any, *names: Any) -> Any:
        """Answer as Redis does in the last moment of an entry."""
        found = is_there(self, *names)
        self.delete(*names)
        return found

    assert counted("trips", "203.0.113.9") == 1
    with monkeypatch.context() as patched:
        patched.setattr(redis.Redis, "exists", is_there_for_the_last_time)
        assert counted("trips", "203.0.113.9") == 1
    assert counted("trips", "203.0.113.9") == 2
    (key,) = client.keys()
    caches.close_all()
    assert 0 < client.ttl(key) <= WINDOW_SECONDS


@pytest.mark.parametrize(
    "entry",
    [
        b"not json",
        b"[" * 100_000,
        b'{"task": 5, "args": [], "kwargs": {}}',
        b"[]",
        b'{"task": "os.system", "args": ["true"], "kwargs": {}}',
        b'{"task": "no.such"}',
        b"\xff",
    ],
)
def test_a_foreign_entry_in_redis_is_dropped_and_the_next_one_done(
    redis_url: str, settings: Any, demo: Connection, entry: bytes
) -> None:
    import redis  # noqa: PLC0415

    client = redis.Redis.from_url(redis_url)
    client.flushall()
    client.rpush("plainclaim:tasks:default", entry)
    settings.TASKS = {
        "default": {"BACKEND": "config.redis_tasks.RedisBackend", "OPTIONS": {"URL": redis_url}}
    }
    run = actions.start(connection=demo, now=timezone.now())
    work()
    assert fresh(run).state == State.FINISHED
    assert client.llen("plainclaim:tasks:default") == 0


def test_a_redis_that_is_away_loses_no_update(settings: Any, demo: Connection) -> None:
    """The member's click succeeds; the sweep queues the run later."""
    url = "redis://127.0.0.1:9/0"
    settings.TASKS = {"default": {"BACKEND": "config.redis_tasks.RedisBackend", "OPTIONS": {"URL": url}}}
    run = actions.start(connection=demo, now=timezone.now() - timedelta(minutes=5))
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    work()
    assert fresh(run).state == State.FINISHED
