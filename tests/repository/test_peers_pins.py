"""The servers of tests/peers are pinned by digest, and nothing says where they were fetched from."""

import json
import re
from pathlib import Path

PEERS = Path(__file__).resolve().parents[2] / "tests" / "peers"


def test_every_package_of_node_is_pinned_by_its_digest_and_names_no_place() -> None:
    packages = json.loads((PEERS / "package-lock.json").read_text())["packages"]
    root = packages.pop("")
    assert root["dependencies"] == json.loads((PEERS / "package.json").read_text())["dependencies"]
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
