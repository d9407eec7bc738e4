"""Medicare's parts as readers call them; pure."""

import re
from typing import Final

from apps.plain_language.language import _, said

_PARTS: Final = {
    "a": said("Part A"),
    "b": said("Part B"),
    "c": said("Part C"),
    "d": said("Part D"),
}
_PART: Final = re.compile(r"part ([a-d])", re.IGNORECASE)


def part_words(name: str) -> str:
    """Return "Part A" in the reader's language; "" for the name of anything else."""
    match = _PART.fullmatch(name.strip())
    return _(_PARTS[match[1].lower()]) if match else ""
