"""The bill of materials that packets carry."""

import json
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
