"""How each plan is: what members meet there, what waits, and what an operator can do about it."""

import logging
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Max, Min, Q

from apps.audit.models import AuditEntry
from apps.connections.attempts import Funnel, funnels
from apps.connections.models import Connection
from apps.desk.findings import MANAGE, Button, Finding, Level, lasted, listed_at, worst
from apps.plans.choices import Status
from apps.plans.models import Plan
from apps.plans.origins import open_drift
from apps.plans.querysets import REGISTERED
from apps.plans.wording import why_not_connectable
from apps.sync.models import Refresh, SyncRun, SyncStep
from apps.sync.models.paces import OUTAGES, PAUSES

log = logging.getLogger("plainclaim.desk")
DAYS: Final = 7
"""So far back attempts are counted."""
SUBJECT: Final = "plans.registration "
"""How the audit calls a registration, before its number."""
SECRET_AGE: Final = timedelta(days=300)
"""The audit goes back a year: a client secret is swapped before nobody can tell how old it is."""
LATE: Final = timedelta(hours=1)
MANY_STUCK: Final = 0.1
MANY_FAILED: Final = 0.5
FEW: Final = 5
"""Of fewer attempts nothing certain is concluded."""
OURS_OR_THEIRS: Final = frozenset({"Plan", "Us"})


@dataclass(frozen=True)
class PlanState:
    """One row of the desk. Moments are None where there is none, or none is known."""

    plan: Plan
    counts: Mapping[str, int] = field(default_factory=dict)
    """Connections by status."""
    funnel: Funnel | None = None
    oldest: datetime | None = None
    """Since when an update waits that could be done."""
    stuck: int = 0
    careless: int = 0
    """Connections whose updates brought what is about other people, lately."""
    secret_at: datetime | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def connected(self) -> int:
        """Members' permissions that hold."""
        return self.counts.get(Connection.Status.ACTIVE, 0)

    @property
    def level(self) -> Level:
        """The worst of what was found."""
        return worst(self.findings)

    @property
    def light(self) -> str:
        """The traffic light: "off" for a plan that an operator has stopped, or nobody has opened."""
        is_off = self.plan.status != Status.CONFIRMED and not self.plan.client_refused_at
        return "off" if is_off and self.level < Level.WRONG else self.level.word

    @property
    def failure(self) -> tuple[str, int] | None:
        """The most frequent reason why attempts ended, in words, and how often."""
        if self.funnel is None or not self.funnel.failures:
            return None
        first = self.funnel.failures[0]
        return first.words, first.count


def plan_states(*, now: datetime) -> list[PlanState]:
    """One row for each plan in use, the worst first; the same few questions whatever the number of plans."""
    counts = _connections()
    funnel_of = {row.plan_id: row for row in funnels(since=now - timedelta(days=DAYS))}
    oldest, stuck, careless, secrets = _oldest(now), _stuck(now), _careless(now), _secrets()
    in_use = REGISTERED | Q(pk__in=counts) | Q(drift__isnull=False) | Q(held_change__isnull=False)
    plans = (
        Plan.objects.filter(in_use)
        .select_related("pace", "held_change", "registration")
        .defer("discovery", "notes")
    )
    states = [
        PlanState(
            plan, counts.get(plan.pk, {}), funnel_of.get(plan.pk), oldest.get(plan.pk),
            stuck.get(plan.pk, 0), careless.get(plan.pk, 0), secrets.get(plan.registration_id),
        )
        for plan in plans
    ]  # fmt: skip
    judged = [replace(state, findings=_judged(state, now)) for state in states]
    return sorted(judged, key=lambda state: (-state.level, state.light == "off", -state.connected))


def _judged(state: PlanState, now: datetime) -> tuple[Finding, ...]:
    """What is to be known of one plan; a row that breaks the judging is told, and hides no other plan."""
    try:
        return tuple(findings_of(state, now=now))
    except Exception as error:
        log.exception("plan %s cannot be judged", state.plan.slug)
        says = f"This plan cannot be judged ({type(error).__name__})."
        remedy = "Its row holds what nobody foresaw: read the site's log, and load the plan anew."
        command = f"{MANAGE} load_plans FILE"
        return (Finding("unjudged", Level.WRONG, says, remedy, state.plan.slug, command=command),)


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


