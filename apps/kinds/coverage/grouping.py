"""Coverages as they are stored -> plans as a member has them: parts together, copies once. Pure."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from apps.kinds.coverage import kinds
from apps.kinds.coverage.records import CoverageRecord


@dataclass(frozen=True, slots=True)
class Held:
    """One stored coverage, opened. `source` is its connection, `shared_by` the plan's name there."""

    id: uuid.UUID
    record: CoverageRecord
    source: uuid.UUID
    shared_by: str
    person: str = ""
    """Who is covered, as the plan wrote the name; "" where it shared none."""


@dataclass(frozen=True, slots=True)
class Copies:
    """The same coverage as one or several connections brought it; the first one speaks for all."""

    held: tuple[Held, ...]

    @property
    def record(self) -> CoverageRecord:
        """What the first one says."""
        return self.held[0].record

    @property
    def sources(self) -> tuple[uuid.UUID, ...]:
        """The connections it came through."""
        return tuple(held.source for held in self.held)


@dataclass(frozen=True, slots=True)
class PlanHeld:
    """One plan of one person: its only coverage, or the coverages that are its parts (at least one)."""

    parts: tuple[Copies, ...]

    @property
    def first(self) -> Held:
        """The coverage by whose id the plan is known."""
        return self.parts[0].held[0]

    @property
    def records(self) -> tuple[CoverageRecord, ...]:
        """What its parts say, each once."""
        return tuple(part.record for part in self.parts)

    @property
    def ids(self) -> frozenset[uuid.UUID]:
        """All rows it is made of."""
        return frozenset(held.id for part in self.parts for held in part.held)

    @property
    def shared_by(self) -> tuple[str, ...]:
        """One name for each connection that brought it: a plan connected twice is named twice."""
        names = {held.source: held.shared_by for part in self.parts for held in part.held}
        return tuple(names.values())


def plans(rows: Iterable[Held]) -> list[PlanHeld]:
    """Return the plans *rows* make up, in the order of their first rows.

    Parts of one plan belong together when they came the same way and carry the same member number. Nothing of
    two people is ever put together.
    """
    by_plan: dict[object, list[Copies]] = {}
    for copies in _copies(rows):
        part = kinds.part_of(copies.record)
        first = copies.held[0]
        key: object = first.id
        if part:
            key = (part[0].casefold(), first.person.casefold(), copies.record.member_number, copies.sources)
        by_plan.setdefault(key, []).append(copies)
    return [PlanHeld(tuple(sorted(parts, key=_part_order))) for parts in by_plan.values()]


def _copies(rows: Iterable[Held]) -> list[Copies]:
    """The same number, person, name, sort and dates through another connection is the same coverage."""
    all_piles: dict[object, list[list[Held]]] = {}
    for row in rows:
        record = row.record
        key: object = row.id
        if record.member_number:
            key = (
                *(record.member_number, record.dependent, row.person.casefold()),
                *(kinds.title_of(record), kinds.kind_of(record), record.starts, record.ends),
            )
        piles = all_piles.setdefault(key, [])
        pile = next((pile for pile in piles if row.source not in {held.source for held in pile}), None)
        if pile is None:
            piles.append([row])
        else:
            pile.append(row)
    return [Copies(tuple(pile)) for piles in all_piles.values() for pile in piles]


def _part_order(copies: Copies) -> tuple[str, str]:
    part = kinds.part_of(copies.record)
    return (part[1].casefold() if part else "", copies.record.starts or "")


def people(plans_held: Sequence[PlanHeld]) -> frozenset[str]:
    """Return whose coverage it is, by name; plans that name nobody count as one more person."""
    return frozenset((plan.first.person or plan.first.record.person or "").casefold() for plan in plans_held)
