"""What the progress page says about a run, prepared so that the template only places it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format

from apps.sync import wording
from apps.sync.models import SyncRun, SyncStep

SOON = timedelta(seconds=5)
CLOSE = "You may close this page."


@dataclass(frozen=True, slots=True)
class StepShown:
    """One line of the list; `state` is done, doing, waiting or problem."""

    title: str
    state: str
    words: str


@dataclass(frozen=True, slots=True)
class Progress:
    """The page's answer first, then what may be done, then the steps.

    `poll_seconds` says how often to look again, 0 when nothing is to come.
    """

    lede: str
    advice: str
    steps: tuple[StepShown, ...]
    claims: int
    coverages: int
    poll_seconds: int


def of(*, run: SyncRun, now: datetime) -> Progress:
    """Return what to say about *run*; `connection.plan` should be loaded. Three small queries."""
    claims, coverages = run.connection.claims.count(), run.connection.coverages.count()
    steps = tuple(_shown(step) for step in run.steps.all())
    lede, advice = _sentences(run, claims, coverages)
    sleeps = run.state == SyncRun.State.WAITING and run.next_try_at - now > SOON
    return Progress(
        lede=lede,
        advice=advice,
        steps=steps or tuple(StepShown(title, "waiting", "Not yet") for title in wording.PARTS.values()),
        claims=claims,
        coverages=coverages,
        poll_seconds=(10 if sleeps else 1) if run.is_active and not run.connection.is_kept else 0,
    )


def _shown(step: SyncStep) -> StepShown:
    words = wording.step_words(
        kind=step.resource_type,
        state=step.state,
        received=step.received,
        unreadable=step.unreadable,
        misdirected=step.misdirected,
        set_aside=step.set_aside,
        missing=step.missing,
        problem_code=step.problem,
    )
    has_problem = step.state in (SyncStep.State.REFUSED, SyncStep.State.PROBLEM)
    title = wording.PARTS.get(step.resource_type, step.resource_type)
    return StepShown(title, "problem" if has_problem else step.state, words)


def _sentences(run: SyncRun, claims: int, coverages: int) -> tuple[str, str]:
    """Return the answer in one sentence and, where there is any, what to do or know."""
    plan = run.connection.plan.name
    have = f"We have {wording.counted(claims, 'claim', 'claims')}"
    if run.is_active and not run.connection.is_kept:
        return _coming(run, have if claims else "")
    kept = f"{have}; they stay here. " if claims else ""
    if run.connection.is_kept:
        return f"Disconnected{_on(run)}: nothing new comes.", kept.strip()
    endings = {
        SyncRun.State.FINISHED: (f"Done: {wording.here(claims, coverages)}.", ""),
        SyncRun.State.PARTIAL: (
            f"Done, with gaps: {wording.here(claims, coverages)}.",
            "What is missing is named below; the rest can be used. A later update may bring more.",
        ),
        SyncRun.State.ENDED: (
            f"Your permission at {plan} has ended.",
            f"{kept}To get what is new, sign in at {plan} again.",
        ),
        SyncRun.State.FAILED: (
            f"We could not bring your records from {plan}. {wording.problem(run.problem)}",
            f"{kept}Try again later. If it happens again, tell the people who run this site.",
        ),
    }
    return endings[SyncRun.State(run.state)]


def _on(run: SyncRun) -> str:
    ended_at = run.connection.ended_at
    return f" on {date_format(timezone.localtime(ended_at), 'F j, Y')}" if ended_at else ""


def _coming(run: SyncRun, have: str) -> tuple[str, str]:
    if run.state == SyncRun.State.WAITING and run.problem:
        at = date_format(timezone.localtime(run.next_try_at), "TIME_FORMAT")
        return f"{have or 'Nothing has come yet'}. We will try again at {at}. {CLOSE}", wording.problem(
            run.problem
        )
    if have:
        return f"{have} so far; the rest is still coming. {CLOSE}", ""
    return f"We are asking {run.connection.plan.name} for your records. {CLOSE}", ""
