"""What the progress page says about a run, prepared so that the template only places it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from apps.connections.granted import NotGranted
from apps.connections.models import Connection
from apps.kinds.claim.kind import CLAIM
from apps.kinds.coverage.kind import COVERAGE
from apps.plain_language.dates import date_words
from apps.plain_language.language import _, said
from apps.plain_language.times import day_words, time_words
from apps.records.shelf import Library
from apps.records.volumes import Count
from apps.sync import actions, clinical, wording
from apps.sync.models import SyncMark, SyncRun, SyncStep, step_types
from apps.vault.boxes import box_for
from config.fhir_types import CLAIMS, CLINICAL, fhir_types, main_type, naming_types

SOON = timedelta(seconds=5)
CLOSE = said("You may close this page.")
NEXT_TRY = {
    "none": (
        said("No claims have come yet. At {time} we will try again."),
        said("No claims have come yet. On {day} at {time} we will try again."),
    ),
    "claims": (
        said("We have {claims}. At {time} we will try again."),
        said("We have {claims}. On {day} at {time} we will try again."),
    ),
    "closed": (said("At {time} we will try again."), said("On {day} at {time} we will try again.")),
}
"""By what is here: for another try today, and for one on a later day."""


@dataclass(frozen=True, slots=True)
class StepShown:
    """One line of the list; `state` is done, doing, waiting, or problem, as of what is done with gaps."""

    title: str
    state: str
    words: str


@dataclass(frozen=True, slots=True)
class Progress:
    """The page's answer first, then what may be done, then the steps.

    `poll_seconds` says how often to look again, 0 when nothing is to come; `may_try_now` that the member
    need not wait for the next try.
    """

    lede: str
    advice: str
    steps: tuple[StepShown, ...]
    claims: int
    coverages: int
    clinical: int
    poll_seconds: int
    may_try_now: bool
    keeps_closed: bool = False
    """Whether records came of somebody of whom the member has not said that they agreed."""
    uncounted: str = ""
    """That steps tell no number while somebody's records are kept closed: once, for all of them."""
    answer: str = ""
    """What the records mean, where these are the first that a member has (the setting SYNC_FIRST_ANSWER)."""


def of(*, run: SyncRun, now: datetime) -> Progress:
    """Return what to say about *run*; `connection.plan` should be loaded. A dozen small queries."""
    claims, coverages, clinical_records, keeps_closed = _here(run)
    marks = {mark.resource_type: mark for mark in run.connection.marks.all()}
    steps = _steps(run, marks, keeps_closed=keeps_closed)
    here = wording.here(
        claims.current, coverages, older=claims.older, clinical=clinical_records, keeps_closed=keeps_closed
    )
    state = Here(claims.current, here, has_all=_has_all(marks, run), keeps_closed=keeps_closed)
    lede, advice = _sentences(run, state, now)
    is_coming = run.is_active and not run.connection.is_kept
    waits_long = run.state == SyncRun.State.WAITING and run.next_try_at - now > SOON
    waits_long = waits_long or bool(run.connection.stopped_because(now=now))
    return Progress(
        lede=lede,
        advice=advice,
        steps=steps,
        claims=claims.current,
        coverages=coverages,
        clinical=clinical_records,
        keeps_closed=keeps_closed and not is_coming,
        uncounted=_(wording.UNCOUNTED) if keeps_closed else "",
        poll_seconds=(10 if waits_long else 1) if is_coming else 0,
        answer=_answer(run, now) if not is_coming and claims.current else "",
        may_try_now=is_coming and actions.may_wake(run, now=now) and actions.has_wakings_left(run.connection),
    )


def _answer(run: SyncRun, now: datetime) -> str:
    """Return the first answer after the first run of the only connection; later ones stand on Today."""
    member = run.connection.member
    if member.connections.count() != 1 or member.sync_runs.count() != 1:
        return ""
    return str(import_string(settings.SYNC_FIRST_ANSWER)(member, now=now))


