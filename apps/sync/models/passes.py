"""What lasts from one run to the next: how far each type is known, what is news, what is wanted, and when a
connection is asked for anew."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from django.db import models
from django.db.models import Q

from apps.accounts.models import Member
from apps.connections.models import Connection, is_stopped
from apps.records.models import Record
from apps.sync.models.runs import SyncRun, SyncStep

BUCKETS: Final = 64
"""Into so many parts a delay after downtime is cut (R-37)."""


class SyncMark(models.Model):
    """How far we know one type of record at a plan: where the next pass may begin (R-26)."""

    is_made_here = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="sync_marks")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="marks")
    resource_type = models.CharField(max_length=40)
    known_since = models.DateTimeField(
        null=True, blank=True, help_text="When a pass first came to its end: what is new afterwards is news."
    )
    complete_at = models.DateTimeField(
        null=True, blank=True, help_text="When the last complete pass over everything ended."
    )
    updated_at = models.DateTimeField(
        null=True, blank=True, help_text="When the last pass of either kind ended without a gap."
    )
    up_to = models.DateTimeField(
        null=True, blank=True, help_text="By the plan's stamps: all that changed before is here."
    )
    refused_at = models.DateTimeField(
        null=True, blank=True, help_text="When the plan refused to be asked for changes only."
    )
    empty_at = models.DateTimeField(
        null=True, blank=True, help_text="When a complete pass brought nothing although records are here."
    )
    is_doubtful = models.BooleanField(
        default=False, help_text="The last pass over everything may have missed some: the next asks it again."
    )

    class Meta:
        """One per connection and type."""

        constraints = [
            models.UniqueConstraint(fields=["connection", "resource_type"], name="sync_one_mark_per_type")
        ]

    def __str__(self) -> str:
        """Name the type only."""
        return f"mark of {self.resource_type}"

    def was_known_before(self, run: SyncRun) -> bool:
        """Whether a pass came to its end in an earlier update; this one may ask twice, and find more then."""
        return self.known_since is not None and self.known_since < run.created_at


class SyncSeen(models.Model):
    """What one page of a pass over everything brought; the rows leave with the step (R-24)."""

    is_made_here = True

    id = models.BigAutoField(primary_key=True)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="sync_seen")
    step = models.ForeignKey(SyncStep, on_delete=models.CASCADE, related_name="seen")
    page = models.PositiveIntegerField()
    digests = models.BinaryField(help_text="The first 16 bytes of each source key, one after the other.")

    class Meta:
        """One per page."""

        constraints = [models.UniqueConstraint(fields=["step", "page"], name="sync_seen_once_per_page")]

    def __str__(self) -> str:
        """Name the page only."""
        return f"page {self.page}"


class SyncChange(models.Model):
    """That one record became new, changed, gone or came back; not what is in it."""

    is_made_here = True

    class What(models.TextChoices):
        """What happened to the record."""

        NEW = "new", "New"
        CHANGED = "changed", "Changed"
        GONE = "gone", "No longer sent"
        BACK = "back", "Sent again"

    id = models.BigAutoField(primary_key=True)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="changes")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="changes")
    run = models.ForeignKey(SyncRun, null=True, on_delete=models.SET_NULL, related_name="changes_noted")
    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="changes")
    what = models.CharField(max_length=8, choices=What)
    at = models.DateTimeField()

    class Meta:
        """Asked for as one member's, newest first, and by age when they are forgotten."""

        verbose_name = "note of what changed"
        verbose_name_plural = "notes of what changed"
        indexes = [
            models.Index(fields=["member", "-at"], name="sync_changes_of_member"),
            models.Index(fields=["at"], name="sync_changes_by_age"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(what__in=["new", "changed", "gone", "back"]), name="sync_change_known"
            )
        ]

    def __str__(self) -> str:
        """Name nobody."""
        return f"change {self.pk} ({self.what})"


class LastVisit(models.Model):
    """Since when a member has not looked: what came later is new to them."""

    member = models.OneToOneField(
        Member, on_delete=models.CASCADE, primary_key=True, related_name="last_visit"
    )
    since = models.DateTimeField(help_text="When the visit before this one was last seen.")
    seen_at = models.DateTimeField(help_text="When this visit was last seen, to a few minutes.")
    news_at = models.DateTimeField(null=True, blank=True, help_text="When the last change was noted.")

    def __str__(self) -> str:
        """Name nobody."""
        return "last visit"


class WantedRecord(models.Model):
    """A reference to a person or place, for its name; `source_key` is that of the record once it is here."""

    is_made_here = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="wanted_records")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="wanted_records")
    source_key = models.BinaryField(max_length=32)
    sealed_reference = models.BinaryField()
    asked_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When the plan last gave it or failed to; empty: not asked since it is noted.",
    )
    fruitless = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        help_text="So many runs in a row asked for it and were told that it is not there.",
    )

    class Meta:
        """One per connection and record."""

        constraints = [models.UniqueConstraint(fields=["connection", "source_key"], name="sync_wanted_once")]

    def __str__(self) -> str:
        """Say nothing of the record."""
        return f"wanted record {self.pk}"


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
    def active_run(self) -> SyncRun | None:
        """The run under way or waiting, from runs that were loaded with the row."""
        return next((run for run in self.connection.runs.all() if run.is_active), None)


class Beat(models.Model):
    """When something that happens again and again last happened: tells that no worker ran meanwhile."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
