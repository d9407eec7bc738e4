"""Workers killed with SIGKILL at every kind of place; what is left is brought to its end by another."""

from collections.abc import Callable

import pytest

from tests.faults.conftest import Stage
from tests.faults.length import rounds, spread
from tests.faults.payer import Fault, Payer
from tests.faults.site import Site
from tests.faults.wire import Reply

PARTS = 8
KILLS = rounds(200, at_desk=16, on_postgresql=24)


def a_pass_with_two_renewals(site: Site, payer: Payer) -> None:
    """The access token is old when the run begins, and is refused once more at the second page of claims."""
    site.later(hours=2)

    def refused(good: Callable[[], Reply]) -> Reply:
        payer.forget_access()
        return good()

    payer.faults.append(Fault("ExplanationOfBenefit", refused, page=2))


@pytest.fixture(scope="session")
def length(stage: Stage) -> int:
    """Return how many places a whole pass of the worker comes by."""
    with stage.round() as site:
        a_pass_with_two_renewals(site, stage.payer)
        worker = site.start("work")
        assert worker.wait() == 0, worker.log
        return worker.points


@pytest.mark.parametrize("part", range(PARTS))
def test_a_worker_killed_anywhere_loses_and_doubles_nothing(stage: Stage, length: int, part: int) -> None:
    """R-17, R-32, B-01: SIGKILL at 200 places of a pass; R-04: a lost answer ends in "reconnect", once."""
    places = spread(KILLS, over=length)[part::PARTS]
    killed = 0
    for place in places:
        with stage.round() as site:
            a_pass_with_two_renewals(site, stage.payer)
            worker = site.start("work", kill_at=place)
            killed += worker.wait() == -9
            is_lost = site.do("refresh_token") != stage.payer.living_refresh("p-1")
            seen = site.do("finish")
            if is_lost:  # the window no client can close: the plan answered, nobody stored it
                stage.judge(
                    "kill -9 between the plan's token answer and its commit", site, seen,
                    ends="ended", status="needs_sign_in", reused=1,
                    may_lack=set(stage.payer.memory.people["p-1"]),
                )  # fmt: skip
                seen = reconnected(site, stage)
                stage.judge("reconnected after a lost token answer", site, seen, reused=1)
            else:
                stage.judge("kill -9 of a worker", site, seen)
    assert killed >= len(places) * 0.9  # threads may take another way, but not that often


def reconnected(site: Site, stage: Stage) -> object:
    """Have the member sign in at the plan again, and the run that follows done."""
    site.later(hours=1)
    site.do("connect", origin=stage.payer.origin, email="alice@example.com")
    return site.do("finish")
