"""What an operator sees with a member's support code: attempts, runs, causes, states; nothing a plan sent.

Each look stands in the audit and in the member's own log.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from apps.accounts import support_codes
from apps.accounts.models import Member, SecurityEvent, SupportCode
from apps.accounts.security_log import note
from apps.audit import trail
from apps.connections import limits
from apps.connections.attempts import in_each_language, in_words
from apps.connections.models import Attempt
from apps.plain_language.language import said
from apps.sync import wording
from apps.sync.leases import may_be_refused
from apps.sync.models import SyncRun

MOST_RUNS: Final = 50
MOST_WRONG: Final = 10
"""Codes that open nothing, of one operator within ten minutes (W-18)."""
NEEDED: Final = "accounts.view_supportcode"
LEFT_OUT: Final = said("Something is missing from that update: its page says what. The rest can be used.")


@dataclass(frozen=True, order=True)
class Line:
    """Something that happened at a plan."""

    at: datetime
    plan: str
    what: str
    page: str = ""
    """Where an operator reads more of it."""


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Ask for a code; show the timeline that it opens. Of the role "support": auditors write nothing."""
    if not request.user.has_perm(NEEDED):
        raise PermissionDenied
    code, opened = request.POST.get("code", ""), None
    # Before it is looked up: of many codes sent at once, too, no more are tried than that.
    is_hasty = bool(code) and limits.counted("support", str(request.user.pk)) > MOST_WRONG
    if is_hasty:
        request.too_many_seconds = limits.WINDOW_SECONDS  # type: ignore[attr-defined] # for config.headers
    elif code:
        opened = _opened(request, code)
    lines = timeline(opened.member) if opened else []
    context = {**admin.site.each_context(request), "title": "Support code", "code": code}
    context |= {"opened": opened, "lines": lines, "is_hasty": is_hasty}
    return render(request, "admin/support.html", context)


def _opened(request: HttpRequest, code: str) -> SupportCode | None:
    """The row of a code; the look stands in the audit, and so does that there was none, without the code."""
    actor, opened = trail.member(request.user), support_codes.opened_by(code, now=timezone.now())
    if opened is None:
        trail.record(action="refused a support code", actor=actor)
        return None
    limits.take_back("support", str(request.user.pk))
    trail.record(action="read with a support code", actor=actor, subject=trail.name_of(opened.member))
    note(opened.member, SecurityEvent.Kind.SUPPORT_READ, is_theirs=False)
    return opened


def reply_of(run: SyncRun) -> str:
    """What the member's page says of what went wrong, in both languages; "" where nothing did."""
    failed = [step.problem for step in run.steps.all() if not may_be_refused(step)]
    codes = dict.fromkeys(filter(None, [run.problem, *failed]))
    sentences = [wording.PROBLEMS.get(code, wording.UNKNOWN_PROBLEM) for code in codes]
    if not sentences and run.state == SyncRun.State.PARTIAL:
        sentences = [LEFT_OUT]
    return in_each_language(sentences).strip()


def reply_of_last(attempt: Attempt) -> str:
    """The same of the newest update of the connection that came of the attempt."""
    run = SyncRun.objects.filter(connection__attempt=attempt).order_by("-created_at").first()
    return reply_of(run) if run else ""


def timeline(member: Member) -> list[Line]:
    """What happened at the member's plans, the newest first."""
    # A trip and the connection that came of it tell of the same attempt.
    return sorted({*_of_connections(member), *_of_trips(member), *_of_runs(member)}, reverse=True)


def _of_connections(member: Member) -> Iterator[Line]:
    for connection in member.connections.select_related("plan", "attempt", "refresh"):
        plan = connection.plan.name
        yield Line(connection.connected_at, plan, f"connected; now: {connection.get_status_display()}")
        if connection.ended_at:
            yield Line(connection.ended_at, plan, f"over: {connection.ended_because or 'no reason kept'}")
        if connection.attempt:
            yield _of_attempt(connection.attempt, plan)
        refresh = getattr(connection, "refresh", None)
        if refresh and refresh.rests_since:
            yield Line(refresh.rests_since, plan, f"no more updates: {refresh.rests_because}")


def _of_trips(member: Member) -> Iterator[Line]:
    """Attempts that are under way, or did not end in a connection and are not forgotten yet."""
    for trip in member.handshakes.filter(connection=None).select_related("plan", "attempt"):
        if trip.attempt:
            yield _of_attempt(trip.attempt, trip.plan.name)


def _of_attempt(attempt: Attempt, plan: str) -> Line:
    words = [f"attempt {attempt.reference}: {attempt.get_stage_display()}", in_words(attempt.failure)]
    page = reverse("admin:connections_attempt_change", args=[attempt.pk])
    return Line(attempt.started_at, plan, ", ".join(filter(None, words)), page)


def _of_runs(member: Member) -> Iterator[Line]:
    runs = SyncRun.objects.filter(member=member).select_related("connection__plan").prefetch_related("steps")
    for run in runs.order_by("-created_at")[:MOST_RUNS]:
        lines = [
            f"update {run.get_state_display()}",
            run.problem,
            f"tried {run.attempts} times" if run.attempts > 1 else "",
        ]
        at = run.finished_at or run.started_at or run.created_at
        page = reverse("admin:sync_syncrun_change", args=[run.pk])
        yield Line(at, run.connection.plan.name, "; ".join(filter(None, [*lines, *_of_steps(run)])), page)


def _of_steps(run: SyncRun) -> list[str]:
    """Why steps failed, and the kinds that each of these reasons left out: never how much came."""
    kinds: dict[str, list[str]] = {}
    for step in run.steps.all():
        if step.problem:
            reason = " ".join(filter(None, [step.problem, str(step.http_status or "")]))
            kinds.setdefault(reason, []).append(step.resource_type)
    return [f"{reason}: {', '.join(names)}" for reason, names in kinds.items()]
