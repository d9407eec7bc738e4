"""Runs and their steps, the raw records, and what is known of earlier passes over a plan."""

from apps.sync.models.changes import LastVisit, SyncChange
from apps.sync.models.paces import PlanPace
from apps.sync.models.passes import SyncMark, SyncSeen
from apps.sync.models.refreshes import Beat, Refresh
from apps.sync.models.runs import (
    DISCONNECTED,
    LEASE,
    MOST_ATTEMPTS,
    QUEUE_PATIENCE,
    SyncRun,
    SyncRunQuerySet,
    SyncStep,
    step_types,
)
from apps.sync.models.wanted import WantedRecord

__all__ = [
    "DISCONNECTED",
    "LEASE",
    "MOST_ATTEMPTS",
    "QUEUE_PATIENCE",
    "Beat",
    "LastVisit",
    "PlanPace",
    "Refresh",
    "SyncChange",
    "SyncMark",
    "SyncRun",
    "SyncRunQuerySet",
    "SyncSeen",
    "SyncStep",
    "WantedRecord",
    "step_types",
]
