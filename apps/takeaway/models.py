"""Files that are being prepared for a member, and the sealed pieces they are made of."""

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Self

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Q
from django.urls import reverse

from apps.connections.models import Connection

if TYPE_CHECKING:
    from apps.accounts.models import Member

LEASE: Final = timedelta(seconds=60)
"""How long a worker may stay silent before another goes on with its file: far longer than one piece takes."""
QUEUE_PATIENCE: Final = timedelta(seconds=30)
MOST_ATTEMPTS: Final = 6
MOST_BEGINNINGS: Final = 3
"""So often a file is begun, when records change while it is made."""
KEPT_FOR: Final = timedelta(days=1)
EVERYTHING: Final = 0
"""The `year` of a file about all years."""


class ExportQuerySet(models.QuerySet["Export"]):
    """Questions asked about files."""

    def newest_first(self) -> Self:
        """The latest asked for first."""
        return self.order_by("-created_at", "-id")

    def kept(self, *, now: datetime) -> Self:
        """Files whose day is not over."""
        return self.filter(expires_at__gt=now)

    def free_to_take(self, *, now: datetime) -> Self:
        """Files a worker may go on with: waiting, or left behind by a worker whose lease ran out."""
        return self.kept(now=now).filter(
            Q(state=Export.State.WAITING) | Q(state=Export.State.RUNNING, lease_until__lte=now)
        )

    def to_queue_again(self, *, now: datetime) -> Self:
        """Files whose entry in the queue was lost, or whose worker died."""
        return self.free_to_take(now=now).filter(queued_at__lte=now - QUEUE_PATIENCE)

    def torn(self) -> Self:
        """Files of which pieces are gone: they went with a connection that was erased."""
        return self.annotate(there=Count("pieces")).exclude(there=F("written"))


class Export(models.Model):
    """One file a member asked for. The row is the truth, the queue a hint, as with a sync run (ADR 6).

    A worker holds it through `lease_until` and `fence`. `cursor` says behind which record the next piece
    begins: it is written together with the piece before it.
    """

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        READY = "ready", "Ready"
        FAILED = "failed", "Given up"

    ACTIVE_STATES = (State.WAITING, State.RUNNING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member: "models.ForeignKey[Member, Member]" = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="exports"
    )
    format = models.CharField(max_length=16)
    year = models.PositiveSmallIntegerField(default=EVERYTHING, help_text="0: all years.")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    done = models.PositiveIntegerField(default=0, help_text="Records in the pieces so far.")
    total = models.PositiveIntegerField(default=0)
    closed = models.PositiveIntegerField(default=0, help_text="Records that did not open.")
    written = models.PositiveIntegerField(default=0, help_text="Pieces so far.")
    at_section = models.PositiveSmallIntegerField(default=0)
    at_connection = models.UUIDField(null=True, blank=True)
    cursor = models.CharField(max_length=60, blank=True)
    began_at = models.DateTimeField(null=True, blank=True, help_text="When its first record was read.")
    beginnings = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How often it was begun: records changed meanwhile."
    )
    changes = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text="Digest of what had changed just before it was begun.",
    )
    is_mixed = models.BooleanField(
        default=False, db_default=False, help_text="Records changed while it was made, each time."
    )
    attempts = models.PositiveSmallIntegerField(default=0, help_text="How often a worker took it.")
    fence = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    queued_at = models.DateTimeField(help_text="When a queue entry for it was last made.")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(help_text="When it is deleted.")

    objects = ExportQuerySet.as_manager()

    class Meta:
        """One file of a kind at a time for each member, by constraint."""

        verbose_name = "file to take along"
        verbose_name_plural = "files to take along"
        indexes = [
            models.Index(fields=["expires_at"], name="takeaway_by_end"),
            models.Index(
                fields=["queued_at"], name="takeaway_active", condition=Q(state__in=["waiting", "running"])
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "format", "year"],
                condition=Q(state__in=["waiting", "running"]),
                name="takeaway_one_active_of_a_kind",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "running", "ready", "failed"]), name="takeaway_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="running", lease_until__isnull=False)
                | (~Q(state="running") & Q(lease_until__isnull=True)),
                name="takeaway_leased_while_running",
            ),
        ]

    def __str__(self) -> str:
        """Name nobody: this text reaches logs."""
        return f"export {self.id}"

    def get_absolute_url(self) -> str:
        """The member's page about the file."""
        return reverse("takeaway:export", args=[self.id])

    @property
    def is_active(self) -> bool:
        """Whether work is still to come."""
        return self.state in self.ACTIVE_STATES

    @property
    def is_ready(self) -> bool:
        """Whether it can be downloaded."""
        return self.state == self.State.READY


class Piece(models.Model):
    """Some megabytes of a file, sealed. It holds records of one connection only, and goes with it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member: "models.ForeignKey[Member, Member]" = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="export_pieces"
    )
    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="pieces")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="export_pieces")
    position = models.PositiveIntegerField()
    section = models.PositiveSmallIntegerField()
    sealed_body = models.BinaryField()

    class Meta:
        """In the order of the file."""

        # The words a member reads when they disconnect.
        verbose_name = "part of a file prepared for you"
        verbose_name_plural = "parts of files prepared for you"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["export", "position"], name="takeaway_one_piece_per_place")
        ]

    def __str__(self) -> str:
        """Name nobody."""
        return f"piece {self.position}"
