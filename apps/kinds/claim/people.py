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
    household: Household | None = field(default=None, repr=False)

    def of(self, records: Iterable[tuple[UUID, ClaimRecord]]) -> "Whose":
        """Return what to say where *records* (each with its connection) are shown together."""
        if self.names_people or not self.owners:
            return self
        identities = {owner.identity for owner in self.owners.values()}
        identities |= {
            self.owners[plan].other_than(record) for plan, record in records if plan in self.owners
        }
        return replace(self, names_people=len(identities - {""}) > 1)

    def person(self, record: ClaimRecord, plan: UUID) -> str:
        """Return the name of whom *record*, of the connection *plan*, is about; empty for one person."""
        owner = self.owners.get(plan)
        if not self.names_people or owner is None:
            return ""
        other = owner.other_than(record)
        called = self.household.called_by(plan, other) if self.household else ""
        name = called or calm_name((record.patient if other else owner.name or record.patient) or "")
        return name or _("Person at {plan}").format(plan=self.plans[plan])

    def plan(self, plan: UUID) -> str:
        """Return the name of the connected plan; empty while there is one."""
        return self.plans.get(plan, "") if len(self.plans) > 1 else ""


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
