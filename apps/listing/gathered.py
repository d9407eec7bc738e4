"""What stages have the listing keep: answers of plans with invented people, and counts that are published."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Final, NamedTuple

from django.conf import settings
from django.db import models, transaction

from apps.listing import published


class GatheredEvidence(models.Model):
    """One run of `manage.py gather_evidence`: counts and statuses, as plain data in `seen`."""

    payer = models.CharField(max_length=200)
    environment = models.CharField(max_length=20)
    version = models.CharField(max_length=40)
    commit = models.CharField(max_length=64)
    gathered_at = models.DateTimeField()
    seen = models.JSONField()

    class Meta:
        verbose_name = "gathered evidence"
        verbose_name_plural = "gathered evidence"
        ordering: ClassVar = ["-gathered_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.payer}, {self.gathered_at:%Y-%m-%d}"

    @property
    def answered(self) -> int:
        """How many searches were answered with what they asked for."""
        return sum(row["found"] for row in self.seen["searches"])

    @property
    def not_asked(self) -> list[dict[str, Any]]:
        """The searches that were not asked, or brought nothing, with the reason: they are shown too."""
        return [row for row in self.seen["searches"] if not row["found"]]


def keep(*, payer: str, environment: str, seen: Mapping[str, Any], now: datetime) -> GatheredEvidence:
    """Keep a run (the setting SYNC_EVIDENCE_KEPT_BY)."""
    return GatheredEvidence.objects.create(
        payer=payer,
        environment=environment,
        version=published.SOFTWARE_VERSION,
        commit=commit(),
        gathered_at=now,
        seen=dict(seen),
    )


def latest_of_each_payer() -> list[GatheredEvidence]:
    """Return the newest run of each payer, the newest first."""
    newest: dict[str, GatheredEvidence] = {}
    for run in GatheredEvidence.objects.all():
        newest.setdefault(run.payer, run)
    return list(newest.values())


def older_runs() -> list[GatheredEvidence]:
    """Return what was kept before those, the newest first."""
    latest = {run.pk for run in latest_of_each_payer()}
    return [run for run in GatheredEvidence.objects.defer("seen") if run.pk not in latest]


UNKNOWN = "not known"


@cache
def commit() -> str:
    """Return the commit: what the image was built with (COMMIT), else what the checkout says."""
    return settings.COMMIT or _of_checkout(Path(settings.BASE_DIR) / ".git") or UNKNOWN


def _of_checkout(git: Path) -> str:
    try:
        head = (git / "HEAD").read_text("ascii").strip()
        reference = head.removeprefix("ref: ")
        return head if reference == head else (git / reference).read_text("ascii").strip()
    except OSError:  # an image, a worktree, a packed reference
        return ""


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
    it is taken from the first (members with exactly one), is from 1 to 10. No total over plans is made, so
    none gives away what was left out.
    """
    kept: list[tuple[str, int, int | None]] = []
    for row in rows:
        if row.members >= SMALLEST:
            parts = (row.members_more, row.members - row.members_more)
            is_small = any(0 < part < SMALLEST for part in parts)
            kept.append((row.payer, row.members, None if is_small else row.members_more))
    return kept


def keep_counts(*, year: int, rows: Iterable[Counted], now: datetime) -> list[TransferCount]:
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
