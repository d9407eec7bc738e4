"""A backup in two parts, each encrypted to an operator's age key: records, and the data keys that open them.

The keys are kept for days only, so that who closes the account is out of every backup after that (D-09); the
records for BACKUP_RECORDS_DAYS, so that what members erased is, too.
"""

import os
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, Final

import pyrage
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import serializers
from django.db import connection

from apps.vault.boxes import house_box
from apps.vault.errors import VaultError
from apps.vault.models import DataKey
from apps.vault.registry import sealed_without_key
from apps.vault.rings import unwrapped

KEYS_KEPT: Final = timedelta(days=7)
LONGEST_STEP: Final = timedelta(days=30)
"""How far the days that parts are kept count on from one backup to the next: a clock that jumped years ahead
leaves the newest records there."""
STAMP: Final = "%Y%m%dT%H%M%SZ"
SUFFIXES: Final = (".age", ".half")
"""Of a part, and of one while it is written."""
TABLE: Final = DataKey._meta.db_table
KEYS_GONE: Final = "The keys of what is sealed here are gone:"
NOTED: Final = "backup"
"""What the audit calls a backup that was made."""
BEGUN: Final = "backup begun"
"""What it calls one before its records are read, so that it is in them: what is restored tells where from."""


Recipients = list[pyrage.x25519.Recipient]


class BackupRefused(Exception):
    """It was not made, or not restored; nothing is left half done. The text is for the operator."""


def new_key(file: Path) -> str:
    """Write a new private key to a file that is not there yet; return the public one, which encrypts.

    Raises BackupRefused.
    """
    _refuse_beside_the_keys(file)
    identity = pyrage.x25519.Identity.generate()
    with _private(file) as out:
        out.write(f"# public key: {identity.to_public()}\n{identity}\n".encode())
    return str(identity.to_public())


def _refuse_beside_the_keys(place: Path) -> None:
    if place.resolve().is_relative_to(Path(settings.BASE_DIR).resolve()):
        raise BackupRefused("That is beside .env, whose keys open the backup: choose another place.")


def part_names(*, now: datetime) -> list[str]:
    """Return what the parts of that moment are called, the keys last."""
    return [f"{part}-{now.astimezone(UTC).strftime(STAMP)}.age" for part in ("records", "keys")]


def checked(*, folder: Path, recipients: Iterable[str]) -> Recipients:
    """Return the public keys, for a folder that takes a backup. Raises BackupRefused, without a key."""
    _refuse_beside_the_keys(folder)
    if not folder.is_dir():
        raise BackupRefused(f"{folder}: there is no such folder.")
    try:
        return [pyrage.x25519.Recipient.from_str(text) for text in recipients]
    except pyrage.RecipientError as error:
        raise BackupRefused("That is no public key of age (age1...).") from error


def make(*, folder: Path, to: Recipients, now: datetime) -> list[Path]:
    """Write both parts into a folder, which was `checked`; delete what is too old there. BackupRefused."""
    before = max((made_on for made_on in _moments(folder).values() if made_on <= now), default=now)
    parts = [folder / name for name in part_names(now=now)]
    for part, source in zip(parts, (_records, _keys), strict=True):
        half = part.with_suffix(".half")
        try:
            with source() as stream, _private(half) as out:
                pyrage.encrypt_io(stream, out, to)
            half.replace(part)
        except OSError as error:
            raise BackupRefused(f"{part}: cannot be written ({error.strerror}).") from error
        finally:
            half.unlink(missing_ok=True)
    _delete_old(folder, now=min(now, before + LONGEST_STEP))
    return parts


def of_the_future(folder: Path, *, now: datetime) -> list[str]:
    """Return the names of parts that a wrong clock dated: nothing deletes them before that day."""
    return sorted(part.name for part, made_on in _moments(folder).items() if made_on > now)


def _moments(folder: Path) -> dict[Path, datetime]:
    """Of all parts, and of halves that were left by backups that were killed."""
    parts = [*folder.glob("keys-*"), *folder.glob("records-*")]
    return {part: made_on for part in parts if part.suffix in SUFFIXES and (made_on := made_at(part))}


