"""Claims a member's plans shared: plain columns to find and order them, everything else sealed."""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import GreaterThan, LessThan

from apps.claims.arrival import next_id

UNDATED = dt.date.min
"""`ordered_on` of a claim without any readable date: sorts last and is shown as "date not shared"."""
BRIEFLY = (
    *("id", "member_id", "connection_id", "ordered_on"),
    *("is_current", "gone_at", "twin_of", "sealed_brief"),
)
"""The columns of a claim that lists and sums need."""


class ClaimQuerySet(models.QuerySet["Claim"]):
    """Questions asked of claims; the owner is set by starting from ``request.user.claims``."""

    def newest_first(self) -> "ClaimQuerySet":
        """Order by date, then by id: of one day, what the plan made last and what came last is first."""
        return self.order_by("-ordered_on", "-id")

    def older_than(self, place: uuid.UUID, *, among: "ClaimQuerySet") -> "ClaimQuerySet":
        """Return what follows the claim *place* in `newest_first` order; nothing if *among* lacks it."""
        return self.filter(LessThan(_row("ordered_on", "id"), _place(place, among)))

    def oldest_first(self) -> "ClaimQuerySet":
        """Order the other way round."""
        return self.order_by("ordered_on", "id")

    def newer_than(self, place: uuid.UUID, *, among: "ClaimQuerySet") -> "ClaimQuerySet":
        """Return what precedes it."""
        return self.filter(GreaterThan(_row("ordered_on", "id"), _place(place, among)))

    def current(self) -> "ClaimQuerySet":
        """Return the claims that no newer version replaces: what lists show and sums count."""
        return self.filter(is_current=True)

    def replaced(self) -> "ClaimQuerySet":
        """Return the older versions, which do not count."""
        return self.filter(is_current=False)

    def years(self) -> list[int]:
        """Return the years of current claims that have a date, newest first.

        The year 1 is no date: some systems write its first day, or a day near it, for none.
        """
        days = (
            self.current()
            .filter(ordered_on__gt=dt.date(UNDATED.year, 12, 31))
            .order_by()
            .dates("ordered_on", "year", "DESC")
        )
        return [day.year for day in days]

    def of_year(self, year: int) -> "ClaimQuerySet":
        """Return the claims whose date lies in *year*."""
        return self.filter(ordered_on__gte=dt.date(year, 1, 1), ordered_on__lte=dt.date(year, 12, 31))

    def these(self, ids: Iterable[uuid.UUID], days: Iterable[dt.date]) -> "ClaimQuerySet":
        """Return the claims with *ids*, whose dates are *days*.

        The dates say nothing more, but let SQLite use the index that starts with member and date: with ids
        alone it reads every claim of the member.
        """
        return self.filter(pk__in=ids, ordered_on__in=set(days))

    def once(self) -> "ClaimQuerySet":
        """Leave out what came through another connection too, and is shown as that one has it."""
        return self.filter(twin_of__isnull=True)

    def twins(self) -> "ClaimQuerySet":
        """Return what `once` leaves out."""
        return self.filter(twin_of__isnull=False)

    def same_as(self, claim: "Claim") -> "ClaimQuerySet":
        """The same claim as it came through other connections."""
        first = claim.twin_of or claim.pk
        return self.filter(Q(pk=first) | Q(twin_of=first)).exclude(pk=claim.pk)

    def in_brief(self) -> "ClaimQuerySet":
        """Load only what lists and sums need."""
        return self.only(*BRIEFLY)


def _row(*parts: Any) -> models.Func:
    """Return values as a row: rows compare as the list is ordered, so its index starts in the right place."""
    return models.Func(*parts, template="(%(expressions)s)", output_field=models.BooleanField())


def _place(claim: uuid.UUID, among: ClaimQuerySet) -> models.Func:
    day = among.filter(pk=claim).values("ordered_on")
    return _row(models.Subquery(day), models.Value(claim, models.UUIDField()))