def _here(run: SyncRun) -> tuple[Count, int, int, bool]:
    """Return how many claims, coverages and clinical records show, and whether others may be closed."""
    connection, member = run.connection, run.connection.member
    library = Library(member, box_for(member), is_unfolded=True)
    claims, coverages = (library.brought(kind, connection.pk) for kind in (CLAIM, COVERAGE))
    behind = naming_types()  # samples stand behind results, in no list of their own
    shown = clinical.shown(library, connection)
    number = sum(count for name, count in shown.items() if name not in behind)
    return claims, coverages.current, number, library.household.names_closed(connection.pk)


@dataclass(frozen=True, slots=True)
class Here:
    """What of a connection shows, counted in *words*; `has_all`: all claims were here before the run."""

    claims: int
    words: str
    has_all: bool
    keeps_closed: bool


@dataclass(frozen=True, slots=True)
class Known:
    """How far one type of record is known: two sentences of the connection's page."""

    title: str
    words: str


def known(connection: Connection) -> tuple[Known, ...]:
    """Return per type when everything was last read, and whether changes were asked for since."""
    marks = {mark.resource_type: mark for mark in connection.marks.all()}
    types = [name for name in step_types(CLAIMS) if name in marks and marks[name].known_since]
    return tuple(Known(wording.part(name), _known_words(marks[name])) for name in types)


def _known_words(mark: SyncMark) -> str:
    if mark.complete_at is None:
        return _("Not complete yet: not all of it could be read.")
    complete = _(wording.LAST_COMPLETE).format(day=day_words(mark.complete_at))
    asked_on = day_words(mark.updated_at) if mark.updated_at else ""
    if asked_on in ("", day_words(mark.complete_at)):
        return complete
    return complete + " " + _("What changed since was last asked on {day}.").format(day=asked_on)


def _steps(run: SyncRun, marks: Mapping[str, SyncMark], *, keeps_closed: bool) -> tuple[StepShown, ...]:
    """Return the lines of a run: one for each part, but one for all clinical records.

    What somebody *keeps_closed* was counted among all: no line tells a number then.
    """
    steps, is_over = list(run.steps.all()), not run.is_active
    if not steps:
        names = step_types()
        return tuple(
            StepShown(wording.part(name), "waiting", wording.unasked(is_over=is_over)) for name in names
        )
    care = [step for step in steps if step.resource_type in fhir_types(CLINICAL)]
    lines = [
        _shown(step, marks.get(step.resource_type), keeps_closed=keeps_closed, is_over=is_over)
        for step in steps
        if step not in care
    ]
    if care:
        lines.insert(-1, _clinical(care, keeps_closed=keeps_closed, is_over=is_over))
    return tuple(lines)


def _clinical(care: Sequence[SyncStep], *, keeps_closed: bool, is_over: bool) -> StepShown:
    """Return the one line of all clinical records; what stood in the way of them is told as of any other."""
    over = [step for step in care if step.state in SyncStep.OVER]
    state = "doing" if over or any(step.state == "doing" for step in care) else "waiting"
    state = "done" if len(over) == len(care) else state
    words = wording.clinical_words(state, care, is_over=is_over)
    if keeps_closed:
        words = " ".join([wording.uncounted(state, is_over=is_over), *wording.clinical_problems(care)])
    has_gaps = any(step.is_with_gaps or step.state == SyncStep.State.PROBLEM for step in care)
    is_read = any(step.state == SyncStep.State.DONE for step in care)
    has_problem = state == "done" and (has_gaps or not is_read)
    return StepShown(_("Clinical records"), "problem" if has_problem else state, words)


def _shown(step: SyncStep, mark: SyncMark | None, *, keeps_closed: bool, is_over: bool) -> StepShown:
    is_done = step.state == SyncStep.State.DONE
    has_problem = step.is_with_gaps if is_done else step.state in SyncStep.OVER
    state, title = "problem" if has_problem else step.state, wording.part(step.resource_type)
    if keeps_closed:
        return StepShown(title, state, wording.uncounted(step.state, step.problem, is_over=is_over))
    words = wording.step_words(
        step,
        tells_changes=mark is not None and mark.was_known_before(step.run),
        is_over=is_over,
        since=day_words(step.since) if step.since else "",
        complete=day_words(mark.complete_at) if mark and mark.complete_at else "",
    )
    return StepShown(title, state, words)


