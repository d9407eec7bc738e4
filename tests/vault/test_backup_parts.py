"""S-13, D-09: a backup in two parts that only an operator's key opens, and what is said of a bad one."""

import errno
import json
import os
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pyrage
import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.utils import timezone

from apps.accounts.models import Member
from apps.audit import trail
from apps.audit.models import AuditEntry
from apps.vault import backups
from apps.vault.backups import Recipients
from apps.vault.boxes import box_for, house_box
from apps.vault.models import DataKey
from tests.vault.given import resources


@pytest.mark.django_db(transaction=True)
def test_d_09_the_records_alone_open_nothing_and_keys_go_after_seven_days(
    alice: Member, to: Recipients, identity: Path, tmp_path: Path
) -> None:
    resources(alice, 1)
    wrapped = [bytes(key) for key in DataKey.objects.values_list("wrapped", flat=True)]
    now = datetime(2026, 11, 28, 3, tzinfo=UTC)
    records, first = backups.make(folder=tmp_path, to=to, now=now)
    clear = BytesIO()
    secret = pyrage.x25519.Identity.from_str(identity.read_text().splitlines()[1])
    with records.open("rb") as sealed:
        pyrage.decrypt_io(sealed, clear, [secret])
    told = clear.getvalue()
    if connection.vendor != "sqlite":  # packed: nothing could be found in it as it is
        told = subprocess.run(["pg_restore", "--file=-"], input=told, capture_output=True, check=True).stdout
    assert b"alice@example.com" in told
    assert wrapped
    assert not any(key in told or key.hex().encode() in told for key in wrapped)
    assert b"alice@example.com" not in records.read_bytes()
    assert [part.stat().st_mode & 0o777 for part in (records, first, identity)] == [0o600] * 3
    backups.make(folder=tmp_path, to=to, now=now + timedelta(days=7))
    assert first.exists()
    backups.make(folder=tmp_path, to=to, now=now + timedelta(days=7, seconds=1))
    assert not first.exists()
    assert records.exists()


@pytest.mark.django_db(transaction=True)
def test_d_09_the_records_of_a_backup_go_after_the_days_that_the_policy_says(
    to: Recipients, tmp_path: Path, settings: Any
) -> None:
    """What a member erased is in no backup of ours after that; a file of another name is not ours."""
    assert django_settings.BACKUP_RECORDS_DAYS == 90, "as the policy has it where nobody sets another"
    settings.BACKUP_RECORDS_DAYS = 30
    now = datetime(2026, 11, 28, 3, tzinfo=UTC)
    records, _ = backups.make(folder=tmp_path, to=to, now=now)
    other = tmp_path / "records-of-another.age"
    other.touch()
    late = now + timedelta(days=30)
    backups.make(folder=tmp_path, to=to, now=late)
    assert records.exists()
    backups.make(folder=tmp_path, to=to, now=now + timedelta(days=30, seconds=1))
    assert not records.exists()
    assert other.exists() and len([*tmp_path.glob("records-*Z.age")]) == 2


@pytest.mark.django_db(transaction=True)
def test_d_09_what_a_backup_that_was_killed_left_goes_when_its_part_would(
    to: Recipients, tmp_path: Path, settings: Any
) -> None:
    """Half a part is sealed in pieces, each of which opens by itself: of records, and of keys."""
    settings.BACKUP_RECORDS_DAYS = 30
    now = datetime(2026, 11, 28, 3, tzinfo=UTC)
    halves = [tmp_path / name.replace(".age", ".half") for name in backups.part_names(now=now)]
    for half in halves:
        half.touch()
    for days, left in ((7, 2), (8, 1), (30, 1), (31, 0)):
        backups.make(folder=tmp_path, to=to, now=now + timedelta(days=days))
        assert sum(half.exists() for half in halves) == left
    halves[0].touch()
    assert halves[0].name in backups.of_the_future(tmp_path, now=now - timedelta(days=1))


