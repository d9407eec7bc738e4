"""What plans wrote, in English, among our own words: pages in another language say so (WCAG 3.1.2); pure.

A text knows which of its places are theirs and is an ordinary `str` for everybody else. Wording marks a text
as `theirs`, puts it into a sentence of ours with `filled`, and templates print it through `|as_written`.
Names of people and organizations are of no language: marked as `a_name`, they keep together on a line. An
amount that counts only with what it stands in, marked as `an_amount`, is struck where that counts no longer.
"""

import re
from collections.abc import Iterable, Sequence
from string import Formatter
from typing import Literal, NamedTuple

from apps.plain_language.language import _, is_spanish, said


class Mark(NamedTuple):
    """A place in a text, and what stands there."""

    start: int
    end: int
    what: Literal["theirs", "name", "amount"]


class Written(str):
    """A text with the places in it that we did not write, and those of names and amounts."""

    marks: tuple[Mark, ...]

    def __new__(cls, text: str, marks: Iterable[Mark] = ()) -> "Written":
        """Return *text* with these places."""
        written = super().__new__(cls, text)
        written.marks = tuple(marks)
        return written


def theirs(text: str | None) -> str:
    """Return a text of the plan's, marked where the reader's language is not English; "" for none."""
    if not text or isinstance(text, Written) or not is_spanish():
        return text or ""
    return Written(text, [Mark(0, len(text), "theirs")])


def a_name(text: str) -> str:
    """Return a name, which is not broken where it fits on a line."""
    return Written(text, [Mark(0, len(text), "name")])


def an_amount(text: str) -> str:
    """Return an amount as printed, which is struck out where what it stands in does not count."""
    return Written(text, [Mark(0, len(text), "amount")])


def translated(text: str) -> str:
    """Return one of our texts in the reader's language; any other is the plan's."""
    translation = _(text)
    return theirs(translation) if translation == text and any(map(str.isalpha, text)) else translation


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
    marks = list[Mark]()
    for text in texts:
        if isinstance(text, Written):
            marks += [Mark(start + at, end + at, what) for start, end, what in text.marks]
        at += len(text) + len(between)
    return Written(whole, marks) if marks else whole


def parted(between: str, text: str) -> list[str]:
    """Return the texts that `joined` made *text* of: what is theirs, a name or an amount is not parted."""
    if not isinstance(text, Written):
        return text.split(between)
    parts, start = list[str](), 0
    for match in re.finditer(re.escape(between), text):
        if not any(begin < match.end() and match.start() < end for begin, end, _what in text.marks):
            parts.append(_slice(text, start, match.start()))
            start = match.end()
    return [*parts, _slice(text, start, len(text))]


def _slice(text: Written, start: int, end: int) -> Written:
    """Return a part of a text with its places, none of which lies across its borders."""
    within = (mark for mark in text.marks if start <= mark.start and mark.end <= end)
    return Written(text[start:end], [Mark(first - start, last - start, what) for first, last, what in within])


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


_MEDICARE = {"a": said("Part A"), "b": said("Part B"), "c": said("Part C"), "d": said("Part D")}
_PART = re.compile(r"part ([a-d])", re.IGNORECASE)
"""Medicare's parts as readers call them."""


def part_words(name: str) -> str:
    """Return "Part A" in the reader's language; "" for the name of anything else."""
    match = _PART.fullmatch(name.strip())
    return _(_MEDICARE[match[1].lower()]) if match else ""
