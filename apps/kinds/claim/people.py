"""Whose claims they are: the person each connection is about, and others whom claims name."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from apps.kinds.claim.records import ClaimRecord
from apps.plain_language.capitals import calm_name
from apps.plain_language.language import _
from apps.records.household import Household
from apps.records.owners import Owner
from apps.records.shelf import Library

_SHOWN: Final = 4
"""Of a number of a person, its last signs, as cards show it."""


@dataclass(frozen=True, slots=True)
class Someone:
    """A person of this account: the key that stands in addresses, and the name ("" where none is shared)."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Whose:
    """What rows say of whom a claim is about and of its plan; nothing while there is one of each."""

    owners: Mapping[UUID, Owner] = field(default_factory=dict, repr=False)
    """Whom each connection is about."""
    plans: Mapping[UUID, str] = field(default_factory=dict, repr=False)
    names_people: bool = False
    told_by_number: frozenset[UUID] = frozenset()
    """Connections whose records are of several people without a name."""
    household: Household | None = field(default=None, repr=False)

    def of(self, records: Iterable[tuple[UUID, ClaimRecord]]) -> "Whose":
        """Return what to say where *records* (each with its connection) are shown together."""
        if self.names_people or not self.owners:
            return self
        identities, numbers = {owner.identity for owner in self.owners.values()}, dict[UUID, set[str]]()
        for plan, record in records:
            if owner := self.owners.get(plan):
                identities.add(owner.other_than(record))
                if not (owner.name or record.patient) and (number := _number(record)):
                    numbers.setdefault(plan, set()).add(number)
        several = frozenset(plan for plan, plan_numbers in numbers.items() if len(plan_numbers) > 1)
        is_of_several = len(identities - {""}) > 1 or bool(several)
        return replace(self, names_people=is_of_several, told_by_number=several)

    def person(self, record: ClaimRecord, plan: UUID) -> str:
        """Return the name of whom *record*, of the connection *plan*, is about; empty for one person."""
        owner = self.owners.get(plan)
        if not self.names_people or owner is None:
            return ""
        other = owner.other_than(record)
        called = self.household.called_by(plan, other) if self.household else ""
        name = called or calm_name((record.patient if other else owner.name or record.patient) or "")
        if not name and plan in self.told_by_number and (number := _number(record)):
            return _("Person …{number} at {plan}").format(number=number[-_SHOWN:], plan=self.plans[plan])
        return name or _("Person at {plan}").format(plan=self.plans[plan])

    def plan(self, plan: UUID) -> str:
        """Return the name of the connected plan; empty while there is one."""
        return self.plans.get(plan, "") if len(self.plans) > 1 else ""


def _number(record: ClaimRecord) -> str:
    """Return by which number the plan knows whom *record* is about, "" where it sent none."""
    return (record.patient_reference or record.patient_number or "").rpartition("/")[2]


ONE_PERSON: Final = Whose()


def whose(library: Library, *, with_claims: Container[UUID]) -> Whose:
    """Return whom the connections are about, as far as there are claims and these people agreed."""
    owners = library.household.owners
    return Whose(
        owners={pk: owners[pk] for pk in owners if pk in with_claims and not library.is_closed(pk)},
        plans={connection.pk: connection.plan.name for connection in library.connections},
        household=library.household,
    )


def everybody(library: Library) -> Whose:
    """Return whom the member's connections are about: of one record, or of some together, ask `Whose.of`."""
    return whose(library, with_claims=library.by_id)


def about(library: Library, plan: UUID, record: ClaimRecord) -> str:
    """Return the name of whom *record* is about, where that may be one of several people; else ""."""
    return everybody(library).of([(plan, record)]).person(record, plan)
