"""One cache for all hosts: exact counters, nothing readable, and a warning where it is not shared."""

import json
import pickle
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.cache import cache, caches
from django.core.cache.backends.locmem import LocMemCache
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connections as databases
from django.db import transaction
from django.test import RequestFactory
from django.utils import timezone

from apps.accounts.models import CacheEntry
from apps.connections.limits import MOST_IN_A_WINDOW, WINDOW_SECONDS, TooManyFromHere, count, counted
from config.cache_values import digested
from config.cached_sessions import SessionStore as CachedStore
from config.deploy_checks import cache_is_shared, sessions_are_kept_by_digest
from tests.connections.conftest import shared_database  # noqa: F401 - a fixture


@pytest.fixture
def shared_cache(settings: Any) -> Iterator[None]:
    """Use the default of production: the suite's processes count for themselves."""
    settings.CACHES = {"default": {"BACKEND": "config.shared_cache.SharedCache"}}
    yield
    caches.close_all()


def all_at_once(number: int, what: Callable[[], Any]) -> list[Any]:
    """Do something in so many threads at the same moment, each with its own database connection."""
    start, found = threading.Barrier(number), []

    def one() -> None:
        start.wait()
        try:
            found.append(what())
        finally:
            databases.close_all()

    threads = [threading.Thread(target=one) for _ in range(number)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return found


@pytest.mark.parametrize("is_old", [False, True], ids=["first window", "after a window"])
def test_a_hundred_at_once_are_counted_one_by_one(
    shared_database: None,  # noqa: F811
    shared_cache: None,
    is_old: bool,
) -> None:
    """No two hosts take the same number, also when the entry of an earlier window is still there."""
    if is_old:
        counted("trips", "203.0.113.9")
        CacheEntry.objects.update(expires_at=timezone.now() - timedelta(seconds=1), value="77")
    databases["default"].close()
    assert sorted(all_at_once(100, lambda: counted("trips", "203.0.113.9"))) == list(range(1, 101))


def test_a_hundred_requests_at_once_get_exactly_the_limit_through(
    shared_database: None,  # noqa: F811
    shared_cache: None,
) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.9")
    databases["default"].close()

    def ask() -> bool:
        try:
            count(request, what="trips")
        except TooManyFromHere:
            return False
        return True

    assert all_at_once(100, ask).count(True) == MOST_IN_A_WINDOW


def test_the_first_of_many_who_add_wins(shared_database: None, shared_cache: None) -> None:  # noqa: F811
    """It is the lock of django-allauth's rate limits."""
    databases["default"].close()
    assert all_at_once(20, lambda: cache.add("lock", True, timeout=10)).count(True) == 1


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


def test_no_network_address_is_readable(db: None, shared_cache: None) -> None:
    counted("trips", "203.0.113.9")
    cache.set("allauth:rl:login:ip:203.0.113.9", [1.5], 60)
    assert "203.0.113.9" not in str(list(CacheEntry.objects.values_list("key", "value")))


@pytest.mark.parametrize("place", ["the table", "Redis"])
def test_who_copies_what_is_cached_cannot_try_all_network_addresses(
    db: None, shared_cache: None, settings: Any, place: str
) -> None:
    """There are 2^32 of them: a digest that anybody can make tells which was meant."""

    def stored(key: str, secret: str) -> str:
        settings.SECRET_KEY = secret
        if place == "Redis":
            return digested(key, "", 1)
        cache.set(key, 1, 60)
        return str(CacheEntry.objects.latest("expires_at").key)

    key = "allauth:rl:signup:ip:203.0.113.9"
    ours = stored(key, "the secret of the site" * 3)
    assert ours == stored(key, "the secret of the site" * 3)
    assert ours != stored(key, "what a thief would have to guess" * 3)


@pytest.mark.parametrize(
    ("backend", "engine", "is_warned"),
    [
        ("config.shared_cache.SharedCache", "sessions", False),
        ("django.core.cache.backends.redis.RedisCache", "cached_sessions", False),
        (f"{LocMemCache.__module__}.LocMemCache", "sessions", True),
        (f"{LocMemCache.__module__}.LocMemCache", "cached_sessions", True),
        ("django.core.cache.backends.dummy.DummyCache", "sessions", True),
    ],
)
def test_a_cache_of_one_process_is_warned_of_before_deployment(
    settings: Any, backend: str, engine: str, is_warned: bool
) -> None:
    settings.CACHES = {"default": {"BACKEND": backend}}
    settings.SESSION_ENGINE = f"config.{engine}"
    found = cache_is_shared()
    assert bool(found) == is_warned
    assert all(("signed out" in each.msg) == (engine == "cached_sessions") for each in found)


def test_the_warning_stops_a_deployment_that_asks(settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": f"{LocMemCache.__module__}.LocMemCache"}}
    with pytest.raises(SystemCheckError, match=r"plainclaim\.W001"):
        call_command("check", deploy=True, tags=["caches"], fail_level="WARNING")


@pytest.mark.parametrize(
    ("engine", "is_warned"),
    [
        ("config.sessions", False),
        ("config.cached_sessions", False),
        ("django.contrib.sessions.backends.db", True),
        ("django.contrib.sessions.backends.cached_db", True),
    ],
)
def test_sessions_kept_under_their_own_keys_are_warned_of(
    settings: Any, engine: str, is_warned: bool
) -> None:
    settings.SESSION_ENGINE = engine
    assert bool(sessions_are_kept_by_digest()) == is_warned


def test_nothing_that_is_stored_of_a_session_opens_it(
    alice: Any, shared_cache: None, settings: Any, client: Any
) -> None:
    """D-13: whoever copies the table or the cache finds no key that a browser could send."""
    settings.SESSION_ENGINE = "config.cached_sessions"
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    key = client.session.session_key
    row = Session.objects.get()
    assert key not in str(list(CacheEntry.objects.values_list("key", "value")))
    assert key not in (row.session_key, row.session_data)
    client.cookies["session"] = row.session_key
    assert client.get("/account/").status_code == 302
    client.cookies["session"] = key
    assert client.get("/account/").context["user"] == alice
    client.post("/account/logout/")
    assert not Session.objects.filter(pk=row.pk).exists()
    client.cookies["session"] = key
    assert client.get("/account/").status_code == 302


def test_a_cache_that_is_away_signs_nobody_out(alice: Any, settings: Any, client: Any) -> None:
    settings.SESSION_ENGINE = "config.cached_sessions"
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/1",
        }
    }
    assert client.get("/account/").context["user"] == alice
    assert client.post("/account/logout/").status_code == 302
    assert not Session.objects.exists()
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/account/").context["user"] == alice


