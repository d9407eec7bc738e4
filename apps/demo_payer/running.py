"""Runs the demo payer in a process of its own, for tests and scripts."""

import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from apps.demo_payer import options, plan

START_SECONDS = 60.0
STOP_SECONDS = 10.0


class NotStarted(Exception):
    """The payer ended or stayed silent instead of announcing its address; the text holds what it said."""


class Running:
    """A payer that answers at `origin` until `stop`."""

    def __init__(self, process: "subprocess.Popen[str]", origin: str) -> None:
        self._process = process
        self.origin = origin

    @property
    def fhir_base_url(self) -> str:
        """The FHIR base address, without a trailing slash."""
        return f"{self.origin}{plan.FHIR_PATH}"

    @property
    def plan(self) -> dict[str, Any]:
        """The plan as `load_plans` takes it."""
        return plan.describe(self.origin)

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
    *, port: int = 0, data: Path | str | None = None, var: Path | str, redirect_uris: Sequence[str]
) -> Running:
    """Start a payer and return it once it answers; use it as a context manager.

    `port` 0 takes a free one; `var` is its folder. Raises NotStarted with what the process said.
    """
    folder = Path(var).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    line = options.command_line(
        port=port,
        data=str(Path(data).resolve()) if data else None,
        var=str(folder),
        redirect_uris=list(redirect_uris),
    )
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
    return Running(process, origin)


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
