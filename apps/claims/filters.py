"""What a member chose above the claim list: a kind of claim and a plan."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict

from apps.claims.models import ClaimQuerySet

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
    connection_id: UUID | None
    plans: Sequence[tuple[UUID, str]]
    """The member's connections: id and plan name."""

    @classmethod
    def of(cls, query: QueryDict, plans: Sequence[tuple[UUID, str]]) -> "Filters":
        """Read `?kind=` and `?plan=` (the id of one of the member's own connections)."""
        kind, plan = query.get("kind", ""), query.get("plan", "")
        return cls(
            kind if kind in KINDS else "", next((pk for pk, _ in plans if str(pk) == plan), None), plans
        )

    def apply(self, claims: ClaimQuerySet) -> ClaimQuerySet:
        """Narrow *claims* to what was chosen."""
        if self.kind:
            claims = claims.filter(kind=self.kind)
        return claims.filter(connection=self.connection_id) if self.connection_id else claims

    @property
    def is_set(self) -> bool:
        """Whether anything was chosen."""
        return bool(self.kind or self.connection_id)

    @property
    def query(self) -> str:
        """The choices as a query string ending in "&", empty without any."""
        chosen = {"kind": self.kind, "plan": str(self.connection_id or "")}
        encoded = urlencode({name: value for name, value in chosen.items() if value})
        return f"{encoded}&" if encoded else ""

    @property
    def kind_options(self) -> list[Option]:
        """Every kind, the chosen one marked."""
        return [Option(value, words, value == self.kind) for value, words in KINDS.items()]

    @property
    def plan_options(self) -> list[Option]:
        """The member's plans, empty when there is nothing to choose."""
        if len(self.plans) < 2:
            return []
        return [Option(str(pk), name, pk == self.connection_id) for pk, name in self.plans]
