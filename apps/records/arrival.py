"""Ids of records in the order they came."""

import secrets
import threading
import time
import uuid

_lock = threading.Lock()
_last = 0


def next_id() -> uuid.UUID:
    """Return a UUID of version 7 (RFC 9562 section 5.7) greater than all this process made before.

    48 bits are the time in milliseconds, the 12 after the version a counter within it, 62 are random: nobody
    guesses it.
    """
    global _last  # noqa: PLW0603 - the one thing to remember
    with _lock:
        _last = max(_last + 1, time.time_ns() // 1_000_000 << 12)
        moment, counter = _last >> 12, _last & 0xFFF
    version, variant = 0x7, 0b10
    return uuid.UUID(int=moment << 80 | version << 76 | counter << 64 | variant << 62 | secrets.randbits(62))
