"""What is sent several times stands once in a list: a result sent twice, a team sent for each claim; pure."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from hashlib import blake2b
from itertools import groupby
from typing import Final
from uuid import UUID

import msgspec
from msgspec import structs

from apps.kinds.care.entry import CareEntry
from apps.kinds.care.records import Part, Words
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

    b"" where no moment or nothing was sent: what looks alike then may well be two. The first is zeros where
    a day was sent alone: two of a day need not be of one moment.
    """
    of = {name: value for name, value in sent.tree.items() if name.startswith(_OF)}
    says = {name: value for name, value in sent.tree.items() if name.startswith(_SAYS)}
    if not says.keys() - {"performer"} or not any(name.startswith("effective") for name in of):
        return b""
    has_time = any("T" in str(value) for name, value in of.items() if name.startswith("effective"))
    likeness = _digests(of, of | says)
    return likeness if has_time else bytes(_SIZE) + likeness[_SIZE:]


def team_likeness(name: Words | None, members: tuple[Part, ...]) -> bytes:
    """Return what teams share that have the same name and members: some plans send one for each claim."""
    return _digests(name, members) if members else b""


def _digests(*parts: object) -> bytes:
    try:
        return b"".join(blake2b(_encoder.encode(part), digest_size=_SIZE).digest() for part in parts)
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
    moment = entry.likeness[:_SIZE]
    return any(moment) and moment == other.likeness[:_SIZE] and entry.likeness != other.likeness


def _alike(entry: CareEntry) -> Alike | None:
    """Return what the same shares, however often it is sent; None for a result that is not final, or gone."""
    is_certain = entry.standing in _FINAL or is_team(entry)
    is_alike = entry.likeness and is_certain and not entry.is_gone
    return (entry.person_key, entry.standing, entry.likeness) if is_alike else None


def is_team(entry: CareEntry) -> bool:
    """Whether it is a care team."""
    return entry.own.startswith("CareTeam/")


def each_day(day: date) -> date:
    """Within a day: two results of different days are two."""
    return day


def each_year(day: date) -> int:
    """Within a year: a book holds no more."""
    return day.year


def repeats(entries: Iterable[CareEntry]) -> int:
    """Count the results that stand in the list already."""
    alike = [key for entry in entries if (key := _alike(entry))]
    return len(alike) - len(set(alike))


def each_once(held: Iterable[Held[CareEntry]], within: Callable[[date], object]) -> Iterator[Held[CareEntry]]:
    """Yield what is the same *within* a day or a year once, newest first, and say how often it was sent."""
    for _within, several in groupby(held, key=lambda shown: within(shown.entry.on)):
        first: dict[tuple[UUID, Alike], int] = {}
        kept: list[Held[CareEntry]] = []
        for shown in several:
            alike = _alike(shown.entry)
            place = first.setdefault((shown.plan, alike), len(kept)) if alike else len(kept)
            if place == len(kept):
                kept.append(shown)
            else:
                again = structs.replace(kept[place].entry, times_sent=kept[place].entry.times_sent + 1)
                kept[place] = structs.replace(kept[place], entry=again)
        yield from kept
