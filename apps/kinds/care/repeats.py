"""The same result sent twice: it stands once in a list, and its page leads to the other; pure."""

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import groupby
from typing import Final
from uuid import UUID

import msgspec
from msgspec import structs

from apps.kinds.care.entry import CareEntry
from apps.kinds.care.sent import Sent
from apps.records.volumes import Held

_OF: Final = ("code", "effective", "specimen", "method", "bodySite")
"""What results of the same test share: beginnings of elements ("effectiveDateTime")."""
_SAYS: Final = (
    *("value", "component", "dataAbsentReason", "hasMember", "result", "conclusion", "presentedForm"),
    "performer",
)
_FINAL: Final = frozenset({"", "corrected"})
_SIZE: Final = 6
"""Bytes of a digest: entries of one day alone are held against each other."""
_encoder: Final = msgspec.json.Encoder(decimal_format="number", order="sorted")
type Alike = tuple[str, str, bytes]


def likeness(sent: Sent) -> bytes:
    """Return two digests: of which test and moment a result is; what it says, and who says so.

    b"" where no moment or nothing was sent: what looks alike then may well be two.
    """
    of = {name: value for name, value in sent.tree.items() if name.startswith(_OF)}
    says = {name: value for name, value in sent.tree.items() if name.startswith(_SAYS)}
    if not says.keys() - {"performer"} or not any(name.startswith("effective") for name in of):
        return b""
    try:
        return b"".join(blake2b(_encoder.encode(part), digest_size=_SIZE).digest() for part in (of, says))
    except UnicodeEncodeError:  # letters that only a tolerant reader takes
        return b""


def is_same(entry: CareEntry, other: CareEntry) -> bool:
    """Whether two results are one that was sent twice."""
    return (alike := _alike(entry)) is not None and alike == _alike(other)


def contradicts(entry: CareEntry, other: CareEntry) -> bool:
    """Whether two final results are of the same test and moment, and do not say the same."""
    mine, theirs = _alike(entry), _alike(other)
    if mine is None or theirs is None or entry.person_key != other.person_key:
        return False
    return entry.likeness[:_SIZE] == other.likeness[:_SIZE] and entry.likeness != other.likeness


def _alike(entry: CareEntry) -> Alike | None:
    """Return what the same result sent twice shares; None for what is not final, or no longer sent."""
    is_certain = entry.likeness and entry.standing in _FINAL and not entry.is_gone
    return (entry.person_key, entry.standing, entry.likeness) if is_certain else None


def repeats(entries: Iterable[CareEntry]) -> int:
    """Count the results that stand in the list already."""
    alike = [key for entry in entries if (key := _alike(entry))]
    return len(alike) - len(set(alike))


def each_once(held: Iterable[Held[CareEntry]]) -> Iterator[Held[CareEntry]]:
    """Yield each result once, newest first as they came, and say of it how often it was sent."""
    for _on, of_a_day in groupby(held, key=lambda shown: shown.entry.on):
        first: dict[tuple[UUID, Alike], int] = {}
        kept: list[Held[CareEntry]] = []
        for shown in of_a_day:
            alike = _alike(shown.entry)
            place = first.setdefault((shown.plan, alike), len(kept)) if alike else len(kept)
            if place == len(kept):
                kept.append(shown)
            else:
                again = structs.replace(kept[place].entry, times_sent=kept[place].entry.times_sent + 1)
                kept[place] = structs.replace(kept[place], entry=again)
        yield from kept
