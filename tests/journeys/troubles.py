"""Troubles that a running demo does not get into by itself: run by `behind` in a shell of its own."""

import sys
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from apps.connections.models import Connection
from apps.sync.models import SyncRun, SyncStep, step_types
from tests.claims.given import claims_of, spoil

LATER = timedelta(hours=5)
DONE, DOING, WAITING, REFUSED, PROBLEM = (
    SyncStep.State.DONE, SyncStep.State.DOING, SyncStep.State.WAITING, SyncStep.State.REFUSED,
    SyncStep.State.PROBLEM,
)  # fmt: skip


def meet(soon: str, running: str, others: str) -> None:
    """Bring three connections into trouble, and print the paths of its pages.

    The permission of *soon* is about to end; *running* is being updated; an update of *others* waits, some
    before it did not bring everything, and its oldest claim is damaged.
    """
    now = timezone.now()
    Connection.objects.filter(pk=soon).update(permission_ends_at=now + timedelta(days=5))
    damaged = claims_of(Connection.objects.get(pk=others))[-1]
    spoil(damaged.id, seal=b"not what was sealed")
    sys.stdout.write(f"{reverse('claims:claim', args=[damaged.id])}\n")
    under_way = {"Patient": DONE, "Coverage": DONE, "ExplanationOfBenefit": DOING, SyncStep.PLACES: WAITING}
    _run(running, SyncRun.State.RUNNING, under_way, lease_until=now + LATER, created_at=now)
    _run(others, SyncRun.State.WAITING, under_way, problem="busy", created_at=now)
    gaps = {"Patient": DONE, "Coverage": REFUSED, "ExplanationOfBenefit": PROBLEM, SyncStep.PLACES: DONE}
    _run(others, SyncRun.State.PARTIAL, gaps, finished_at=now - timedelta(hours=9))
    nothing = dict.fromkeys(step_types(), WAITING) | {"Patient": PROBLEM}
    _run(others, SyncRun.State.FAILED, nothing, problem="plan_trouble", finished_at=now - timedelta(hours=8))


def _run(connection: str, state: SyncRun.State, steps: dict[str, SyncStep.State], **fields: Any) -> None:
    """Store a run that no worker takes for hours, and print the path of its page."""
    now, row = timezone.now(), Connection.objects.get(pk=connection)
    # Not before the first update: by that one it is told whose plan came first.
    day_ago, lately = now - timedelta(days=1), now - timedelta(minutes=1)
    run = SyncRun.objects.create(
        member=row.member, connection=row, state=state, attempts=1, next_try_at=now + LATER,
        queued_at=now + LATER, started_at=day_ago, **{"created_at": lately} | fields,
    )  # fmt: skip
    why = {REFUSED: "not_granted", PROBLEM: "plan_trouble"}
    for position, kind in enumerate(step_types()):
        step = steps[kind]
        SyncStep.objects.create(
            member=row.member, run=run, position=position, resource_type=kind, state=step,
            problem=why.get(step, ""), received=2 if step in (DONE, DOING) else 0,
        )  # fmt: skip
    sys.stdout.write(f"{run.get_absolute_url()}\n")