def _careless(now: datetime) -> dict[uuid.UUID, int]:
    recent = SyncStep.objects.filter(misdirected__gt=0, run__created_at__gte=now - timedelta(days=DAYS))
    rows = recent.order_by().values_list("run__connection__plan_id")
    return dict(rows.annotate(Count("run__connection", distinct=True)))


def _secrets() -> dict[uuid.UUID | None, datetime]:
    """When the client secret of each registration was last written, as far as the audit goes back."""
    written = Q(changes__contains='client_secret"')  # the secret in use, or its successor
    entries = AuditEntry.objects.filter(written, subject__startswith=SUBJECT).order_by()
    rows = entries.values_list("subject").annotate(Max("at"))
    return {uuid.UUID(subject.removeprefix(SUBJECT)): at for subject, at in rows}


def findings_of(state: PlanState, *, now: datetime) -> Iterator[Finding]:
    """Everything that an operator should know of a plan, from its state alone; nothing where all is well."""
    yield from _refused(state, now)
    yield from _down(state, now)
    yield from _drift(state, now)
    yield from _held(state)
    yield from _paused(state)
    yield from _late(state, now)
    yield from _misdirected(state)
    yield from _failed(state)
    yield from _secret(state, now)


def _refused(state: PlanState, now: datetime) -> Iterator[Finding]:
    at = state.plan.client_refused_at
    if at is None:
        return
    says = f"Its token server refused our client registration {lasted(at, now=now)} ago."
    level = Level.WRONG if state.plan.is_paused else Level.WARNING
    remedy, button = "Ask the plan whether the registration still holds", None
    if state.plan.needs_secret:
        remedy, button = f"{remedy}; swap the client secret where it ran out.", _swap(state.plan)
    else:
        remedy = f"{remedy}, and whether it reads our keys at /app/jwks.json."
    if button is None and state.plan.is_paused:
        button = _resume(state.plan)
    yield Finding("invalid_client", level, says, remedy, state.plan.slug, button)


def _down(state: PlanState, now: datetime) -> Iterator[Finding]:
    pace = getattr(state.plan, "pace", None)
    if pace is None:
        return
    key = str(state.plan.pk)
    button = Button("Ask again now", "sync_planpace", "forget", key)
    if pace.pauses:
        level = Level.WRONG if pace.pauses >= len(PAUSES) else Level.WARNING
        says = f"It does not answer: {pace.outages} questions in a row failed."
        remedy = "Look whether the plan says so itself. It is tried again by itself every five minutes."
        yield Finding("down", level, says, remedy, state.plan.slug, button)
    elif pace.outages >= OUTAGES:
        says = f"{pace.outages} questions in a row got no answer, all for one update."
        remedy = "Ask again now, or look whether the plan says why; that update is tried again by itself."
        where = listed_at("sync_syncrun", state__exact="waiting", connection__plan__id__exact=key)
        yield Finding("down", Level.WARNING, says, remedy, state.plan.slug, button, where)
    elif (shut := pace.shut_until(now=now)) and shut[1] == "busy":
        says = f"It asked us to wait until {shut[0]:%Y-%m-%d %H:%M} UTC."
        remedy = "Wait; where it happens often, write its limit into the row (requests_per_minute)."
        yield Finding("busy", Level.WARNING, says, remedy, state.plan.slug, button)


def _drift(state: PlanState, now: datetime) -> Iterator[Finding]:
    if drift := open_drift(state.plan):
        since = f", since {lasted(state.plan.drift_found_at, now=now)}" if state.plan.drift_found_at else ""
        says = f"It publishes addresses on servers that nobody confirmed ({', '.join(sorted(drift))}){since}."
        remedy = (
            "Ask the plan, by a way you know, then confirm them, or keep the old ones: you are told again "
            "while it publishes these."
        )
        button = _button("Decide about its addresses", "decide_addresses", state.plan)
        yield Finding("drift", Level.WARNING, says, remedy, state.plan.slug, button)


def _held(state: PlanState) -> Iterator[Finding]:
    change = getattr(state.plan, "held_change", None)
    if change is not None:
        says = f"A change of {', '.join(sorted(change.values))} waits for a second operator."
        remedy = "Ask who wanted it, then accept or stop it; after a day it takes effect."
        button = _button("Accept or stop it", "decide_changes", state.plan)
        yield Finding("held", Level.WARNING, says, remedy, state.plan.slug, button)


