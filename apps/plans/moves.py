"""What an operator does about a drift alarm: allow the new addresses, or keep to the ones we have."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.plans import held_changes
from apps.plans.models import HeldChange, Plan
from apps.plans.origins import open_drift, shown_origin
from apps.plans.snapshots import with_confirmed

COLUMNS = (
    "issuer",
    "confirmed_origins",
    "drift",
    "drift_found_at",
    "discovery",
    "discovered_at",
    "discovery_tried_at",
)


class AlarmChanged(Exception):
    """The plan published something else since the operator looked: nothing was confirmed."""

    sentence = "The plan has published other addresses since you looked. Look again before you confirm."


@transaction.atomic
def confirm_addresses(
    *, plan: Plan, seen: Mapping[str, str], by: Any, now: datetime
) -> tuple[list[str], HeldChange | None]:
    """Allow the origins of the alarm, which the operator saw as `seen` ({name: url}); return the new origins.

    Where members' permissions are at stake that waits, and so does the alarm: the change is returned.

    An issuer among them is written on the row: that is the operator's word that it speaks for the plan's
    members. The next use of the plan asks it again, now with these origins allowed. Raises AlarmChanged.
    """
    row, drift = _alarm(plan, seen)
    origins = sorted({shown_origin(url) for url in drift.values()})
    snapshot = with_confirmed(row, drift)
    row.confirmed_origins = [*row.confirmed_origins, *origins]
    row.issuer = row.issuer or drift.get("issuer", "")
    change = held_changes.save(row, by=by, now=now)
    if change is None:
        row.discovery, row.discovered_at, row.discovery_tried_at = snapshot, None, None
        _quiet(row, plan)
    return origins, change


@transaction.atomic
def dismiss_addresses(*, plan: Plan, seen: Mapping[str, str]) -> None:
    """End the alarm and keep to the addresses we have; it comes back if the plan goes on. AlarmChanged."""
    row, _ = _alarm(plan, seen)
    _quiet(row, plan)


def _alarm(plan: Plan, seen: Mapping[str, str]) -> tuple[Plan, dict[str, str]]:
    row = Plan.objects.select_for_update().get(pk=plan.pk)
    drift = open_drift(row)
    if drift != dict(seen):
        raise AlarmChanged
    return row, drift


def _quiet(row: Plan, plan: Plan) -> None:
    row.drift = row.drift_found_at = None
    row.save(update_fields=[*COLUMNS, "updated_at"])
    for name in COLUMNS:
        setattr(plan, name, getattr(row, name))
