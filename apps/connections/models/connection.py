"""A member's permission to read one person's records at one plan, and the attempt that it came of."""

import uuid
from datetime import datetime
from typing import ClassVar, Literal, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, Min, OuterRef, Q, Subquery
from django.urls import reverse

from apps.accounts import policies
from apps.accounts.models import Consent
from apps.plans.choices import Status
from apps.plans.models import Plan
from config.fhir_types import CLAIMS, EVERY
from config.fhir_types import Consent as Purpose

type Stopped = Literal["", "paused", "suspended", "signed_out", "unagreed"]
"""Why nothing is asked: an operator paused the plan, suspended the member or signed them out everywhere, or
policies wait for a yes."""


def is_stopped(*, now: datetime) -> Exists:
    """The condition, for rows with a `connection_id`, that nothing may be asked through their connection.

    No join: an UPDATE keeps its own conditions and checks them again when it had to wait.
    """
    return Exists(Connection.objects.stopped(now=now).filter(pk=OuterRef("connection_id")))


class Reason(models.TextChoices):
    """Why a permission ended, one word per way: for operators and for the words of `permission_duration`."""

    NOT_LASTING = "not_lasting", "The access token ended and there is no refresh token"
    EXPIRED = "expired", "The plan's permission reached the end the plan had named"
    REFUSED = "refused", "The plan refused the refresh token, or for three days how we ask for renewals"
    INTERRUPTED = "interrupted", "We stopped while renewing, and the plan's answer was lost"
    TURNED_AWAY = "turned_away", "The plan answers 401 to a token that should be good"
    ANOTHER_PERSON = "another_person", "A renewal named another person"
    UNPROVEN = "unproven", "The id_token of a renewal does not hold"
    MOVED = "moved", "The plan's addresses or our client id there are others than the tokens are bound to"
    ENDED_HERE = "ended_here", "An operator ended the plan's permissions"
    DISCONNECTED = "disconnected", "The member ended it and kept the records"


