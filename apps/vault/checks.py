"""What must hold before the site may start: the keys that wrap data keys are there, and files are private."""

import logging
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections

from apps.vault.errors import VaultError, WrapperFailed
from apps.vault.models import DataKey
from apps.vault.rings import unwrapped

log = logging.getLogger("plainclaim.vault")


def lost_keys() -> list[str]:
    """Return what is wrong with the wrapping keys: one line for each name in use that does not unwrap (D-08).

    One data key of each name is tried. A wrapper that does not answer just now is nothing to complain about
    here. Raises DatabaseError.
    """
    owners = []
    for row in _one_of_each_name():
        try:
            unwrapped(row)
        except WrapperFailed as error:
            log.warning("%s", error)
        except VaultError as error:
            owners.append(str(error))
    return owners


def refuse_to_start_without_keys() -> None:
    """Raise ImproperlyConfigured when records could not be opened; for every process that serves or works.

    Without a database, or before its tables are made, there is nothing to lose yet.
    """
    try:
        lost = lost_keys()
    except DatabaseError:
        return
    finally:
        for connection in connections.all(initialized_only=True):
            connection.close()
            if hasattr(connection, "close_pool"):  # a server may fork after this
                connection.close_pool()
    for line in open_files():
        log.warning("%s", line)
    if lost:
        raise ImproperlyConfigured(
            f"The vault's keys do not fit the database, so nothing is started: {'; '.join(lost)}. "
            "Nothing was changed. Put the missing key back (docs/keys.md)."
        )


def open_files() -> list[str]:
    """Return a line for each of our own files that other users of this machine can read (D-16)."""
    return [
        f"{path} can be read by others: chmod {'700' if path.is_dir() else '600'} {path}"
        for path in _private_paths()
        if path.exists() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    ]


def register_checks() -> None:
    """Tell Django's check framework; called when the apps are ready."""
    register(_keys, Tags.database)
    register(_keys_on_deploy, Tags.security, deploy=True)
    register(_files, Tags.security)


def _keys(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    return _keys_on_deploy() if databases else []


def _keys_on_deploy(**_: Any) -> list[CheckMessage]:
    try:
        return [Error(line, hint="See docs/keys.md.", id="vault.E001") for line in lost_keys()]
    except DatabaseError:  # no database yet, or no tables in it
        return []


def _files(**_: Any) -> list[CheckMessage]:
    return [Warning(line, id="vault.W001") for line in open_files()]


def _private_paths() -> Iterator[Path]:
    """The database with its companions and the folder it is in, and the file that holds the keys."""
    yield settings.BASE_DIR / ".env"
    database = settings.DATABASES["default"]
    name = str(database["NAME"])
    if database["ENGINE"].endswith("sqlite3") and ":memory:" not in name and "mode=memory" not in name:
        yield from (Path(name + ending) for ending in ("", "-wal", "-shm", "-journal"))
        if Path(name).parent.resolve() == settings.VAR_DIR.resolve():
            yield settings.VAR_DIR


def _one_of_each_name() -> Iterator[DataKey]:
    """Jump from name to name along the index instead of reading a row per member."""
    row = DataKey.objects.order_by("key_name", "pk").first()
    while row is not None:
        yield row
        row = DataKey.objects.filter(key_name__gt=row.key_name).order_by("key_name", "pk").first()
