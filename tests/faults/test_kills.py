"""Workers killed with SIGKILL at every kind of place; what is left is brought to its end by another."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.faults.conftest import Stage
from tests.faults.length import KILLS, KILLS_IN_GATE, most_minutes, rounds, spread
from tests.faults.payer import Fault, Payer
from tests.faults.site import Process, Site
from tests.length import is_on_postgresql
from tests.wire import Reply

PARTS = 4


def a_pass_with_two_renewals(site: Site, payer: Payer) -> None:
    """The access token is old when the run begins, and is refused once more at the second page of claims."""
    site.later(hours=2)

    def refused(good: Callable[[], Reply]) -> Reply:
        payer.forget_access()
        return good()

    payer.faults.append(Fault("ExplanationOfBenefit", refused, page=2))


@pytest.fixture(scope="session")
def whole_pass(stage: Stage) -> Process:
    """Return a worker that went through a whole pass: it knows how many places that has, and which."""
    with stage.round() as site:
        a_pass_with_two_renewals(site, stage.payer)
        worker = site.start("work")
        assert worker.wait() == 0, worker.log
        return worker


@pytest.fixture(scope="session")
def length(whole_pass: Process) -> int:
    """Return how many places a whole pass of the worker comes by."""
    return whole_pass.points


@pytest.mark.parametrize("part", range(PARTS))
def test_a_worker_killed_anywhere_loses_and_doubles_nothing(stage: Stage, length: int, part: int) -> None:
    """R-17, R-32, B-01: SIGKILL all over a pass (`make chaos`: 600); R-04: a lost answer asks once."""
    count = rounds(KILLS, at_desk=12, sample=KILLS_IN_GATE)
    places = spread(count, over=length)[part::PARTS]
    killed = sum(killed_at(place, stage)[0] for place in places)
    assert killed >= min(len(places) * 0.9, len(places) - 1)  # threads may take another way, but not often


def test_a_worker_killed_with_new_tokens_in_its_hands_asks_for_a_sign_in_once(
    stage: Stage, whole_pass: Process
) -> None:
    """R-04: each place between the plan's token answer and its commit, at both renewals of a pass.

    In the gate every other one on SQLite and the rest on PostgreSQL; all where ROUNDS is told (`make chaos`).
    """
    places = whole_pass.places_after_tokens
    assert places, "no tokens were renewed"
    if most_minutes() is not None:
        places = places[is_on_postgresql() :: 2]
    # Not all: threads may take another way, and come by fewer places before the tokens are stored. The first,
    # before the statement that stores them, is on every way.
    lost = sum(killed_at(place, stage)[1] for place in places)
    assert lost > 0


def killed_at(place: int | str, stage: Stage) -> tuple[bool, bool]:
    """Play one round; return whether the worker was killed, and whether new tokens were lost with it."""
    with stage.round() as site:
        a_pass_with_two_renewals(site, stage.payer)
        was_killed = site.start("work", kill_at=place).wait() == -9
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
    return was_killed, is_lost


def reconnected(site: Site, stage: Stage) -> Any:
    """Have the member sign in at the plan again, and the run that follows done."""
    site.later(hours=1)
    site.do("connect", origin=stage.payer.origin, email="alice@example.com")
    return site.do("finish")
