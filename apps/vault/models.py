"""The wrapped data keys of each member and of the house, and how far a rotation of them is."""

import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value


class DataKeyQuerySet(models.QuerySet["DataKey"]):
    """Questions asked about data keys."""

    def of(self, member_id: uuid.UUID | None) -> Self:
        """All keys of a member, or of the house."""
        return self.filter(member_id=member_id) if member_id else self.filter(member__isnull=True)

    def sealing(self) -> Self:
        """Keys that new values are sealed under: one per owner."""
        return self.filter(use=DataKey.Use.SEAL, retired_at__isnull=True)

    def retired(self) -> Self:
        """Keys that only open; they go once nothing is sealed under them."""
        return self.filter(use=DataKey.Use.SEAL, retired_at__isnull=False)


class DataKey(models.Model):
    """A key of one owner, encrypted under a wrapping key; without it what it sealed is unreadable.

    ``member`` is null for the keys of the house, which seal operators' secrets such as client secrets. Of the
    keys that seal, the one that is not retired seals new values; its ``number`` stands in each of them.
    """

    class Use(models.TextChoices):
        """What the key is for."""

        SEAL = "seal", "Seals values"
        FIND = "find", "Keys the digests by which rows are found"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="data_keys",
        db_index=False,  # the unique constraint begins with it
    )
    use = models.CharField(max_length=4, choices=Use, default=Use.SEAL)
    number = models.PositiveIntegerField(default=1)
    key_name = models.CharField(max_length=32, db_index=True)
    wrapped = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when nothing is sealed under it, nor was found to be."
    )

    objects = DataKeyQuerySet.as_manager()

    class Meta:
        """One key of an owner seals; numbers are never used twice while both keys are there."""

        constraints = [
            models.UniqueConstraint(fields=["member", "use", "number"], name="vault_number_once"),
            models.UniqueConstraint(
                fields=["use", "number"], condition=Q(member__isnull=True), name="vault_house_number_once"
            ),
            models.UniqueConstraint(
                fields=["member"],
                condition=Q(use="seal", retired_at__isnull=True),
                name="vault_one_key_seals",
            ),
            # A constant expression: NULLs never collide, so uniqueness of the house's row needs a value.
            models.UniqueConstraint(
                Value(1),
                condition=Q(member__isnull=True, use="seal", retired_at__isnull=True),
                name="vault_one_house_key_seals",
            ),
        ]
        indexes = [
            models.Index(
                fields=["retired_at"], condition=Q(retired_at__isnull=False), name="vault_retired_keys"
            )
        ]

    def __str__(self) -> str:
        return f"data key {self.pk}"


class RotationQuerySet(models.QuerySet["Rotation"]):
    """Questions asked about rotations."""

    def count_on(self, pk: uuid.UUID, **counts: int) -> None:
        """Add to the counts of a rotation, whoever else does at the same time."""
        self.filter(pk=pk).update(**{name: F(name) + count for name, count in counts.items()})


class Rotation(models.Model):
    """Giving new data keys to owners whose key is older than `asked_at`. It outlives its process."""

    class Whose(models.TextChoices):
        """Whose keys are renewed."""

        ALL = "all", "All members and the house"
        MEMBER = "member", "One member"
        HOUSE = "house", "The house"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    whose = models.CharField(max_length=6, choices=Whose)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="key_rotations",
    )
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    renewed = models.PositiveBigIntegerField(default=0, help_text="Owners who got a new key.")
    resealed = models.PositiveBigIntegerField(default=0, help_text="Values sealed again.")
    destroyed = models.PositiveBigIntegerField(default=0, help_text="Old keys deleted.")

    objects = RotationQuerySet.as_manager()

    class Meta:
        """One unfinished rotation of each kind: who asks again goes on with it."""

        constraints = [
            models.UniqueConstraint(
                fields=["whose"],
                condition=Q(finished_at__isnull=True, member__isnull=True),
                name="vault_one_rotation_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["member"], condition=Q(finished_at__isnull=True), name="vault_one_rotation_per_member"
            ),
            models.CheckConstraint(
                condition=Q(whose="member", member__isnull=False)
                | (Q(whose__in=["all", "house"]) & Q(member__isnull=True)),
                name="vault_rotation_names_its_member",
            ),
        ]

    def __str__(self) -> str:
        """Name nobody."""
        return f"rotation {self.pk}"

    def keys(self) -> DataKeyQuerySet:
        """Return the keys it is about."""
        if self.whose == self.Whose.ALL:
            return DataKey.objects.all()
        return DataKey.objects.of(self.member_id)

    def left(self) -> DataKeyQuerySet:
        """Return the keys that still have to get a successor."""
        return self.keys().sealing().filter(created_at__lt=self.asked_at)

    def finish(self, *, now: datetime) -> None:
        """Say that it is done."""
        type(self).objects.filter(pk=self.pk, finished_at__isnull=True).update(finished_at=now)
