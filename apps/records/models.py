"""The mirror of what plans sent, what the member says of it, and the books, which can be thrown away."""

import secrets
import threading
import time
import uuid
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as lazy

from apps.accounts.models import Member
from apps.connections.models import Connection

_lock = threading.Lock()
_last = 0


def next_id() -> uuid.UUID:
    """Return a UUID of version 7 (RFC 9562 section 5.7) greater than all this process made before.

    48 bits are the time in milliseconds, the 12 after the version a counter within it, 62 are random: nobody
    guesses it.
    """
    global _last  # noqa: PLW0603 - the one thing to remember
    with _lock:
        _last = max(_last + 1, time.time_ns() // 1_000_000 << 12)
        moment, counter = _last >> 12, _last & 0xFFF
    version, variant = 0x7, 0b10
    return uuid.UUID(int=moment << 80 | version << 76 | counter << 64 | variant << 62 | secrets.randbits(62))


class RecordQuerySet(models.QuerySet["Record"]):
    """Questions asked about mirrored records."""

    def without_bodies(self) -> Self:
        """Load everything but the sealed text, which is most of a row."""
        return self.defer("sealed_body")

    def after(self, revision: int) -> Self:
        """What came, changed, went or came back after *revision* of its connection's mirror."""
        return self.filter(revision__gt=revision)


class Record(models.Model):
    """One record exactly as the plan sent it, sealed: the only truth about it.

    `source_key` and `digest` are 32 raw bytes under a key of the member (`apps.vault.boxes`).
    """

    is_sent_by_plans = True

    id = models.UUIDField(primary_key=True, default=next_id, editable=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="records")
    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="records", db_index=False
    )
    fhir_type = models.CharField(max_length=40)
    source_key = models.BinaryField(max_length=32)
    digest = models.BinaryField(max_length=32)
    last_updated = models.DateTimeField(null=True, blank=True, help_text="meta.lastUpdated, if readable.")
    first_stored_at = models.DateTimeField(help_text="When it first came.")
    stored_at = models.DateTimeField(help_text="When this version of it was stored.")
    gone_at = models.DateTimeField(
        null=True, blank=True, help_text="When a complete pass over the plan did not bring it any more."
    )
    revision = models.PositiveIntegerField(
        default=0, help_text="Of the connection's mirror, when this row was last written."
    )
    sealed_body = models.BinaryField()

    objects = RecordQuerySet.as_manager()

    class Meta:
        """One row for each record of the plan; found by type, and by when it changed."""

        verbose_name = lazy("original record as the plan sent it")
        verbose_name_plural = lazy("original records as the plan sent them")
        indexes = [models.Index(fields=["connection", "revision"], name="records_by_revision")]
        constraints = [
            models.UniqueConstraint(fields=["connection", "source_key"], name="records_once_per_connection")
        ]

    def __str__(self) -> str:
        """Name the type only."""
        return f"record {self.pk} ({self.fhir_type})"


class EarlierVersion(models.Model):
    """What the plan sent under the same id before it changed it, sealed; the newest few of each record."""

    is_sent_by_plans = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="earlier_versions")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="earlier_versions")
    record = models.ForeignKey(
        Record, on_delete=models.CASCADE, related_name="earlier_versions", db_index=False
    )
    digest = models.BinaryField(max_length=32)
    stored_at = models.DateTimeField(help_text="When this version had been stored.")
    replaced_at = models.DateTimeField(help_text="When the one after it was stored.")
    sealed_body = models.BinaryField()

    class Meta:
        """Found by the record whose versions they are."""

        verbose_name = lazy("earlier version of a record")
        verbose_name_plural = lazy("earlier versions of records")
        indexes = [models.Index(fields=["record", "-replaced_at"], name="records_earlier")]

    def __str__(self) -> str:
        """Say nothing of the record."""
        return f"earlier version {self.pk}"


class FetchedPaper(models.Model):
    """A file that a record names by its address, fetched when the member asked for it, sealed as it came.

    `address` is a digest of that address under a key of the member: with another address it is another paper.
    """

    is_sent_by_plans = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="fetched_papers")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="fetched_papers")
    record = models.ForeignKey(
        Record, on_delete=models.CASCADE, related_name="fetched_papers", db_index=False
    )
    address = models.BinaryField(max_length=32)
    fetched_at = models.DateTimeField(help_text="When it was fetched last.")
    sealed_body = models.BinaryField()

    class Meta:
        """One for each address of a record."""

        verbose_name = lazy("paper fetched for you")
        verbose_name_plural = lazy("papers fetched for you")
        constraints = [
            models.UniqueConstraint(fields=["record", "address"], name="records_one_paper_per_address")
        ]

    def __str__(self) -> str:
        """Say nothing of it."""
        return f"fetched paper {self.pk}"


