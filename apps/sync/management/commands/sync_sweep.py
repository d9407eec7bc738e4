"""Queues runs that are due and asks plans to forget; for a timer where no `sync_worker` runs."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.connections import revocations
from apps.sync import actions, starting
from apps.sync.chores import Chore, also


class Command(BaseCommand):
    """``manage.py sync_sweep``: once, then exit."""

    help = "Queue sync runs that are due or whose worker died, and ask plans again to end permissions."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Sweep once and say how many runs were queued, and how many plans asked, if any."""
        chores = [
            Chore("the sweep", 0, self._sweep),
            Chore("the schedule", 0, lambda: starting.start_due(now=timezone.now())),
            Chore("the schedule's upkeep", 0, lambda: starting.tend(now=timezone.now())),
            Chore("asking plans to forget", 0, self._ask_due),
            *also(0),
        ]
        failed = [chore.name for chore in chores if not chore.do()]
        if failed:
            raise CommandError(f"Not done: {', '.join(failed)}. The log says why.")

    def _sweep(self) -> None:
        self.stdout.write(f"{actions.sweep(now=timezone.now())} runs queued.")

    def _ask_due(self) -> None:
        if asked := revocations.ask_due(clock=timezone.now):
            self.stdout.write(f"{asked} permissions: the plan was asked to end them.")
