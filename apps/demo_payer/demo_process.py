"""Runs the demo payer in a process of its own, for tests and scripts."""

import json
import signal
import subprocess
import sys
import threading
import urllib.request
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from apps.demo_payer import options, plan
from apps.demo_payer.personalities import STANDARD

START_SECONDS = 60.0
STOP_SECONDS = 10.0


class NotStarted(Exception):
    """The payer ended or stayed silent instead of announcing its address; the text holds what it said."""


class Running:
    """A payer that answers at `origin` until `stop`."""

    def __init__(
        self, process: "subprocess.Popen[str]", origin: str, personality: str = STANDARD.name
    ) -> None:
        self._process = process
        self.origin = origin
        self.personality = personality

    @property
    def fhir_base_url(self) -> str:
        """The FHIR base address, without a trailing slash."""
        return str(self.plan["fhir_base_url"])

    @property
    def plan(self) -> dict[str, Any]:
        """The plan of the payer at the root, as `load_plans` takes it."""
        return plan.describe(self.origin, self.personality, at_root=True)

    def plan_of(self, personality: str) -> dict[str, Any]:
        """Return the plan of the payer with this personality; raises personalities.Unknown."""
        return plan.describe(self.origin, personality, at_root=personality == self.personality)

    def root_of(self, personality: str) -> str:
        """Return where that payer begins, without a trailing slash; standard is at the root."""
        is_root = personality == self.personality
        return self.origin if is_root else f"{self.origin}/p/{personality}"

    def control(self, personality: str = STANDARD.name, **orders: Any) -> dict[str, Any]:
        """Order what `server.control` describes, and return what that payer has counted so far.

        `seen` counts requests by part: authorize, token, revoke, jwks, userinfo, smart, fhir.
        """
        asked = urllib.request.Request(  # noqa: S310 - our own loopback address
            f"{self.root_of(personality)}/control",
            data=json.dumps(orders).encode() if orders else None,
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310
            state: dict[str, Any] = json.load(answer)
        return state

    def seen(self, personality: str = STANDARD.name) -> Counter[str]:
        """Return how often each part of that payer was asked since it started or was reset."""
        return Counter(self.control(personality)["seen"])

    def stop(self) -> int:
        """End the process and return its exit status; may be called again."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
        if self._process.stdout:
            self._process.stdout.close()
        return self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(
    *,
    port: int = 0,
    records: Path | str | None = None,
    var: Path | str,
    redirect_uris: Sequence[str],
    personality: str = STANDARD.name,
) -> Running:
    """Start a payer and return it once it answers; use it as a context manager.

    `port` 0 takes a free one; `var` is its folder; `personality` is who the payer at the root is, all
    others are below /p/NAME. Raises NotStarted with what the process said.
    """
    folder = Path(var).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    line = [*options.SERVER, "--port", str(port), "--var", str(folder), "--personality", personality]
    line += ["--data", str(Path(records).resolve())] if records else []
    line += [word for uri in redirect_uris for word in ("--redirect-uri", uri)]
    said = folder / "server.log"
    with said.open("w") as log:
        process = subprocess.Popen(  # noqa: S603 - our own code, no shell
            [sys.executable, *line],
            env=options.clean_environment(),
            cwd=options.ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    origin = _announced(process)
    if origin is None:
        process.kill()
        process.wait()
        raise NotStarted(f"The demo payer did not start: {said.read_text().strip()}")
    return Running(process, origin, personality)


def _announced(process: "subprocess.Popen[str]") -> str | None:
    """Return the address from the first line; the process ends when it takes too long to say it."""
    assert process.stdout is not None
    limit = threading.Timer(START_SECONDS, process.kill)
    limit.start()
    try:
        # The port is bound before this line is said: from here on connections wait, none is refused.
        first = process.stdout.readline()
    finally:
        limit.cancel()
    return first.removeprefix(plan.ANNOUNCEMENT).strip() if first.startswith(plan.ANNOUNCEMENT) else None
