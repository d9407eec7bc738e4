"""How far attempts came at each plan, and why the others ended: counts for operators, nobody's names."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count

from apps.connections.models import Attempt


@dataclass(frozen=True)
class Step:
    """How many came at least this far; `share` is of those who started, in whole per cent."""

    label: str
    count: int
    share: int


@dataclass(frozen=True)
class Failure:
    """How many ended for this reason: the name of the error class, and whose side it looks like."""

    name: str
    fault: str
    count: int


@dataclass(frozen=True)
class Funnel:
    """One plan's attempts, from the first click to the first claim; `failures` the most frequent first."""

    plan: str
    plan_id: uuid.UUID
    steps: list[Step]
    failures: list[Failure] = field(default_factory=list)

    @property
    def started(self) -> int:
        """All attempts."""
        return self.steps[0].count

    @property
    def failed(self) -> int:
        """Those that ended with a reason; who just walked away leaves none."""
        return sum(failure.count for failure in self.failures)


def funnels(*, since: datetime, purpose: str = "") -> list[Funnel]:
    """One funnel per plan with attempts since then, the busiest plan first; two queries for any number."""
    asked = Attempt.objects.filter(started_at__gte=since)
    if purpose:
        asked = asked.filter(purpose=purpose)
    failures: dict[uuid.UUID, list[Failure]] = {}
    ended = asked.exclude(failure="").values("plan_id", "failure", "fault").annotate(n=Count("pk"))
    for row in ended.order_by("-n", "failure"):
        fault = str(Attempt.Fault(row["fault"]).label) if row["fault"] else ""
        failures.setdefault(row["plan_id"], []).append(Failure(row["failure"], fault, row["n"]))
    counts: dict[tuple[str, uuid.UUID], dict[str, int]] = {}
    for one in asked.values("plan__name", "plan_id", "stage").annotate(n=Count("pk")).order_by():
        counts.setdefault((one["plan__name"], one["plan_id"]), {})[one["stage"]] = one["n"]
    found = [
        Funnel(name, key, _steps(stages), failures.get(key, [])) for (name, key), stages in counts.items()
    ]
    return sorted(found, key=lambda each: (-each.started, each.plan))


def together(found: Iterable[Funnel]) -> list[Step]:
    """The steps of all plans added up."""
    totals: dict[str, int] = {}
    for one in found:
        for step in one.steps:
            totals[step.label] = totals.get(step.label, 0) + step.count
    most = max(totals.values(), default=0)
    return [Step(label, count, _share(count, most)) for label, count in totals.items()]


def _steps(reached: dict[str, int]) -> list[Step]:
    """Each stage includes the later ones: who has a claim on screen also came back."""
    stages = list(Attempt.Stage)
    least = [sum(reached.get(later, 0) for later in stages[place:]) for place in range(len(stages))]
    return [
        Step(str(stage.label), count, _share(count, least[0]))
        for stage, count in zip(stages, least, strict=True)
    ]


def _share(count: int, of: int) -> int:
    return round(100 * count / of) if of else 0
