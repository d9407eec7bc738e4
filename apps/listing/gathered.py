"""What plans with invented people answered, kept by day, release and payer; nothing of a person is in it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.db import models

from apps.listing import published
from apps.listing.published import commit


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
    def well(self) -> int:
        """How many of the other questions (paging, scopes, tokens, mistakes) were answered as they should."""
        return sum(probe["well"] for probe in self.seen["probes"])

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
