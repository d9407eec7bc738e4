"""Stopping a plan: it is asked nothing any more, but to end permissions, until an operator says otherwise."""

from datetime import datetime

from django.db.models import Q, TextField, Value
from django.db.models.functions import Concat

from apps.plans.choices import Status
from apps.plans.models import Plan


def pause(plan: Plan, *, why: str, now: datetime) -> bool:
    """Pause an open plan because only an operator can put right what is wrong; False when it was not open.

    Permissions and records stay as they are; an operator sets the status back in admin or by `stop_plan`.
    """
    is_open = Q(status=Status.CONFIRMED)
    return _change(plan, is_open, Status.PAUSED, f"paused by itself, because {why}", now=now)


def stop(plan: Plan, *, reason: str, now: datetime) -> bool:
    """Pause the plan because an operator wants it, whatever its status; False when it was paused already."""
    is_other = ~Q(status=Status.PAUSED)
    return _change(plan, is_other, Status.PAUSED, f"paused by an operator: {reason}", now=now)


def resume(plan: Plan, *, reason: str, now: datetime) -> bool:
    """Open a paused plan again; False when it was not paused."""
    is_paused = Q(status=Status.PAUSED)
    return _change(plan, is_paused, Status.CONFIRMED, f"resumed by an operator: {reason}", now=now)


def _change(plan: Plan, which: Q, status: Status, what: str, *, now: datetime) -> bool:
    """Set the status of a row that is as expected, and note when and why for operators."""
    note = Value(f"\n{now:%Y-%m-%d %H:%M} UTC: {what.rstrip('.')}.")
    row = Plan.objects.filter(which, pk=plan.pk)
    is_changed = row.update(status=status, notes=Concat("notes", note, output_field=TextField()))
    plan.refresh_from_db(fields=["status", "notes"])
    return bool(is_changed)
