"""A connection's place in the schedule: set when it begins, moved on when an update is over, and told."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from apps.connections.granted import NotGranted
from apps.connections.models import Connection
from apps.plain_language.dates import date_words
from apps.plain_language.language import _, plural, said
from apps.plain_language.times import time_words
from apps.plans.models import Plan
from apps.sync import wording
from apps.sync.models import Refresh, SyncRun, SyncStep
from apps.sync.models.passes import bucket_of, next_due
from config.fhir_types import main_type

MOST_FAILURES: Final = 5
"""So many scheduled updates in a row that failed, each after several tries, end the asking by itself."""
WITHOUT: Final = (SyncStep.State.REFUSED, SyncStep.State.PROBLEM)
CAME_THROUGH: Final = (SyncRun.State.FINISHED, SyncRun.State.PARTIAL)


def period_of(plan: Plan) -> timedelta | None:
    """How often the plan is asked for news of a member; None: only when the member asks."""
    hours = plan.quirks.refresh_hours
    return timedelta(hours=hours) if hours else None


def begin(*, connection: Connection, now: datetime) -> None:
    """Ask for news from now on, forgetting what failed: the member has just asked, or given permission.

    Raises `Connection.DoesNotExist` when it was erased meanwhile.
    """
    values = {"failures": 0, "problem": "", **going_on(connection, now=now)}
    made = {"bucket": bucket_of(connection.pk), **values}
    with transaction.atomic():
        Connection.objects.select_for_update(no_key=True).only("pk").get(pk=connection.pk)
        Refresh.objects.update_or_create(connection=connection, defaults=values, create_defaults=made)


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
    period = period_of(connection.plan)
    if period is None:
        return resting(Refresh.Rest.PLAN, now=now)
    return {
        "due_at": next_due(connection.pk, period, after=now),
        "hours": connection.plan.quirks.refresh_hours,
        "rests_because": Refresh.Rest.NONE,
        "rests_since": None,
    }


def resting(why: Refresh.Rest, *, now: datetime) -> dict[str, Any]:
    """The columns of a refresh that is not done by itself."""
    return {"due_at": None, "hours": 0, "rests_because": why, "rests_since": now}


HOURLY: Final = (said("once an hour"), said("every {number} hours"))
DAILY: Final = (said("once a day"), said("every {number} days"))


def of(
    refresh: Refresh | None, *, plan: str, now: datetime, ends_at: datetime | None = None
) -> tuple[str, bool]:
    """Say when *plan* is asked for news next, or why not; True when the member should do something.

    `ends_at` is the known end of a permission that only the member can renew: nothing after it is promised.
    """
    if refresh is None or (refresh.rests_because == Refresh.Rest.PERMISSION):
        return "", False  # what the permission allows is said above, in the words of the permission
    if ends_at is not None and (ends_at <= now or (refresh.due_at is not None and refresh.due_at >= ends_at)):
        return "", False
    if refresh.rests_because == Refresh.Rest.PLAN:
        return _("We ask {plan} for news only when you press “Update now”.").format(plan=plan), False
    if refresh.rests_because == Refresh.Rest.FAILURES:
        why = wording.problem(refresh.problem)
        text = _(
            "We stopped asking {plan} for news by ourselves: it did not work {number} times in a row. {why} "
            "Press “Update now” to try again; after that we go on by ourselves."
        )
        return text.format(plan=plan, number=refresh.failures, why=why), True
    text = _("We ask {plan} for news {often} by ourselves. Next time: {moment}.")
    words = text.format(plan=plan, often=often(refresh.hours), moment=moment(refresh.due_at or now, now=now))
    return words, False


def often(hours: int) -> str:
    """Return ``once a day``, ``every 12 hours``."""
    number, (singular, many) = (hours, HOURLY) if hours % 24 else (hours // 24, DAILY)
    return plural(singular, many, number).format(number=number)


def moment(at: datetime, *, now: datetime) -> str:
    """Return ``within the hour``, ``today``, ``tomorrow``, or the date."""
    if at - now < timedelta(hours=1):
        return _("within the hour")
    day, today = timezone.localtime(at).date(), timezone.localtime(now).date()
    if day == today:
        return _("today")
    return _("tomorrow") if day - today == timedelta(days=1) else date_words(day)


def rest(until: datetime) -> str:
    """Say when a member who asked often may ask again; in the next minute when rounded."""
    return _("You can update again at {time}.").format(time=time_words(until + timedelta(seconds=59)))
