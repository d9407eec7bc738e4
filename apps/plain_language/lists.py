"""Several things named in a row: "a, b and c"."""

import re
from collections.abc import Sequence

from apps.plain_language.language import _, is_spanish

_SOUNDS_LIKE_I = re.compile(r"h?[ií](?!e)", re.IGNORECASE)
"""Before these "y" becomes "e"."""


def listed(words: Sequence[str]) -> str:
    """Return *words* as one list in the reader's language; "" for none."""
    if len(words) < 2:
        return "".join(words)
    text = _("{firsts} and {last}")
    if is_spanish() and _SOUNDS_LIKE_I.match(words[-1]):
        text = text.replace(" y ", " e ")
    return text.format(firsts=", ".join(words[:-1]), last=words[-1])
