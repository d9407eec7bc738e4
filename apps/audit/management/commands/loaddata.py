"""`manage.py loaddata FILE`: Django's own, which the audit tells."""

import hashlib
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import loaddata

from apps.audit import trail
from apps.audit.foreign_commands import Told


class Command(Told, loaddata.Command):
    """The entry names each file and its SHA-256; what comes through a pipe, which has none, is refused."""

    def handle(self, *labels: Any, **options: Any) -> Any:
        """Run it for files."""
        if "-" in labels:
            raise CommandError("The audit could not tell what came through a pipe: name a file.")
        return super().handle(*labels, **options)

    def changes(self, *labels: Any) -> trail.Changes:
        """The files that were read, by their digests."""
        return {str(label): (None, self._digests(str(label))) for label in labels}

    def _digests(self, label: str) -> list[str]:
        files = self.find_fixtures(label)
        return [hashlib.sha256(Path(path).read_bytes()).hexdigest() for path, _, _ in files if path]
