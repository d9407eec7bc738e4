"""Verbs of sync: start a run, start again, wake what was left behind."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.urls import reverse
from django.utils import timezone

from apps.connections import limits
from apps.connections.models import Connection
from apps.records import activity, household
from apps.sync import schedule, turn
from apps.sync.leases import LONGEST_RUN
from apps.sync.models import SyncRun
from apps.sync.tasks import queue
from apps.vault.boxes import box_for
from apps.vault.errors import VaultError, WrapperFailed

REST_BETWEEN_STARTS: Final = timedelta(seconds=60)
MOST_STARTS: Final = 6
"""So many updates a member may ask for within `STARTS_WINDOW`, and so many further tries of one (W-18)."""
STARTS_WINDOW: Final = timedelta(hours=1)
_WINDOW_SECONDS: Final = int(STARTS_WINDOW.total_seconds())


class WaitsForAYes(Exception):
    """A child has become an adult and has not agreed: nothing new is brought before."""


class Answer(Enum):
    """What came of a member's asking for news."""

    STARTED = auto()
    UNDER_WAY = auto()
    """An update is active already, and goes on as it would have."""
    WOKEN = auto()
    """One that slept until another try is tried now."""
    WOKEN_TOO_OFTEN = auto()
    RESTS = auto()
    """The last one is too recent: see `next_start_at`."""


def _refuse_without_a_yes(connection: Connection, *, now: datetime) -> None:
    """Raise `WaitsForAYes` where the person has to agree first; what does not open, the run says."""
    try:
        box = box_for(connection.member)
        waits = household.waits_for_a_yes(connection, box, today=timezone.localdate(now))
    except WrapperFailed:
        raise
    except VaultError:
        return
    if waits:
        raise WaitsForAYes


def start_first(*, connection: Connection, now: datetime) -> str:
    """Bring the records of a connection just made, or made anew; return the path of the page that shows it.

    A run that sleeps until another try is woken: the member has just given fresh permission. Where a yes is
    missing the page is that of people, which says so.
    """
    schedule.begin(connection=connection, now=now)
    try:
        run = start(connection=connection, now=now)
    except WaitsForAYes:
        return reverse("overview:people")
    _wake(run, now=now)
    return run.get_absolute_url()


def start(
    *, connection: Connection, now: datetime, is_scheduled: bool = False, everything: bool = False
) -> SyncRun:
    """Return the connection's active run, or a new one whose work is queued when the transaction commits.

    A new one reads *everything* again where asked to, else what may have changed. Raises `WaitsForAYes`, and
    `Connection.DoesNotExist` when the member erased it meanwhile.
    """
    while True:
        if active := connection.runs.active().first():
            if active.is_scheduled and not is_scheduled:  # from now on somebody waits for it
                SyncRun.objects.filter(pk=active.pk).update(is_scheduled=False)
            return active
        _refuse_without_a_yes(connection, now=now)
        try:
            with transaction.atomic():
                run = SyncRun.objects.create(
                    member_id=connection.member_id,
                    connection=connection,
                    is_scheduled=is_scheduled,
                    asks_everything=everything,
                    created_at=now,
                    next_try_at=now,
                    queued_at=now,
                )
                activity.note_asked(connection.member, now=now)
                queue(run.pk)
        except IntegrityError:  # another click was first, and may be over by now
            if not Connection.objects.filter(pk=connection.pk).exists():
                raise Connection.DoesNotExist from None
            continue
        return run


def start_again(*, connection: Connection, now: datetime, everything: bool = False) -> tuple[SyncRun, Answer]:
    """Return the run that a member who asks for news should look at, and what was done.

    While `next_start_at` says to wait, it is the last run. One that sleeps until another try is woken, where
    `may_wake` allows it, a few times within an hour.
    """
    runs = newest(connection)
    if runs and runs[0].is_active:
        run = start(connection=connection, now=now)
        if not may_wake(run, now=now):
            return run, Answer.UNDER_WAY
        if limits.counted(*_wakings(connection), seconds=_WINDOW_SECONDS) > MOST_STARTS:
            return run, Answer.WOKEN_TOO_OFTEN
        _wake(run, now=now)
        return run, Answer.WOKEN
    if runs and next_start_at(runs=runs, now=now):
        return runs[0], Answer.RESTS
    schedule.begin(connection=connection, now=now)
    return start(connection=connection, now=now, everything=everything), Answer.STARTED


def next_start_at(*, runs: Iterable[SyncRun], now: datetime) -> datetime | None:
    """When the member of the *runs* that are newest may ask for news again; None: now (W-18)."""
    asked = [run.created_at for run in runs if not run.is_scheduled and now - run.created_at < STARTS_WINDOW]
    moments = [created_at + REST_BETWEEN_STARTS for created_at in asked[:1]]
    moments += [created_at + STARTS_WINDOW for created_at in asked[MOST_STARTS - 1 : MOST_STARTS]]
    latest = max(moments, default=now)
    return latest if latest > now else None


def may_wake(run: SyncRun, *, now: datetime) -> bool:
    """Whether a member may have *run* try again at once: it sleeps after a failure, for a minute already.

    Not while its plan asked us to wait or takes no more at once: then everybody waits for that. Nor when it
    has been going on for so long that it has to end some time.
    """
    if not run.sleeps(now=now) or now - run.queued_at < REST_BETWEEN_STARTS:
        return False
    if now - run.created_at >= LONGEST_RUN:
        return False
    return not run.connection.stopped_because(now=now) and run.connection.plan_id not in turn.shut(now=now)


def has_wakings_left(connection: Connection) -> bool:
    """Whether a member may still have a sleeping run of *connection* tried within this hour."""
    return limits.count_of(*_wakings(connection)) < MOST_STARTS


def _wake(run: SyncRun, *, now: datetime) -> None:
    """Have a run that sleeps tried at once; it keeps as many tries by itself as it had."""
    asleep = SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.WAITING, next_try_at__gt=now)
    with transaction.atomic():
        if asleep.update(next_try_at=now, queued_at=now, attempts=Greatest(F("attempts") - 1, 0)):
            queue(run.pk)


def _wakings(connection: Connection) -> tuple[str, str]:
    return "sync_wake", str(connection.pk)


def newest(connection: Connection) -> list[SyncRun]:
    """The connection's newest runs, the newest first: as many as `next_start_at` needs. One query."""
    return list(connection.runs.newest_first()[: 2 * MOST_STARTS])


def sweep(*, now: datetime) -> int:
    """Queue what is due and not queued, also runs whose worker died; return how many."""
    return turn.sweep(now=now, queue=queue)