class Claim(models.Model):
    """One claim (an ExplanationOfBenefit with ``use`` claim) as `apps.claims.records.ClaimRecord`, sealed."""

    id = models.UUIDField(primary_key=True, default=next_id, editable=False)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="claims")
    connection = models.ForeignKey("connections.Connection", on_delete=models.CASCADE, related_name="claims")
    kind = models.CharField(max_length=16)
    service_on = models.DateField(null=True)
    ordered_on = models.DateField()
    is_current = models.BooleanField(default=True, help_text="No newer version replaces it.")
    gone_at = models.DateTimeField(null=True, blank=True, help_text="Since when the plan no longer sends it.")
    source_key = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    sealed_record = models.BinaryField()
    sealed_brief = models.BinaryField(help_text="What lists and sums need: see apps.claims.brief.")
    refers_to = models.BinaryField(null=True, help_text="What it was named from: see apps.claims.referring.")
    twin_of = models.UUIDField(
        null=True, editable=False, help_text="The claim of another connection that lists show instead."
    )
    first_read_at = models.DateTimeField()
    read_at = models.DateTimeField()

    objects = ClaimQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "source_key"], name="claims_once_per_connection"),
            models.CheckConstraint(
                condition=Q(service_on__isnull=True) | Q(ordered_on=F("service_on")),
                name="claims_ordered_by_service",
            ),
        ]
        indexes = [
            models.Index(fields=["member", "-ordered_on", "-id"], name="claims_newest_first"),
            models.Index(fields=["member", "kind", "-ordered_on", "-id"], name="claims_of_a_kind"),
            models.Index(
                fields=["connection", "ordered_on"], condition=Q(is_current=False), name="claims_replaced"
            ),
            models.Index(fields=["twin_of"], condition=Q(twin_of__isnull=False), name="claims_twins"),
        ]

    def __str__(self) -> str:
        return f"claim {self.pk}"


class ClaimName(models.Model):
    """A name by which versions of a claim find each other, as a keyed fingerprint (`apps.claims.versions`).

    `relation` is what the claim has to do with it: it carries the name, names an older or a newer claim by
    it, or shares it with other forms of the same claim.
    """

    id = models.BigAutoField(primary_key=True)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="claim_names")
    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="names")
    relation = models.CharField(max_length=8)
    fingerprint = models.CharField(max_length=64)

    class Meta:
        verbose_name = "name of a claim"
        verbose_name_plural = "names of claims"
        constraints = [
            # The member stands in front for the index: rows are only ever asked for as one member's.
            models.UniqueConstraint(
                fields=["member", "claim", "relation", "fingerprint"], name="claims_name_once"
            )
        ]
        indexes = [models.Index(fields=["member", "fingerprint"], name="claims_named")]

    def __str__(self) -> str:
        return f"claim name {self.pk}"


class ClaimIndex(models.Model):
    """What filters, searches and sums need of all claims of one connection and year.

    It is sealed in four parts, so that a page opens only what it needs: see `apps.claims.indexing`. Of a year
    of many claims (`is_divided`) all but the summary stands in pieces, and is empty here.
    """

    is_made_here = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="claim_indexes"
    )
    connection = models.ForeignKey(
        "connections.Connection", on_delete=models.CASCADE, related_name="claim_indexes"
    )
    year = models.PositiveSmallIntegerField(help_text="Of `ordered_on`; 1 where no date was readable.")
    sealed_summary = models.BinaryField(help_text="Counts and sums: see apps.claims.tallies.")
    sealed_columns = models.BinaryField(help_text="To filter and order by: see apps.claims.columns.")
    sealed_words = models.BinaryField(help_text="A line of folded words for each claim.")
    sealed_entries = models.BinaryField(help_text="What the other parts are made of: see apps.claims.index.")
    written_at = models.DateTimeField()
    claims = models.PositiveIntegerField(default=0, help_text="How many claims are in it.")
    twins = models.PositiveIntegerField(
        default=0,
        help_text="Claims left out, because a connection made earlier has them.",
    )
    beside = models.CharField(
        max_length=64, blank=True, help_text="Digest of the state of those others when it was written."
    )
    is_divided = models.BooleanField(
        default=False, db_default=False, help_text="What grows with the claims is in its pieces."
    )
    stale_at = models.DateTimeField(
        null=True, blank=True, help_text="When a claim of the year was last saved that is not in it yet."
    )

    class Meta:
        verbose_name = "index of claims"
        verbose_name_plural = "indexes of claims"
        constraints = [
            models.UniqueConstraint(fields=["connection", "year"], name="claims_one_index_per_year")
        ]

    def __str__(self) -> str:
        return f"claim index {self.pk}"


