"""A connection's place in the schedule: set when it begins, moved on when an update is over."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from apps.connections.granted import NotGranted
from apps.connections.models import Connection
from apps.sync.models import Refresh, SyncRun, SyncStep
from apps.sync.models.passes import bucket_of, next_due
from config.fhir_types import main_type

MOST_FAILURES: Final = 5
"""So many scheduled updates in a row that failed, each after several tries, end the asking by itself."""
WITHOUT: Final = (SyncStep.State.REFUSED, SyncStep.State.PROBLEM)
CAME_THROUGH: Final = (SyncRun.State.FINISHED, SyncRun.State.PARTIAL)


def begin(*, connection: Connection, now: datetime) -> None:
    """Ask for news from now on, forgetting what failed: the member has just asked, or given permission.

    Raises `Connection.DoesNotExist` when it was erased meanwhile.
    """
    values = {"failures": 0, "problem": "", **going_on(connection, now=now)}
    columns = {"bucket": bucket_of(connection.pk), **values}
    with transaction.atomic():
        Connection.objects.select_for_update(no_key=True).only("pk").get(pk=connection.pk)
        Refresh.objects.update_or_create(connection=connection, defaults=values, create_defaults=columns)


def note_over(run: SyncRun, *, state: SyncRun.State, problem: str, now: datetime) -> None:
    """Move on after an update that ended in *state*; pause after too many that failed."""
    connection = Connection.objects.select_related("plan").filter(pk=run.connection_id).first()
    if connection is None:
        return
    bucket = bucket_of(connection.pk)
    row, _is_new = Refresh.objects.get_or_create(
        connection=connection, defaults={"bucket": bucket, **going_on(connection, now=now)}
    )
    values: dict[str, Any] = {}
    if state in CAME_THROUGH:
        lacking = _why_without_claims(run)
        values = {"failures": 0, "problem": lacking, **going_on(connection, now=now)}
        if not lacking:
            values["succeeded_at"] = now
    elif state == SyncRun.State.ENDED:
        values = resting(Refresh.Rest.PERMISSION, now=now)
    elif run.is_scheduled:
        values = {"failures": row.failures + 1, "problem": problem}
        if row.failures + 1 >= MOST_FAILURES:
            values |= resting(Refresh.Rest.FAILURES, now=now)
    Refresh.objects.filter(pk=row.pk).update(**values)


def _why_without_claims(run: SyncRun) -> str:
    """Return why the plan gave none of the claims asked for, "" where it gave them or nobody allowed them.

    An update that brings everything else is no success: for weeks of them somebody has to look (R-44).
    """
    steps = run.steps.filter(resource_type=main_type(), state__in=WITHOUT)
    problems = steps.exclude(problem=NotGranted.code).values_list("problem", flat=True)
    return next(iter(problems), "")


def going_on(connection: Connection, *, now: datetime) -> dict[str, Any]:
    """The columns of a refresh that is done again at its connection's own moment, if the plan allows any."""
    hours = connection.plan.quirks.refresh_hours
    if not hours:
        return resting(Refresh.Rest.PLAN, now=now)
    return {
        "due_at": next_due(connection.pk, timedelta(hours=hours), after=now),
        "hours": hours,
        "rests_because": Refresh.Rest.NONE,
        "rests_since": None,
    }


def resting(why: Refresh.Rest, *, now: datetime) -> dict[str, Any]:
    """The columns of a refresh that is not done by itself."""
    return {"due_at": None, "hours": 0, "rests_because": why, "rests_since": now}
