"""S-13: what is restored of a backup in two parts, into a new database by a process of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client, override_settings
from django.utils import timezone

from apps.accounts import support_codes
from apps.accounts.models import Member
from apps.audit import trail
from apps.connections import account_closure
from apps.plans.models import HeldChange, Plan
from apps.vault import backups
from apps.vault.backups import Recipients
from apps.vault.boxes import house_box
from tests.accounts.made_passkeys import a_passkey
from tests.registered import registered
from tests.vault.given import resources

ROOT = Path(__file__).resolve().parent.parent.parent


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
    alice: Member, bob: Member, target: str, to: Recipients, identity: Path, tmp_path: Path
) -> None:
    """S-13: the records of one day, the keys of a later one; nobody gets in before that is done.

    And nobody is in: whom the member or an operator signed out since would be in again, or be known; nor does
    support look on by a code that was ended since, nor an operator's passkey of before open the admin. A
    change of a plan waits anew that was stopped since.
    """
    operator = Member.objects.create_user("ops@example.com", "a password of before", is_staff=True)
    a_passkey(operator, "stolen")
    a_passkey(alice, "telephone")
    Client().force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    support_codes.open_code(alice, now=timezone.now())
    assert (alice.open_sessions.count(), alice.support_codes.count()) == (1, 1)
    resources(alice, 3)
    resources(bob, 2)
    asked = {"values": {}, "before": {}, "asked_at": timezone.now() - timedelta(days=2)}
    HeldChange.objects.create(plan=Plan.objects.get(), **asked)
    with override_settings(AUDIT_KEYS=["a key that whoever made this part wrote the audit with"]):
        trail.record(action="made")
    now = timezone.now()
    records, _ = backups.make(folder=tmp_path, to=to, now=now)
    account_closure.close(member=bob, now=now)
    _, keys = backups.make(folder=tmp_path, to=to, now=now + timedelta(seconds=1))
    words = (str(records), str(keys), "--identity", str(identity))
    checked = at(target, "restore", *words, "--check")
    assert "Both parts can be restored." in checked.stdout, checked.stderr
    done = at(target, "restore", *words)
    assert done.returncode == 0, done.stderr
    assert "Restored: records and keys; members: 1." in done.stdout
    assert f"since the backup ({now:%Y-%m-%d %H:%M:%S}+00:00) was made is as it was then" in done.stdout
    assert "Erased: 1" in done.stdout
    assert "somebody else made that part" in done.stderr
    question = (
        "from apps.records.models import *; from apps.accounts.models import *;"
        "from apps.vault.boxes import *; from apps.audit.models import *; from apps.plans.models import *;"
        "from allauth.mfa.models import *;"
        "from datetime import *; day = timedelta(days=1); now = datetime.now(UTC);"
        "rows = Record.objects.all(); print(rows.count(), Member.objects.count(),"
        "HeldChange.objects.filter(asked_at__gt=now - day).count(),"
        "OpenSession.objects.count(), SupportCode.objects.count(),"
        "Member.objects.filter(browsers_known_since=None).count(),"
        "Authenticator.objects.get().user == Member.objects.get(is_staff=False),"
        "Member.objects.get(is_staff=True).has_usable_password(),"
        "all(box_for(row.member).open(row, 'sealed_body') == f'{row.pk} 0'.encode() for row in rows),"
        "*AuditEntry.objects.values_list('action', flat=True))"
    )
    told = at(target, "shell", "-v0", "-c", question).stdout.split()
    assert told == ["3", "2", "1", "0", "0", "0", "True", "False", "True", "forget_erased", "restore", "made"]
    again = at(target, "restore", *words)
    assert "not empty" in again.stderr


def test_w_35_what_is_restored_tells_in_its_own_chain_which_backup_it_was(
    alice: Member, target: str, public: str, identity: Path, tmp_path: Path
) -> None:
    """W-35: the entry comes before the records are read; one of after them is in no backup but the next."""
    house_box()
    Member.objects.filter(pk=alice.pk).update(is_staff=True)  # operators alone: nobody closed an account
    call_command("backup", str(tmp_path), to=[public], stdout=StringIO())
    parts = [next(tmp_path.glob(f"{part}-*.age")) for part in ("records", "keys")]
    done = at(target, "restore", *map(str, parts), "--identity", str(identity))
    assert done.returncode == 0, done.stderr
    assert "somebody else made that part" not in done.stderr
    question = (
        "import json; from apps.audit.models import *; from apps.audit import trail;"
        "told = {entry.action: json.loads(entry.changes)['parts'][1] for entry in AuditEntry.objects.all()};"
        "print(told['backup begun'] == told['restore'], trail.verify().problems)"
    )
    assert at(target, "shell", "-v0", "-c", question).stdout.strip() == "True []"


def test_a_backup_of_an_older_release_is_restored_and_what_moved_since_opens(
    alice: Member, target: str, to: Recipients, identity: Path, tmp_path: Path
) -> None:
    """Its client secrets are sealed anew on the way, by keys that are back by then, in today's table."""
    resources(alice, 1)
    registered("a house that has its key", "x").delete()
    executor = MigrationExecutor(connection)
    try:
        before = [("plans", "0005_missing_plans"), ("vault", "0001_mirror_and_books")]
        older = executor.migrate(before).apps
        plan = older.get_model("plans", "Plan")(
            slug="acme", name="Acme", fhir_base_url="https://acme.example/r4"
        )
        plan.client_id = "ours"
        plan.sealed_client_secret = house_box().seal(plan, "sealed_client_secret", b"a secret of ours")
        plan.save()
        Permission.objects.filter(content_type__model="registration").delete()
        records, keys = backups.make(folder=tmp_path, to=to, now=timezone.now())
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
    named = records.rename(tmp_path / "before-the-upgrade.age")
    done = at(target, "restore", str(named), str(keys), "--identity", str(identity))
    assert done.returncode == 0, done.stderr
    assert "since the backup (before-the-upgrade.age) was made" in done.stdout
    question = (
        "from apps.plans.registrations import *; from apps.plans.secrets import *;"
        "print(*map(client_secret, Registration.objects.filter(plans__slug='acme')))"
    )
    assert at(target, "shell", "-v0", "-c", question).stdout.strip() == "a secret of ours"