def _delete_old(folder: Path, *, now: datetime) -> None:
    kept = {"keys": KEYS_KEPT, "records": records_kept()}
    for part, made_on in _moments(folder).items():
        if made_on < now - kept[part.name.partition("-")[0]]:
            part.unlink()


def records_kept() -> timedelta:
    """How long the records of a backup are kept in its folder."""
    return timedelta(days=settings.BACKUP_RECORDS_DAYS)


def check(*, records: Path, keys: Path, identity: Path) -> list[str]:
    """Decrypt both parts, read them and unwrap every key; say what is in them. Nothing is written here."""
    if records.name.startswith("keys-") or keys.name.startswith("records-"):
        raise BackupRefused("The parts stand the other way round: the records first, then the keys.")
    with _opened(records, identity) as stream:
        report = _look(stream)
    rows = _rows(keys, identity)
    if not rows:
        raise BackupRefused(f"{keys} holds no data key: with it nothing that is sealed could be opened.")
    for row in rows:
        try:
            unwrapped(row)
        except VaultError as error:
            raise BackupRefused(f"The data keys do not open with the wrapping keys here: {error}") from error
    owners = len({row.member_id for row in rows if row.member_id})
    return [f"records: {report}", f"data keys: {len(rows)}, all open; members: {owners}, and the house"]


def restore_records(*, records: Path, identity: Path) -> None:
    """Fill the database that DATABASE_URL names, which must be empty. Raises BackupRefused."""
    if connection.introspection.table_names():
        raise BackupRefused("The database of DATABASE_URL is not empty: name a new one.")
    connection.close()
    with _opened(records, identity) as stream:
        if connection.vendor == "sqlite":
            file = Path(connection.settings_dict["NAME"])
            file.unlink(missing_ok=True)  # empty, as we saw
            with _private(file) as out:
                while block := stream.read(1 << 20):
                    out.write(block)
        else:
            name = str(connection.settings_dict["NAME"])
            command = ["pg_restore", "--no-owner", "--no-acl", "--exit-on-error", "--dbname", name]
            _run(command, stream)


def restore_keys(*, keys: Path, identity: Path) -> int:
    """Put back the keys of those who are in the records, in place of any; return of how many members."""
    members = get_user_model()._default_manager
    rows = _rows(keys, identity)
    there = set(members.filter(pk__in={row.member_id for row in rows}).values_list("pk", flat=True))
    DataKey.objects.all().delete()
    for row in rows:
        if row.member_id is None or row.member_id in there:
            row.save_base(raw=True, force_insert=True)  # with the moments it had
    return len(there)


@contextmanager
def _records() -> Iterator[IO[bytes]]:
    """The database without the rows of the keys."""
    if connection.vendor == "sqlite":
        with tempfile.TemporaryDirectory() as folder, connection.cursor() as cursor:
            file = Path(folder) / "copy.sqlite3"
            cursor.execute("VACUUM INTO %s", [str(file)])
            with closing(sqlite3.connect(file, isolation_level=None)) as copy:
                copy.execute("PRAGMA secure_delete = ON")
                copy.execute(f"DELETE FROM {TABLE}")  # noqa: S608 # nosec B608 - our own table
                copy.execute("VACUUM")
            with file.open("rb") as stream:
                yield stream
        return
    command = ["pg_dump", "--format=custom", f"--exclude-table-data={TABLE}"]
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(  # noqa: S603 - words of ours
            command, stdout=subprocess.PIPE, stderr=complaints, env=_environment()
        )
        with process:
            assert process.stdout is not None
            yield process.stdout
        if process.returncode:
            complaints.seek(0)
            raise BackupRefused(f"pg_dump: {complaints.read(500).decode(errors='replace').strip()}")


