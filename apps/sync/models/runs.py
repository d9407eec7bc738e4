"""Runs that bring a connection's records here, and their steps."""

import uuid
from datetime import datetime, timedelta
from typing import Final, Literal, Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as lazy

from apps.accounts.models import Member
from apps.connections.granted import NotGranted
from apps.connections.models import Connection, is_stopped
from apps.fhir.errors import NoneFound, NotOffered
from config.fhir_types import CLAIMS, Consent, asked_types, main_type

LEASE: Final = timedelta(seconds=90)
"""How long a worker may stay silent before another takes its run over: longer than one call to a plan."""
QUEUE_PATIENCE: Final = timedelta(seconds=30)
"""How long a queued run may wait before the sweeper queues it once more."""
MOST_ATTEMPTS: Final = 6
DISCONNECTED: Final = "disconnected"
"""Problem code of a run that is over because the member ended the permission."""
type Met = Literal["records", "empty", "refused", "not_offered"]
"""What members' updates met of one type at a plan: whether it has such records, and gives them to apps."""
LOOKED_AT: Final = 3
"""In so many of the newest updates it is looked how a clinical type stands."""
NOT_THE_PLANS: Final = (NotGranted.code, "asked_once", "no_consent")
"""Problems that say something about a permission, and nothing about the plan."""


class SyncRunQuerySet(models.QuerySet["SyncRun"]):
    """Questions asked about runs."""

    def active(self) -> Self:
        """Runs that wait or run: at most one per connection."""
        return self.filter(state__in=SyncRun.ACTIVE_STATES)

    def newest_first(self) -> Self:
        """The latest started first."""
        return self.order_by("-created_at", "-id")

    def free_to_take(self, *, now: datetime) -> Self:
        """Runs a worker may take: due, and nothing stops their connection (S-03)."""
        return self.due(now=now).exclude(is_stopped(now=now))

    def due(self, *, now: datetime) -> Self:
        """Runs whose moment has come, or left behind by a worker whose lease ran out."""
        return self.filter(
            Q(state=SyncRun.State.WAITING, next_try_at__lte=now)
            | Q(state=SyncRun.State.RUNNING, lease_until__lte=now)
        )

    def of_kept_connections(self) -> Self:
        """Runs of permissions that members ended, keeping the records."""
        # No join: an UPDATE keeps its own conditions and checks them again when it had to wait.
        kept = Connection.objects.filter(status=Connection.Status.KEPT)
        return self.filter(connection_id__in=kept.values("pk"))

    def to_queue_again(self, *, now: datetime) -> Self:
        """Runs that are free to take and that no recent queue entry points to."""
        return self.free_to_take(now=now).filter(
            Q(queued_at__lte=now - QUEUE_PATIENCE) | Q(queued_at__lt=F("next_try_at"))
        )


class SyncRun(models.Model):
    """One pass over everything a connection gives: the truth about the work, whatever the queue says.

    A worker holds a run through `lease_until` and `fence`: each taking raises the fence, and every write of
    the work checks it, so a worker that was thought dead cannot write after its successor began.
    """

    class State(models.TextChoices):
        """Where the run is."""

        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        FINISHED = "finished", "Finished"
        PARTIAL = "partial", "Finished with gaps"
        FAILED = "failed", "Given up"
        ENDED = "ended", "Permission ended"

    ACTIVE_STATES = (State.WAITING, State.RUNNING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="sync_runs")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="runs")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    is_scheduled = models.BooleanField(default=False, help_text="Nobody waits for it.")
    problem = models.CharField(max_length=20, blank=True, help_text="Code of what went wrong last.")
    asks_everything = models.BooleanField(
        default=False, help_text="Every type is asked in full, whatever is known already."
    )
    attempts = models.PositiveSmallIntegerField(
        default=0, help_text="How often a worker took it since it last got further."
    )
    fence = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField()
    queued_at = models.DateTimeField(help_text="When a queue entry for it was last made.")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = SyncRunQuerySet.as_manager()

    class Meta:
        """One active run per connection, by constraint."""

        # The words a member reads when they disconnect.
        verbose_name = lazy("update from the plan")
        verbose_name_plural = lazy("updates from the plan")
        indexes = [
            models.Index(fields=["connection", "-created_at"], name="sync_run_by_connection"),
            models.Index(
                fields=["next_try_at"], name="sync_run_active", condition=Q(state__in=["waiting", "running"])
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["connection"],
                condition=Q(state__in=["waiting", "running"]),
                name="sync_one_active_run_per_connection",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "running", "finished", "partial", "failed", "ended"]),
                name="sync_run_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state="running", lease_until__isnull=False)
                | (~Q(state="running") & Q(lease_until__isnull=True)),
                name="sync_run_leased_while_running",
            ),
        ]

    def __str__(self) -> str:
        """Name nobody: this text reaches logs and the admin."""
        return f"sync run {self.id}"

    def get_absolute_url(self) -> str:
        """The member's progress page."""
        return reverse("sync:run", args=[self.id])

    @property
    def is_active(self) -> bool:
        """Whether work is still to come."""
        return self.state in self.ACTIVE_STATES

    def sleeps(self, *, now: datetime) -> bool:
        """Whether it waits for another try after a failure; not for its turn, nor when that has come."""
        waits = self.state == self.State.WAITING and self.next_try_at > now
        return waits and self.problem not in ("", "in_line")


