"""Who each claim of a year is about, by the same keys as in the list of claims."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from apps.claims.index import provider_identity
from apps.claims.indexing import key_of
from apps.claims.people import Owner, Someone, owner_of
from apps.claims.year import Entry
from apps.connections.models import Connection
from apps.plain_language.language import _
from apps.vault.boxes import Box


@dataclass(slots=True)
class People:
    """Names and keys of people and providers; each digest is worked out once."""

    owners: Mapping[UUID, Owner]
    plans: Mapping[UUID, str]
    box: Box = field(repr=False)
    keys: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, connections: Iterable[Connection], plans: Mapping[UUID, str], box: Box) -> "People":
        """Open whom the connections are about."""
        return cls({one.pk: owner_of(one, box) for one in connections}, plans, box)

    def who(self, entry: Entry) -> Someone:
        """Return whom a claim is about: the person of its connection, or somebody it names."""
        owner = self.owners[entry.plan]
        other = owner.other_than(entry.record)
        name = (entry.record.patient or "") if other else (owner.name or entry.record.patient or "")
        return Someone(
            self._key("person", other or owner.identity),
            name or _("Person at {plan}").format(plan=self.plans[entry.plan]),
        )

    def provider(self, entry: Entry) -> str:
        """Return the key of who billed, "" where the plan named nobody."""
        return self._key("provider", provider_identity(entry.record))

    def _key(self, purpose: str, identity: str) -> str:
        if identity and (purpose, identity) not in self.keys:
            self.keys[purpose, identity] = key_of(self.box, purpose, identity)
        return self.keys[purpose, identity] if identity else ""
