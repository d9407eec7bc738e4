"""What a member asked the year's page for, read from its address; anything unknown there counts as "all"."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse

from apps.connections.models import Connection
from apps.overview.plan_years import Span, calendar
from apps.records.switch import EVERYONE


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to see the page."""

    label: str
    url: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A year, and whether one plan, one person, plan years, and every row are wanted."""

    year: int
    plan: UUID | None = None
    person: str = ""
    by_plan_year: bool = False
    is_whole: bool = False
    """Whether tables stand with all their rows."""

    @classmethod
    def of(
        cls, query: QueryDict, year: int, connections: Sequence[Connection], *, person: str = ""
    ) -> "Asked":
        """Read `?plan=` (one of the member's connections), `?years=plan` and `?rows=all`.

        *person* is as the switch is.
        """
        plan = query.get("plan", "")
        return cls(
            year,
            next((connection.pk for connection in connections if str(connection.pk) == plan), None),
            person,
            query.get("years") == "plan",
            query.get("rows") == "all",
        )

    def url(self, **changes: object) -> str:
        """Return the address of this page with *changes*; every row is asked for anew."""
        other = replace(self, **{"is_whole": False, **changes})  # type: ignore[arg-type]
        chosen = {
            "plan": str(other.plan or ""),
            "person": other.person or (EVERYONE if self.person else ""),
            "years": "plan" if other.by_plan_year else "",
            "rows": "all" if other.is_whole else "",
        }
        query = urlencode({name: value for name, value in chosen.items() if value})
        return reverse("overview:year", args=[other.year]) + (f"?{query}" if query else "")

    def at(self, span: Span) -> str:
        """Return the address of this page for the year that *span* is, of a plan or of the calendar."""
        year = span.starts.year
        return self.url(year=year, by_plan_year=span != calendar(year))

    def claims_url(self, **filters: object) -> str:
        """Return the address of the list of claims with the same choices and *filters*.

        The list knows calendar years only: the claims of a plan year stand in that of every year.
        """
        chosen = {
            "year": "" if self.by_plan_year else self.year,
            "plan": self.plan,
            "person": self.person,
        } | filters
        query = urlencode({name: str(value) for name, value in chosen.items() if value})
        return f"{reverse('claims:list')}?{query}"