def test_a_sign_out_while_the_cache_was_away_holds_when_it_comes_back(
    alice: Any, shared_cache: None, settings: Any, client: Any
) -> None:
    settings.SESSION_ENGINE = "config.cached_sessions"
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/account/").status_code == 200
    Session.objects.all().delete()  # what signing out did, without the cache
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        assert client.get("/account/").status_code == 302


@pytest.mark.parametrize("is_writing", [False, True], ids=["reads", "writes"])
def test_who_signs_out_while_another_request_has_the_session_in_hand_stays_signed_out(
    *, transactional_db: None, alice: Any, shared_cache: None, settings: Any, client: Any, is_writing: bool
) -> None:
    """W-12: that request puts the session into the cache after it was taken out of it."""
    settings.SESSION_ENGINE = "config.cached_sessions"
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    key, asked = client.session.session_key, list[str]()
    cache.clear()
    begins = "UPDATE" if is_writing else "SELECT"

    def meanwhile(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        found = execute(sql, params, many, context)
        if sql.startswith(begins) and "django_session" in sql and not asked:
            asked.append(sql)
            sign_out = partial(CachedStore(key).delete)
            transaction.on_commit(sign_out) if is_writing else sign_out()
        return found

    with databases["default"].execute_wrapper(meanwhile):
        store = CachedStore(key)
        assert store["_auth_user_id"]
        if is_writing:
            store.save()
    assert asked
    assert client.get("/account/").status_code == 302


@pytest.mark.parametrize("engine", ["sessions", "cached_sessions"])
def test_a_session_lives_on_another_host(
    alice: Any, shared_cache: None, settings: Any, engine: str, client: Any
) -> None:
    """Sessions in the database, or in the shared cache, by setting: nothing of one is in a process."""
    settings.SESSION_ENGINE = f"config.{engine}"
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    caches.close_all()
    assert client.get("/account/", follow=True).context["user"] == alice
    assert Session.objects.exists()
    (Session.objects.all() if engine == "sessions" else CacheEntry.objects.all()).delete()
    assert client.get("/account/").status_code == (302 if engine == "sessions" else 200)
