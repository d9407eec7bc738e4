"""How many rounds: in full in the gate, a few at a desk, and as ROUNDS says in a long run (`make chaos`).

And how long all of them together took: the gate's may take ten minutes, over all processes of pytest.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from tests.length import in_full, is_on_postgresql

MOST_MINUTES = 10
KILLS, KILLS_ON_SQLITE = 200, 40
"""At so many places the gate kills a worker: on PostgreSQL, which is for production, and on SQLite."""


def rounds(
    in_gate: int, *, at_desk: int, on_postgresql: int | None = None, on_sqlite: int | None = None
) -> int:
    """Return how many rounds to play; *on_postgresql*, *on_sqlite* are its samples there, else as many.

    ROUNDS is how often workers are killed, 200 in the gate; everything else grows with it.
    """
    if told := os.environ.get("ROUNDS"):
        return max(in_gate * int(told) // KILLS, 1)
    sample = on_postgresql if is_on_postgresql() else on_sqlite
    in_gate = in_gate if sample is None else sample
    return in_full(in_gate, otherwise=min(at_desk, in_gate))


def spread(count: int, *, over: int) -> list[int]:
    """Return *count* different places of 1 to *over*, evenly spread; all of them when there are fewer."""
    if count >= over:
        return list(range(1, over + 1))
    return sorted({1 + index * over // count for index in range(count)})


def most_minutes() -> float | None:
    """Return how long all rounds together may take; None at a desk and where ROUNDS asks for more."""
    return MOST_MINUTES if os.environ.get("CI") and not os.environ.get("ROUNDS") else None


@dataclass(frozen=True)
class Span:
    """The time since the first test of the matrix began, in whichever process of this run of pytest."""

    began: float
    """Seconds since 1970."""

    @classmethod
    def of(cls, note: Path) -> "Span":
        """Return the span *note* tells of, a file all processes of the run share; the first writes it."""
        own = note.with_name(f"{note.name}-{os.getpid()}")
        own.write_text(str(time.time()))
        try:
            os.link(own, note)  # whole or not at all, and never a second time
        except FileExistsError:
            pass
        finally:
            own.unlink()
        return cls(float(note.read_text()))

    def check(self, most: float | None) -> None:
        """Fail when more than so many minutes are over."""
        minutes = (time.time() - self.began) / 60
        assert most is None or minutes <= most, (
            f"the fault matrix has taken {minutes:.1f} minutes, {most:g} is the most: "
            "play fewer rounds (tests/faults/length.py), or find out what became slow"
        )
