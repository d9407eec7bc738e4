"""Records what the site shows, or compares it with what was recorded: `make harness-record`, `harness`."""

import argparse
import fnmatch
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from tests.harness import adapter, comparing
from tests.harness.scenarios import QUICK, all_scenarios

VAR: Final = Path("var/harness")


def main() -> int:
    """Return the exit status: 1 when something differs without a reason, or a scenario broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.harness", description=__doc__)
    parser.add_argument("what", choices=("record", "compare", "play", "prepare"))
    parser.add_argument(
        "--only", action="append", metavar="SCENARIO", help="Only these; * stands for any text."
    )
    parser.add_argument("--quick", action="store_true", help=f"Only {', '.join(QUICK)}.")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--into", type=Path, help="Where `record` and `play` write; default: var/harness.")
    asked = parser.parse_args()
    if asked.what == "prepare":
        assert asked.into
        adapter.set_up(asked.into)
        return 0
    if asked.what == "play":
        return _play(asked.only[0], asked.into)
    names = _chosen(asked.only, quick=asked.quick)
    into = asked.into or VAR / ("reference" if asked.what == "record" else "now")
    broken = record(names, into, jobs=asked.jobs)
    if asked.what == "record":
        if not broken and not asked.into:
            comparing.write_digests(into, names)
        return 1 if broken else 0
    return 1 if comparing.compare(VAR / "reference", into, names) or broken else 0


def _chosen(only: list[str] | None, *, quick: bool) -> list[str]:
    known = list(all_scenarios())
    wanted = [*(only or ()), *(QUICK if quick else ())]
    found = [name for name in known if not wanted or any(fnmatch.fnmatch(name, each) for each in wanted)]
    if not found:
        raise SystemExit(f"There is no such scenario. There are: {', '.join(known)}")
    return found


def record(names: list[str], into: Path, *, jobs: int) -> list[str]:
    """Play the scenarios, each in a process and with a database of its own; return those that broke."""
    with tempfile.TemporaryDirectory(prefix="harness-") as made:
        template = Path(made) / "template"
        template.mkdir()
        _run("prepare", "--into", str(template))
        with ThreadPoolExecutor(jobs) as pool:
            ended = pool.map(lambda name: _record(name, into / name, template), _longest_first(names))
            return [name for name in ended if name]


def _longest_first(names: list[str]) -> list[str]:
    return sorted(names, key=lambda name: not name.startswith(("people-walter", "plan-", "personalities")))


def _record(name: str, folder: Path, template: Path) -> str:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    began = time.monotonic()
    done = _run("play", "--only", name, "--into", str(folder), TEMPLATE=str(template / "site.sqlite3"))
    said = "" if done.returncode == 0 else f" BROKE:\n{done.stdout}{done.stderr}"
    files = sum(1 for path in folder.rglob("*") if path.is_file())
    sys.stdout.write(f"{name}: {files} files, {time.monotonic() - began:.0f} s{said}\n")
    sys.stdout.flush()
    return name if said else ""


def _run(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tests.harness", *words]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)


def _play(name: str, folder: Path) -> int:
    with tempfile.TemporaryDirectory(prefix="harness-") as made:
        var = Path(made)
        adapter.set_up(var, Path(os.environ["TEMPLATE"]))
        all_scenarios()[name](folder, var)
    return 0


if __name__ == "__main__":
    sys.exit(main())
