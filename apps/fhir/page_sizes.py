"""How many records a search may ask for at once, and what to ask where a server does not take that many."""

from typing import Final

REFUSALS: Final = (400, 413, 422)
"""How servers answer a first page whose `_count` they do not take (C-01)."""
FEWEST_AT_ONCE: Final = 10
"""Records of a page below which a server is not asked for fewer, but without `_count`."""


def fewer(asked: int) -> int:
    """How many records to ask for where *asked* were too many: half as many, at last without `_count` (0)."""
    return max(asked // 2, FEWEST_AT_ONCE) if asked > FEWEST_AT_ONCE else 0