class Activity(models.Model):
    """That records of a member were read or asked for: what and with which browser, sealed (`activity`).

    `mark` is a keyed digest of session, kind and day, which stand in one row.
    """

    id = models.UUIDField(primary_key=True, default=next_id, editable=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="activities", db_index=False)
    mark = models.BinaryField(max_length=32)
    at = models.DateTimeField(db_index=True)
    sealed_body = models.BinaryField()

    class Meta:
        """Found by their member."""

        verbose_name = "line of what was read"
        verbose_name_plural = "lines of what was read"
        constraints = [
            models.UniqueConstraint(fields=["member", "mark"], name="records_one_activity_per_day")
        ]

    def __str__(self) -> str:
        """Say nothing of what was read."""
        return f"activity {self.pk}"


class Remark(models.Model):
    """What the member says of one subject, sealed (`apps.records.remarks`): no plan sent it, so none can.

    `topic_key` and `subject_key` are keyed digests: a reader of the database learns neither. Without a
    connection it goes with the account alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="remarks", db_index=False)
    connection = models.ForeignKey(
        Connection, null=True, blank=True, on_delete=models.CASCADE, related_name="remarks"
    )
    topic_key = models.BinaryField(max_length=8)
    subject_key = models.BinaryField(max_length=32)
    sealed_body = models.BinaryField()

    class Meta:
        """One for each subject of a topic."""

        verbose_name = lazy("note of yours")
        verbose_name_plural = lazy("notes of yours")
        constraints = [
            models.UniqueConstraint(
                fields=["member", "topic_key", "subject_key"], name="records_one_remark_per_subject"
            )
        ]

    def __str__(self) -> str:
        """Say nothing of it."""
        return f"remark {self.pk}"


class Catalogue(models.Model):
    """How far the mirror of a connection is, and how far the books made of it are.

    `made_by` is a digest of everything that reads (`apps.records.kinds.reading`): books made by another
    reading are thrown away and made again.
    """

    is_made_here = True

    connection = models.OneToOneField(
        Connection, on_delete=models.CASCADE, primary_key=True, related_name="catalogue"
    )
    revision = models.PositiveIntegerField(default=0, help_text="Raised by each change of the mirror.")
    projected = models.PositiveIntegerField(default=0, help_text="The revision that the books hold.")
    counted = models.PositiveIntegerField(
        default=0, help_text="The revision up to which what was not understood is counted."
    )
    made_by = models.CharField(max_length=32, blank=True)

    def __str__(self) -> str:
        """Name nobody."""
        return f"catalogue of connection {self.connection_id}"

    @property
    def is_behind(self) -> bool:
        """Whether the mirror holds what the books do not."""
        return self.projected < self.revision


class BookQuerySet(models.QuerySet["Book"]):
    """Questions asked about books."""

    def in_order(self) -> Self:
        """Newest entries first."""
        return self.order_by("-year", "part")

    def heads(self) -> Self:
        """Load the small head alone."""
        return self.defer("sealed_entries")

    def contents(self) -> Self:
        """Load the entries alone, and what they are sealed with."""
        return self.only("id", "member_id", "sealed_entries")


class Book(models.Model):
    """At most 500 entries of one kind, connection and year, sealed together: a cache that can go any time.

    `shelf` is a keyed digest of the kind: a reader of the database learns no kind from it. `year` is that of
    the entries, 1 where they have no date.
    """

    is_made_here = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="books")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="books", db_index=False)
    shelf = models.BinaryField(max_length=8)
    year = models.PositiveSmallIntegerField()
    part = models.PositiveSmallIntegerField(default=0, help_text="0 holds the newest entries of the year.")
    sealed_head = models.BinaryField()
    sealed_entries = models.BinaryField()

    objects = BookQuerySet.as_manager()

    class Meta:
        """One for each part of a year."""

        constraints = [
            models.UniqueConstraint(
                fields=["connection", "shelf", "year", "part"], name="records_one_book_per_part"
            )
        ]

    def __str__(self) -> str:
        """Name nobody."""
        return f"book {self.pk}"
