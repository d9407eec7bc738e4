"""D-13: one place to count for all hosts, exact and unreadable; a copy of the sessions opens none."""

import ast
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
import time_machine
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.core.cache import cache, caches
from django.core.management import call_command
from django.db import connections as databases
from django.test import Client, RequestFactory
from django.utils import timezone

from apps.accounts.models import CacheEntry, Member
from apps.connections.limits import MOST_IN_A_WINDOW, WINDOW_SECONDS, TooManyFromHere, count, counted
from config.sessions import SessionStore
from config.shared_cache import digested
from tests import redis_server
from tests.at_once import at_once
from tests.poison import Poison

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a Redis of our own on loopback; skip where none is installed."""
    if redis_server.PROGRAM is None:
        pytest.skip("no redis-server on this machine")
    with redis_server.running(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def redis_cache(redis_url: str, settings: Any) -> "Iterator[redis.Redis[bytes]]":
    """Use the cache of a site whose `CACHE_URL` is a Redis, as its settings make it; return that Redis."""
    command = [sys.executable, "-c", "from config import settings; print(settings.CACHES)"]
    done = subprocess.run(
        command, env={**os.environ, "CACHE_URL": redis_url}, capture_output=True, check=True
    )
    settings.CACHES = ast.literal_eval(done.stdout.decode().splitlines()[-1])
    client = redis.Redis.from_url(redis_url)
    client.flushall()
    yield client
    caches.close_all()


@pytest.fixture(params=["shared_cache", "redis_cache"], ids=["the table", "Redis"])
def either_cache(request: pytest.FixtureRequest, db: None) -> Callable[[], str]:
    """Use one of the two; return what tells all that is stored in it."""
    client = request.getfixturevalue(request.param)

    def stored() -> str:
        if client is None:
            return str(list(CacheEntry.objects.values_list("key", "value")))
        return str([(key, client.get(key)) for key in client.scan_iter()])

    return stored


@pytest.mark.parametrize("is_old", [False, True], ids=["first window", "after a window"])
def test_a_hundred_at_once_are_counted_one_by_one(
    shared_database: None,
    shared_cache: None,
    is_old: bool,
) -> None:
    """No two hosts take the same number, also when the entry of an earlier window is still there."""
    if is_old:
        counted("trips", "203.0.113.9")
        CacheEntry.objects.update(expires_at=timezone.now() - timedelta(seconds=1), value="77")
    databases["default"].close()
    assert sorted(at_once(lambda _host: counted("trips", "203.0.113.9"), range(100))) == list(range(1, 101))


def test_redis_counts_a_hundred_at_once_one_by_one(redis_cache: Any) -> None:
    assert sorted(at_once(lambda _host: counted("trips", "203.0.113.9"), range(100))) == list(range(1, 101))


def test_a_hundred_requests_at_once_get_exactly_the_limit_through(
    shared_database: None,
    shared_cache: None,
) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.9")
    databases["default"].close()

    def ask(_host: int) -> bool:
        try:
            count(request, what="trips")
        except TooManyFromHere:
            return False
        return True

    assert at_once(ask, range(100)).count(True) == MOST_IN_A_WINDOW


def test_the_first_of_many_who_add_wins(shared_database: None, shared_cache: None) -> None:
    """It is the lock of django-allauth's rate limits."""
    databases["default"].close()
    assert at_once(lambda _host: cache.add("lock", True, timeout=10), range(20)).count(True) == 1


def test_it_does_what_django_asks_of_a_cache(db: None, shared_cache: None) -> None:
    assert cache.get("a") is None
    assert cache.get("a", "else") == "else"
    cache.set("a", {"keys": [1, "two", None]}, 60)
    cache.set("a", {"keys": [3]}, 60)
    assert cache.get("a") == {"keys": [3]}
    assert "a" in cache
    assert cache.get_many(["a", "b"]) == {"a": {"keys": [3]}}
    assert not cache.add("a", 1)
    assert cache.delete("a")
    assert not cache.delete("a")
    with pytest.raises(ValueError, match="no such key"):
        cache.incr("a")
    assert cache.get_or_set("n", 5, 60) == 5
    assert cache.incr("n", 2) == 7
    assert cache.decr("n") == 6
    assert cache.touch("n", None)
    assert not cache.touch("no", 5)
    cache.clear()
    assert cache.get("n") is None


def test_entries_end_and_the_worker_clears_them(db: None, shared_cache: None) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        cache.set("short", 1, WINDOW_SECONDS)
        cache.set("for ever", 2, None)
        clock.shift(WINDOW_SECONDS + 1)
        assert cache.get("short") is None
        assert not cache.touch("short", 5)
        with pytest.raises(ValueError, match="no such key"):
            cache.incr("short")
        assert cache.get("for ever") == 2
        call_command("sync_worker", once=True)
    assert CacheEntry.objects.count() == 1
    assert CacheEntry.objects.get().value == "2"


