"""How each plan is: what members meet there, what waits, and what an operator can do about it."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Max, Min, Q

from apps.audit.models import AuditEntry
from apps.connections.attempts import funnels
from apps.connections.models import Connection
from apps.desk import lights
from apps.desk.states import PlanState
from apps.plans.models import Plan
from apps.plans.querysets import REGISTERED
from apps.sync.models import Refresh, SyncRun

DAYS: Final = 7
"""So far back attempts are counted."""
SUBJECT: Final = "plans.registration "
"""How the audit calls a registration, before its number."""


def plan_states(*, now: datetime) -> list[PlanState]:
    """One row for each plan in use, the worst first; the same few questions whatever the number of plans."""
    counts = _connections()
    funnel_of = {row.plan_id: row for row in funnels(since=now - timedelta(days=DAYS))}
    oldest, stuck, secrets = _oldest(now), _stuck(now), _secrets()
    in_use = REGISTERED | Q(pk__in=counts) | Q(drift__isnull=False) | Q(held_change__isnull=False)
    plans = (
        Plan.objects.filter(in_use)
        .select_related("pace", "held_change", "registration")
        .defer("discovery", "notes")
    )
    states = [
        PlanState(
            plan, counts.get(plan.pk, {}), funnel_of.get(plan.pk), oldest.get(plan.pk),
            stuck.get(plan.pk, 0), secrets.get(plan.registration_id),
        )
        for plan in plans
    ]  # fmt: skip
    judged = [replace(state, findings=tuple(lights.findings_of(state, now=now))) for state in states]
    return sorted(judged, key=lambda state: (-state.level, state.light == "off", -state.connected))


def _connections() -> dict[uuid.UUID, dict[str, int]]:
    counts: dict[uuid.UUID, dict[str, int]] = {}
    rows = Connection.objects.order_by().values_list("plan_id", "status").annotate(n=Count("pk"))
    for plan_id, status, number in rows:
        counts.setdefault(plan_id, {})[status] = number
    return counts


def _oldest(now: datetime) -> dict[uuid.UUID, datetime]:
    due = SyncRun.objects.free_to_take(now=now).order_by().values_list("connection__plan_id")
    return dict(due.annotate(Min("next_try_at")))


def _stuck(now: datetime) -> dict[uuid.UUID, int]:
    rows = Refresh.objects.stuck(now=now).order_by().values_list("connection__plan_id")
    return dict(rows.annotate(Count("pk")))


def _secrets() -> dict[uuid.UUID | None, datetime]:
    """When the client secret of each registration was last written, as far as the audit goes back."""
    written = Q(changes__contains='client_secret"')  # the secret in use, or its successor
    entries = AuditEntry.objects.filter(written, subject__startswith=SUBJECT).order_by()
    rows = entries.values_list("subject").annotate(Max("at"))
    return {uuid.UUID(subject.removeprefix(SUBJECT)): at for subject, at in rows}
