"""Fails when pyproject.toml asks for something that requirements.lock does not satisfy."""

import re
import sys
import tomllib
from itertools import chain
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


def problems(wanted: list[str], lock: Path) -> list[str]:
    """Return one sentence per requirement that *lock* does not satisfy."""
    pins = {canonicalize_name(name): version for name, version in PINNED.findall(lock.read_text())}
    faults = []
    for text in wanted:
        requirement = Requirement(text)
        version = pins.get(canonicalize_name(requirement.name))
        if version is None:
            faults.append(f"{lock.name} has no {requirement.name}: run make lock")
        elif not requirement.specifier.contains(version, prereleases=True):
            faults.append(
                f"{lock.name} pins {requirement.name} {version}, pyproject.toml wants {requirement.specifier}"
            )
    return faults


def main() -> int:
    """Compare both lock files with pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = chain.from_iterable(project["project"]["optional-dependencies"].values())
    wanted = [*project["project"]["dependencies"], *extras]
    faults = problems(wanted, ROOT / "requirements.production.lock")
    faults += problems(wanted + project["dependency-groups"]["dev"], ROOT / "requirements.lock")
    sys.stdout.write("".join(f"{line}\n" for line in faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