@contextmanager
def _keys() -> Iterator[IO[bytes]]:
    """The rows of the keys. A site that sealed nothing yet gets the house's.

    Where all keys are gone none is made: the last good keys would be deleted in favour of it.
    """
    if not DataKey.objects.exists():
        if sealed_without_key().exists():
            raise BackupRefused(f"{KEYS_GONE} no member has one.")
        try:
            house_box()
        except VaultError as error:
            raise BackupRefused(f"{KEYS_GONE} {error}") from error
    with tempfile.TemporaryFile() as stream:
        stream.write(serializers.serialize("jsonl", DataKey.objects.order_by("pk").iterator()).encode())
        stream.seek(0)
        yield stream


def _rows(keys: Path, identity: Path) -> list[DataKey]:
    with _opened(keys, identity) as stream:
        try:
            objects = serializers.deserialize("jsonl", stream.read().decode())
            return [
                deserialized.object for deserialized in objects if isinstance(deserialized.object, DataKey)
            ]
        except (serializers.base.DeserializationError, UnicodeDecodeError) as error:
            raise BackupRefused(f"{keys} does not hold data keys.") from error


@contextmanager
def _opened(part: Path, identity: Path) -> Iterator[IO[bytes]]:
    """The part decrypted: sealed values stay so, but it holds e-mail addresses and is left nowhere."""
    with tempfile.TemporaryFile() as clear:
        try:
            lines = identity.read_text("utf-8").splitlines()
            sealed = part.open("rb")
        except OSError as error:
            raise BackupRefused(f"{error.filename}: cannot be read ({error.strerror}).") from error
        secret = next((line for line in lines if line and not line.startswith("#")), "")
        try:
            with sealed:
                pyrage.decrypt_io(sealed, clear, [pyrage.x25519.Identity.from_str(secret)])
        except (OSError, pyrage.DecryptError, pyrage.IdentityError) as error:
            raise BackupRefused(f"{part} does not open with this private key, or was changed.") from error
        clear.seek(0)
        yield clear


def _look(stream: IO[bytes]) -> str:
    if connection.vendor != "sqlite":
        lines = _run(["pg_restore", "--list"], stream).splitlines()
        return f"{sum('TABLE DATA' in line for line in lines)} tables of PostgreSQL"
    with tempfile.NamedTemporaryFile() as file:
        file.write(stream.read())
        file.flush()
        with closing(sqlite3.connect(file.name)) as copy:
            try:
                (is_whole,) = copy.execute("PRAGMA integrity_check").fetchone()
                (count,) = copy.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone()
            except sqlite3.DatabaseError as error:
                raise BackupRefused("The records are no database of SQLite.") from error
    if is_whole != "ok":
        raise BackupRefused("The records are damaged.")
    if not count:  # an empty file is a whole database to SQLite
        raise BackupRefused("The records hold no table.")
    return f"{count} tables of SQLite"


def _run(command: list[str], stream: IO[bytes]) -> str:
    done = subprocess.run(  # noqa: S603 - words of ours
        command, stdin=stream, capture_output=True, env=_environment(), check=False
    )
    if done.returncode:
        raise BackupRefused(f"{command[0]}: {done.stderr.decode(errors='replace').strip()[:500]}")
    return done.stdout.decode(errors="replace")


def _environment() -> dict[str, str]:
    """The site's own connection for PostgreSQL's programs; the password in no list of processes."""
    settings_dict: dict[str, Any] = connection.settings_dict
    names = ("HOST", "PORT", "USER", "PASSWORD")
    own = {f"PG{name}": str(settings_dict[name]) for name in names if settings_dict.get(name)}
    own["PGDATABASE"] = str(settings_dict["NAME"])
    if mode := settings_dict.get("OPTIONS", {}).get("sslmode"):
        own["PGSSLMODE"] = str(mode)
    return {**os.environ, **own}


@contextmanager
def _private(file: Path) -> Iterator[IO[bytes]]:
    """A new file that nobody else can read."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        yield out
        out.flush()
        os.fsync(out.fileno())


def made_at(part: Path) -> datetime | None:
    """The moment in a part's name; None where it has another one."""
    try:
        return datetime.strptime(part.stem.partition("-")[2], STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
