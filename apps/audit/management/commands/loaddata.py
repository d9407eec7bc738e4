"""`manage.py loaddata FILE`: Django's own, which the audit tells."""

import hashlib
import sys
from collections import defaultdict
from io import BytesIO
from pathlib import Path
from typing import Any

from django.core.management.commands import loaddata

from apps.audit import trail
from apps.audit.foreign_commands import Told


class Command(Told, loaddata.Command):
    """The entry names what was read, a pipe as well, and the SHA-256 of those very bytes; nothing packed."""

    def handle(self, *labels: Any, **options: Any) -> Any:
        """Run it."""
        self.digests = defaultdict[str, list[str]](list)
        opened: Any = (self._read, "")
        self.compression_formats = dict.fromkeys((None, "stdin"), opened)
        return super().handle(*labels, **options)

    def _read(self, path: str, _mode: str) -> BytesIO:
        """Read once: what is loaded and what the audit names cannot differ."""
        content = sys.stdin.buffer.read() if path == loaddata.READ_STDIN else Path(path).read_bytes()
        self.digests[path].append(hashlib.sha256(content).hexdigest())
        return BytesIO(content)

    def changes(self, *_: Any) -> trail.Changes:
        """The files that were read, by the digest of each reading: a pipe may be named twice."""
        return {path: (None, ", ".join(digests)) for path, digests in self.digests.items()}
