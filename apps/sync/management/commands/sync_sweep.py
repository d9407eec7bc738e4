"""Queues runs that are due and asks plans to forget; for a timer where no `sync_worker` runs."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.connections import revocations
from apps.sync import actions


class Command(BaseCommand):
    """``manage.py sync_sweep``: once, then exit."""

    help = "Queue sync runs that are due or whose worker died, and ask plans again to end permissions."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Sweep once and say how many runs were queued, and how many plans asked, if any."""
        self.stdout.write(f"{actions.sweep(now=timezone.now())} runs queued.")
        if asked := revocations.ask_due(clock=timezone.now):
            self.stdout.write(f"{asked} permissions: the plan was asked to end them.")
