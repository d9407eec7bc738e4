"""One id through the log lines of one piece of work: an attempt, the runs that come of it, and every call."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_trace: ContextVar[str] = ContextVar("trace", default="")


@contextmanager
def traced(trace: str) -> Iterator[None]:
    """Have every log line of this block end in `[trace]` (config.logs); "" leaves it as it is.

    *trace* is random and says nothing: an attempt's reference, where there is one. A new thread has none
    unless it runs in a copy of the context (`contextvars.copy_context`).
    """
    token = _trace.set(trace or _trace.get())
    try:
        yield
    finally:
        _trace.reset(token)


def current_trace() -> str:
    """The id of the work at hand, "" where there is none."""
    return _trace.get()
