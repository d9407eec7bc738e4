"""What Prometheus reads: everything is asked of the database at that moment, nothing is counted in a process.

So any number of web processes answers alike, and a restart loses nothing. No label is finer than a plan.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Final

from django.conf import settings
from prometheus_client.core import GaugeMetricFamily as Gauge
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from apps.connections.attempts import STAGES
from apps.connections.models import Attempt, Connection
from apps.desk import house
from apps.desk.findings import Level
from apps.desk.fleet import PlanState, plan_states
from apps.desk.looks import ON_THE_DESK, look


class DeskCollector(Collector):
    """Collects once, for one answer."""

    def __init__(self, *, now: datetime) -> None:
        self.now = now

    def collect(self) -> Iterable[Metric]:
        """Ask as the desk does, in as many queries for any number of plans."""
        states = plan_states(now=self.now)
        yield from _members(states)
        yield from _work(states, now=self.now)
        yield from _light_of_house(now=self.now)
        yield from _house(now=self.now)


def _members(states: list[PlanState]) -> Iterator[Metric]:
    """What there is none of is told as 0: a panel without any series looks as if nobody answered."""
    connections = Gauge(
        "plainclaim_connections", "Permissions, by what they are worth.", labels=["plan", "status"]
    )
    attempts = Gauge(
        "plainclaim_attempts",
        "Attempts of the last 7 days that came at least so far.",
        labels=["plan", "stage"],
    )
    failed = Gauge(
        "plainclaim_attempts_failed", "Attempts of the last 7 days that ended, by whose side it looks like.",
        labels=["plan", "side"],
    )  # fmt: skip
    for state in states:
        slug = state.plan.slug
        for status in Connection.Status.values:
            connections.add_metric([slug, status], state.counts.get(status, 0))
        came_so_far = [step.count for step in state.funnel.steps] if state.funnel else [0] * len(STAGES)
        for stage, number in zip(STAGES, came_so_far, strict=True):
            attempts.add_metric([slug, stage], number)
        for side, number in _by_side(state).items():
            failed.add_metric([slug, side], number)
    yield from (connections, attempts, failed)


def _by_side(state: PlanState) -> dict[str, int]:
    sides = dict.fromkeys((label.lower() for label in Attempt.Fault.labels), 0)
    for failure in state.funnel.failures if state.funnel else ():
        side = failure.fault.lower() or "unknown"
        sides[side] = sides.get(side, 0) + failure.count
    return sides


def _tells(code: str) -> Callable[[PlanState, datetime], float]:
    """Return what says 1 of a plan of which something was found."""
    return lambda state, _now: float(any(finding.code == code for finding in state.findings))


OF_PLANS: Final[tuple[tuple[str, str, Callable[[PlanState, datetime], float]], ...]] = (
    ("stuck_connections", "Not brought up to date for two periods.", lambda state, _now: state.stuck),
    (
        "longest_wait_seconds",
        "Of an update that could be done.",
        lambda state, now: (now - state.oldest).total_seconds() if state.oldest else 0,
    ),
    ("plan_down", "1 while it does not answer.", _tells("down")),
    ("plan_refuses_client", "1 after invalid_client.", _tells("invalid_client")),
    ("plan_drift", "1 while it publishes addresses nobody confirmed.", _tells("drift")),
    ("plan_light", "0 well, 1 to look at, 2 wrong.", lambda state, _now: state.level),
)
"""What is one number for each plan: its name, its words, and how it is told."""


def _work(states: list[PlanState], *, now: datetime) -> Iterator[Metric]:
    for name, words, value in OF_PLANS:
        gauge = Gauge(f"plainclaim_{name}", words, labels=["plan"])
        for state in states:
            gauge.add_metric([state.plan.slug], value(state, now))
        yield gauge


def _light_of_house(*, now: datetime) -> Iterator[Metric]:
    light = Gauge("plainclaim_house_light", "0 well, 1 to look at, 2 wrong.", labels=["what"])
    levels: dict[str, Level] = {}
    for finding in look(ON_THE_DESK, now=now):
        levels[finding.code] = max(levels.get(finding.code, Level.OK), finding.level)
    for code, level in levels.items():
        light.add_metric([code], level)
    yield light


def _house(*, now: datetime) -> Iterator[Metric]:
    """Ages are left out where there is none: a worker that was never here is no age of 0."""
    queued, oldest = house.queued()
    yield Gauge("plainclaim_queue_entries", "Hints that wait in the database.", value=queued)
    ages = {
        "plainclaim_queue_oldest_seconds": ("Since when the oldest hint waits.", oldest),
        "plainclaim_worker_seen_seconds": ("Since a worker was here.", house.worker_seen_at(now)),
        "plainclaim_backup_age_seconds": ("Since the last backup.", house.backed_up_at()),
    }
    for name, (words, at) in ages.items():
        if at is not None:
            yield Gauge(name, words, value=max((now - at).total_seconds(), 0))
    usage = shutil.disk_usage(settings.VAR_DIR if settings.VAR_DIR.exists() else settings.BASE_DIR)
    yield Gauge("plainclaim_disk_free_bytes", "Of the host that answered.", value=usage.free)
    yield Gauge("plainclaim_disk_bytes", "Of the host that answered.", value=usage.total)
