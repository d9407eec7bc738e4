"""The same sessions, read from the cache of `CACHE_URL` and kept in the database: for sites with a Redis."""

import logging
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.contrib.sessions.backends import cached_db
from django.core.cache import caches

from config import sessions

if TYPE_CHECKING:
    from django.contrib.sessions.models import Session
    from django.db.models import QuerySet

log = logging.getLogger("plainclaim.sessions")
CACHED_SECONDS: Final = 300
"""So long the cache is believed: one that was away while somebody signed out comes back with the session."""


class SessionStore(cached_db.SessionStore, sessions.SessionStore):
    """Django's own over ours: the cache and the table know a session by the digest of its key.

    A cache that is away stops nobody, which Django's own does where it fills the cache and deletes from it.
    """

    @property
    def cache_key(self) -> str:
        """Under which name the session is in the cache."""
        return f"{self.cache_key_prefix}{sessions.stored(self._get_or_create_session_key())}"  # type: ignore[attr-defined]

    def load(self) -> dict[str, Any]:
        """Return what the session holds; nothing where there is none of this key."""
        cache = self._cache  # type: ignore[attr-defined]
        try:
            data: dict[str, Any] | None = cache.get(self.cache_key)
            if data is not None:
                return data
        except Exception:
            log.exception("a session could not be read from the cache")
        row = self._get_session_from_db()
        if row is None:
            return {}
        data = self.decode(row.session_data)
        self._remember(data, self.get_expiry_age(expiry=row.expire_date))
        return data

    exists = sessions.SessionStore.exists

    def save(self, must_create: bool = False) -> None:
        """Write the row, and have the cache know it."""
        sessions.SessionStore.save(self, must_create)
        self._remember(self._session, self.get_expiry_age())  # type: ignore[attr-defined]

    def _remember(self, data: dict[str, Any], seconds: int) -> None:
        try:
            self._cache.set(self.cache_key, data, min(seconds, CACHED_SECONDS))  # type: ignore[attr-defined]
            if not self.exists(self.session_key or ""):  # it ended since we read or wrote it
                self._cache.delete(self.cache_key)  # type: ignore[attr-defined]
        except Exception:
            log.exception("a session could not be put into the cache")

    def delete(self, session_key: str | None = None) -> None:
        """Delete the session of this key, else this one, in both places."""
        key = session_key or self.session_key
        sessions.SessionStore.delete(self, key)
        if key is not None:
            try:
                self._cache.delete(self.cache_key_prefix + sessions.stored(key))  # type: ignore[attr-defined]
            except Exception:
                log.exception("a session was deleted, but not in the cache")

    @classmethod
    def end(cls, rows: "QuerySet[Session]") -> None:
        """End all of these in both places: the cache would believe them for minutes."""
        keys = set(rows.values_list("session_key", flat=True))
        super().end(rows)
        try:
            caches[settings.SESSION_CACHE_ALIAS].delete_many([cls.cache_key_prefix + key for key in keys])
        except Exception:
            log.exception("sessions were ended, but not in the cache")