class Attempt(models.Model):
    """One try to connect a plan, from the first click to the first claim: no member, no record, no token.

    `reference` is what a member can read to support, and an operator can search for.
    """

    class Stage(models.TextChoices):
        """How far it came; each stage includes the ones before."""

        STARTED = "started", "Started"
        REDIRECTED = "redirected", "Sent to the plan"
        RETURNED = "returned", "Came back"
        TOKEN = "token", "Tokens received"
        CONNECTED = "connected", "Connected"
        FIRST_CLAIM = "first_claim", "First claim on screen"

    class Fault(models.TextChoices):
        """Whose side it looks like."""

        MEMBER = "member", "Member"
        PLAN = "plan", "Plan"
        OPERATOR = "operator", "Us"

    class Purpose(models.TextChoices):
        """What the member left for."""

        CONNECT = "connect", "Connect a plan"
        RECONNECT = "reconnect", "Renew a connection"
        SIGN_IN = "sign_in", "Sign in with the plan"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="attempts")
    reference = models.CharField(max_length=12, unique=True)
    purpose = models.CharField(max_length=10, choices=Purpose)
    stage = models.CharField(max_length=12, choices=Stage, default=Stage.STARTED)
    failure = models.CharField(max_length=40, blank=True, help_text="Name of the error class; empty: none.")
    detail = models.CharField(max_length=200, blank=True, help_text="For operators; nobody else's words.")
    fault = models.CharField(max_length=10, choices=Fault, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Counted per plan and day; found by reference."""

        verbose_name = "attempt to connect"
        verbose_name_plural = "attempts to connect"
        indexes = [models.Index(fields=["plan", "-started_at"], name="attempt_by_plan")]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    stage__in=["started", "redirected", "returned", "token", "connected", "first_claim"]
                ),
                name="attempt_stage_known",
            ),
            models.CheckConstraint(
                condition=Q(fault__in=["", "member", "plan", "operator"]), name="attempt_fault_known"
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class ConnectionQuerySet(models.QuerySet["Connection"]):
    """Questions asked about connections."""

    def newest_first(self) -> Self:
        """The plan, and who we are there, are loaded with each row; the order is stable."""
        return self.select_related("plan__registration").order_by("-connected_at", "id")

    def with_beginning(self) -> Self:
        """Load `began_at` with each row; the order is that of `connected_at`."""
        first = Connection.objects.filter(pk=OuterRef("pk")).values("pk").annotate(at=Min("runs__created_at"))
        return self.annotate(began_at=Subquery(first.values("at"))).order_by("connected_at", "id")

    def usable(self) -> Self:
        """Connections whose permission still holds, as far as we know."""
        return self.filter(status=Connection.Status.ACTIVE)

    def stopped(self, *, now: datetime) -> Self:
        """Connections through which nothing may be asked, for a reason of `Stopped`."""
        stopped = Q(plan__status=Status.PAUSED) | Q(member__is_active=False)
        stopped |= Q(member__signed_out_at__isnull=False)
        if wanted := policies.to_agree(now=now):
            agreed = Consent.objects.standing().filter(member=OuterRef("member"), policy_version__in=wanted)
            stopped |= ~Q(Exists(agreed))
        return self.filter(stopped)

    def free_to_refresh(self, *, now: datetime) -> Self:
        """Connections nobody is refreshing: no lease, or one that ran out (its holder died)."""
        return self.filter(Q(refresh_lease_until__isnull=True) | Q(refresh_lease_until__lte=now))


class Connection(models.Model):
    """What a plan allowed us to read for a member: one row per member, plan and person.

    Connecting the same plan again for the same person updates the row and keeps its records. Everything read
    through a connection points at it and goes with it.
    """

    class Status(models.TextChoices):
        """What the permission is worth now."""

        ACTIVE = "active", "Connected"
        NEEDS_SIGN_IN = "needs_sign_in", "Sign in again"
        KEPT = "kept", "Disconnected, records kept"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="connections")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="connections")
    status = models.CharField(max_length=16, choices=Status, default=Status.ACTIVE)
    scopes_granted = models.TextField(blank=True, help_text="As the plan granted them, separated by blanks.")
    scopes_asked = models.TextField(blank=True, help_text="As we asked for them, separated by blanks.")
    # Empty once the permission has ended: nothing is left that could be used at the plan.
    sealed_tokens = models.BinaryField(default=b"")
    bound_to = models.TextField(
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="Where the tokens may go: origins of records and tokens, our client id. Sealed with them.",
    )
    sealed_patient = models.BinaryField()
    connected_at = models.DateTimeField(help_text="When the member last said yes at the plan.")
    access_expires_at = models.DateTimeField(
        null=True, blank=True, help_text="When the access token ends; empty when the plan did not say."
    )
    permission_ends_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When the whole permission ends, as the plan said; empty: it did not say.",
    )
    clinical_since = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When the member said yes to clinical records too; empty: claims and coverage only.",
    )
    ended_because = models.CharField(
        max_length=40,
        blank=True,
        help_text="Why it is over; a fixed word, for operators.",
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    attempt = models.ForeignKey(
        Attempt, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    # Counts every change of the tokens: a writer that read an older count lost the race and must read again.
    tokens_version = models.PositiveIntegerField(default=0)
    refresh_lease = models.UUIDField(null=True, blank=True, editable=False)
    refresh_lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    renewal_refused_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="When the last day began on which the plan refused how we ask for renewals.",
    )
    renewal_refused_days = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        editable=False,
        help_text="On how many days it did so.",
    )

    began_at: datetime | None = None
    """When its first update was asked for, so when it was made; loaded by `with_beginning`."""

    objects = ConnectionQuerySet.as_manager()
    BOUND_BY: ClassVar = {"sealed_tokens": ("bound_to", "plan_id")}

    class Meta:
        """Rows are found by their owner."""

        verbose_name = "connection"
        verbose_name_plural = "connections"
        indexes = [models.Index(fields=["member", "-connected_at"], name="connection_by_member")]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["active", "needs_sign_in", "kept"]),
                name="connection_status_known",
            ),
            models.CheckConstraint(
                condition=Q(refresh_lease__isnull=True, refresh_lease_until__isnull=True)
                | Q(refresh_lease__isnull=False, refresh_lease_until__isnull=False),
                name="connection_lease_whole",
            ),
        ]

    def __str__(self) -> str:
        """Name nobody: this text reaches logs and the admin."""
        return f"connection {self.id}"

    def get_absolute_url(self) -> str:
        """The member's page about this connection."""
        return reverse("connections:connection", args=[self.id])

    def stopped_because(self, *, now: datetime) -> Stopped:
        """Why nothing may be asked through it, "" where it may; `plan` and `member` as they are loaded."""
        if self.plan.is_paused:
            return "paused"
        if not self.member.is_active:
            return "suspended"
        if self.member.signed_out_at is not None:
            return "signed_out"
        return "unagreed" if policies.must_agree(self.member, now=now) else ""

    @property
    def consents(self) -> frozenset[Purpose]:
        """What the member agreed to: nothing else is asked for, or kept where it comes all the same."""
        return EVERY if self.clinical_since is not None else CLAIMS

    @property
    def is_active(self) -> bool:
        """Whether the permission still holds, as far as we know."""
        return self.status == self.Status.ACTIVE

    @property
    def needs_sign_in(self) -> bool:
        """Whether the member has to sign in at the plan again."""
        return self.status == self.Status.NEEDS_SIGN_IN

    @property
    def is_kept(self) -> bool:
        """Whether the member ended the permission and kept the records."""
        return self.status == self.Status.KEPT


class Identity(models.Model):
    """A member as a plan's server knows them: the pair (issuer, sub), never an e-mail address (O-16).

    `subject_digest` is a keyed digest of the pair: it finds the row and tells a reader nothing.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="identities")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="identities")
    issuer = models.CharField(max_length=500)
    subject_digest = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """One member per pair."""

        verbose_name = "sign-in with a plan"
        verbose_name_plural = "sign-ins with plans"
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "subject_digest"], name="identity_one_member_per_subject"
            )
        ]

    def __str__(self) -> str:
        return f"identity {self.id}"
