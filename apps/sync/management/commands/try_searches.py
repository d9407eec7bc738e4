"""`manage.py try_searches CONNECTION`: every search CARIN Blue Button lists, once, at a member's plan."""

import uuid
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.audit import trail
from apps.connections.errors import AccessProblem
from apps.connections.models import Connection
from apps.records import activity
from apps.sync.search_trial import Tried, is_enough, summary, try_all
from apps.vault.errors import VaultError


class Command(BaseCommand):
    """For the Inferno client suite, which wants to see them all, and for trying a new plan.

    Exit code 1 when one that every member has records for was not asked. What a server finds is another
    thing, and told beside it: the suite answers some searches with records of its own.
    """

    help = (
        "Ask a plan every search of CARIN Blue Button once, with a member's connection and by that member's "
        "own records; print parameter names, status and number of entries. Nothing is stored."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """CONNECTION: the id, as the admin shows it."""
        parser.add_argument("connection", type=uuid.UUID, help="The id of the connection, from the admin.")

    def handle(self, *_: Any, **options: Any) -> None:
        """Ask, and print a line per search as it is answered."""
        row = Connection.objects.select_related("plan", "member").filter(pk=options["connection"]).first()
        if row is None:
            raise CommandError("There is no connection with this id.")
        trail.record(action="try_searches", subject=trail.name_of(row))
        activity.note_asked(row.member, now=timezone.now())
        tried: list[Tried] = []
        try:
            for attempt in try_all(connection=row, clock=timezone.now):
                self.stdout.write(str(attempt))
                tried.append(attempt)
        except AccessProblem as problem:
            raise CommandError(f"Stopped after {len(tried)} searches. {problem.sentence}") from None
        except VaultError:
            raise CommandError("This connection cannot be opened with the keys of this site.") from None
        self.stdout.write(summary(tried))
        if not is_enough(tried):
            raise CommandError("Not every search that is needed was asked.")
