"""Sessions found by a digest of the key in the browser's cookie: a copy of the table lets nobody in.

Whom a session names is kept beside it, by digest: an account that closes takes its sessions with it.
"""

import hashlib
import time
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import router, transaction
from django.utils import timezone


def stored(session_key: str | None) -> str:
    """Return the name under which a session is kept: SHA-256, as keys are random and need no salt."""
    digest = hashlib.sha256((session_key or "").encode()).hexdigest()
    return digest[:40]  # as long as the column is: 160 bits


class SessionStore(db.SessionStore):
    """Django's own, with the row found and written by the digest; only for views that are not async.

    Its life is noted beside it where that changed. Ours because Django keeps a session under the key that
    opens it, and knows nobody's sessions.
    """

    _noted: Any = None

    def _get_session_from_db(self) -> AbstractBaseSession | None:
        key = self.session_key
        self._session_key = stored(key)
        row: AbstractBaseSession | None = super()._get_session_from_db()  # type: ignore[misc]
        self._session_key = key if row is not None else None
        return row

    def load(self) -> dict[str, Any]:
        """Return the contents."""
        from apps.accounts import session_lives  # noqa: PLC0415 - see save

        contents: dict[str, Any] = super().load()
        self._noted = session_lives.life_of(contents)
        return contents

    def get_expiry_age(self, **kwargs: Any) -> int:
        """Return the seconds until it is over: what Django says; what is left where somebody is signed in."""
        from apps.accounts import session_lives  # noqa: PLC0415 - see save

        age: int = super().get_expiry_age(**kwargs)
        life = session_lives.life_of(self)
        return age if life is None else max(0, int(session_lives.ends_at(life) - time.time()))

    def get_expiry_date(self, **kwargs: Any) -> datetime:
        """Return the moment when it is over."""
        return timezone.now() + timedelta(seconds=self.get_expiry_age(**kwargs))

    def get_expire_at_browser_close(self) -> bool:
        """Return whether the browser forgets it when it is closed: unless it is kept on this device."""
        from apps.accounts import session_lives  # noqa: PLC0415 - see save

        life = session_lives.life_of(self)
        return super().get_expire_at_browser_close() if life is None else not life["is_kept"]

    @property
    def stored_key(self) -> str:
        """The key of the row."""
        return stored(self.session_key)

    def exists(self, session_key: str) -> bool:
        """Return whether there is a session of this key."""
        return bool(super().exists(stored(session_key)))

    def create_model_instance(self, contents: dict[str, Any]) -> AbstractBaseSession:
        """Return the row to be written."""
        row: AbstractBaseSession = super().create_model_instance(contents)
        row.session_key = stored(row.session_key)
        return row

    def save(self, must_create: bool = False) -> None:
        """Write the row, and whom it names."""
        from apps.accounts import session_lives, session_names  # noqa: PLC0415 - settings name this module before models are ready

        if self.session_key is None:
            self.create()
            return
        with transaction.atomic(using=router.db_for_write(self.model)):
            super().save(must_create)
            contents = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
            session_names.note(stored(self.session_key), contents)
            life = session_lives.life_of(contents)
            if life != self._noted or (life and must_create):
                session_lives.note(stored(self.session_key), contents)
                self._noted = dict(life) if life else None

    def cycle_key(self) -> None:
        """Give the session a new key; what is noted beside it goes along: the curtain hangs on.

        Raise SessionInterrupted where it names somebody and was ended since this request read it: written
        under a new key it would come back.
        """
        from apps.accounts import session_lives, session_names  # noqa: PLC0415 - see save

        before, noted = self.session_key, self._noted
        with transaction.atomic(using=router.db_for_write(self.model)):
            contents = self._session  # type: ignore[attr-defined]
            session_lives.hold_member(contents.get(SESSION_KEY))
            if before:  # in the order in which `save` takes the two rows
                row = self.model.objects.select_for_update().filter(session_key=stored(before)).first()
                if row is None and session_names.digests_in(contents):
                    raise SessionInterrupted("the session was ended meanwhile")
            self.create()
            self._session_cache = contents
            if before:
                if session_lives.follow(stored(before), self.stored_key):
                    self._noted = noted
                self.delete(before)

    def delete(self, session_key: str | None = None) -> None:
        """Delete the session of this key, else this one."""
        key = session_key or self.session_key
        if key is not None:
            super().delete(stored(key))

    async def _unused(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError("no view is async: Django's own would write the key itself")

    aload = asave = acreate = aexists = adelete = _unused