def test_what_somebody_writes_into_the_table_is_never_run(db: None, shared_cache: None) -> None:
    class Evil:
        def __reduce__(self) -> Any:
            return (pytest.fail, ("it was run",))

    cache.set("a", 1, 60)
    CacheEntry.objects.update(value=pickle.dumps(Evil(), 0).decode("latin-1"))
    with pytest.raises(json.JSONDecodeError):
        cache.get("a")


def test_what_is_cached_in_redis_is_never_run(redis_cache: Any, tmp_path: Path) -> None:
    """Whoever can write there can lift limits, and start nothing in our processes."""
    cache.set("kept", {"counts": [1, 2.5, None, "ü"]})
    cache.set("number", 41)
    assert (cache.get("kept"), cache.incr("number")) == ({"counts": [1, 2.5, None, "ü"]}, 42)
    redis_cache.set(cache.make_key("kept"), pickle.dumps(Poison(tmp_path / "ran")))
    assert cache.get("kept") is None
    assert not (tmp_path / "ran").exists()


def test_a_count_in_redis_that_ends_while_it_is_raised_begins_anew_and_ends_again(
    redis_cache: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """W-18: else whoever is counted would be kept out for good."""
    is_there = redis.Redis.exists

    def is_there_for_the_last_time(self: Any, *names: Any) -> Any:
        """Answer as Redis does in the last moment of an entry."""
        answer = is_there(self, *names)
        self.delete(*names)
        return answer

    assert counted("trips", "203.0.113.9") == 1
    with monkeypatch.context() as patched:
        patched.setattr(redis.Redis, "exists", is_there_for_the_last_time)
        assert counted("trips", "203.0.113.9") == 1
    assert counted("trips", "203.0.113.9") == 2
    (key,) = redis_cache.keys()
    assert 0 < redis_cache.ttl(key) <= WINDOW_SECONDS


@pytest.mark.parametrize("who", ["203.0.113.9", "7c1f0d4e-0000-4000-8000-000000000001", "ana@example.com"])
def test_no_network_address_is_readable(either_cache: Callable[[], str], who: str) -> None:
    """Nor an account's number, nor what was typed."""
    counted("trips", who)
    cache.set(f"allauth:rl:login:ip:{who}", [1.5], 60)
    assert "1.5" in either_cache()
    assert who not in either_cache()


def test_who_copies_what_is_cached_cannot_try_all_network_addresses(
    either_cache: Callable[[], str], settings: Any
) -> None:
    """There are 2^32 of them: a digest that anybody can make tells which was meant."""
    key = "allauth:rl:signup:ip:203.0.113.9"
    cache.set(key, 1, 60)
    ours = digested(key, "", 1)
    assert ours in either_cache()
    settings.SECRET_KEY = "what a thief would have to guess" * 3
    assert digested(key, "", 1) != ours


def test_a_copied_session_table_signs_nobody_in(alice: Member, client: Client) -> None:
    """Whoever copies it finds no key that a browser could send."""
    client.force_login(alice, backend=BACKEND)
    key = client.session.session_key
    row = Session.objects.get()
    assert key not in (row.session_key, row.session_data)
    client.cookies["session"] = row.session_key
    assert client.get("/account/").status_code == 302
    client.cookies["session"] = key
    assert client.get("/account/").context["user"] == alice


def test_a_sign_out_holds_everywhere_at_once(
    alice: Member, client: Client, either_cache: Callable[[], str]
) -> None:
    """No process and no cache holds anything of a session that another host could believe."""
    client.force_login(alice, backend=BACKEND)
    key = str(client.session.session_key)
    elsewhere = Client()
    elsewhere.cookies["session"] = key
    assert elsewhere.get("/account/").context["user"] == alice
    assert str(alice.pk) not in either_cache()
    client.post("/account/logout/")
    assert not Session.objects.exists()
    assert elsewhere.get("/account/").status_code == 302


def test_who_signs_out_while_another_request_has_the_session_in_hand_stays_signed_out(
    transactional_db: None, alice: Member, client: Client
) -> None:
    """W-12: that request would write back what was taken away."""
    client.force_login(alice, backend=BACKEND)
    store = SessionStore(str(client.session.session_key))
    store["last"] = "seen"
    client.post("/account/logout/")
    with pytest.raises(UpdateError):
        store.save()
    assert not Session.objects.exists()
