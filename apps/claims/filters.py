"""What a member chose above the claim list: a kind of claim and a plan."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict

from apps.claims.models import ClaimQuerySet
from apps.connections.models import Connection

KINDS = {
    "professional": "Doctor visits and services",
    "outpatient": "Outpatient hospital care",
    "inpatient": "Hospital stays",
    "pharmacy": "Prescriptions",
    "oral": "Dental",
    "vision": "Vision",
    "unknown": "Other claims",
}


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a filter."""

    value: str
    words: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Filters:
    """The choices made; anything unknown in the address counts as "all"."""

    kind: str
    connection: Connection | None
    connections: Sequence[Connection]

    @classmethod
    def of(cls, query: QueryDict, connections: Sequence[Connection]) -> "Filters":
        """Read `?kind=` and `?plan=` (id of one of the member's own *connections*)."""
        kind, plan = query.get("kind", ""), query.get("plan", "")
        chosen = next((each for each in connections if str(each.pk) == plan), None)
        return cls(kind if kind in KINDS else "", chosen, connections)

    def apply(self, claims: ClaimQuerySet) -> ClaimQuerySet:
        """Narrow *claims* to what was chosen."""
        if self.kind:
            claims = claims.filter(kind=self.kind)
        return claims.filter(connection=self.connection) if self.connection else claims

    @property
    def is_set(self) -> bool:
        """Whether anything was chosen."""
        return bool(self.kind or self.connection)

    @property
    def query(self) -> str:
        """The choices as a query string ending in "&", empty without any."""
        chosen = {"kind": self.kind, "plan": str(self.connection.pk) if self.connection else ""}
        encoded = urlencode({name: value for name, value in chosen.items() if value})
        return f"{encoded}&" if encoded else ""

    @property
    def kind_options(self) -> list[Option]:
        """Every kind, the chosen one marked."""
        return [Option(value, words, value == self.kind) for value, words in KINDS.items()]

    @property
    def plan_options(self) -> list[Option]:
        """The member's plans, empty when there is nothing to choose."""
        if len(self.connections) < 2:
            return []
        return [Option(str(each.pk), each.plan.name, each == self.connection) for each in self.connections]
