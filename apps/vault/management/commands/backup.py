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
            now = timezone.now()
            for name in backups.of_the_future(options["folder"], now=now):
                self.stderr.write(f"{name} is dated in the future, where nothing deletes it: do so yourself.")
            changes = {"parts": (None, backups.part_names(now=now)), "to": (None, options["to"])}
            self._note(backups.BEGUN, changes)
            for part in backups.make(folder=options["folder"], recipients=options["to"], now=now):
                self.stdout.write(str(part))
            self._note(backups.NOTED, changes)
        except backups.BackupRefused as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.") from error

    def _note(self, action: str, changes: trail.Changes) -> None:
        """Write to the audit, in what is restored from it, too: the desk tells how old the last one is."""
        try:
            trail.record(action=action, changes=changes)
        except DatabaseError as error:  # a replica is backed up as well, and takes no entry
            self.stderr.write(f"'{action}' is not in the audit ({type(error).__name__}).")
