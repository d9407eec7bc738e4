"""Runs and their steps, the raw records, and what is known of earlier passes over a plan."""

from apps.sync.models.paces import PlanPace
from apps.sync.models.passes import Beat, LastVisit, Refresh, SyncChange, SyncMark, SyncSeen, WantedRecord
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
