"""Writes down how each test ended, so that docs/conformance.md can be compared with what was really run."""

import json
import re
from pathlib import Path

import pytest

GROUP = re.compile(r"@[\w-]+$|(?<=\])@[\w-]+\]$")
"""What xdist writes behind the name of a test that has to stay with others."""


class Recorder:
    """A pytest plugin: a line of JSON a test (`test`, `outcome`, `why`, `seconds`) into a file made anew."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._ended: dict[str, tuple[str, str]] = {}
        self._seconds: dict[str, float] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the worst of setup, call and teardown; only a call that passed makes a test passed."""
        test = GROUP.sub("", report.nodeid)
        self._seconds[test] = self._seconds.get(test, 0.0) + report.duration
        before, _ = self._ended.get(test, ("", ""))
        if report.failed:
            self._ended[test] = ("failed", report.when)
        elif report.skipped and before != "failed":
            self._ended[test] = ("skipped", _reason(report))
        elif report.when == "call" and not before:
            self._ended[test] = ("passed", "")

    def pytest_sessionfinish(self) -> None:
        """Write the file."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        lines = (
            json.dumps(
                {"test": test, "outcome": outcome, "why": why, "seconds": round(self._seconds[test], 2)}
            )
            for test, (outcome, why) in self._ended.items()
        )
        self._file.write_text("".join(f"{line}\n" for line in lines))


def record(config: pytest.Config, file: str | None) -> None:
    """Write the outcomes of this run to *file*, if there is one; workers of xdist report to their starter."""
    if file and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(config.rootpath / file))


def _reason(report: pytest.TestReport) -> str:
    """Why a test was skipped, or is expected to fail."""
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    return f"expected to fail: {getattr(report, 'wasxfail', '')}"
