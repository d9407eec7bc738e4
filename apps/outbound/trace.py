"""One id through the log lines of one piece of work: an attempt, the runs that come of it, and every call."""

import secrets
from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import Final

from apps.outbound.limits import bound

# No vowels and nothing that looks like something else: read aloud on the telephone, and never a word.
LETTERS: Final = "23456789BCDFGHJKLMNPQRSTVWXZ"
_trace: ContextVar[str] = ContextVar("trace", default="")


def new_trace() -> str:
    """Return a number that can be read aloud, such as ``7KQM-2XWR``: 40 bits, which say nothing."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(2))


def traced(trace: str) -> AbstractContextManager[None]:
    """Have every log line of this block end in `[trace]` (config.logs); "" leaves it as it is.

    *trace* is random and says nothing: an attempt's reference, where there is one. A new thread has none
    unless it runs in a copy of the context (`contextvars.copy_context`).
    """
    return bound(_trace, trace or _trace.get())


def current_trace() -> str:
    """The id of the work at hand, "" where there is none."""
    return _trace.get()
