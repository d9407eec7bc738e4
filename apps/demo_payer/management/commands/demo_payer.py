"""Run the demo payer: a pretend health plan with its own process, origin and database."""

import argparse
import os
import sys
from typing import Any

from django.core.management.base import BaseCommand

from apps.demo_payer import options


class Command(BaseCommand):
    """Replace this process by the demo payer's, which knows nothing of the site's settings."""

    help = "Run Harborlight Health, the demo payer, on loopback."
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the same options as `python -m apps.demo_payer.server`."""
        parser.epilog = options.EPILOG
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        options.add_arguments(parser)

    def handle(self, *args: Any, **given: Any) -> None:
        """Start; returns only when the process could not be replaced."""
        del args
        line = options.command_line(
            port=given["port"],
            records=given["data"],
            var=given["var"],
            redirect_uris=given["redirect_uri"],
            personality=given["personality"],
            print_plan=given["print_plan"],
            print_all_plans=given["print_all_plans"],
        )
        os.execve(sys.executable, [sys.executable, *line], options.clean_environment())  # noqa: S606 - our own code
