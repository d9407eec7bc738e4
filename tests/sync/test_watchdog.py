"""A worker that hangs ends, and its run goes on elsewhere."""

import threading
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from apps.sync import runner
from apps.sync.leases import Hold
from apps.sync.models import LEASE


@pytest.fixture
def held(now: datetime, monkeypatch: pytest.MonkeyPatch) -> Hold:
    """Return what this process is said to do at the moment."""
    hold = Hold(uuid4(), uuid4(), 1, lambda: now, now + LEASE)
    monkeypatch.setattr(runner, "in_hand", hold)
    return hold


def looks(at: datetime, times: int) -> list[str]:
    ended: list[str] = []
    dog = runner.Watchdog(lambda: at, lambda: ended.append("ended"))
    for _ in range(times):
        dog.look()
    return ended


def test_a_run_that_hangs_ends_its_worker(held: Hold) -> None:
    """R-35: its lease is over for a minute, so it is another worker's by now."""
    late = held.until + runner.HANGS_AFTER + timedelta(seconds=1)
    assert looks(late, runner.SEEN_OFTEN) == ["ended"]


def test_a_worker_that_was_only_stopped_for_a_while_gets_its_chance(held: Hold) -> None:
    late = held.until + runner.HANGS_AFTER + timedelta(seconds=1)
    assert looks(late, runner.SEEN_OFTEN - 1) == []


def test_a_run_that_proves_its_hold_is_left_alone(held: Hold) -> None:
    assert looks(held.until, 20) == []


def test_an_idle_worker_is_left_alone(now: datetime) -> None:
    assert runner.in_hand is None
    assert looks(now + timedelta(days=9), 20) == []
    told: list[int] = []  # else a worker that hangs between updates would look well for ever
    runner.Watchdog(lambda: now, lambda: None, lambda: told.append(1)).look()
    assert told == []


def test_the_watch_ends_with_the_worker(now: datetime) -> None:
    stop = threading.Event()
    dog = runner.Watchdog(lambda: now, lambda: None)
    thread = threading.Thread(target=dog.watch, args=[stop], kwargs={"every": 0.001})
    thread.start()
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


@pytest.mark.parametrize(("late", "signs"), [(timedelta(0), 1), (timedelta(seconds=61), 0)])
def test_a_long_update_gives_signs_as_long_as_it_proves_its_hold(
    now: datetime, monkeypatch: pytest.MonkeyPatch, late: timedelta, signs: int
) -> None:
    """One update of a hundred thousand claims is longer than five minutes."""
    hold = Hold(uuid4(), uuid4(), 1, lambda: now, now + LEASE)
    monkeypatch.setattr(runner, "in_hand", hold)
    told: list[int] = []
    runner.Watchdog(lambda: hold.until + late, lambda: None, lambda: told.append(1)).look()
    assert len(told) == signs
