"""One id through the log lines of one piece of work: an attempt, the runs that come of it, and every call."""

from contextlib import AbstractContextManager
from contextvars import ContextVar

from apps.outbound.limits import bound

_trace: ContextVar[str] = ContextVar("trace", default="")


def traced(trace: str) -> AbstractContextManager[None]:
    """Have every log line of this block end in `[trace]` (config.logs); "" leaves it as it is.

    *trace* is random and says nothing: an attempt's reference, where there is one. A new thread has none
    unless it runs in a copy of the context (`contextvars.copy_context`).
    """
    return bound(_trace, trace or _trace.get())


def current_trace() -> str:
    """The id of the work at hand, "" where there is none."""
    return _trace.get()
