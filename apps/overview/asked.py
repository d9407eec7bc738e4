"""What a member asked the year's page for, read from its address, and the claims of that time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse

from apps.connections.models import Connection
from apps.kinds.claim.counted import Counted
from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.claim.kind import CLAIM
from apps.overview.plan_years import Span, calendar
from apps.records.shelf import Library
from apps.records.switch import EVERYONE
from apps.records.volumes import Held


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


class Opened(NamedTuple):
    """The current claims that can be read, oldest first, and how many older versions there are."""

    claims: tuple[Counted, ...]
    replaced: int


def opened(held: Iterable[Held[ClaimEntry]]) -> Opened:
    """Open the brief of each current claim of *held*."""
    records, replaced = [], 0
    for held_claim in held:
        entry = held_claim.entry
        if not entry.is_current:
            replaced += 1
        elif (record := CLAIM.brief_of(entry)) is not None:
            records.append(
                Counted(
                    record,
                    plan=held_claim.plan,
                    on=entry.on,
                    id=held_claim.id,
                    is_gone=entry.is_gone,
                    twin_of=held_claim.twin_of,
                    is_outdated=held_claim.is_outdated,
                    is_folded=held_claim.is_folded,
                    is_left_out=held_claim.is_left_out,
                    told_state=entry.state,
                    told_counts=entry.counts,
                    told_disagrees=entry.disagrees,
                    told_uncovered=entry.uncovered,
                    told_on_top=entry.on_top,
                )
            )
    return Opened(tuple(sorted(records, key=lambda record: (record.on, record.id.int))), replaced)


def within(
    library: Library, spans: Mapping[UUID, Sequence[Span]], *, plan: UUID | None = None
) -> Iterator[Held[ClaimEntry]]:
    """Yield the claims in the *spans* of each connection, or of one *plan*; no other books are opened."""
    several = [span for spans_there in spans.values() for span in spans_there]
    for year in sorted({year for span in several for year in (span.starts.year, span.ends.year)}):
        last: UUID | None = None
        of_plan: Sequence[Span] = ()
        for claim in library.held(CLAIM, year=year):
            if claim.plan is not last:  # most are of the plan of their neighbour
                last = claim.plan
                of_plan = spans.get(last, ()) if plan in (None, last) else ()
            if any(span.holds(claim.entry.on) for span in of_plan):
                yield claim
