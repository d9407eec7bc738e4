"""The time a call, or a row of calls, may take in all, kept while connections are made and answers come."""

import http.client
import io
import math
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any
from weakref import WeakSet

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)
"""On the monotonic clock: when the call of this thread has to be over."""
_budget: ContextVar["Budget | None"] = ContextVar("budget", default=None)


class Budget:
    """Seconds that calls may wait for a plan together, whichever threads and sessions make them.

    What we do between two calls is not counted: a plan is judged by its own time. Whoever holds it may `cut`
    what is in flight.
    """

    def __init__(self, seconds: float = math.inf) -> None:
        self._left = seconds
        self._lock = threading.Lock()
        self._sockets = WeakSet[socket.socket]()

    def left(self) -> float:
        """Return the seconds that are left, 0 when all is spent; without a limit, infinity."""
        return max(self._left, 0.0)

    def spend(self, seconds: float) -> None:
        """Count the time of one call."""
        with self._lock:
            self._left -= seconds

    def cut(self) -> None:
        """End the calls in flight, whatever they wait for, and let none begin."""
        with self._lock:
            self._left = -math.inf
            sockets = list(self._sockets)
        for waiting in sockets:
            with suppress(OSError):  # it was closed meanwhile
                # Not the method of a TLS socket, which forgets its session under the hands of who reads it.
                socket.socket.shutdown(waiting, socket.SHUT_RDWR)

    def watch(self, waiting: socket.socket) -> None:
        """Know a socket that an answer is awaited from, as long as it lives."""
        with self._lock:
            self._sockets.add(waiting)
        if not self.left():
            self.cut()


@contextmanager
def over_at(deadline: float, budget: Budget | None = None) -> Iterator[None]:
    """Bind the calls in this block, and whatever is still read of their answers later."""
    tokens = _deadline.set(deadline), _budget.set(budget)
    try:
        yield
    finally:
        _deadline.reset(tokens[0])
        _budget.reset(tokens[1])


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
        deadline, budget = _deadline.get(), _budget.get()
        if budget is not None:
            budget.watch(sock)
        if deadline is not None:
            raw = self.fp.detach()
            self.fp = io.BufferedReader(_Timed(raw, sock, deadline))
