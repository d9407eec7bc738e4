"""Queues runs that are due or were left behind; for a timer where no `sync_worker` runs."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.sync import actions


class Command(BaseCommand):
    """``manage.py sync_sweep``: once, then exit."""

    help = "Queue sync runs that are due or whose worker died."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Sweep once and say how many runs were queued."""
        self.stdout.write(f"{actions.sweep(now=timezone.now())} runs queued.")
