"""`manage.py verify_audit`: whether the audit is what was written."""

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.audit.trail import verify


def head(text: str) -> str:
    """The argument as it is, if it is number:code."""
    number, _, code = text.partition(":")
    if not (number.isdecimal() and code):
        raise ArgumentTypeError("is not number:code, as this command and the log say it")
    return text


class Command(BaseCommand):
    """Exit code 0 when nothing was changed, cut out or, as far as --head tells, cut off."""

    help = "Check the chain of the audit, and print its head, which you may keep elsewhere for the next time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--head, as often as wanted."""
        words = "A head printed before, or an entry of the log: it has to be there still."
        parser.add_argument("--head", action="append", default=[], type=head, help=words)

    def handle(self, *_: Any, **options: Any) -> None:
        """Say how many entries there are, and each problem."""
        report = verify(heads=options["head"])
        self.stdout.write(f"{report.entries} entries; head {report.head or 'none'}")
        for problem in report.problems:
            self.stderr.write(problem)
        if report.problems:
            raise CommandError("The audit is not what was written.")
