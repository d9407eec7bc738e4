"""How many rounds: ROUNDS as told (`make chaos`), else in full in the gate and a few at a desk."""

import os

from tests.length import in_full, is_on_postgresql


def rounds(in_gate: int, *, at_desk: int, on_postgresql: int | None = None) -> int:
    """Return how many rounds to play; *on_postgresql* is the gate's sample there, else as many."""
    told = os.environ.get("ROUNDS")
    if told:
        return max(int(told), 1)
    if is_on_postgresql() and on_postgresql is not None:
        in_gate = on_postgresql
    return in_full(in_gate, otherwise=min(at_desk, in_gate))


def spread(count: int, *, over: int) -> list[int]:
    """Return *count* different places of 1 to *over*, evenly spread; all of them when there are fewer."""
    return (
        sorted({1 + index * over // count for index in range(count)})
        if count < over
        else list(range(1, over + 1))
    )
