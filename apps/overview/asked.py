"""What a member asked the year's page for, read from its address; anything unknown there counts as "all"."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse

from apps.connections.models import Connection
from apps.vault.boxes import Box


@dataclass(frozen=True, slots=True)
class Asked:
    """A year, and whether one plan, one person, and plan years are wanted."""

    year: int
    plan: UUID | None = None
    person: str = ""
    by_plan_year: bool = False

    @classmethod
    def of(cls, query: QueryDict, year: int, connections: Sequence[Connection]) -> "Asked":
        """Read `?plan=` (one of the member's connections), `?person=` (a keyed digest) and `?years=plan`."""
        plan = query.get("plan", "")
        return cls(
            year,
            next((one.pk for one in connections if str(one.pk) == plan), None),
            query.get("person", "")[:64],
            query.get("years") == "plan",
        )

    def url(self, **changes: object) -> str:
        """Return the address of this page with *changes*."""
        other = replace(self, **changes)  # type: ignore[arg-type]
        chosen = {
            "plan": str(other.plan or ""),
            "person": other.person,
            "years": "plan" if other.by_plan_year else "",
        }
        query = urlencode({name: value for name, value in chosen.items() if value})
        return reverse("overview:year", args=[other.year]) + (f"?{query}" if query else "")

    def claims_url(self, **filters: object) -> str:
        """Return the address of the list of claims with the same choices and *filters*."""
        chosen = {"year": self.year, "plan": self.plan, "person": self.person} | filters
        query = urlencode({name: str(value) for name, value in chosen.items() if value})
        return f"{reverse('claims:list')}?{query}"


def person_key(box: Box, name: str) -> str:
    """Return what stands for a person's name in an address: a keyed digest, which tells nothing."""
    return box.fingerprint("person", " ".join(name.casefold().split()))[:16] if name else ""
