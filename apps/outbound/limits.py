"""The time a call may take in all, kept while the connection is made and while the answer comes."""

import http.client
import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)
"""On the monotonic clock: when the call of this thread has to be over."""


@contextmanager
def over_at(deadline: float) -> Iterator[None]:
    """Bind the calls in this block, and whatever is still read of their answers later."""
    token = _deadline.set(deadline)
    try:
        yield
    finally:
        _deadline.reset(token)


def time_left(limit: float | None, until: float | None = None) -> float | None:
    """Return the seconds until the deadline, at most *limit*; None: no end. Raise TimeoutError after it."""
    ends = _deadline.get() if until is None else until
    if ends is None:
        return limit
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError("the time for the call is over")
    return left if limit is None else min(limit, left)


class _Timed(io.RawIOBase):
    """What comes from a socket, each read waiting no longer than is left of the whole.

    A socket's own timeout begins anew with every byte: one byte now and then would never end.
    """

    def __init__(self, raw: io.RawIOBase, sock: Any, deadline: float) -> None:
        self._raw, self._sock, self._deadline = raw, sock, deadline
        self._limit: float | None = sock.gettimeout()

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        """Read what is there, or wait as long as may be; raise TimeoutError."""
        self._sock.settimeout(time_left(self._limit, self._deadline))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Close the socket's file with this one."""
        self._raw.close()
        super().close()


class TimedResponse(http.client.HTTPResponse):
    """Status line, headers, interim answers (100 Continue) and body within the call's deadline."""

    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        deadline = _deadline.get()
        if deadline is not None:
            raw = self.fp.detach()
            self.fp = io.BufferedReader(_Timed(raw, sock, deadline))
