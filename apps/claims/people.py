"""Whose claims they are: the person each connection is about, and others whom claims name."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from apps.accounts.models import Member
from apps.claims.records import ClaimRecord
from apps.connections.models import Connection
from apps.plain_language.language import _
from apps.records.owners import Owner, owner_of
from apps.vault.boxes import Box


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

    def of(self, records: Iterable[tuple[UUID, ClaimRecord]]) -> "Whose":
        """Return what to say where *records* (each with its connection) are shown together."""
        if self.names_people or not self.owners:
            return self
        found = {owner.identity for owner in self.owners.values()}
        found |= {self.owners[plan].other_than(record) for plan, record in records if plan in self.owners}
        return replace(self, names_people=len(found - {""}) > 1)

    def person(self, record: ClaimRecord, plan: UUID) -> str:
        """Return the name of whom *record*, of the connection *plan*, is about; empty for one person."""
        owner = self.owners.get(plan)
        if not self.names_people or owner is None:
            return ""
        name = record.patient if owner.other_than(record) else owner.name or record.patient
        return name or _("Person at {plan}").format(plan=self.plans[plan])

    def plan(self, plan: UUID) -> str:
        """Return the name of the connected plan; empty while there is one."""
        return self.plans.get(plan, "") if len(self.plans) > 1 else ""


ONE_PERSON: Final = Whose()


def whose(connections: Sequence[Connection], box: Box, *, with_claims: Container[UUID]) -> Whose:
    """Return whom *connections* (each with its plan loaded) are about, as far as there are claims."""
    return Whose(
        owners={one.pk: owner_of(one, box) for one in connections if one.pk in with_claims},
        plans={one.pk: one.plan.name for one in connections},
    )


def everybody(member: Member, box: Box) -> Whose:
    """Return whom the member's connections are about: of one record, or of some together, ask `Whose.of`."""
    connections = list(member.connections.select_related("plan").order_by("connected_at", "id"))
    return whose(connections, box, with_claims={one.pk for one in connections})


def about(member: Member, box: Box, plan: UUID, record: ClaimRecord) -> str:
    """Return the name of whom *record* is about, where that may be one of several people; else ""."""
    return everybody(member, box).of([(plan, record)]).person(record, plan)