@pytest.mark.django_db(transaction=True)
def test_s_13_no_backup_stands_beside_the_keys_and_a_changed_one_is_named(
    alice: Member, public: str, identity: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box_for(alice)
    with pytest.raises(CommandError, match=r"beside \.env"):
        call_command("backup", str(Path(django_settings.BASE_DIR) / "var"), to=[public])
    with monkeypatch.context() as elsewhere, pytest.raises(CommandError, match=r"beside \.env"):
        elsewhere.setattr(django_settings, "BASE_DIR", tmp_path)
        call_command("backup", new_key=tmp_path / "operator.key")
    call_command("backup", new_key=tmp_path / "second.key")  # and no backup: it needs no folder
    with pytest.raises(CommandError, match="with --to the public key"):
        call_command("backup", str(tmp_path))
    with pytest.raises(CommandError, match="no public key"):
        call_command("backup", str(tmp_path), to=["age1nonsense"])
    call_command("backup", str(tmp_path), to=[public])
    (records,), (keys,) = tmp_path.glob("records-*"), tmp_path.glob("keys-*")
    words = (str(records), str(keys))
    backups.check(records=records, keys=keys, identity=identity)
    with pytest.raises(CommandError, match="records first, then the keys"):
        call_command("restore", *reversed(words), identity=identity, check=True)
    *start, last = keys.read_bytes()
    keys.write_bytes(bytes([*start, last ^ 1]))
    with pytest.raises(CommandError, match="was changed"):
        call_command("restore", *words, identity=identity, check=True)
    other = tmp_path / "other.key"
    backups.new_key(other)
    with pytest.raises(CommandError, match="does not open with this private key"):
        call_command("restore", *words, identity=other, check=True)
    assert not list(tmp_path.glob("*.half"))


@pytest.mark.django_db(transaction=True)
def test_s_13_a_refused_backup_leaves_no_entry_and_a_private_key_stands_nowhere(
    public: str, identity: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """S-13, W-35: whoever gives the other half of the pair, and once it was right, what the key prints."""
    secret = identity.read_text().splitlines()[1]
    folders = (tmp_path, Path(django_settings.BASE_DIR) / "var", tmp_path / "nowhere")
    for folder, key in zip(folders, (secret, public, public), strict=True):
        with pytest.raises(CommandError) as refusal:
            call_command("backup", str(folder), to=[public, key])
        assert secret not in str(refusal.value)
    assert not AuditEntry.objects.exists()
    call_command("backup", str(tmp_path), to=[public.upper()])
    assert [json.loads(entry.changes)["to"] for entry in AuditEntry.objects.all()] == [[None, [public]]] * 2
    assert secret not in "".join(capsys.readouterr())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("refused", [{backups.BEGUN, backups.NOTED}, {backups.BEGUN}, {backups.NOTED}])
def test_w_35_a_replica_says_once_that_the_backup_is_made_and_not_in_the_audit(
    refused: set[str],
    public: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """W-35: whoever reads it knows that the parts are there; nor is half an entry one."""
    house_box()

    def refuse(*, action: str, **_: Any) -> None:
        if action in refused:
            raise OperationalError

    monkeypatch.setattr(trail, "record", refuse)
    call_command("backup", str(tmp_path), to=[public])
    told = capsys.readouterr()
    assert told.err == "The backup is made, but not in the audit (OperationalError).\n"
    assert len(told.out.splitlines()) == len([*tmp_path.glob("*.age")]) == 2


@pytest.mark.django_db(transaction=True)
def test_s_13_keys_that_do_not_all_open_here_are_not_said_to_be_well(
    alice: Member, bob: Member, to: Recipients, identity: Path, tmp_path: Path, settings: Any
) -> None:
    hers, his = f"hers:{'A' * 43}=", f"his:{'B' * 43}="
    for member, wrapping_key in ((alice, hers), (bob, his)):
        settings.VAULT_KEYS = [wrapping_key]
        box_for(member)
    records, keys = backups.make(folder=tmp_path, to=to, now=timezone.now())
    for wrapping_key in (hers, his):
        settings.VAULT_KEYS = [wrapping_key]
        with pytest.raises(backups.BackupRefused, match="do not open with the wrapping keys here"):
            backups.check(records=records, keys=keys, identity=identity)
    settings.VAULT_KEYS = [hers, his]
    _, told = backups.check(records=records, keys=keys, identity=identity)
    assert told == "data keys: 4, all open; members: 2, and the house"


@pytest.mark.django_db(transaction=True)
def test_s_13_keys_come_back_as_they_were_and_those_of_nobody_who_is_not_in_the_records(
    alice: Member, bob: Member, to: Recipients, identity: Path, tmp_path: Path
) -> None:
    resources(alice, 1), resources(bob, 1)
    house_box()
    long_ago = timezone.now().replace(microsecond=0) - timedelta(days=30)
    DataKey.objects.update(created_at=long_ago)
    _, keys = backups.make(folder=tmp_path, to=to, now=timezone.now())
    bob.delete()
    before = list(DataKey.objects.order_by("pk").values())
    assert backups.restore_keys(keys=keys, identity=identity) == 1
    assert list(DataKey.objects.order_by("pk").values()) == before


@pytest.mark.django_db(transaction=True)
def test_s_13_damaged_records_are_not_said_to_be_well(
    public: str, to: Recipients, identity: Path, tmp_path: Path
) -> None:
    _, keys = backups.make(folder=tmp_path, to=to, now=timezone.now())
    records = tmp_path / "records-of-another-day.age"
    bad = {b"no such thing" * 999: "pg_restore: ", b"": "pg_restore: "}  # its own program says so
    if connection.vendor == "sqlite":
        bad = {damaged(tmp_path): "are damaged", b"no such" * 999: "are no database", b"": "hold no table"}
    for clear, words in bad.items():
        records.write_bytes(pyrage.encrypt(clear, [pyrage.x25519.Recipient.from_str(public)]))
        with pytest.raises(backups.BackupRefused, match=words):
            backups.check(records=records, keys=keys, identity=identity)


@pytest.mark.django_db(transaction=True)
def test_s_13_a_keys_part_without_a_key_is_refused_and_none_is_made(
    public: str, to: Recipients, identity: Path, tmp_path: Path
) -> None:
    """S-13: with it nothing could be opened; also the backup of a site on its first day has the house's."""
    DataKey.objects.all().delete()
    records, keys = backups.make(folder=tmp_path, to=to, now=timezone.now())
    assert backups.check(records=records, keys=keys, identity=identity)[1].startswith("data keys: 2,")
    keys.write_bytes(pyrage.encrypt(b"", [pyrage.x25519.Recipient.from_str(public)]))
    with pytest.raises(CommandError, match="holds no data key"):
        call_command("restore", str(records), str(keys), identity=identity, check=True)


@pytest.mark.django_db(transaction=True)
def test_s_13_where_every_key_is_gone_no_new_one_passes_for_them(
    alice: Member, to: Recipients, tmp_path: Path
) -> None:
    """S-13: seven days of such backups, and the last keys that open anything were deleted."""
    resources(alice, 1)
    DataKey.objects.all().delete()
    with pytest.raises(backups.BackupRefused, match="are gone"):
        backups.make(folder=tmp_path, to=to, now=timezone.now())
    assert not DataKey.objects.exists() and not [*tmp_path.glob("keys-*")]


@pytest.mark.django_db(transaction=True)
def test_s_13_a_clock_that_jumps_leaves_the_newest_records_and_what_it_dated_is_named(
    public: str, to: Recipients, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """S-13: four years ahead, everything is too old. The keys of all of it are in the part just made."""
    now = timezone.now()
    first, last = (backups.make(folder=tmp_path, to=to, now=now - timedelta(days=days)) for days in (80, 0))
    with time_machine.travel(now + timedelta(days=4 * 365)):
        call_command("backup", str(tmp_path), to=[public])
    assert last[0].exists() and not first[0].exists()
    dated = {part.name for part in tmp_path.glob("*.age")} - {last[0].name}
    with time_machine.travel(now + timedelta(days=1)):
        call_command("backup", str(tmp_path), to=[public])
    told = capsys.readouterr().err.splitlines()
    assert {line.partition(" is dated in the future")[0] for line in told} == dated
    assert len(dated) == 2 and last[0].exists()


def damaged(folder: Path) -> bytes:
    """Return a database that opens, and holds what its own table says it cannot."""
    file = folder / "damaged.sqlite3"
    with closing(sqlite3.connect(file, isolation_level=None)) as copy:
        copy.execute("CREATE TABLE kept (body)")
        copy.execute("INSERT INTO kept VALUES (NULL)")
        copy.execute("PRAGMA writable_schema = ON")
        copy.execute("UPDATE sqlite_master SET sql = 'CREATE TABLE kept (body NOT NULL)'")
    return file.read_bytes()


@pytest.mark.django_db(transaction=True)
def test_s_13_a_backup_that_fails_half_way_leaves_no_half_and_deletes_no_older_keys(
    alice: Member, to: Recipients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The records come first: who joins meanwhile is never in them without a key."""
    box_for(alice)
    now = timezone.now()
    _, older = backups.make(folder=tmp_path, to=to, now=now - 2 * backups.KEYS_KEPT)
    encrypt, parts = pyrage.encrypt_io, iter(range(2))

    def until_the_disk_is_full(stream: Any, out: Any, to: Any) -> None:
        if next(parts) == 1:
            out.write(b"half")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        encrypt(stream, out, to)

    monkeypatch.setattr(pyrage, "encrypt_io", until_the_disk_is_full)
    with pytest.raises(backups.BackupRefused, match="cannot be written"):
        backups.make(folder=tmp_path, to=to, now=now)
    assert not list(tmp_path.glob("*.half"))
    assert list(tmp_path.glob("keys-*.age")) == [older]
    assert len(list(tmp_path.glob("records-*.age"))) == 2


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite is copied without a program")
@pytest.mark.django_db(transaction=True)
def test_s_13_a_dump_that_breaks_off_is_no_backup(
    to: Recipients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says so by its exit code alone, after all that it had was written."""
    program, folder = tmp_path / "bin" / "pg_dump", tmp_path / "backups"
    for made in (program.parent, folder):
        made.mkdir()
    program.write_text("#!/bin/sh\necho half\necho no room >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    with pytest.raises(backups.BackupRefused, match="pg_dump: no room"):
        backups.make(folder=folder, to=to, now=timezone.now())
    assert not list(folder.iterdir())


def test_a_private_key_is_never_written_over(public: str, identity: Path) -> None:
    before = identity.read_bytes()
    with pytest.raises(FileExistsError):
        backups.new_key(identity)
    assert identity.read_bytes() == before
