"""Coverages as they are stored -> plans as a member has them: parts together, copies once, their order. Pure.

R4 `Coverage.order` alone makes no coverage primary ("the specific positioning depends upon the episode of
care"), and whether a claim was decided under a coverage (`insurance.focal`) says nothing about the others
(facts 10). So numbers that agree are told with that caution, and nothing is ever concluded.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from apps.kinds.coverage import kinds
from apps.kinds.coverage.kinds import Kind
from apps.kinds.coverage.records import CoverageRecord
from apps.plain_language.language import _
from apps.plain_language.theirs import filled, joined, listed


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


@dataclass(frozen=True, slots=True)
class Claimant:
    """One plan that is active for one person, and the place its own data gives it, None for none."""

    title: str
    kind: Kind
    person: str
    place: int | None


def who_pays_first(plans: Iterable[Claimant]) -> list[str]:
    """Return what can be said of plans that could pay for the same care, one text for each such group.

    Dental and medical plans do not compete; a plan of an unknown kind might with any. [] when there is
    nothing to be told: one plan, and it does not say that it comes later.
    """
    people: dict[str, list[Claimant]] = {}
    for plan in plans:
        people.setdefault(plan.person, []).append(plan)
    return [
        text
        for person, theirs in people.items()
        for group in _groups(theirs)
        if (text := _of_group(group, person if len(people) > 1 else ""))
    ]


def _groups(plans: Sequence[Claimant]) -> list[list[Claimant]]:
    if any(plan.kind == "other" for plan in plans):
        return [list(plans)]
    by_kind: dict[Kind, list[Claimant]] = {}
    for plan in plans:
        by_kind.setdefault(plan.kind, []).append(plan)
    return list(by_kind.values())


def _of_group(plans: Sequence[Claimant], person: str) -> str:
    if not plans[1:]:
        return _alone(plans[0])
    names = listed([plan.title for plan in plans])
    if len({plan.title for plan in plans}) == 1:
        return _of_one_name(plans, person)
    places = [plan.place for plan in plans if plan.place is not None]
    if len(places) < len(plans):
        text = (
            _("For {person}, your plans have not said which pays first: {plans}.")
            if person
            else _("Your plans have not said which pays first: {plans}.")
        )
        numbered = [_numbered(plan) for plan in plans if plan.place is not None]
        return joined(" ", [filled(text, plans=names, person=person), *numbered])
    if len(set(places)) < len(places):
        text = _("Your plans do not agree on which pays first: {plans} carry the same number in their order.")
        same = [plan.title for plan in plans if plan.place is not None and places.count(plan.place) > 1]
        return filled(text, plans=listed(same))
    in_order = [plan.title for plan in sorted(plans, key=lambda plan: plan.place or 0)]
    text = (
        _("For {person}, your plans list {first} first, then {others}. For one visit it can differ.")
        if person
        else _("Your plans list {first} first, then {others}. For one visit it can differ.")
    )
    return filled(text, person=person, first=in_order[0], others=listed(in_order[1:]))


def _of_one_name(plans: Sequence[Claimant], person: str) -> str:
    text = (
        _("For {person}, {number} coverages of {plan} are active; which pays first was not said.")
        if person
        else _("{number} coverages of {plan} are active; which pays first was not said.")
    )
    return filled(text, person=person, plan=plans[0].title, number=len(plans))


def _alone(plan: Claimant) -> str:
    if plan.place is None or plan.place == 1:
        return ""
    text = _("{plan} says it is number {number} in your order of plans, so another plan may pay before it.")
    return filled(text, plan=plan.title, number=plan.place)


def _numbered(plan: Claimant) -> str:
    text = _("{plan} says it is number {number} in your order of plans.")
    return filled(text, plan=plan.title, number=plan.place)
