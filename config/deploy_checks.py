"""What `manage.py check` says of the database, and of settings too small."""

from typing import Any, Final

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections


@register
def a_worker_has_connections_enough(**_options: Any) -> list[Warning]:
    """Each lane of a run takes a connection, the run one, other asking one; none in 5 seconds fails."""
    pool = settings.DATABASES["default"].get("OPTIONS", {}).get("pool")
    if not isinstance(pool, dict):  # SQLite, which has none
        return []
    needed = settings.SYNC_LANES + 2
    if pool["max_size"] >= needed:
        return []
    lanes = f"SYNC_LANES={settings.SYNC_LANES}"
    words = f"DATABASE_POOL is {pool['max_size']}, and a worker with {lanes} needs {needed} connections."
    hint = "Workers put updates off until one of the two is changed. A web process needs as many as threads."
    return [Warning(words, hint=hint, id="plainclaim.W003")]


SENTENCE: Final = (
    "This database was made by an older release and cannot be taken over. Keep it for that release, and give "
    "this one an empty database: members connect their plans again, and everything comes anew."
)


@register(Tags.database)
def is_not_from_before(databases: Any = None, **_: Any) -> list[CheckMessage]:
    """Return an error for a database with our tables from before migrations were begun anew."""
    return [
        Error(SENTENCE, id="plainclaim.E001")
        for alias in databases or ()
        if "claims_claim" in connections[alias].introspection.table_names()
    ]
