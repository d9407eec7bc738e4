"""The servers of tests/peers and Lighthouse are pinned by digest; nothing says where they were fetched."""

import json
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[2] / "tests"
PEERS = TESTS / "peers"


@pytest.mark.parametrize("folder", ["peers", "lighthouse"])
def test_every_package_of_node_is_pinned_by_its_digest_and_names_no_place(folder: str) -> None:
    packages = json.loads((TESTS / folder / "package-lock.json").read_text())["packages"]
    root = packages.pop("")
    assert root["dependencies"] == json.loads((TESTS / folder / "package.json").read_text())["dependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in root["dependencies"].values())
    assert packages
    for name, package in packages.items():
        assert package["integrity"].startswith("sha512-"), name
        assert "resolved" not in package, name


def test_every_package_of_canaille_is_pinned_by_its_digest_and_names_no_place() -> None:
    lock = (PEERS / "canaille.lock").read_text()
    pins = re.findall(r"(?m)^([a-z0-9_.-]+)==", lock)
    assert "canaille" in pins
    assert all(re.search(rf"(?m)^{re.escape(pin)}==.*\\\n +--hash=sha256:", lock) for pin in pins)
    assert "://" not in lock
