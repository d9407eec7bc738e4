"""Workers killed while claims are asked for in windows of dates: nothing is lost, doubled or called gone."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from tests.faults.conftest import Stage
from tests.faults.length import rounds, spread
from tests.faults.payer import Fault, Payer
from tests.faults.records import a_claim
from tests.faults.site import Site
from tests.faults.wire import Reply

CLAIMS, SIZE = 40, 5
KINDS = ("every claim has a date", "some have none", "the payer does not look at dates")


@pytest.fixture(autouse=True)
def _small_pages(payer: Payer) -> Iterator[None]:
    size, payer.page_size = payer.page_size, SIZE
    yield
    payer.page_size = size


def begin(site: Site, payer: Payer, kind: str) -> None:
    """Have a payer of eight pages of claims, in no order, that may be asked for by the date of service."""
    payer.settle_in("p-1", claims=CLAIMS)
    records = payer.memory.people["p-1"]
    for number in range(CLAIMS):
        day = date(2022, 1, 1) + timedelta(days=30 * (number * 13 % CLAIMS))
        records[f"ExplanationOfBenefit/claim-p-1-{number}"]["billablePeriod"] = {"start": day.isoformat()}
    if kind == KINDS[1]:
        for number in (7, 20):
            del records[f"ExplanationOfBenefit/claim-p-1-{number}"]["billablePeriod"]
    if kind == KINDS[2]:
        payer.knows_dates = False
    site.do("ask_by_windows")
    payer.asked.clear()


def in_windows(payer: Payer) -> int:
    """Return how many questions for a window were asked; those for its further pages have a cursor only."""
    return sum("service-date" in each.query for each in payer.asked)


def received(seen: dict[str, Any]) -> int:
    """Return how many claims the newest run says that it received."""
    return int(seen["connections"][0]["runs"][0]["steps"]["ExplanationOfBenefit"][2])


@pytest.mark.parametrize("kind", KINDS)
def test_a_worker_killed_in_windows_loses_and_doubles_nothing(stage: Stage, payer: Payer, kind: str) -> None:
    """R-17, R-32: SIGKILL at places of a pass; the next worker goes on page by page."""
    with stage.round() as site:
        begin(site, payer, kind)
        worker = site.start("work")
        assert worker.wait() == 0, worker.log
        assert in_windows(payer) == 3
        over = worker.points
        seen = site.do("finish")
        stage.judge(f"windows: {kind}", site, seen)
        assert received(seen) == CLAIMS
    for place in spread(rounds(12, at_desk=3, on_postgresql=4, on_sqlite=4), over=over):
        with stage.round() as site:
            begin(site, payer, kind)
            site.start("work", kill_at=place).wait()
            seen = site.do("finish")
            stage.judge(f"kill -9 in windows: {kind}", site, seen)
            assert received(seen) == CLAIMS
            site.later(days=40)
            seen = site.do("finish", news=True)
            stage.judge(f"the next whole pass after kill -9 in windows: {kind}", site, seen)


@pytest.mark.parametrize("page", [1, 2])
def test_records_that_come_and_go_between_windows_are_not_lost(stage: Stage, payer: Payer, page: int) -> None:
    """R-23: one changes, one is added, one moves to another date while windows are asked for."""
    with stage.round() as site:
        begin(site, payer, KINDS[0])
        made = a_claim("p-1", 99)

        def meanwhile(good: Callable[[], Reply]) -> Reply:
            payer.change("p-1", "ExplanationOfBenefit/claim-p-1-39", status="cancelled")
            payer.change("p-1", f"ExplanationOfBenefit/{made['id']}", **made)
            payer.change("p-1", "ExplanationOfBenefit/claim-p-1-38", billablePeriod={"start": "1999-01-01"})
            return good()

        payer.faults.append(Fault("ExplanationOfBenefit", meanwhile, page=page))
        site.do("finish")
        site.later(days=40)
        stage.judge("changes between windows", site, site.do("finish", news=True))
