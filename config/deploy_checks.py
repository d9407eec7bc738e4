"""What `manage.py check` says about settings that are too small, or fine on one machine only (`--deploy`)."""

from typing import Any, Final

from django.conf import settings
from django.core.checks import Tags, Warning, register

OF_ONE_PROCESS: Final = ("locmem.LocMemCache", "dummy.DummyCache", "filebased.FileBasedCache")
IN_THE_CACHE: Final = ("backends.cache", "backends.cached_db", "config.cached_sessions")
BY_DIGEST: Final = ("config.sessions", "config.cached_sessions")


@register(Tags.caches, deploy=True)
def cache_is_shared(**_options: Any) -> list[Warning]:
    """Rate limits count what the cache remembers: each process for itself lets through as many times more."""
    backend = settings.CACHES["default"]["BACKEND"]
    if not backend.endswith(OF_ONE_PROCESS):
        return []
    words = "The cache is not shared by all processes, so rate limits let through more than they say"
    if settings.SESSION_ENGINE.endswith(IN_THE_CACHE):
        words += ", and members are signed out by chance"
    hint = "Leave CACHE_URL empty (a table of the database), or set it to a Redis: redis://host:6379/1."
    return [Warning(f"{words}.", hint=hint, id="plainclaim.W001")]


@register(Tags.security, deploy=True)
def sessions_are_kept_by_digest(**_options: Any) -> list[Warning]:
    """A copy of the session store opens every session in it, unless it holds digests of their keys alone."""
    if settings.SESSION_ENGINE in BY_DIGEST:
        return []
    words = "Sessions are kept under the keys that browsers send: whoever copies the store can use them."
    hint = f"Set SESSION_ENGINE to {' or '.join(BY_DIGEST)}."
    return [Warning(words, hint=hint, id="plainclaim.W002")]


@register
def a_worker_has_connections_enough(**_options: Any) -> list[Warning]:
    """Each lane of a run takes a connection, and the run one more; who gets none in 5 seconds fails."""
    pool = settings.DATABASES["default"].get("OPTIONS", {}).get("pool")
    if not isinstance(pool, dict):  # SQLite, which has none
        return []
    needed = settings.SYNC_LANES + 1
    if pool["max_size"] >= needed:
        return []
    lanes = f"SYNC_LANES={settings.SYNC_LANES}"
    words = f"DATABASE_POOL is {pool['max_size']}, and a worker with {lanes} needs {needed} connections."
    hint = "Workers put updates off until one of the two is changed. A web process needs as many as threads."
    return [Warning(words, hint=hint, id="plainclaim.W003")]
