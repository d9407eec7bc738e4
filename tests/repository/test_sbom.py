"""The bill of materials that packets carry."""

import json
import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_bill_of_materials_is_that_of_the_lock() -> None:
    """Every package that is shipped is in it, by version and digest: `make conformance` writes it."""
    made = runpy.run_path(str(ROOT / "bin" / "sbom.py"))
    kept = made["FILE"].read_text(encoding="utf-8")
    assert kept == made["bom"]()
    packages = {(part["name"], part["version"]) for part in json.loads(kept)["components"]}
    lock = (ROOT / "requirements.production.lock").read_text(encoding="utf-8")
    assert packages == set(made["PINNED"].findall(lock))


def test_every_package_is_locked_by_digest_and_fetched_by_it() -> None:
    """Those of the image and those of a checkout; without a digest of each, pip and uv would refuse all."""
    readers = {"requirements.production.lock": "Dockerfile", "requirements.lock": "bin/bootstrap"}
    for lock, reader in readers.items():
        packages = re.split(r"^(?=[A-Za-z0-9])", (ROOT / lock).read_text(encoding="utf-8"), flags=re.M)[1:]
        assert len(packages) > 30
        assert [package for package in packages if "--hash=sha256:" not in package] == []
        assert re.search(rf"--require-hashes.* {lock}", (ROOT / reader).read_text(encoding="utf-8"))