class SyncStep(models.Model):
    """One part of a run. `resource_type` is a FHIR type, or `PLACES` for all that the others refer to."""

    class State(models.TextChoices):
        """How far the step is."""

        WAITING = "waiting", "Waiting"
        DOING = "doing", "Under way"
        DONE = "done", "Done"
        REFUSED = "refused", "Not shared by the plan"
        PROBLEM = "problem", "Problem"

    PLACES = "places"
    OVER = (State.DONE, State.REFUSED, State.PROBLEM)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="sync_steps")
    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    resource_type = models.CharField(max_length=40)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    is_full = models.BooleanField(default=True, help_text="Asked for everything, not for changes only.")
    since = models.DateTimeField(
        null=True, blank=True, help_text="Asked for what changed from here on, by the plan's stamps."
    )
    began_at = models.DateTimeField(null=True, blank=True, help_text="When this pass asked its first page.")
    received = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0, help_text="Not here before.")
    changed = models.PositiveIntegerField(default=0, help_text="Here before, now with other content.")
    back = models.PositiveIntegerField(default=0, help_text="Gone before, now sent again.")
    gone = models.PositiveIntegerField(default=0, help_text="Here before, not sent by a complete pass.")
    total = models.PositiveIntegerField(default=0, help_text="The largest Bundle.total of this pass.")
    has_gaps = models.BooleanField(
        default=False, help_text="An entry was unreadable or refused, or the plan said that some are missing."
    )
    holds_back = models.BooleanField(
        default=False, help_text="Nothing came at all, so nothing is called gone before that is said twice."
    )
    unreadable = models.PositiveIntegerField(default=0)
    misdirected = models.PositiveIntegerField(
        default=0, help_text="About another patient: refused, not stored."
    )
    set_aside = models.PositiveIntegerField(default=0, help_text="Approvals and estimates: kept, not listed.")
    missing = models.PositiveIntegerField(default=0, help_text="Referred to, but not given by the plan.")
    departures = models.PositiveIntegerField(default=0, help_text="Elements that depart from FHIR R4.")
    pages = models.PositiveIntegerField(default=0)
    farthest = models.PositiveIntegerField(
        default=0,
        db_default=0,
        help_text="The most pages a try of this run came to: what is beyond is progress.",
    )
    problem = models.CharField(max_length=20, blank=True)
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    detail = models.CharField(
        max_length=300,
        blank=True,
        default="",
        db_default="",
        help_text="Names of the parameters sent, and the plan's words for what is wrong, masked.",
    )
    link_mark = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text="A link of before, digested: met again, the pages go in a ring.",
    )
    # The next link, where a killed or paused step goes on; it may contain the member's id at the plan.
    sealed_checkpoint = models.BinaryField(default=b"")

    class Meta:
        """In the order the work is done."""

        ordering = ["position"]
        indexes = [
            models.Index(fields=["run"], name="sync_step_misdirected", condition=Q(misdirected__gt=0)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["run", "resource_type"], name="sync_one_step_per_type"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "doing", "done", "refused", "problem"]),
                name="sync_step_state_known",
            ),
        ]

    def __str__(self) -> str:
        """Name the part only."""
        return f"sync step {self.resource_type}"

    @property
    def is_with_gaps(self) -> bool:
        """Whether something of it was left out or held back, or the plan said that some is missing."""
        return bool(self.unreadable or self.misdirected or self.holds_back or self.has_gaps)


def step_types(consents: frozenset[Consent] = CLAIMS) -> tuple[str, ...]:
    """Return the parts of a run in order: what has few records first, then what members come for, and only
    then clinical records, so that no claim waits for one."""
    clinical = [name for name in asked_types(consents) if name not in asked_types(CLAIMS)]
    return (*sorted(asked_types(CLAIMS), key=main_type().__eq__), *clinical, SyncStep.PLACES)


def met_of(step: SyncStep) -> Met | None:
    """Return what a step that is over met; None where it says nothing about the plan."""
    if step.state == SyncStep.State.DONE:
        return "records" if step.received else "empty"
    if step.state != SyncStep.State.REFUSED or step.problem in (*NOT_THE_PLANS, NoneFound.code):
        return None
    return "not_offered" if step.problem == NotOffered.code else "refused"
