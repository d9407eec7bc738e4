"""Brings the demo's site up to date before it starts: one process, since to start is most of the work.

    python bin/prepare_demo.py PLANS_JSON PAYER_URL

Reads what the site reads (DATABASE_URL, VAR_DIR ...) and DJANGO_SUPERUSER_PASSWORD. Prints a link with which
the operator signs in once.
"""

import io
import json
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import django
from django.core.management import CommandError, call_command

PAYER_SECONDS = 90
OPERATOR = "operator@example.com"


def main(plans: Path, payer: str) -> None:
    """Make tables, files, plans and the operator; then ask every plan once for what it publishes.

    Without that the very first visitor could not sign in with one. Plans that cannot be connected are part of
    the demo, so what `check_plan` finds stops nothing.
    """
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("load_plans", plans, stdout=io.StringIO())
    from apps.accounts import policies  # noqa: PLC0415 - apps are there once Django is set up

    policies.look_after()  # whoever comes later is told of no policies that were here before them
    with suppress(CommandError):  # the operator is already there, which is as good
        call_command("createsuperuser", interactive=False, email=OPERATOR, verbosity=0)
    wait_for(payer)
    with suppress(CommandError):
        call_command(
            "check_plan", *(plan["slug"] for plan in json.loads(plans.read_text())), stdout=io.StringIO()
        )
    call_command("operator_link", OPERATOR)


def wait_for(payer: str) -> None:
    """Return once the payer answers; after a bounded time anyhow, since whoever started it watches it."""
    deadline = time.monotonic() + PAYER_SECONDS
    while time.monotonic() < deadline:
        with suppress(OSError), urllib.request.urlopen(payer, timeout=5):  # noqa: S310 - on loopback
            return
        time.sleep(0.1)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    main(Path(sys.argv[1]), sys.argv[2])
