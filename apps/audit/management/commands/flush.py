"""`manage.py flush`: Django's own would take every member's records away."""

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import flush


class Command(flush.Command):
    """Refuses: no audit that it empties could tell of it."""

    def handle(self, *_: Any, **_options: Any) -> None:
        """Say what else to do."""
        raise CommandError("Nothing is emptied here: give the site an empty database by DATABASE_URL.")
