"""What plans wrote, in English, among our own words: pages in another language say so (WCAG 3.1.2); pure.

A text knows which of its places are theirs and is an ordinary `str` for everybody else. Wording marks a text
as `theirs`, puts it into a sentence of ours with `filled`, and templates print it through `|as_written`.
Names of people and organizations are of no language: marked as `a_name`, they keep together on a line.
"""

import re
from collections.abc import Sequence
from string import Formatter

from apps.plain_language.language import _, is_spanish, said

type Places = tuple[tuple[int, int], ...]


class Written(str):
    """A text with the places (start, end) in it that we did not write, and those of names."""

    places: Places
    names: Places

    def __new__(cls, text: str, places: Places = (), names: Places = ()) -> "Written":
        """Return *text* with these places."""
        written = super().__new__(cls, text)
        written.places, written.names = places, names
        return written


def theirs(text: str | None) -> str:
    """Return a text of the plan's, marked where the reader's language is not English; "" for none."""
    if not text or isinstance(text, Written) or not is_spanish():
        return text or ""
    return Written(text, ((0, len(text)),))


def a_name(text: str) -> str:
    """Return a name, which is not broken where it fits on a line."""
    return Written(text, names=((0, len(text)),))


def translated(text: str) -> str:
    """Return one of our texts in the reader's language; any other is the plan's."""
    told = _(text)
    return theirs(told) if told == text and any(map(str.isalpha, text)) else told


def filled(sentence: str, **values: object) -> str:
    """Return `sentence.format(**values)`, in which what is theirs stays theirs."""
    if not any(isinstance(value, Written) for value in values.values()):
        return sentence.format(**values)
    parts: list[str] = []
    for literal, name, spec, _conversion in Formatter().parse(sentence):
        parts.append(literal)
        if name is not None:
            value = values[name]
            parts.append(value if isinstance(value, str) else format(value, spec or ""))
    return joined("", parts)


def joined(between: str, texts: "list[str] | tuple[str, ...]") -> str:
    """Return `between.join(texts)`, in which what is theirs stays theirs."""
    whole, at = between.join(texts), 0
    places, names = list[tuple[int, int]](), list[tuple[int, int]]()
    for text in texts:
        if isinstance(text, Written):
            places += [(start + at, end + at) for start, end in text.places]
            names += [(start + at, end + at) for start, end in text.names]
        at += len(text) + len(between)
    return Written(whole, tuple(places), tuple(names)) if places or names else whole


def parted(between: str, text: str) -> list[str]:
    """Return the texts that `joined` made *text* of: what is theirs, or a name, is not parted."""
    if not isinstance(text, Written):
        return text.split(between)
    parts, start = list[str](), 0
    kept = (*text.places, *text.names)
    for match in re.finditer(re.escape(between), text):
        if not any(begin < match.end() and match.start() < end for begin, end in kept):
            parts.append(_slice(text, start, match.start()))
            start = match.end()
    return [*parts, _slice(text, start, len(text))]


def _slice(text: Written, start: int, end: int) -> Written:
    """Return a part of a text with its places, none of which lies across its borders."""

    def within(places: Places) -> Places:
        return tuple(
            (first - start, last - start) for first, last in places if start <= first and last <= end
        )

    return Written(text[start:end], within(text.places), within(text.names))


_SOUNDS_LIKE_I = re.compile(r"h?[ií](?!e)", re.IGNORECASE)
"""Before these "y" becomes "e"."""


def listed(words: Sequence[str]) -> str:
    """Return *words* as one list in the reader's language; "" for none.

    Between three or more of which one holds a comma itself stands a semicolon, so that each is told apart.
    """
    if len(words) < 2:
        return words[0] if words else ""
    text = _("{firsts} and {last}")
    if is_spanish() and _SOUNDS_LIKE_I.match(words[-1]):
        text = text.replace(" y ", " e ")
    first = list(words[:-1])
    if len(first) > 1 and any(", " in word for word in words):
        return filled(text, firsts=joined("", [joined("; ", first), ";"]), last=words[-1])
    return filled(text, firsts=joined(", ", first), last=words[-1])


_MEDICARE = {
    "a": said("Part A"),
    "b": said("Part B"),
    "c": said("Part C"),
    "d": said("Part D"),
}
_PART = re.compile(r"part ([a-d])", re.IGNORECASE)
"""Medicare's parts as readers call them."""


def part_words(name: str) -> str:
    """Return "Part A" in the reader's language; "" for the name of anything else."""
    match = _PART.fullmatch(name.strip())
    return _(_MEDICARE[match[1].lower()]) if match else ""
