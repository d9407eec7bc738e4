"""The cache in the database: one for all web and worker processes and hosts, with counters that are exact."""

import json
from datetime import UTC, datetime
from typing import Any, Final

from django.apps import apps
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

FOR_EVER: Final = datetime(9999, 1, 1, tzinfo=UTC)


class SharedCache(BaseCache):
    """Ours because Django's own database cache adds by reading and writing, so that two hosts count one,
    drops entries at 300, pickles values and stores keys as they are.

    `add` and `incr` hold the row's lock, the worker clears what is over, keys are digests, values JSON.
    """

    def __init__(self, _location: str, params: dict[str, Any]) -> None:
        super().__init__({**params, "KEY_FUNCTION": digested})

    @property
    def _rows(self) -> Any:
        return apps.get_model("accounts", "CacheEntry").objects

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """Return the value, or *default* when there is none that still holds."""
        row = self._rows.filter(pk=self.make_key(key, version), expires_at__gt=timezone.now()).first()
        return default if row is None else json.loads(row.value)

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Store *value*, whatever was there."""
        row = self._row(key, value, timeout, version)
        self._rows.bulk_create(
            [row], update_conflicts=True, unique_fields=["key"], update_fields=["value", "expires_at"]
        )

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Store *value* where nothing is that holds; True for exactly one of those who do so at once."""
        row = self._row(key, value, timeout, version)
        try:
            with transaction.atomic():
                self._rows.over(now=timezone.now()).filter(pk=row.pk).delete()
                row.save(force_insert=True)
        except IntegrityError:
            return False
        return True

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Add to a number, exactly, and return it; ValueError when there is none."""
        with transaction.atomic():
            rows = self._rows.filter(pk=self.make_key(key, version))
            row = rows.select_for_update().filter(expires_at__gt=timezone.now()).first()
            if row is None:
                raise ValueError("no such key")
            number: int = json.loads(row.value) + delta
            rows.update(value=json.dumps(number))
        return number

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Let it hold longer; False when there is none."""
        rows = self._rows.filter(pk=self.make_key(key, version), expires_at__gt=timezone.now())
        return bool(rows.update(expires_at=self._ends(timeout)))

    def delete(self, key: str, version: int | None = None) -> bool:
        """Forget it; False when there was none."""
        return bool(self._rows.filter(pk=self.make_key(key, version)).delete()[0])

    def clear(self) -> None:
        """Forget everything."""
        self._rows.all().delete()

    def _row(self, key: str, value: Any, timeout: Any, version: int | None) -> Any:
        return self._rows.model(
            key=self.make_key(key, version), value=json.dumps(value), expires_at=self._ends(timeout)
        )

    def _ends(self, timeout: Any) -> datetime:
        ends = self.get_backend_timeout(timeout)
        return FOR_EVER if ends is None else datetime.fromtimestamp(ends, tz=UTC)


def digested(key: str, prefix: str, version: int) -> str:
    """Return under which key a value is stored (Django's KEY_FUNCTION).

    Ours because Django stores keys as they are, and they name network and e-mail addresses. Keyed by
    SECRET_KEY: all of those can be tried in minutes.
    """
    return salted_hmac("config.cache_values", f"{prefix}:{version}:{key}", algorithm="sha256").hexdigest()


class AsJSON:
    """What `django.core.cache.backends.redis` asks of a serializer; whole numbers stay what Redis counts.

    Ours because Django's own pickles, and what is unpickled is run.
    """

    def dumps(self, value: Any) -> int | bytes:
        """Return what is stored; raise TypeError for what JSON does not have."""
        if type(value) is int:
            return value
        return json.dumps(value).encode()

    def loads(self, stored: bytes) -> Any:
        """Return the value; None for what is not ours, or was pickled by an earlier release."""
        try:
            return json.loads(stored)
        except (ValueError, RecursionError):
            return None
