"""What `manage.py check --deploy` says about settings that are fine on one machine only."""

from typing import Any, Final

from django.conf import settings
from django.core.checks import Tags, Warning, register

OF_ONE_PROCESS: Final = ("locmem.LocMemCache", "dummy.DummyCache", "filebased.FileBasedCache")
IN_THE_CACHE: Final = ("backends.cache", "backends.cached_db")


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
