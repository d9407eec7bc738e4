"""How many members had records brought here, by plan and year, in the shape of CMS-0057-F's yearly figures.

Only what may be published is kept: no cell under 11, and none from which one under 11 would follow. A year is
counted once, after its end: two counts of one year would tell who left in between.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, Final, NamedTuple

from django.db import models, transaction

SMALLEST: Final = 11
"""The smallest figure that is published (the cell size policy of CMS)."""


class AlreadyCounted(Exception):
    """Figures of the year are published: they stay as they are."""

    sentence = "That year was counted: a second count would tell who left since. Nothing was changed."


class Counted(NamedTuple):
    """Of one plan in one year: members with a transfer, and those among them with more than one."""

    payer: str
    members: int
    members_more: int


class TransferCount(models.Model):
    """What is published of one plan and year; `members_more` is None where it is left out."""

    payer = models.CharField(max_length=200)
    year = models.PositiveSmallIntegerField()
    members = models.PositiveIntegerField()
    members_more = models.PositiveIntegerField(null=True)
    counted_at = models.DateTimeField()

    class Meta:
        verbose_name = "published count"
        ordering: ClassVar = ["-year", "payer"]

    def __str__(self) -> str:
        return f"{self.payer}, {self.year}"


def publishable(rows: Iterable[Counted]) -> list[tuple[str, int, int | None]]:
    """Return plan, members and members with more than one, without what would tell of fewer than 11.

    A plan under 11 is left out whole. Of others the second figure is left out where it, or what is left when
    it is taken from the first (members with exactly one), is under 11; none, too, as that tells the same of
    everybody. No total over plans is made, so none gives away what was left out.
    """
    kept: list[tuple[str, int, int | None]] = []
    for row in rows:
        if row.members >= SMALLEST:
            parts = (row.members_more, row.members - row.members_more)
            kept.append((row.payer, row.members, None if min(parts) < SMALLEST else row.members_more))
    return kept


def keep(*, year: int, rows: Iterable[Counted], now: datetime) -> list[TransferCount]:
    """Publish the figures of a year (the setting SYNC_COUNTS_KEPT_BY); raise AlreadyCounted."""
    with transaction.atomic():
        if TransferCount.objects.filter(year=year).exists():
            raise AlreadyCounted
        return TransferCount.objects.bulk_create(
            TransferCount(payer=payer, year=year, members=members, members_more=more, counted_at=now)
            for payer, members, more in publishable(rows)
        )


def told() -> str:
    """Return the published figures as the annex says them, the newest year first; "" where there are none."""
    return " ".join(
        f"{row.year}, {row.payer}: {row.members} members with a transfer, "
        f"{'left out' if row.members_more is None else row.members_more} with more than one."
        for row in TransferCount.objects.all()
    )
