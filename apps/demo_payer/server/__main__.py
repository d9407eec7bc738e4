"""Starts the payer in this process: `python -m apps.demo_payer.server --port 9000`."""

import argparse
import json
import os
import sys
from pathlib import Path

from apps.demo_payer import options, plan
from apps.demo_payer.personalities import ALL
from apps.demo_payer.server.place import VARIABLE


def main() -> int:
    """Return the exit status; 0 after SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(
        prog="demo_payer",
        description="Run Harborlight Health, the demo payer, on loopback.",
        epilog=options.EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_arguments(parser)
    asked = parser.parse_args()
    if asked.personality not in ALL:
        return _failed(f"--personality: there is no {asked.personality!r}. There are: {', '.join(ALL)}.")
    if asked.print_plan or asked.print_all_plans:
        plans = plan.demo_plans(
            f"http://127.0.0.1:{asked.port}", asked.personality, every=asked.print_all_plans
        )
        sys.stdout.write(json.dumps(plans, indent=2) + "\n")
        return 0
    if asked.data and not Path(asked.data).is_dir():
        return _failed(f"--data: {asked.data} is not a folder.")
    os.environ[VARIABLE] = str(Path(asked.var).resolve())
    os.environ["DJANGO_SETTINGS_MODULE"] = "apps.demo_payer.server.settings"
    import django  # noqa: PLC0415 - the settings read the folder just named

    django.setup()
    from apps.demo_payer.server import startup  # noqa: PLC0415 - needs Django ready

    try:
        startup.run(
            port=asked.port,
            records=asked.data,
            redirect_uris=asked.redirect_uri,
            personality=asked.personality,
        )
    except OSError as error:
        return _failed(str(error))
    return 0


def _failed(sentence: str) -> int:
    sys.stderr.write(f"demo_payer: {sentence}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
