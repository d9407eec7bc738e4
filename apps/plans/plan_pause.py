"""Stopping a plan: it is asked nothing any more, but to end permissions, until an operator says otherwise."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q, TextField, Value
from django.db.models.functions import Concat

from apps.audit import trail
from apps.outbound.errors import EndsAsking
from apps.outbound.limits import looking
from apps.plans.choices import Status
from apps.plans.models import HeldChange, Plan

log = logging.getLogger("plainclaim.plans")


SOON: Final = timedelta(minutes=10)
"""A second refusal within so long is no chance: once, a server may have failed to fetch our keys (C-06)."""
REFUSED: Final = "its token server does not accept our client registration"


def note_refused(plan: Plan, *, now: datetime) -> bool:
    """Count that the plan's token server refused our registration; pause an open plan at the second within
    minutes, whichever workers met them. Return whether it is paused by that now.

    Permissions and records stay as they are. The pause ends by an operator, or by `note_accepted` where
    an answer that was under way takes us.
    """
    is_first = (
        Q(client_refused_at=None) | Q(client_refused_at__lte=now - SOON) | Q(client_refused_at__gt=now + SOON)
    )
    row = Plan.objects.filter(pk=plan.pk)
    if row.filter(is_first).exclude(status=Status.PAUSED).update(client_refused_at=now):
        return False
    what = f"paused by itself, because {REFUSED}"
    with transaction.atomic():
        is_paused = _change(plan, Q(status=Status.CONFIRMED), Status.PAUSED, what, now=now, refused_at=now)
        if is_paused:
            _tell(plan, "paused by itself", Status.CONFIRMED)
    return is_paused


def note_accepted(plan: Plan, *, now: datetime) -> None:
    """The plan's token server took our registration: refusals are forgotten, and their pause is over."""
    refused = Plan.objects.filter(pk=plan.pk, client_refused_at__isnull=False)
    if not refused.exists():  # nearly always
        return
    is_of_refusals = Q(status=Status.PAUSED, client_refused_at__isnull=False)
    what = "resumed by itself: its token server accepts our client registration again"
    with transaction.atomic():
        is_open = _change(plan, is_of_refusals, Status.CONFIRMED, what, now=now)
        if is_open:
            _tell(plan, "resumed by itself", Status.PAUSED)
    if is_open:
        log.warning("plan %s accepts our client registration again: its pause is over", plan.slug)
    refused.update(client_refused_at=None)


def _tell(plan: Plan, what: str, before: Status) -> None:
    """Write to the audit what no operator did: that of operators' acts is written with their reasons."""
    changes = {"status": (before.value, plan.status)}
    trail.record(action=what, actor=trail.SITE, subject=trail.name_of(plan), changes=changes)


class Paused(EndsAsking):
    """The plan was paused while it was asked: nothing more is."""


@contextmanager
def while_open(plan: Plan) -> Iterator[None]:
    """Ask the plan in this block until it is paused; raise Paused then, whatever is in flight (S-03).

    A plan whose row in hand says so was paused before, and whoever asks it all the same knows.
    """
    knows = plan.is_paused

    def look() -> None:
        if not knows and is_paused_by_now(plan):
            raise Paused

    with looking(look):
        yield


def is_paused_by_now(plan: Plan) -> bool:
    """Whether the plan is paused at this moment, whenever the row in hand was read (S-03)."""
    return Plan.objects.filter(pk=plan.pk, status=Status.PAUSED).exists()


def stop(plan: Plan, *, reason: str, now: datetime) -> bool:
    """Pause the plan because an operator wants it, whatever its status; False when one did so already."""
    is_other = ~Q(status=Status.PAUSED) | Q(client_refused_at__isnull=False)
    return _change(plan, is_other, Status.PAUSED, f"paused by an operator: {reason}", now=now)


def resume(plan: Plan, *, reason: str, now: datetime, opens: bool) -> bool:
    """End the pause that the row in hand tells of; False when there is none, or another operator's by now.

    Unless it *opens* (`held_changes.opens_at_once`), and while it waits to be opened, it is unconfirmed then.
    """
    is_paused = Q(status=Status.PAUSED, client_refused_at=plan.client_refused_at)
    waits = HeldChange.objects.filter(plan=plan, values__has_key="status").exists()
    status = Status.CONFIRMED if opens and not waits else Status.UNCONFIRMED
    return _change(plan, is_paused, status, f"resumed by an operator: {reason}", now=now)


def _change(
    plan: Plan, condition: Q, status: Status, what: str, *, now: datetime, refused_at: datetime | None = None
) -> bool:
    """Set the status of a row that is as expected, and note when and why for operators."""
    note = Value(f"\n{now:%Y-%m-%d %H:%M} UTC: {what.rstrip('.')}.")
    notes = Concat("notes", note, output_field=TextField())
    row = Plan.objects.filter(condition, pk=plan.pk)
    is_changed = row.update(status=status, client_refused_at=refused_at, notes=notes)
    plan.refresh_from_db(fields=["status", "client_refused_at", "notes"])
    return bool(is_changed)
