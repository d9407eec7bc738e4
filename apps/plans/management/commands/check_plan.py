"""`manage.py check_plan SLUG`: what a plan's server says, how our row fits, and what a member would meet."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.plans.checking import check
from apps.plans.models import Plan


class Command(BaseCommand):
    """Exit code 0 when members can connect the plan now, else 1."""

    help = "Print what discovery, metadata and the quirk profile of a plan say, and what a member would meet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """SLUG and --accept-move."""
        parser.add_argument("slug")
        parser.add_argument(
            "--accept-move",
            action="store_true",
            help="Take the published addresses even when they are on another host than before.",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        """Ask the plan's server now and print what came of it."""
        plan = Plan.objects.filter(slug=options["slug"]).first()
        if plan is None:
            raise CommandError(f"There is no plan with the slug {options['slug']!r}.")
        result = check(plan, now=timezone.now(), accept_move=options["accept_move"])
        for title, lines in result.sections:
            self.stdout.write(title)
            for line in lines:
                self.stdout.write(f"  {line}")
        if result.obstacles:
            raise CommandError(f"Members cannot connect {plan.slug}: {'; '.join(result.obstacles)}.")
        self.stdout.write("Members can connect this plan.")
