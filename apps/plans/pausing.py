"""Stopping a plan for new connections when only an operator can put right what is wrong."""

from datetime import datetime

from django.db.models import TextField, Value
from django.db.models.functions import Concat

from apps.plans.choices import Status
from apps.plans.models import Plan


def pause(plan: Plan, *, why: str, now: datetime) -> bool:
    """Pause the plan and note when and why for operators; False when it was not open anyway.

    Connections made before stay as they are; an operator sets the status back in admin.
    """
    note = f"\n{now:%Y-%m-%d %H:%M} UTC: paused by itself, because {why}."
    row = Plan.objects.filter(pk=plan.pk, status=Status.CONFIRMED)
    paused = row.update(status=Status.PAUSED, notes=Concat("notes", Value(note), output_field=TextField()))
    plan.refresh_from_db(fields=["status", "notes"])
    return bool(paused)
