"""How many rounds: in full in the gate, a few at a desk, and as ROUNDS says in a long run (`make chaos`).

And how long all of them together took: the gate's may take ten minutes, over all processes of pytest.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from tests.length import in_full

MOST_MINUTES = 10
PROCESSES = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
KILLS, KILLS_IN_GATE = 200, 24
"""By how many kills ROUNDS is counted, and at how many places the gate kills a worker on each database.

`make chaos` kills at 600, on both.
"""


def rounds(in_gate: int, *, at_desk: int, sample: int = 0) -> int:
    """Return how many rounds to play; *sample* is what the gate plays of so many, where it plays less.

    ROUNDS is how often workers are killed, of which 200 are one measure; everything else grows with it.
    """
    if told := os.environ.get("ROUNDS"):
        return max(in_gate * int(told) // KILLS, 1)
    in_gate = sample or in_gate
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
class Played:
    """How long the matrix was played so far, in all processes of this run of pytest together.

    Other tests are done in between, so that what each test of the matrix took is added up.
    """

    note: Path
    """A file that all processes of the run append to: seconds, a line each."""

    def add(self, seconds: float) -> None:
        """Add what one test took; a short line is appended whole."""
        with self.note.open("a") as note:
            note.write(f"{seconds:.3f}\n")

    def check(self, most: float | None) -> None:
        """Fail when it took more than so many minutes, by as many processes as there are."""
        seconds = sum(map(float, self.note.read_text().split())) if self.note.exists() else 0.0
        minutes = seconds / 60 / PROCESSES
        assert most is None or minutes <= most, (
            f"the fault matrix has taken {minutes:.1f} minutes, {most:g} is the most: "
            "play fewer rounds (tests/faults/length.py), or find out what became slow"
        )
