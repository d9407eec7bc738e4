"""Which of our files and functions are run through while something is done."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
OURS: Final = (f"{ROOT}/apps/", f"{ROOT}/config/")
TOOL: Final = 4
"""Of the ids that `sys.monitoring` leaves to whoever wants one."""


@dataclass
class Passed:
    """What was run through: the code of functions; what stands inside one (a comprehension) is part of it."""

    codes: set[CodeType] = field(default_factory=set)

    @property
    def files(self) -> list[str]:
        """Paths from the root, in order."""
        return sorted({code.co_filename.removeprefix(f"{ROOT}/") for code in self.codes})

    @property
    def functions(self) -> list[str]:
        """Module path and name of each."""
        named = (code for code in self.codes if not code.co_name.startswith("<"))
        return sorted(f"{code.co_filename.removeprefix(f'{ROOT}/')}:{code.co_qualname}" for code in named)


@contextmanager
def traced(*roots: Callable[..., Any]) -> Iterator[Passed]:
    """Note every function of ours that is called; where *roots* are named, only what these call, and they."""
    passed, within, depth = Passed(), {root.__code__ for root in roots}, 0
    events = sys.monitoring.events

    def start(code: CodeType, _offset: int) -> None:
        nonlocal depth
        depth += code in within
        if (depth or not within) and code.co_filename.startswith(OURS):
            passed.codes.add(code)

    def leave(code: CodeType, _offset: int, _value: object) -> None:
        nonlocal depth
        depth -= code in within

    sys.monitoring.use_tool_id(TOOL, "plainclaim-tracing")
    try:
        for event, callback in (
            (events.PY_START, start),
            (events.PY_RETURN, leave),
            (events.PY_UNWIND, leave),
        ):
            sys.monitoring.register_callback(TOOL, event, callback)
        sys.monitoring.set_events(TOOL, events.PY_START | events.PY_RETURN | events.PY_UNWIND)
        yield passed
    finally:
        sys.monitoring.set_events(TOOL, events.NO_EVENTS)
        sys.monitoring.free_tool_id(TOOL)
