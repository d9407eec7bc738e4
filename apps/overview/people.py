"""Who each claim of a year is about, by the same keys as in the list of claims."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from apps.claims.entry import provider_identity
from apps.claims.people import Someone
from apps.claims.year import Counted
from apps.connections.models import Connection
from apps.plain_language.language import _
from apps.records.keys import Keys
from apps.records.owners import Owner, owner_of
from apps.vault.boxes import Box


@dataclass(slots=True)
class People:
    """Names and keys of people and providers; each digest is worked out once."""

    owners: Mapping[UUID, Owner]
    plans: dict[UUID, str]
    keys: Keys = field(repr=False)

    @classmethod
    def of(cls, connections: Sequence[Connection], box: Box) -> "People":
        """Open whom the connections are about."""
        owners = {one.pk: owner_of(one, box) for one in connections}
        return cls(owners, _told_apart(connections, owners), Keys(box))

    def who(self, entry: Counted) -> Someone:
        """Return whom a claim is about: the person of its connection, or somebody it names."""
        owner = self.owners[entry.plan]
        return Someone(
            self.keys.of("person", owner.other_than(entry.record) or owner.identity),
            self._name(entry) or _("Person at {plan}").format(plan=self.plans[entry.plan]),
        )

    def alone(self, entries: Iterable[Counted]) -> str:
        """Return the name of whom all *entries* are about; empty where several are, or none is shared."""
        names = {self.who(entry).key: self._name(entry) for entry in entries}
        return next(iter(names.values())) if len(names) == 1 else ""

    def _name(self, entry: Counted) -> str:
        owner, named = self.owners[entry.plan], entry.record.patient or ""
        return named if owner.other_than(entry.record) else owner.name or named

    def provider(self, entry: Counted) -> str:
        """Return the key of who billed, "" where the plan named nobody."""
        return self.keys.of("provider", provider_identity(entry.record))


def _told_apart(connections: Sequence[Connection], owners: Mapping[UUID, Owner]) -> dict[UUID, str]:
    """Name the plans, where one is connected twice with whom it is about, else with a number."""
    often = Counter(one.plan.name for one in connections)
    names: dict[UUID, str] = {}
    for one in connections:
        plan, person = one.plan.name, owners[one.pk].name
        name = _("{plan}, {person}").format(plan=plan, person=person) if often[plan] > 1 and person else plan
        same = sum(known == name or known.startswith(f"{name} (") for known in names.values())
        names[one.pk] = f"{name} ({same + 1})" if same else name
    return names
