"""`manage.py forget_books`: throw every sealed book away; pages make them again, the same as before."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.audit import trail
from apps.records import projection


class Command(BaseCommand):
    """Nothing is lost: books are made of the mirror."""

    help = "Throw away all sealed books: pages and the worker make them again from what plans sent."

    def handle(self, *_: Any, **__: Any) -> None:
        """Delete them and say how many there were."""
        count = projection.forget()
        trail.record(action="forget_books", changes={"books": (count, 0)})
        self.stdout.write(f"{count} books thrown away.")
