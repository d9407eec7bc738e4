"""When each connection's records are asked for anew: the rows."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Self

from django.db import models
from django.db.models import Q

from apps.connections.models import Connection, is_stopped

if TYPE_CHECKING:
    from apps.sync.models.runs import SyncRun

BUCKETS: Final = 64
"""Into so many parts a delay after downtime is cut (R-37)."""


def bucket_of(connection_id: uuid.UUID) -> int:
    """The connection's part of a delay, 0 to `BUCKETS` - 1."""
    return connection_id.int % BUCKETS


def phase_of(connection_id: uuid.UUID, period: timedelta) -> timedelta:
    """The connection's own moment within every *period*: by its random id, so spread and always the same."""
    return timedelta(seconds=connection_id.int % int(period.total_seconds()))


def next_due(connection_id: uuid.UUID, period: timedelta, *, after: datetime) -> datetime:
    """The connection's first own moment that is at least half a *period* after *after*."""
    epoch = datetime(2000, 1, 1, tzinfo=UTC)
    earliest = after + period / 2 - epoch - phase_of(connection_id, period)
    return epoch + phase_of(connection_id, period) + period * -(-earliest // period)


class RefreshQuerySet(models.QuerySet["Refresh"]):
    """Questions asked about the schedule."""

    def due(self, *, now: datetime) -> Self:
        """Those whose moment has come, and nothing stops their connection (S-03)."""
        return self.filter(due_at__lte=now).exclude(is_stopped(now=now))

    def stuck(self, *, now: datetime) -> Self:
        """Connections that should be brought up to date and were not for two periods (R-44)."""
        late = Q()
        for hours in self.order_by().values_list("hours", flat=True).distinct():
            before = now - 2 * timedelta(hours=hours)
            late |= Q(hours=hours) & (
                Q(succeeded_at__lte=before)
                | Q(succeeded_at__isnull=True, connection__connected_at__lte=before)
            )
        going = self.filter(due_at__isnull=False, connection__status=Connection.Status.ACTIVE)
        return going.filter(late).exclude(is_stopped(now=now)) if late else self.none()


class Refresh(models.Model):
    """One connection's place in the schedule: when it is asked for next, or why that is not done by itself.

    `hours` is the period as it was when `due_at` was set.
    """

    class Rest(models.TextChoices):
        """Why nothing is done by itself."""

        NONE = "", "It goes on"
        PLAN = "plan", "The plan's row says so"
        PERMISSION = "permission", "The permission cannot be used"
        FAILURES = "failures", "Failed too often"

    is_made_here = True

    connection = models.OneToOneField(
        Connection, on_delete=models.CASCADE, primary_key=True, related_name="refresh"
    )
    due_at = models.DateTimeField(
        null=True, blank=True, db_index=True, help_text="When it is asked for next."
    )
    hours = models.PositiveSmallIntegerField(default=0, help_text="Hours between updates.")
    bucket = models.PositiveSmallIntegerField(editable=False)
    rests_because = models.CharField(max_length=10, choices=Rest, blank=True, default=Rest.NONE)
    rests_since = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(
        default=0, help_text="Scheduled updates in a row that failed."
    )
    problem = models.CharField(max_length=20, blank=True, help_text="Code of why the last one failed.")
    succeeded_at = models.DateTimeField(null=True, blank=True, help_text="When an update last came through.")

    objects = RefreshQuerySet.as_manager()

    class Meta:
        verbose_name = "refresh of a connection"
        verbose_name_plural = "refreshes of connections"
        constraints = [
            models.CheckConstraint(
                condition=Q(rests_because="", due_at__isnull=False, rests_since__isnull=True)
                | Q(
                    rests_because__in=["plan", "permission", "failures"],
                    due_at__isnull=True,
                    rests_since__isnull=False,
                ),
                name="sync_refresh_due_or_rests",
            ),
        ]

    def __str__(self) -> str:
        """Name nobody: this text reaches logs and the admin."""
        return f"refresh of connection {self.connection_id}"

    @property
    def active_run(self) -> "SyncRun | None":
        """The run under way or waiting, from runs that were loaded with the row."""
        return next((run for run in self.connection.runs.all() if run.is_active), None)


class Beat(models.Model):
    """When something that happens again and again last happened: tells that no worker ran meanwhile."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
