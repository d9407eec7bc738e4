"""Several things named in a row: "a, b and c"."""

from collections.abc import Sequence

from apps.plain_language.language import _


def listed(words: Sequence[str]) -> str:
    """Return *words* as one list in the reader's language; "" for none."""
    if len(words) < 2:
        return "".join(words)
    return _("{firsts} and {last}").format(firsts=", ".join(words[:-1]), last=words[-1])
