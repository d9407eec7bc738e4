"""A plan whose claims change between runs, and while they are read."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.fhir.stub import Reply, Stub, bundle, reply
from tests.sync.conftest import an_eob

type Json = dict[str, Any]
LOADED = datetime.fromisoformat("2026-11-01T08:00:00+00:00")
"""When the plan last touched what is there from the start."""
DAY = timedelta(days=1)
OUTCOME: Json = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "invalid"}]}


def stamp(at: datetime) -> Json:
    """Return `meta` with the moment of the last change."""
    return {"meta": {"lastUpdated": at.isoformat().replace("+00:00", "Z")}}


@dataclass
class Changing:
    """Claims by number, searched by `patient` and `_lastUpdated`, paged by offset as simple servers do.

    `before_page` happens before a page is answered, by the number of the page (from 1) in its search.
    """

    size: int = 2
    claims: dict[int, Json] = field(default_factory=dict)
    has_totals: bool = True
    refuses_changes: Reply | None = None
    before_page: Callable[[int], Reply | None] = lambda _number: None
    asked: list[dict[str, str]] = field(default_factory=list)

    def put(self, number: int, *, at: datetime = LOADED, **changes: Any) -> None:
        """Add a claim, or change it."""
        self.claims[number] = an_eob(number, **(stamp(at) | changes))

    def __call__(self, query: dict[str, str]) -> Reply:
        """Answer a search, or one of its further pages."""
        self.asked.append(query)
        offset, since = int(query.get("offset", 0)), query.get("_lastUpdated", "")
        if since and self.refuses_changes:
            return self.refuses_changes
        interrupted = self.before_page(offset // self.size + 1)
        if interrupted:
            return interrupted
        claims = [claim for _, claim in sorted(self.claims.items()) if _fits(claim, since)]
        page, more = claims[offset : offset + self.size], offset + self.size < len(claims)
        kept = f"&_lastUpdated={since}".replace(":", "%3A") if since else ""
        following = f"ExplanationOfBenefit?patient=alice{kept}&offset={offset + self.size}"
        total = {"total": len(claims)} if self.has_totals else {}
        return reply(bundle(*page, next=following if more else None, **total))

    @property
    def since(self) -> list[str]:
        """What each first page was asked with: the moment, "" for everything."""
        return [query.get("_lastUpdated", "") for query in self.asked if "offset" not in query]


def _fits(record: Json, since: str) -> bool:
    if not since:
        return True
    stamped = record.get("meta", {}).get("lastUpdated")
    return bool(stamped) and datetime.fromisoformat(stamped) >= datetime.fromisoformat(
        since.removeprefix("ge")
    )


@pytest.fixture
def plan(stub: Stub, request: pytest.FixtureRequest) -> Changing:
    """Return a plan with five claims on three pages; the parameter says whether it sends totals."""
    changing = Changing(has_totals=getattr(request, "param", True))
    for number in range(1, 6):
        changing.put(number)
    stub.on("ExplanationOfBenefit", changing)
    return changing
