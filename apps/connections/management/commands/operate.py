"""`manage.py operate ACT TARGET --reason "..."`: what the buttons of the admin do, without one."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Model
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections import acts
from apps.plans.models import Plan
from apps.plans.registrations import Registration


class Command(BaseCommand):
    """Prints the receipt, which is kept in the log too. Exit code 1 where nothing was done."""

    help = "Stop a plan, end its permissions, register us, swap our secret, write to members, end sessions."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """ACT, TARGET, --reason, --file, --dry-run."""
        parser.add_argument("act", choices=list(acts.ACTS))
        parser.add_argument(
            "target",
            help="A plan's slug, for what is about our client that of any plan of its registration; for "
            "end_sessions the number of the account.",
        )
        parser.add_argument(
            "--reason",
            default="",
            help="For other operators; kept in the log: name no member, and nothing of a record.",
        )
        parser.add_argument("--file", default="", help="The secret, initial token or message; - for input.")
        parser.add_argument("--dry-run", action="store_true", help="Only say what it would do.")

    def handle(
        self, *_: Any, act: str, target: str, reason: str, file: str, dry_run: bool, **__: Any
    ) -> None:
        """Look, or do it, and print what came of it."""
        chosen = acts.ACTS[act]
        row, order = _row(chosen, target), acts.Given(reason, None, timezone.now(), _text(file))
        try:
            lines = acts.look(chosen, row, order) if dry_run else acts.do(chosen, row, order)
        except acts.ActRefused as error:
            raise CommandError(f"{error.sentence} Nothing was changed.") from error
        for line in [*lines, *(["Nothing was changed (--dry-run)."] if dry_run else [])]:
            self.stdout.write(line)


def _row(act: acts.Act, target: str) -> Model:
    row: Model | None
    if act.model is Plan:
        row = Plan.objects.filter(slug=target).first()
    elif act.model is Registration:
        row = Registration.objects.filter(plans__slug=target).first()
    else:
        try:
            row = Member.objects.filter(pk=target).first()
        except ValidationError:
            row = None
    if row is None:
        raise CommandError(f"There is no {act.model._meta.verbose_name} {target!r}.")
    return row


def _text(file: str) -> str:
    """The text of a file, never of the command line: that stands in lists of processes and histories."""
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text("utf-8") if file else ""
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file}: cannot be read ({type(error).__name__}).") from error
