"""What is sent several times stands once in a list: a result sent twice, a team sent for each claim."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Final
from uuid import UUID

from msgspec import structs

from apps.kinds.care.entry import CareEntry
from apps.kinds.care.likeness import SIZE
from apps.records.volumes import Held

_FINAL: Final = frozenset({"", "corrected", "added_to", "of_another"})
type Alike = tuple[str, str, bytes]


class Wholes:
    """Which results stand in a panel, and in which reports.

    What one report lists twice are two results: of two bacteria, each with "heavy growth". What stands in a
    panel is of that panel alone.
    """

    def __init__(self, entries: Iterable[CareEntry]) -> None:
        self._in_panels: set[str] = set()
        self._reports = defaultdict[str, set[str]](set)
        for entry in entries:
            for member in entry.members:
                if entry.own.startswith("DiagnosticReport/"):
                    self._reports[member].add(entry.own)
                else:
                    self._in_panels.add(member)

    def part(self, entry: CareEntry, other: CareEntry) -> bool:
        """Whether something says that two entries are two."""
        if entry.own in self._in_panels or other.own in self._in_panels:
            return True
        return not self._reports.get(entry.own, set()).isdisjoint(self._reports.get(other.own, ()))

    def are_same(self, entry: CareEntry, other: CareEntry) -> bool:
        """Whether two results are one that was sent twice."""
        alike = _alike(entry)
        return alike is not None and alike == _alike(other) and not self.part(entry, other)

    def contradict(self, entry: CareEntry, other: CareEntry) -> bool:
        """Whether two final results are of the same test and moment, and do not say the same."""
        mine, theirs = _alike(entry), _alike(other)
        if mine is None or theirs is None or entry.person_key != other.person_key:
            return False
        (moment, says), (same_moment, says_too) = map(_moment_and_words, (entry, other))
        return any(moment) and moment == same_moment and says != says_too and not self.part(entry, other)


def _alike(entry: CareEntry) -> Alike | None:
    """Return what the same shares, however often it is sent; None for a result that is not final, or gone."""
    is_certain = entry.standing in _FINAL or is_team(entry)
    is_alike = entry.likeness and is_certain and not entry.is_gone
    return (entry.person_key, entry.standing, entry.likeness) if is_alike else None


def is_team(entry: CareEntry) -> bool:
    """Whether it is a care team."""
    return entry.own.startswith("CareTeam/")


def _moment_and_words(entry: CareEntry) -> tuple[bytes, bytes]:
    return entry.likeness[:SIZE], entry.likeness[SIZE : 2 * SIZE]


def firsts(entries: Sequence[CareEntry]) -> list[int]:
    """Return for each entry the place of the one that stands for it: its own, where it is no copy."""
    wholes = Wholes(entries)
    kept_by_day = defaultdict[tuple[date, Alike], list[int]](list)
    places = []
    for place, entry in enumerate(entries):
        alike = _alike(entry)
        several = kept_by_day[_span(entry), alike] if alike else []
        first = next((other for other in several if not wholes.part(entry, entries[other])), place)
        if first == place:
            several.append(place)
        places.append(first)
    return places


def _span(entry: CareEntry) -> date:
    """Return within what two entries may be one: a day; of teams a year, since a book holds no more."""
    return entry.on.replace(month=1, day=1) if is_team(entry) else entry.on


def repeats(entries: Iterable[CareEntry]) -> int:
    """Count the results that stand in the list already."""
    return sum(first != place for place, first in enumerate(firsts(list(entries))))


def each_once(held: Iterable[Held[CareEntry]]) -> Iterator[Held[CareEntry]]:
    """Yield what was sent several times once, newest first as it came, and say how often it was sent."""
    for _year, of_a_year in groupby(held, key=lambda shown: shown.entry.on.year):
        by_plan = defaultdict[UUID, list[Held[CareEntry]]](list)
        for shown in (several := list(of_a_year)):
            by_plan[shown.plan].append(shown)
        times = Counter[UUID]()
        for shown_of_plan in by_plan.values():
            places = firsts([shown.entry for shown in shown_of_plan])
            times.update(shown_of_plan[place].id for place in places)
        yield from (_said(shown, times[shown.id]) for shown in several if times[shown.id])


def _said(shown: Held[CareEntry], times: int) -> Held[CareEntry]:
    if times == 1:
        return shown
    return structs.replace(shown, entry=structs.replace(shown.entry, times_sent=times))