class IndexPiece(models.Model):
    """Some of the claims of a year that has many: what is written at once does not grow with them."""

    is_made_here = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="index_pieces"
    )
    index = models.ForeignKey(ClaimIndex, on_delete=models.CASCADE, related_name="pieces")
    position = models.PositiveIntegerField(help_text="0 for the newest claims.")
    first_on = models.DateField(help_text="The date of its oldest claim.")
    last_on = models.DateField(help_text="The date of its newest claim.")
    sealed_columns = models.BinaryField()
    sealed_words = models.BinaryField()
    sealed_entries = models.BinaryField()

    class Meta:
        verbose_name = "piece of an index of claims"
        verbose_name_plural = "pieces of indexes of claims"

    def __str__(self) -> str:
        return f"index piece {self.pk}"


class FreshEntries(models.Model):
    """Entries of claims saved since the index of their year was written; they go when it is written again."""

    is_made_here = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="fresh_entries"
    )
    connection = models.ForeignKey(
        "connections.Connection", on_delete=models.CASCADE, related_name="fresh_entries"
    )
    year = models.PositiveSmallIntegerField()
    sealed_entries = models.BinaryField()

    class Meta:
        verbose_name = "part of the index of claims"
        verbose_name_plural = "parts of the index of claims"
        indexes = [models.Index(fields=["connection", "year"], name="claims_fresh_entries")]

    def __str__(self) -> str:
        return f"fresh entries {self.pk}"


class Approval(models.Model):
    """One preauthorization or predetermination as a `ClaimRecord`, sealed: never among claims or in sums."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="approvals")
    connection = models.ForeignKey(
        "connections.Connection", on_delete=models.CASCADE, related_name="approvals"
    )
    ordered_on = models.DateField()
    gone_at = models.DateTimeField(null=True, blank=True, help_text="Since when the plan no longer sends it.")
    source_key = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    sealed_record = models.BinaryField()
    refers_to = models.BinaryField(null=True, help_text="What it was named from: see apps.claims.referring.")
    first_read_at = models.DateTimeField()
    read_at = models.DateTimeField()

    class Meta:
        verbose_name = "approval in advance"
        verbose_name_plural = "approvals in advance"
        constraints = [
            models.UniqueConstraint(fields=["connection", "source_key"], name="approvals_once_per_connection")
        ]
        indexes = [models.Index(fields=["member", "-ordered_on", "-id"], name="approvals_newest_first")]

    def __str__(self) -> str:
        return f"approval {self.pk}"


class NotUnderstood(models.Model):
    """How often claims of a plan held something we do not understand: for operators, nothing of any member.

    `element` is an element path without indexes and values (`item.adjudication.category`), `system` the code
    system of an unknown code, "" for none.
    """

    id = models.BigAutoField(primary_key=True)
    plan = models.ForeignKey("plans.Plan", on_delete=models.CASCADE, related_name="not_understood")
    element = models.CharField(max_length=120)
    system = models.CharField(max_length=200, blank=True)
    claims = models.PositiveIntegerField(default=0, help_text="Claims in which it was seen.")
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        verbose_name = "element not understood"
        verbose_name_plural = "elements not understood"
        constraints = [
            models.UniqueConstraint(fields=["plan", "element", "system"], name="claims_not_understood_once")
        ]

    def __str__(self) -> str:
        return f"{self.element} of plan {self.plan_id}"
