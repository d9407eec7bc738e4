"""A plan that can be asked for claims by the date of service, and what to look at afterwards."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest

from apps.connections.models import Connection
from apps.sync.models import SyncRun
from tests.fhir.stub import Query, Reply, Stub, bundle, reply
from tests.quirks import set_quirks
from tests.sync.conftest import an_eob
from tests.sync.looking import step as step_of

type Json = dict[str, Any]
SIZE, CLAIMS = 5, 45
PAGES = CLAIMS // SIZE
FIRST = date(2020, 1, 1)


def a_day(number: int) -> str:
    """Return a day of its own for each claim, in no order."""
    return (FIRST + timedelta(days=100 * (number * 13 % CLAIMS))).isoformat()


@dataclass
class Dated:
    """A plan that can be asked by `service-date`; `before` may answer instead, `adds` puts more on a page."""

    claims: list[Json] = field(default_factory=list)
    says: Callable[[int], Json] = lambda number: {"total": number}
    knows_dates: bool = True
    before: Callable[[Query], Reply | None] = lambda _query: None
    adds: Callable[[Query], tuple[Json, ...]] = lambda _query: ()
    asked: list[Query] = field(default_factory=list)

    def __call__(self, query: Query) -> Reply:
        """Answer a search, or one of its further pages."""
        self.asked.append(query)
        if instead := self.before(query):
            return instead
        dates, offset = query.every.get("service-date", []), int(query.get("offset", 0))
        found = [each for each in self.claims if not self.knows_dates or _is_in(each, dates)]
        kept = "".join(f"&service-date={each}" for each in dates)
        following = f"ExplanationOfBenefit?patient=alice{kept}&offset={offset + SIZE}"
        more = offset + SIZE < len(found)
        page = (*found[offset : offset + SIZE], *self.adds(query))
        return reply(bundle(*page, next=following if more else None, **self.says(len(found))))

    @property
    def plainly(self) -> int:
        """How many pages of the whole search were asked for."""
        return sum("service-date" not in each for each in self.asked)

    @property
    def in_windows(self) -> list[tuple[str, ...]]:
        """The windows, as they were asked for."""
        return sorted({tuple(each.every["service-date"]) for each in self.asked if "service-date" in each})

    @property
    def rounds(self) -> int:
        """How many answers had to be waited for one after the other."""
        first = self.plainly
        longest = max(
            (int(q.get("offset", 0)) // SIZE + 1 for q in self.asked if "service-date" in q), default=0
        )
        return first + longest


def _is_in(record: Json, dates: list[str]) -> bool:
    if not dates:
        return True
    start = record.get("billablePeriod", {}).get("start")
    return start is not None and all(
        start >= each[2:] if each.startswith("ge") else start < each[2:] for each in dates
    )


@pytest.fixture
def plan(stub: Stub, connection: Connection) -> Dated:
    """Return a plan of claims on nine pages, which may be asked by the date of service."""
    set_quirks(connection.plan, window_by="service-date")
    connection.plan.refresh_from_db()
    dated = Dated([an_eob(n, billablePeriod={"start": a_day(n)}) for n in range(CLAIMS)])
    stub.on("ExplanationOfBenefit", dated)
    return dated


def is_complete(connection: Connection) -> bool:
    """Return whether the claims are known to be all."""
    mark = connection.marks.get(resource_type="ExplanationOfBenefit")
    return mark.complete_at is not None and not mark.is_doubtful


def numbers_of(run: SyncRun) -> tuple[int, int, int]:
    """Return what the progress page says of claims: received, new, the plan's total."""
    step = step_of(run, "ExplanationOfBenefit")
    return step.received, step.new, step.total
