"""S-13, D-09: a backup in two parts that only an operator's key opens, and what is restored of it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pyrage
import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from apps.accounts.models import Member
from apps.vault import backups
from apps.vault.boxes import box_for, house_box
from apps.vault.models import DataKey
from tests.registered import registered
from tests.vault.given import resources

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def identity(tmp_path: Path) -> Path:
    return tmp_path / "operator.key"


@pytest.fixture
def public(identity: Path) -> str:
    return backups.new_key(identity)


@pytest.fixture
def target(transactional_db: None, tmp_path: Path) -> Iterator[str]:
    """Return the address of a new, empty database of the same kind."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{tmp_path}/restored.sqlite3"
        return
    given = connection.settings_dict
    name = f"{given['NAME']}_restored"
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}"')
        place = f"{given['HOST'] or '127.0.0.1'}:{given['PORT'] or 5432}"
        yield f"postgres://{given['USER']}:{given['PASSWORD']}@{place}/{name}"
        cursor.execute(f'DROP DATABASE "{name}"')


def at(database: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py on that database."""
    environment = {**os.environ, "DATABASE_URL": database}
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_s_13_who_closed_the_account_since_is_erased_again_and_the_others_records_open(
    alice: Member, bob: Member, target: str, public: str, identity: Path, tmp_path: Path
) -> None:
    """S-13: the records of one day, the keys of a later one; nobody gets in before that is done."""
    resources(alice, 3)
    resources(bob, 2)
    now = timezone.now()
    records, _ = backups.make(folder=tmp_path, recipients=[public], now=now)
    DataKey.objects.filter(member=bob).delete()
    _, keys = backups.make(folder=tmp_path, recipients=[public], now=now + timedelta(seconds=1))
    words = (str(records), str(keys), "--identity", str(identity))
    checked = at(target, "restore", *words, "--check")
    assert "Both parts can be restored." in checked.stdout, checked.stderr
    done = at(target, "restore", *words)
    assert done.returncode == 0, done.stderr
    assert "the keys of 1 members" in done.stdout
    assert "Erased: 1" in done.stdout
    question = (
        "from apps.records.models import *; from apps.accounts.models import *;"
        "from apps.vault.boxes import *;"
        "rows = Record.objects.all(); print(rows.count(), Member.objects.count(),"
        "all(box_for(row.member).open(row, 'sealed_body') == f'{row.pk} 0'.encode() for row in rows))"
    )
    assert at(target, "shell", "-v0", "-c", question).stdout.split() == ["3", "1", "True"]
    acts = "from apps.audit.models import *; print(*AuditEntry.objects.values_list('action', flat=True))"
    assert at(target, "shell", "-v0", "-c", acts).stdout.split() == ["forget_erased", "restore"]
    again = at(target, "restore", *words)
    assert "not empty" in again.stderr


def test_a_backup_of_an_older_release_is_restored_and_what_moved_since_opens(
    alice: Member, target: str, public: str, identity: Path, tmp_path: Path
) -> None:
    """Its client secrets are sealed anew on the way, by keys that have to be back by then."""
    resources(alice, 1)
    registered("a house that has its key", "x").delete()
    executor = MigrationExecutor(connection)
    try:
        older = executor.migrate([("plans", "0005_missing_plans")]).apps
        plan = older.get_model("plans", "Plan")(
            slug="acme", name="Acme", fhir_base_url="https://acme.example/r4"
        )
        plan.client_id = "ours"
        plan.sealed_client_secret = house_box().seal(plan, "sealed_client_secret", b"a secret of ours")
        plan.save()
        Permission.objects.filter(content_type__model="registration").delete()
        parts = backups.make(folder=tmp_path, recipients=[public], now=timezone.now())
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
    done = at(target, "restore", *map(str, parts), "--identity", str(identity))
    assert done.returncode == 0, done.stderr
    question = (
        "from apps.plans.registrations import *; from apps.plans.secrets import *;"
        "print(*map(client_secret, Registration.objects.filter(plans__slug='acme')))"
    )
    assert at(target, "shell", "-v0", "-c", question).stdout.strip() == "a secret of ours"


@pytest.mark.django_db(transaction=True)
def test_d_09_the_records_alone_open_nothing_and_keys_go_after_seven_days(
    alice: Member, public: str, identity: Path, tmp_path: Path
) -> None:
    resources(alice, 1)
    wrapped = [bytes(each) for each in DataKey.objects.values_list("wrapped", flat=True)]
    now = datetime(2026, 11, 28, 3, tzinfo=UTC)
    records, first = backups.make(folder=tmp_path, recipients=[public], now=now)
    clear = BytesIO()
    secret = pyrage.x25519.Identity.from_str(identity.read_text().splitlines()[1])
    with records.open("rb") as sealed:
        pyrage.decrypt_io(sealed, clear, [secret])
    assert wrapped
    assert not any(each in clear.getvalue() or each.hex().encode() in clear.getvalue() for each in wrapped)
    assert b"alice@example.com" not in records.read_bytes()
    assert [part.stat().st_mode & 0o777 for part in (records, first, identity)] == [0o600] * 3
    backups.make(folder=tmp_path, recipients=[public], now=now + timedelta(days=7))
    assert first.exists()
    backups.make(folder=tmp_path, recipients=[public], now=now + timedelta(days=7, seconds=1))
    assert not first.exists()
    assert records.exists()


@pytest.mark.django_db(transaction=True)
def test_s_13_no_backup_stands_beside_the_keys_and_a_changed_one_is_named(
    alice: Member, public: str, identity: Path, tmp_path: Path
) -> None:
    box_for(alice)
    with pytest.raises(CommandError, match=r"beside \.env"):
        call_command("backup", str(Path(settings.BASE_DIR) / "var"), to=[public])
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