def _has_all(marks: Mapping[str, SyncMark], run: SyncRun) -> bool:
    """Return whether every claim was here before the run, so that perhaps nothing is to come."""
    mark = marks.get(main_type())
    return mark is not None and mark.complete_at is not None and mark.was_known_before(run)


def _sentences(run: SyncRun, here: Here, now: datetime) -> tuple[str, str]:
    """Return the answer in one sentence and, where there is any, what to do or know."""
    plan = run.connection.plan.name
    if run.is_active and not run.connection.is_kept:
        return _coming(run, here, now)
    kept = ""
    if here.claims:
        text = _("What we have stays here: {claims}.")
        kept = text.format(claims=wording.claims_words(here.claims)) + " "
    if run.connection.is_kept:
        return _disconnected(run), kept.strip()
    endings = {
        SyncRun.State.FINISHED: (_("Done: {records}."), ""),
        SyncRun.State.PARTIAL: (
            _("Done, with gaps: {records}."),
            _("Something is missing; the rest can be used. A later update may bring more.")
            if here.keeps_closed  # and no part tells what it got
            else _("What is missing is named below; the rest can be used. A later update may bring more."),
        ),
        SyncRun.State.ENDED: (
            _("Your permission at {plan} has ended."),
            kept + _("To get what is new, sign in at {plan} again."),
        ),
        SyncRun.State.FAILED: (
            _("We could not bring your records from {plan}.") + f" {_cause(run)}",
            kept + _failed_advice(run),
        ),
    }
    lede, advice = endings[SyncRun.State(run.state)]
    return lede.format(records=here.words, plan=plan), advice.format(plan=plan)


def _cause(run: SyncRun) -> str:
    """Why a run brought nothing; where its parts differ in that, it stands with the parts (C-07)."""
    steps = run.steps.exclude(problem="").exclude(resource_type=SyncStep.PLACES)
    if len(set(steps.values_list("problem", flat=True))) > 1:
        return _("What stood in the way of each part is named below.")
    return wording.problem(run.problem)


def _failed_advice(run: SyncRun) -> str:
    if run.problem == NotGranted.code:
        return _("To have them here, sign in at {plan} again and allow them there.")
    return _("Try again later. If it happens again, tell the people who run this site.")


def _disconnected(run: SyncRun) -> str:
    ended_at = run.connection.ended_at
    if ended_at is None:
        return _("Disconnected: nothing new comes.")
    day = day_words(ended_at)
    return _("Disconnected on {day}: nothing new comes.").format(day=day)


def _coming(run: SyncRun, here: Here, now: datetime) -> tuple[str, str]:
    claims, close, plan = here.claims, _(CLOSE), run.connection.plan.name
    have = wording.claims_words(claims)
    if because := run.connection.stopped_because(now=now):
        kept = _("What we have stays here: {claims}.").format(claims=have) if claims else ""
        return f"{wording.stopped(because, plan)} {close}", kept
    waits = run.state == SyncRun.State.WAITING
    if run.sleeps(now=now):
        return f"{_next_try(run, here, now)} {close}", wording.problem(run.problem)
    in_line = wording.problem(run.problem) if waits and run.problem == "in_line" else ""
    if claims and here.has_all:
        text = _("We have {claims} and are asking {plan} whether anything changed.")
    elif claims and run.steps.filter(resource_type=main_type(), state=SyncStep.State.DONE).exists():
        text = _("We have {claims}; other records are still coming.")
    elif claims:
        text = _("We have {claims} so far; the rest is still coming.")
    else:
        text = _("We are asking {plan} for your records.")
    return f"{text.format(claims=have, plan=plan)} {close}", in_line


def _next_try(run: SyncRun, here: Here, now: datetime) -> str:
    """Say when a run that sleeps is tried again, with the day where it is another one."""
    at = timezone.localtime(run.next_try_at)
    today, later = NEXT_TRY["claims" if here.claims else "closed" if here.keeps_closed else "none"]
    text = _(today if at.date() == timezone.localtime(now).date() else later)
    have = wording.claims_words(here.claims)
    return text.format(claims=have, day=date_words(at.date()), time=time_words(at))
