"""The command line shared by `manage.py demo_payer` and `python -m apps.demo_payer.server`."""

import argparse
import os
from pathlib import Path

from apps.demo_payer.personalities import ALL, STANDARD

ROOT = Path(__file__).resolve().parent.parent.parent
DEFAULT_PORT = 9000
DEFAULT_VAR = ROOT / "var" / "demo_payer"
DEFAULT_REDIRECT_URIS = (
    "http://127.0.0.1:8000/connections/callback",
    "http://localhost:8000/connections/callback",
)
JWKS_PATH = "/app/jwks.json"
"""Where the app publishes its keys, at the origin of its first redirect address."""
EPILOG = "personalities:\n" + "\n".join(
    f"  {personality.name:<26}{personality.sentence}" for personality in ALL.values()
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options; every one has a default, so `demo_payer` alone starts a working payer."""
    parser.add_argument(
        "--port",
        type=int,
        default=DEFAULT_PORT,
        help="Loopback port; 0 takes any free one. Default: %(default)s.",
    )
    parser.add_argument(
        "--data",
        default=os.environ.get("DEMO_PAYER_DATA") or None,
        metavar="FOLDER",
        help="Serve this folder of FHIR JSON instead of the invented people. Default: DEMO_PAYER_DATA.",
    )
    parser.add_argument(
        "--var", default=str(DEFAULT_VAR), metavar="DIR", help="Where its database and keys live."
    )
    parser.add_argument(
        "--redirect-uri",
        action="append",
        metavar="URL",
        help="Redirect address registered for the demo client; may be given several times. Each payer"
        " also answers at the address of its own below it, e.g. .../callback/harborlight-aetna.",
    )
    parser.add_argument(
        "--personality",
        default=STANDARD.name,
        metavar="NAME",
        help="Who the payer at the root is; every one is below /p/NAME as well. Default: %(default)s.",
    )
    parser.add_argument(
        "--print-plan",
        action="store_true",
        help="Print the JSON list that load_plans takes (the plan at the root and the main ones), and stop.",
    )
    parser.add_argument(
        "--print-all-plans", action="store_true", help="The same with a plan for every personality."
    )


def command_line(
    *,
    port: int,
    records: str | None,
    var: str,
    redirect_uris: list[str] | None,
    personality: str = STANDARD.name,
    print_plan: bool = False,
    print_all_plans: bool = False,
) -> list[str]:
    """Return the arguments after `python` that start the server in a process of its own."""
    line = ["-m", "apps.demo_payer.server", "--port", str(port), "--var", var]
    if records:
        line += ["--data", records]
    for uri in redirect_uris or []:
        line += ["--redirect-uri", uri]
    if personality != STANDARD.name:
        line += ["--personality", personality]
    if print_all_plans:
        return [*line, "--print-all-plans"]
    return [*line, "--print-plan"] if print_plan else line


def clean_environment() -> dict[str, str]:
    """Return this process's environment without the site's settings: the payer must not hold its keys."""
    kept = {"PATH", "HOME", "LANG", "TMPDIR", "TZ", "VIRTUAL_ENV", "SYSTEMROOT"}
    own = {name: value for name, value in os.environ.items() if name in kept or name.startswith("LC_")}
    return own | {
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": "apps.demo_payer.server.settings",
    }
