"""Commands of Django and of libraries that write rows: each leaves an entry, as our own do."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from apps.audit import trail


class Told(BaseCommand):
    """What a command that is not ours becomes: it runs as ever, and the audit tells that it ran."""

    def handle(self, *args: Any, **options: Any) -> Any:
        """Run it and add the entry, both or none."""
        action = type(self).__module__.rpartition(".")[2]
        with transaction.atomic():
            said = super().handle(*args, **options)
            trail.record(action=action, changes=self.changes(*args))
        return said

    def changes(self, *_: Any) -> trail.Changes:
        """What the entry holds besides the name of the command."""
        return {}
