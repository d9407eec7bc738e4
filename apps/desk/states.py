"""One plan as the desk shows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from apps.connections.attempts import Funnel
from apps.connections.models import Connection
from apps.connections.support_reply import failure_words
from apps.desk.findings import Finding, Level, worst
from apps.plans.choices import Status
from apps.plans.models import Plan


@dataclass(frozen=True)
class PlanState:
    """One row of the desk. Moments are None where there is none, or none is known."""

    plan: Plan
    counts: Mapping[str, int] = field(default_factory=dict)
    """Connections by status."""
    funnel: Funnel | None = None
    oldest: datetime | None = None
    """Since when an update waits that could be done."""
    stuck: int = 0
    secret_at: datetime | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def connected(self) -> int:
        """Members' permissions that hold."""
        return self.counts.get(Connection.Status.ACTIVE, 0)

    @property
    def level(self) -> Level:
        """The worst of what was found."""
        return worst(self.findings)

    @property
    def light(self) -> str:
        """The traffic light: "off" for a plan that an operator has stopped, or nobody has opened."""
        is_off = self.plan.status != Status.CONFIRMED and not self.plan.client_refused_at
        return "off" if is_off and self.level < Level.WRONG else self.level.word

    @property
    def failure(self) -> tuple[str, int] | None:
        """The most frequent reason why attempts ended, in words, and how often."""
        if self.funnel is None or not self.funnel.failures:
            return None
        first = self.funnel.failures[0]
        return failure_words().get(first.name, first.name), first.count
