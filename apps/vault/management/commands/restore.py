"""`manage.py restore RECORDS KEYS --identity FILE [--check]`: both parts into an empty database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Q
from django.utils import timezone

from apps.audit import trail
from apps.vault import backups

SINCE: Final = (
    "What members erased, ended, took back or wrote since the backup ({moment}) was made is as it was then: "
    "the receipts went with the lost database, so nothing here tells whose. Tell the members of each plan "
    "(mail_members), as the privacy policy promises. What operators did since is undone, too: before workers "
    "start, stop plans and held changes, suspend accounts, take rights away and give swapped client secrets "
    "again: a change that waits has its day anew. Passkeys and plans' sign-ins that were removed since, "
    "addresses and passwords that were changed and codes on paper that were used open members' accounts "
    "again: have them look. Operators have neither passkey nor password any more: manage.py operator_link "
    "prints each a way in."
)
FOREIGN: Final = (
    "The audit in the records was not written with AUDIT_KEYS as they are here ({problem}). Unless these "
    "were changed, somebody else made that part, as whoever knows the public key can: then do not start it."
)


class Command(BaseCommand):
    """Ends sessions and support codes, then runs `forget_erased`: who closed since is erased again."""

    help = "Restore both parts of a backup into the empty database of DATABASE_URL, or only --check them."
    requires_system_checks: list[str] = []  # an empty database passes none

    def add_arguments(self, parser: ArgumentParser) -> None:
        """RECORDS, KEYS, --identity, --check."""
        parser.add_argument("records", type=Path)
        parser.add_argument("keys", type=Path, help="The newest there is.")
        parser.add_argument("--identity", type=Path, required=True, help="The file with the private key.")
        parser.add_argument("--check", action="store_true", help="Only read both; nothing is written.")

    def handle(self, *_: Any, records: Path, keys: Path, identity: Path, check: bool, **__: Any) -> None:
        """Check first in any case, then restore."""
        members = get_user_model()._default_manager
        try:
            for line in backups.check(records=records, keys=keys, identity=identity):
                self.stdout.write(line)
            if check:
                self.stdout.write("Both parts can be restored. Nothing was written (--check).")
                return
            backups.restore_records(records=records, identity=identity)
            # Keys before the other tables: a migration that moves secrets of an older release opens them.
            bring_vault_up_to_date()
            count = backups.restore_keys(keys=keys, identity=identity)
            call_command("migrate", verbosity=0, stdout=self.stdout)
            self._look_whose_they_are()
            # Those that were ended since the backup are among them; so are browsers that were known.
            Session.objects.all().delete()
            apps.get_model("accounts", "SupportCode").objects.all().delete()
            members.update(browsers_known_since=timezone.now())
            # A passkey of an operator's that was removed since would open the admin again (S-01).
            operators = members.filter(Q(is_staff=True) | Q(is_superuser=True))
            apps.get_model("mfa", "Authenticator").objects.filter(user__in=operators).delete()
            operators.update(password=make_password(None))
            # One that an operator stopped since would hold with the first look of a worker (S-01).
            apps.get_model("plans", "HeldChange").objects.update(asked_at=timezone.now())
            trail.record(action="restore", changes={"parts": (None, [records.name, keys.name])})
        except backups.BackupRefused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Restored: records and keys; members: {count}.")
        self.stdout.write(SINCE.format(moment=backups.made_at(records) or records.name))
        if members.filter(is_staff=False).exists():
            call_command("forget_erased", yes=True, stdout=self.stdout, stderr=self.stderr)

    def _look_whose_they_are(self) -> None:
        """Say where this site did not make the records: a backup begins with an entry in the audit."""
        report = trail.verify()
        if problem := next(iter(report.problems), "" if report.entries else "it is empty"):
            self.stderr.write(FOREIGN.format(problem=problem))


def bring_vault_up_to_date() -> None:
    """Run the vault's own migrations; what follows each `migrate` of all waits for that."""
    executor = MigrationExecutor(connection)
    executor.migrate([node for node in executor.loader.graph.leaf_nodes() if node[0] == "vault"])
