"""`manage.py backup FOLDER --to age1...`: records and data keys, each encrypted to an operator's key."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from apps.audit import trail
from apps.vault import backups


class Command(BaseCommand):
    """Meant for a timer, daily. What is too old is deleted from the folder: keys after seven days."""

    help = "Back up records and data keys in two parts, encrypted to an operator's key of age."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """FOLDER, --to, --new-key."""
        parser.add_argument("folder", type=Path, nargs="?", help="Not beside .env; on another disk or host.")
        parser.add_argument("--to", action="append", default=[], help="A public key; may be given twice.")
        parser.add_argument("--new-key", type=Path, help="Only make a private key, in this new file.")

    def handle(self, *_: Any, **options: Any) -> None:
        """Make a key or a backup, and say where it is."""
        try:
            if options["new_key"]:
                self.stdout.write(backups.new_key(options["new_key"]))
                return
            if not options["folder"] or not options["to"]:
                raise CommandError("Give a folder, and with --to the public key that --new-key printed.")
            self._back_up(options["folder"], options["to"])
        except backups.BackupRefused as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.") from error

    def _back_up(self, folder: Path, recipients: list[str]) -> None:
        now, to = timezone.now(), backups.checked(folder=folder, recipients=recipients)
        for name in backups.of_the_future(folder, now=now):
            self.stderr.write(f"{name} is dated in the future, where nothing deletes it: do so yourself.")
        # The keys never as they were given: who errs gives the private one.
        changes = {"parts": (None, backups.part_names(now=now)), "to": (None, list(map(str, to)))}
        lacks = _lacks(backups.BEGUN, changes)
        for part in backups.make(folder=folder, to=to, now=now):
            self.stdout.write(str(part))
        if lacks := _lacks(backups.NOTED, changes) or lacks:
            self.stderr.write(f"The backup is made, but not in the audit ({lacks}).")


def _lacks(action: str, changes: trail.Changes) -> str:
    """Write to the audit, in what is restored from it, too; say why it lacks that.

    The desk tells from it how old the last one is.
    """
    try:
        trail.record(action=action, changes=changes)
    except DatabaseError as error:  # a replica is backed up as well, and takes no entry
        return type(error).__name__
    return ""
