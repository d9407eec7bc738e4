"""What the process remembers of each personality while it runs: counts and orders; gone when it stops."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.demo_payer.personalities import Fault


@dataclass
class Ordered:
    """A fault somebody asked for, and how often it is still to happen."""

    fault: Fault
    times: int


@dataclass
class Memory:
    """One personality's memory; hold `lock` while changing it."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    seen: Counter[str] = field(default_factory=Counter)
    """Requests by route name."""
    ordered: dict[str, Ordered] = field(default_factory=dict)
    drifted: bool = False
    client_jwks: dict[str, Any] | None = None
    late: dict[int, tuple[int, datetime]] = field(default_factory=dict)
    """By permission, how far its late results came, and when they came there."""
    used: dict[str, float] = field(default_factory=dict)
    """The `jti` of each client assertion and when it expires, in seconds since 1970."""


_ALL: dict[str, Memory] = {}
_LOCK = threading.Lock()


def of(name: str) -> Memory:
    """Return the memory of the personality of this name."""
    with _LOCK:
        return _ALL.setdefault(name, Memory())


def forget(name: str) -> None:
    """Begin afresh."""
    with _LOCK:
        _ALL.pop(name, None)
