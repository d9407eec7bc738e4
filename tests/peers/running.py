"""Starts oidc-provider with Medplum's FHIR router, and Canaille, on loopback, and stops them again."""

import json
import os
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.peers.records import Insured

HERE = Path(__file__).parent
INSTALLED = HERE.parents[1] / "var" / "peers"
START_SECONDS = 240
STOP_SECONDS = 10


@dataclass(frozen=True)
class Peers:
    """The running servers: the origins of oidc-provider, Canaille, and the records that trust Canaille."""

    oidc: str
    canaille: str
    records: str

    @classmethod
    def at(cls, ports: Sequence[int]) -> "Peers":
        """Name the servers that listen on these three ports."""
        return cls(*(f"http://127.0.0.1:{port}" for port in ports))

    @property
    def hosts(self) -> str:
        """Their hosts as OUTBOUND_TRUSTED_HOSTS takes them."""
        return ",".join(origin.removeprefix("http://") for origin in (self.oidc, self.canaille, self.records))

    def seen(self, origin: str) -> list[str]:
        """Return what one of them was asked and answered, in order: "POST /token 200 refresh_token"."""
        return list(_control(origin)["seen"])

    def records_of(self, peer: str) -> str:
        """Return where the records of the members of this peer are."""
        return self.records if peer == "canaille" else self.oidc

    def put_clock_forward(self, seconds: int) -> None:
        """Let time pass at oidc-provider: so many seconds ahead of the real time, 0 to be on time again."""
        _control(self.oidc, ahead=seconds)


def missing() -> str:
    """Say why the servers cannot be started on this machine, "" where they can."""
    if not shutil.which("node"):
        return "real peers need Node.js (Debian: nodejs and npm)"
    if not (INSTALLED / ".installed").exists():
        return "real peers are not installed: `make peers` does it"
    return ""


@contextmanager
def running(
    folder: Path,
    *,
    ports: Sequence[int],
    members: Sequence[Insured],
    oidc_clients: Sequence[dict[str, Any]],
    canaille_clients: Sequence[dict[str, Any]],
) -> Iterator[Peers]:
    """Run them until the block ends, each with its clients and all with the same members."""
    peers, (oidc_port, canaille_port, records_port) = Peers.at(ports), ports
    for file in HERE.glob("*.mjs"):  # beside what they import
        shutil.copy(file, folder)
    (folder / "node_modules").symlink_to(INSTALLED / "node_modules")
    payers = {
        "oidcPort": oidc_port, "fhirPort": records_port, "userinfo": f"{peers.canaille}/oauth/userinfo",
        "clients": oidc_clients, "members": {member.login: member.resources() for member in members},
    }  # fmt: skip
    canaille = {
        "port": canaille_port, "clients": canaille_clients,
        "members": {member.login: member.names for member in members},
    }  # fmt: skip
    with ExitStack() as started:
        waiting = [
            started.enter_context(_program(folder, "canaille", _canaille(), canaille)),
            started.enter_context(_program(folder, "payers", ["node", str(folder / "payers.mjs")], payers)),
        ]
        for log, process in waiting:
            _wait_until_ready(log, process)
        yield peers


def _canaille() -> list[str]:
    return [str(INSTALLED / "canaille" / "bin" / "python"), str(HERE / "canaille_server.py")]


@contextmanager
def _program(
    folder: Path, name: str, command: list[str], settings: dict[str, Any]
) -> Iterator[tuple[Path, "subprocess.Popen[bytes]"]]:
    """Start a program with its settings in a file, its words in a log; end it for sure.

    It ends when its input does, so it does not outlive us either when we are killed.
    """
    file, log = folder / f"{name}.json", folder / f"{name}.log"
    file.write_text(json.dumps(settings))
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TMPDIR") if key in os.environ}
    with log.open("wb") as said:
        process = subprocess.Popen(
            [*command, str(file)],
            cwd=folder,
            env=kept,
            stdin=subprocess.PIPE,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        try:
            yield log, process
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_ready(log: Path, process: "subprocess.Popen[bytes]") -> None:
    give_up_at = time.monotonic() + START_SECONDS
    while "ready" not in log.read_text(errors="replace").splitlines():
        if process.poll() is not None or time.monotonic() > give_up_at:
            raise AssertionError(f"a peer did not start:\n{log.read_text(errors='replace')[-4000:]}")
        time.sleep(0.1)


def _control(origin: str, **orders: Any) -> dict[str, Any]:
    body = json.dumps(orders).encode() if orders else None
    asked = urllib.request.Request(f"{origin}/control", data=body)  # noqa: S310 - loopback
    with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310
        told: dict[str, Any] = json.load(answer)
    return told
