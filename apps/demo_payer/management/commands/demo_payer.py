"""Run the demo payer: a pretend health plan with its own process, origin and database."""

import os
import sys

from django.core.management.base import BaseCommand

from apps.demo_payer import options


class Command(BaseCommand):
    """Replace this process by the demo payer's, which knows nothing of the site's settings."""

    help = "Run Harborlight Health, the demo payer, on loopback."

    def run_from_argv(self, argv: list[str]) -> None:
        """Hand all options on; returns only when the process could not be replaced."""
        data = os.environ.get(options.DATA)
        environment = options.clean_environment() | ({options.DATA: data} if data else {})
        os.execve(sys.executable, [sys.executable, *options.SERVER, *argv[2:]], environment)  # noqa: S606 - our own code
