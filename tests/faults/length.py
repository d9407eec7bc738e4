"""How many rounds: in full in the gate, a few at a desk, and as ROUNDS says in a long run (`make chaos`)."""

import os

from tests.length import in_full, is_on_postgresql


def rounds(in_gate: int, *, at_desk: int, on_postgresql: int | None = None) -> int:
    """Return how many rounds to play; *on_postgresql* is the gate's sample there, else as many.

    ROUNDS is how often workers are killed, 200 in the gate; everything else grows with it.
    """
    if told := os.environ.get("ROUNDS"):
        return max(in_gate * int(told) // 200, 1)
    if is_on_postgresql() and on_postgresql is not None:
        in_gate = on_postgresql
    return in_full(in_gate, otherwise=min(at_desk, in_gate))


def spread(count: int, *, over: int) -> list[int]:
    """Return *count* different places of 1 to *over*, evenly spread; all of them when there are fewer."""
    if count >= over:
        return list(range(1, over + 1))
    return sorted({1 + index * over // count for index in range(count)})