def _paused(state: PlanState) -> Iterator[Finding]:
    """What keeps members out though somebody is connected; a plan in preparation is nobody's alarm."""
    reasons = why_not_connectable(state.plan)
    if not reasons or state.plan.client_refused_at or not (state.connected or state.plan.is_paused):
        return
    says = f"Members cannot connect it: {'; '.join(reasons)}."
    button = _resume(state.plan) if state.plan.is_paused else None
    yield Finding("closed", Level.WARNING, says, "Open it when the reason is gone.", state.plan.slug, button)


def _late(state: PlanState, now: datetime) -> Iterator[Finding]:
    slug, key = state.plan.slug, state.plan.pk
    if state.stuck:
        level = Level.WRONG if state.stuck > MANY_STUCK * state.connected else Level.WARNING
        says = f"{state.stuck} of {state.connected} connections were not brought up to date for two periods."
        where = listed_at("sync_refresh", stuck="yes", connection__plan__id__exact=key)
        yield Finding("stuck", level, says, "The list says why of each.", slug, link=where)
    if state.oldest and now - state.oldest > LATE and not _is_shut(state, now):
        says = f"An update waits for a worker for {lasted(state.oldest, now=now)}."
        where = listed_at("sync_syncrun", state__exact="waiting", connection__plan__id__exact=key)
        yield Finding("late", Level.WARNING, says, "Look at the workers and the queue.", slug, link=where)


def _misdirected(state: PlanState) -> Iterator[Finding]:
    """What members are asked to tell their plan; no update that brings nothing of the kind takes it back."""
    if not state.careless:
        return
    many = f"{state.careless} connection{'s'[: state.careless != 1]}"
    says = f"It sent records about other people to {many} within {DAYS} days. None was kept."
    remedy = (
        "Write to the plan's contact for its API that it does, and how often: the list has the counts. What "
        "was in them nobody here knows."
    )
    where = listed_at("sync_syncrun", connection__plan__id__exact=state.plan.pk)
    yield Finding("misdirected", Level.WARNING, says, remedy, state.plan.slug, link=where)


def _failed(state: PlanState) -> Iterator[Finding]:
    """Half of the week's attempts or more ended on the plan's side or on ours; of few it is a hint alone."""
    funnel = state.funnel
    if funnel is None:
        return
    failed = sum(failure.count for failure in funnel.failures if failure.fault in OURS_OR_THEIRS)
    if failed and failed >= MANY_FAILED * funnel.started:
        says = f"{failed} of {funnel.started} attempts to connect ended on the plan's side or on ours."
        remedy = "Have the plan's server checked; the list of attempts says what went wrong in each."
        button = _button("Check with the plan's server now", "run_checks", state.plan)
        level = Level.WARNING if funnel.started < FEW else Level.WRONG
        yield Finding("failing", level, says, remedy, state.plan.slug, button)


def _secret(state: PlanState, now: datetime) -> Iterator[Finding]:
    plan = state.plan
    if not plan.has_secret or (state.secret_at or plan.created_at) > now - SECRET_AGE:
        return
    age = f"{lasted(state.secret_at, now=now)} old" if state.secret_at else "older than the audit"
    remedy = "Have the plan make a second one, then swap: the old one goes on working meanwhile."
    button = _swap(plan)
    yield Finding("secret", Level.WARNING, f"Its client secret is {age}.", remedy, plan.slug, button)


def _is_shut(state: PlanState, now: datetime) -> bool:
    pace = getattr(state.plan, "pace", None)
    return pace is not None and pace.shut_until(now=now) is not None


def _swap(plan: Plan) -> Button | None:
    if plan.registration is None:
        return None
    key, may = str(plan.registration.pk), "plans.change_registration"
    return Button("Swap the client secret", "plans_registration", "swap_secret", key, may)


def _resume(plan: Plan) -> Button:
    return _button("Ask this plan again", "resume_plan", plan)


def _button(label: str, action: str, plan: Plan) -> Button:
    return Button(label, "plans_plan", action, str(plan.pk))
