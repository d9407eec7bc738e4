"""Whose claims they are: the person each connection is about, and others whom claims name."""

import json
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from apps.accounts.models import Member
from apps.claims.index import folded_name
from apps.claims.models import Approval, Claim
from apps.claims.records import ClaimRecord
from apps.connections.models import Connection
from apps.connections.people import Person, person_of
from apps.plain_language.language import _
from apps.vault.boxes import Box
from apps.vault.errors import VaultError


@dataclass(frozen=True)
class Owner:
    """The person a connection is about; `id`, `name` and `born` are empty where they are not known."""

    connection: str
    id: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    born: str = field(default="", repr=False)

    @property
    def identity(self) -> str:
        """By what the person is one across connections: name and birth date, else the connection itself."""
        name = folded_name(self.name)
        return f"{name}|{self.born}" if name and self.born else f"connection:{self.connection}"

    def other_than(self, record: ClaimRecord) -> str:
        """Return the identity of whom *record* is about when it is somebody else; empty for the owner.

        A record without a name is the owner's: plans answer for the person they were asked about.
        """
        if not record.patient or (self.id and record.patient_reference == f"Patient/{self.id}"):
            return ""
        name = folded_name(record.patient)
        return "" if name == folded_name(self.name) else f"connection:{self.connection}|{name}"


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


def about(member: Member, box: Box, row: Claim | Approval, record: ClaimRecord) -> str:
    """Return the name of whom *record* is about, where that may be one of several people; else ""."""
    found = everybody(member, box).of([(row.connection_id, record)])
    return found.person(record, row.connection_id)


def owner_of(connection: Connection, box: Box) -> Owner:
    """Return whom *connection* is about; unknown where that does not open, which its own page says."""
    try:
        person: Person | None = person_of(connection, box)
    except (VaultError, json.JSONDecodeError, TypeError):
        person = None
    if person is None:
        return Owner(str(connection.pk))
    return Owner(str(connection.pk), person.id, person.name, person.born)
