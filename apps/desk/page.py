"""The first page of the operators' site: what is wrong, what to do about it, and one row a plan."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.http import HttpRequest
from django.utils import timezone

from apps.connections.attempts import Funnel
from apps.desk.findings import Finding, Level, lasted, worst
from apps.desk.fleet import PlanState, plan_states
from apps.desk.looks import ON_THE_DESK, look
from apps.plans.models import Plan

WIDTH: Final = 14
GAP: Final = 3
HEIGHT: Final = 28
LEAST: Final = 1
"""Pixels of a stage that nobody came to: one can still count the stages."""


@dataclass(frozen=True)
class Column:
    """A stage: from where, and how high."""

    x: int
    y: int
    height: int
    width: int = WIDTH


@dataclass(frozen=True)
class Sparkline:
    """Columns from the first click to the first claim, each no higher than the one before."""

    columns: tuple[Column, ...]
    words: str
    height: int = HEIGHT

    @property
    def width(self) -> int:
        """Of the whole picture."""
        return len(self.columns) * (WIDTH + GAP) - GAP


def sparkline(funnel: Funnel) -> Sparkline:
    """Draw a funnel that has attempts."""
    columns = []
    for place, step in enumerate(funnel.steps):
        height = max(round(HEIGHT * step.count / funnel.started), LEAST)
        columns.append(Column(place * (WIDTH + GAP), HEIGHT - height, height))
    words = ", ".join(f"{step.label.lower()} {step.count}" for step in funnel.steps)
    return Sparkline(tuple(columns), words)


@dataclass(frozen=True)
class Shown:
    """A finding with the button that this operator may press, if any."""

    finding: Finding
    has_button: bool


@dataclass(frozen=True)
class Row:
    """One plan as the template draws it."""

    state: PlanState
    spark: Sparkline | None
    waits: str
    secret: str
    findings: list[Shown]

    @property
    def is_quiet(self) -> bool:
        """Whether nobody is connected or tried, and nothing is to be said."""
        return not (self.state.connected or self.state.funnel or self.findings)


def desk_of(request: HttpRequest) -> dict[str, Any]:
    """What the template draws, in as many queries for any number of plans; {} for who may not see plans."""
    user: Any = request.user
    if not user.has_perm("plans.view_plan"):
        return {}
    now = timezone.now()
    states = plan_states(now=now)
    house = look(ON_THE_DESK, now=now)
    rows = [_row(state, user, now=now) for state in states]
    findings = [*house, *(finding for state in states for finding in state.findings)]
    return {
        "desk": True,
        "house": [_shown(finding, user) for finding in sorted(house, key=lambda finding: -finding.level)],
        "rows": [row for row in rows if not row.is_quiet],
        "quiet_rows": [row for row in rows if row.is_quiet],
        "others": Plan.objects.count() - len(rows),
        "wrong": sum(finding.level == Level.WRONG for finding in findings),
        "to_look_at": sum(finding.level == Level.WARNING for finding in findings),
        "held": sum(finding.code == "held" for finding in findings),
        "level": worst(findings).word,
        "looked_at": now,
    }


def _row(state: PlanState, user: Any, *, now: datetime) -> Row:
    funnel = state.funnel
    return Row(
        state=state,
        spark=sparkline(funnel) if funnel and funnel.started else None,
        waits=lasted(state.oldest, now=now) if state.oldest else "",
        secret=_secret(state, now=now),
        findings=[
            _shown(finding, user) for finding in sorted(state.findings, key=lambda finding: -finding.level)
        ],
    )


def _secret(state: PlanState, *, now: datetime) -> str:
    """The age of the client secret; "none" where the plan takes none."""
    if not state.plan.has_secret:
        return "none"
    return lasted(state.secret_at, now=now) if state.secret_at else "not known"


def _shown(finding: Finding, user: Any) -> Shown:
    return Shown(finding, finding.button is not None and user.has_perm(finding.button.permission))
