"""Which of several plans pays first: only what the plans said, and that they did not say it. Pure.

R4 `Coverage.order` alone makes no coverage primary ("the specific positioning depends upon the episode of
care"), and whether a claim was decided under a coverage (`insurance.focal`) says nothing about the others
(facts 10). So numbers that agree are told with that caution, and nothing is ever concluded.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from apps.kinds.coverage.kinds import Kind
from apps.plain_language.language import _
from apps.plain_language.theirs import filled, joined, listed


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
        if person:
            text = _("For {person}, your plans have not said which pays first: {plans}.")
        else:
            text = _("Your plans have not said which pays first: {plans}.")
        numbered = [_numbered(plan) for plan in plans if plan.place is not None]
        return joined(" ", [filled(text, plans=names, person=person), *numbered])
    if len(set(places)) < len(places):
        text = _("Your plans do not agree on which pays first: {plans} carry the same number in their order.")
        same = [plan.title for plan in plans if plan.place is not None and places.count(plan.place) > 1]
        return filled(text, plans=listed(same))
    in_order = [plan.title for plan in sorted(plans, key=lambda plan: plan.place or 0)]
    if person:
        text = _("For {person}, your plans list {first} first, then {others}. For one visit it can differ.")
    else:
        text = _("Your plans list {first} first, then {others}. For one visit it can differ.")
    return filled(text, person=person, first=in_order[0], others=listed(in_order[1:]))


def _of_one_name(plans: Sequence[Claimant], person: str) -> str:
    if person:
        text = _("For {person}, {number} coverages of {plan} are active; which pays first was not said.")
    else:
        text = _("{number} coverages of {plan} are active; which pays first was not said.")
    return filled(text, person=person, plan=plans[0].title, number=len(plans))


def _alone(plan: Claimant) -> str:
    if plan.place is None or plan.place == 1:
        return ""
    text = _("{plan} says it is number {number} in your order of plans, so another plan may pay before it.")
    return filled(text, plan=plan.title, number=plan.place)


def _numbered(plan: Claimant) -> str:
    text = _("{plan} says it is number {number} in your order of plans.")
    return filled(text, plan=plan.title, number=plan.place)
