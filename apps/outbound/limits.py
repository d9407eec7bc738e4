"""The time a call, or a row of calls, may take, and whether it is still wanted, kept while answers come;
and how long a server asked us to wait."""

import http.client
import io
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

LOOK_SECONDS: Final = 1.0
"""So often, while an answer is awaited, it is looked whether it is still wanted."""

LONGEST_WAIT: Final = timedelta(days=30)
"""A wish beyond this is no date but a mistake."""

type Looks = tuple[Callable[[], object], ...]

_deadline: ContextVar[float] = ContextVar("deadline")
"""On the monotonic clock: when the call of this thread has to be over. There is none without (`over_at`)."""
_looks: ContextVar[Looks] = ContextVar("looks", default=())
_in_flight: ContextVar[Looks] = ContextVar("in_flight", default=())
"""Those of the call under way, none of them for one that is heard to its end."""


class Budget:
    """Seconds that calls may wait for a plan together, whichever threads and sessions make them.

    What we do between two calls is not counted: a plan is judged by its own time.
    """

    def __init__(self, seconds: float = math.inf) -> None:
        self._left = seconds
        self._lock = threading.Lock()

    def left(self) -> float:
        """Return the seconds that are left, 0 when all is spent; without a limit, infinity."""
        return max(self._left, 0.0)

    def spend(self, seconds: float) -> None:
        """Count the time of one call."""
        with self._lock:
            self._left -= seconds


@contextmanager
def bound[T](variable: ContextVar[T], value: T) -> Iterator[None]:
    """Have a variable of the context hold *value* in this block."""
    token = variable.set(value)
    try:
        yield
    finally:
        variable.reset(token)


def looking(look: Callable[[], object]) -> AbstractContextManager[None]:
    """Ask in this block only as long as *look*, and those of the blocks around it, raise nothing.

    They are called before each question is sent and every second while its answer comes, in the thread that
    waits for it; what one raises, an EndsAsking, ends the call, and goes up.
    """
    return bound(_looks, (*_looks.get(), look))


def regardless() -> AbstractContextManager[None]:
    """Ask in this block whatever the blocks around it look for."""
    return bound(_looks, ())


def look() -> None:
    """Raise what ends the asking in this block, if anything does."""
    _call(_looks.get())


def _call(looks: Looks) -> None:
    for check in looks:
        check()


@contextmanager
def over_at(deadline: float, *, hears_out: bool = False) -> Iterator[None]:
    """Bind the calls in this block, and whatever is still read of their answers later.

    Where it *hears_out*, an answer is looked for to its end, once the question was sent.
    """
    with bound(_deadline, deadline), bound(_in_flight, () if hears_out else _looks.get()):
        yield


def time_left(limit: float | None, until: float | None = None) -> float:
    """Return the seconds until the deadline, at most *limit*. Raise TimeoutError after it."""
    left = (_deadline.get() if until is None else until) - time.monotonic()
    if left <= 0:
        raise TimeoutError("the time for the call is over")
    return left if limit is None else min(limit, left)


class _Timed(io.RawIOBase):
    """What comes from a socket, each read waiting no longer than is left of the whole, and than it is wanted.

    A socket's own timeout begins anew with every byte: one byte now and then would never end.
    """

    def __init__(self, raw: io.RawIOBase, sock: Any, deadline: float, looks: Looks) -> None:
        self._raw, self._sock, self._deadline, self._looks = raw, sock, deadline, looks
        self._limit: float | None = sock.gettimeout()
        self._look_at = time.monotonic() + LOOK_SECONDS

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        """Read what is there, or wait as long as may be; raise TimeoutError, or what a look raises."""
        until = min(self._deadline, time.monotonic() + (math.inf if self._limit is None else self._limit))
        while True:
            if time.monotonic() >= self._look_at:
                _call(self._looks)
                self._look_at = time.monotonic() + LOOK_SECONDS
            self._sock.settimeout(time_left(LOOK_SECONDS if self._looks else None, until))
            with suppress(TimeoutError):
                # Of the socket itself: its file takes one read in vain for the end of all.
                return int(self._sock.recv_into(buffer))

    def close(self) -> None:
        """Close the socket's file with this one."""
        self._raw.close()
        super().close()


class TimedResponse(http.client.HTTPResponse):
    """Status line, headers, interim answers (100 Continue) and body within the call's deadline."""

    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        raw = self.fp.detach()
        self.fp = io.BufferedReader(_Timed(raw, sock, _deadline.get(), _in_flight.get()))


def asked_to_wait(header: str, *, now: datetime) -> timedelta | None:
    """What Retry-After asks for (RFC 9110 section 10.2.3: seconds or a date); None for every other text."""
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(text)
        wait = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
    except (ValueError, TypeError, OverflowError):  # no date, or a year or zone that no calendar knows
        return None
    return min(max(wait, timedelta(0)), LONGEST_WAIT)
