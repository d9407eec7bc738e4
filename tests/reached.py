"""A pytest plugin (`-p tests.reached`): writes which lines of ours each test comes to, and how long it takes.

`make mutants` asks it once for each file of tests: what a mutant makes wrong is noticed first by those that
come to its lines. REACHED names what is written: JSON, a list of [seconds, id of a test, {file: [lines]}]. What is done in another
process, and when a module is imported, belongs to no test.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from types import CodeType
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[1]
OURS: Final = (f"{ROOT}/apps/", f"{ROOT}/config/")
TOOL: Final = 3
"""Of the ids that `sys.monitoring` leaves to whoever wants one; `tests.tracing` has the other."""

lines: dict[str, set[int]] = {}
tests: list[tuple[float, str, dict[str, list[int]]]] = []


def note(code: CodeType, line: int) -> Any:
    """Note a line the first time that a test comes to it."""
    if code.co_filename.startswith(OURS):
        lines.setdefault(code.co_filename.removeprefix(f"{ROOT}/"), set()).add(line)
    return sys.monitoring.DISABLE


def pytest_configure() -> None:
    """Begin to watch."""
    sys.monitoring.use_tool_id(TOOL, "plainclaim-reached")
    sys.monitoring.register_callback(TOOL, sys.monitoring.events.LINE, note)
    sys.monitoring.set_events(TOOL, sys.monitoring.events.LINE)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Keep what one test, with its fixtures, came to."""
    lines.clear()
    sys.monitoring.restart_events()
    begun = perf_counter()
    result = yield
    tests.append(
        (perf_counter() - begun, item.nodeid, {file: sorted(found) for file, found in lines.items()})
    )
    return result


def pytest_unconfigure() -> None:
    """Write it down."""
    Path(os.environ["REACHED"]).write_text(json.dumps(tests), encoding="utf-8")
