"""How the payer's process is started: its command line and its environment."""

import argparse
import os
from pathlib import Path

from apps.demo_payer.personalities import ALL, STANDARD

ROOT = Path(__file__).resolve().parent.parent.parent
SERVER = ("-m", "apps.demo_payer.server")
"""What comes after `python`, before the options below."""
DATA = "DEMO_PAYER_DATA"
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
        default=os.environ.get(DATA) or None,
        metavar="FOLDER",
        help=f"Serve this folder of FHIR JSON instead of the invented people. Default: what {DATA} says.",
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


def clean_environment() -> dict[str, str]:
    """Return this process's environment without the site's settings: the payer must not hold its keys."""
    kept = {"PATH", "HOME", "LANG", "TMPDIR", "TZ", "VIRTUAL_ENV", "SYSTEMROOT"}
    own = {name: value for name, value in os.environ.items() if name in kept or name.startswith("LC_")}
    return own | {
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": "apps.demo_payer.server.settings",
    }
