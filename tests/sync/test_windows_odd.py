"""What a search by date brings that the plain one does not: nothing of anybody else, and one word on it."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.connections.models import Connection
from apps.sync.models import SyncRun
from tests.connections.conftest import shared_database
from tests.fhir.stub import Query, Reply, Stub
from tests.sync.conftest import an_eob
from tests.sync.dated import CLAIMS, PAGES, Dated, plan

__all__ = ["plan", "shared_database"]
Bring = Callable[..., SyncRun]


@pytest.fixture(autouse=True)
def _at_once(shared_database: None, settings: Any) -> None:
    """Ask in four lanes."""
    settings.SYNC_LANES = 4


def test_claims_that_name_nobody_are_not_taken_from_a_window(
    bring: Bring, connection: Connection, plan: Dated
) -> None:
    """R-29: a server may forget `patient` where it is asked by date; whose they are, nobody can say."""
    others = [an_eob(900 + n, billablePeriod={"start": "2021-01-01"}) for n in range(3)]
    for one in others:
        del one["patient"]
    plan.adds = lambda query: tuple(others) if "service-date" in query and "offset" not in query else ()
    bring()
    assert plan.in_windows
    assert plan.plainly == PAGES
    assert connection.claims.count() == CLAIMS


@pytest.fixture
def holding_back(plan: Dated, stub: Stub) -> Iterator[set[str]]:
    """Make the plain search leave two claims out, which a search by date brings; return their ids."""
    held = {str(claim["id"]) for claim in plan.claims[:2]}
    one_at_a_time, everything = threading.Lock(), plan.claims

    def answer(query: Query) -> Reply:
        with one_at_a_time:
            plan.claims = [
                claim for claim in everything if "service-date" in query or claim["id"] not in held
            ]
            return plan(query)

    stub.on("ExplanationOfBenefit", answer)
    yield held
    plan.claims = everything


def test_what_only_windows_bring_is_not_gone_in_one_pass_and_back_in_the_next(
    bring: Bring, connection: Connection, holding_back: set[str], settings: Any, now: datetime
) -> None:
    """R-24: where windows were given up, the pages that were gone through say what the plan has."""
    seen = []
    for number, lanes in enumerate((4, 1, 4, 1)):
        settings.SYNC_LANES = lanes
        bring(at=now + timedelta(days=31 * number))
        seen.append(connection.claims.exclude(gone_at=None).count())
    assert seen[1:] == [2, 2, 2]
    assert connection.claims.filter(gone_at=None).count() == CLAIMS - 2
