"""`manage.py loaddata FILE`: Django's own, which the audit tells."""

import hashlib
from pathlib import Path
from typing import Any

from django.core.management.commands import loaddata

from apps.audit import trail
from apps.audit.foreign_commands import Told


class Command(Told, loaddata.Command):
    """The entry names each file and its SHA-256; what comes through a pipe is only said to have come."""

    def changes(self, *labels: Any) -> trail.Changes:
        """The files that were read, by their digests."""
        return {str(label): (None, self._digests(str(label))) for label in labels}

    def _digests(self, label: str) -> list[str]:
        files = [] if label == "-" else self.find_fixtures(label)
        return [hashlib.sha256(Path(path).read_bytes()).hexdigest() for path, _, _ in files if path]
