"""A clock that only moves when somebody waits or asks, and a payer that refuses whoever asks too fast."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from apps.outbound.door import Answer
from apps.outbound.errors import Unreachable
from apps.sync import runner
from apps.sync.models import SyncRun
from tests.fhir.stub import Door

START = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


class Clock(threading.Event):
    """Stands where it was put; waiting for the worker's stop event moves it on."""

    def __init__(self) -> None:
        super().__init__()
        self.moment = START

    def __call__(self) -> datetime:
        return self.moment

    def wait(self, timeout: float | None = None) -> bool:
        self.moment += timedelta(seconds=timeout or 0)
        return self.is_set()


@dataclass
class Payer:
    """One plan's server in front of a stub: each answer takes a moment; more than `per_second` are refused.

    `asked` are the moments of all questions, `refused` those answered 429, `too_early` those that came before
    the moment which an earlier 429 named. While `is_down` nothing answers.
    """

    clock: Clock
    per_second: int | None = None
    takes: float = 0.02
    says: Callable[[datetime], str] = lambda _until: "2"
    wait: timedelta = timedelta(seconds=2)
    is_down: Callable[[], bool] = lambda: False
    asked: list[datetime] = field(default_factory=list)
    refused: list[datetime] = field(default_factory=list)
    too_early: list[datetime] = field(default_factory=list)
    shut_until: datetime = START

    def through(self, door: Door) -> "Throttled":
        return Throttled(self, door)

    def refuses(self) -> Answer | None:
        """Count one question; return the refusal, if it is one too many within a second."""
        now = self.clock()
        self.asked.append(now)
        self.clock.wait(self.takes)
        if now < self.shut_until:
            self.too_early.append(now)
        recent = [moment for moment in self.asked if now - moment < timedelta(seconds=1)]
        if self.per_second is None or len(recent) <= self.per_second:
            return None
        self.refused.append(now)
        self.shut_until = self.clock() + self.wait
        return Answer(429, {"Retry-After": self.says(self.shut_until)}, b"", "")


@dataclass
class Throttled:
    """The way of one member to that server."""

    payer: Payer
    door: Door

    @property
    def patient_id(self) -> str:
        return self.door.patient_id

    def ask(self, url: str, form: str | None = None) -> Answer:
        if self.payer.is_down():
            self.payer.asked.append(self.payer.clock())
            self.payer.clock.wait(self.payer.takes)
            raise Unreachable("scripted")
        return self.payer.refuses() or self.door.ask(url, form)


def as_date(until: datetime) -> str:
    """Retry-After as an HTTP-date (RFC 9110 section 5.6.7): whole seconds, so rounded up."""
    return format_datetime((until + timedelta(seconds=1)).replace(microsecond=0), usegmt=True)


def ticks(clock: Clock, *, every: timedelta, most: int) -> Iterator[datetime]:
    """Move the clock on, again and again."""
    for _ in range(most):
        clock.moment += every
        yield clock.moment


def work(clock: Clock, connect: Callable[..., Any]) -> None:
    """Be a worker for a moment: take whatever is due until nothing is."""
    while any_due := SyncRun.objects.free_to_take(now=clock()).first():
        runner.run_next(hint=any_due.pk, now_fn=clock, stop=clock, connect=connect)
