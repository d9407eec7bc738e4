"""`manage.py stop_plan SLUG --reason "..."`: nothing is asked there any more; `--resume` takes it back."""

import logging
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.connections.models import Connection
from apps.plans import pausing
from apps.plans.models import Plan
from apps.sync.models import SyncRun

log = logging.getLogger("plainclaim.sync")


class Command(BaseCommand):
    """Pauses a plan as the admin does, and says how much that stops: numbers, nobody's name."""

    help = "Stop asking a plan for anything but the end of permissions, within seconds, or go on (--resume)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """SLUG, --reason for the plan's notes, --resume, --dry-run."""
        parser.add_argument("slug")
        parser.add_argument("--reason", default="", help="For the plan's notes; needed to stop it.")
        parser.add_argument("--resume", action="store_true", help="Ask the plan again.")
        parser.add_argument("--dry-run", action="store_true", help="Only say how much it would stop.")

    def handle(self, *_: Any, slug: str, reason: str, resume: bool, dry_run: bool, **__: Any) -> None:
        """Do it, unless it is done already, and say how many connections and updates it is about."""
        plan = Plan.objects.filter(slug=slug).first()
        if plan is None:
            raise CommandError(f"There is no plan with the slug {slug!r}.")
        if not resume and not reason.strip():
            raise CommandError("Give a --reason: it is kept in the plan's notes for other operators.")
        if plan.is_paused is not resume:
            self.stdout.write(f"{slug} is {'not' if resume else 'already'} paused; nothing was changed.")
            return
        if not dry_run:
            verb = pausing.resume if resume else pausing.stop
            verb(plan, reason=reason.strip() or "no reason given", now=timezone.now())
            log.warning("plan %s was %s by an operator", slug, "resumed" if resume else "paused")
        self.stdout.write(f"{slug}: {_extent(plan)} {_what(resume=resume, dry_run=dry_run)}.")


def _extent(plan: Plan) -> str:
    """How much goes through this plan: "1 connection and 2 updates under way or waiting"."""
    connections = Connection.objects.usable().filter(plan=plan).count()
    updates = SyncRun.objects.active().filter(connection__plan=plan).count()
    return (
        f"{connections} connection{'' if connections == 1 else 's'} and "
        f"{updates} update{'' if updates == 1 else 's'} under way or waiting"
    )


def _what(*, resume: bool, dry_run: bool) -> str:
    verb = "go on" if resume else "stop within seconds"
    return f"would {verb}; nothing was changed (--dry-run)" if dry_run else verb
