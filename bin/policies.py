"""Writes the digests of the policies' texts into apps/listing/data/policies.json, and the texts beside it.

    python bin/policies.py                      # the newest version's, while its day is not over
    python bin/policies.py --same-meaning       # also later: a spelling; nothing that a member would mind
    python bin/policies.py --new 2027-03-01 --in-force 2027-04-10 [--material] \\
        --changes "What changed, in plain words." --cambios "Lo que cambió."

A new version is announced by the workers of each site: docs/operations.md, "New policies".
"""

import argparse
import os
import sys
from datetime import UTC, date, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django  # noqa: E402
import msgspec  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402

from apps.listing.policies import digests, keep  # noqa: E402
from config.policies import Version, read  # noqa: E402

FILE = Path(settings.POLICIES_FILE)


def main() -> None:
    """Do what the arguments say."""
    arguments = _arguments()
    *older, newest = read(FILE)
    if arguments.new:
        if not (arguments.in_force and arguments.changes and arguments.cambios):
            sys.exit("A new version needs --in-force, --changes (English) and --cambios (Spanish).")
        changes = {"en": arguments.changes, "es": arguments.cambios}
        older, newest = (
            [*older, newest],
            Version(arguments.new, arguments.in_force, arguments.material, changes, digests()),
        )
    elif newest.sha256 != digests() and newest.day < datetime.now(UTC).date() and not arguments.same_meaning:
        sys.exit(f"The version of {newest.version} was read by members: add one (--new), or see --help.")
    else:
        newest = msgspec.structs.replace(newest, sha256=digests())
    FILE.write_bytes(msgspec.json.format(msgspec.json.encode([*older, newest]), indent=2) + b"\n")
    read(FILE)
    keep(newest.version)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--same-meaning", action="store_true")
    parser.add_argument("--new", type=lambda text: date.fromisoformat(text).isoformat())
    parser.add_argument("--in-force", type=date.fromisoformat)
    parser.add_argument("--material", action="store_true")
    parser.add_argument("--changes")
    parser.add_argument("--cambios")
    return parser.parse_args()


if __name__ == "__main__":
    main()
