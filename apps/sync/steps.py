"""One pass of a run over a plan: what each step asks for, stored page by page as it comes."""

import logging
from functools import partial
from typing import Final

from django.db import transaction

from apps.claims import indexing
from apps.connections.errors import AccessProblem
from apps.fhir.bundles import Page, same_origin
from apps.fhir.errors import (
    EndlessPages,
    FhirError,
    NotAllowed,
    NotOffered,
    PlanBusy,
    PlanUnreachable,
    Rejected,
    SignInNeeded,
)
from apps.fhir.page_sizes import FEWEST_AT_ONCE, fewer
from apps.sync import endless, marks, questions
from apps.sync.fetching import Answer, AtOnce, InTurn, Lane
from apps.sync.keeping import keep
from apps.sync.models import MOST_ATTEMPTS, SyncStep
from apps.sync.models.paces import NotNow
from apps.sync.naming import Places, learn_all
from apps.sync.pace import note_taken, note_too_many
from apps.sync.rekeying import rekey
from apps.sync.rereading import read_again
from apps.sync.work import Work

log = logging.getLogger("plainclaim.sync")
REFUSALS: Final = (NotAllowed, NotOffered, SignInNeeded)
WHOLE_PLAN: Final = (PlanBusy, PlanUnreachable)
"""Trouble that would meet every other question too: the rest of the pass is left for later."""


def bring(work: Work) -> FhirError | None:
    """Go through the steps that are not over; return the last error worth another try, else None.

    Several types are asked for at once, and the places they refer to as soon as they are named; this thread
    alone stores what comes, in the order in which it comes.
    """
    rekey(work)
    learn_all(work)
    one = _Pass(work)
    with InTurn(work.client) if work.lanes < 2 else AtOnce(work.open_client, most=work.lanes) as desk:
        one.begin(desk)
        while True:
            if one.ending is None:
                one.places.ask(desk)
            answer = desk.next()
            if answer is None:
                break
            one.take(answer, desk)
            if isinstance(one.later, WHOLE_PLAN):
                return one.later
    if one.ending is not None:
        raise one.ending
    one.places.finish()
    read_again(work, one.places)
    if one.places_step.state != SyncStep.State.PROBLEM:
        # What claims refer to is known only when they are there: after another try of theirs, once more.
        _mark(work, one.places_step, SyncStep.State.WAITING if one.later else SyncStep.State.DONE)
    write_index(work, is_last=one.later is None)
    return one.later


def write_index(work: Work, *, is_last: bool) -> None:
    """Write the index of every year in which claims came: until then, pages do it when they need it.

    A year is progress only where no step is tried again: else its claims may come again, and it with them.
    """
    for year in indexing.stale_years(work.connection.pk):
        with transaction.atomic():
            work.hold.lock()
            indexing.write_year(connection_id=work.connection.pk, year=year, box=work.box, now=work.now_fn())
        if is_last:
            work.note_progress()
        work.stop_if_asked()


class _Pass:
    """The steps of one pass, and the last error worth another try."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.later: FhirError | None = None
        self.ending: NotNow | AccessProblem | None = None
        """What ends the pass once every answer that is on its way is stored."""
        *self.steps, self.places_step = _steps(work)
        self.places = Places(work, self.places_step)
        self.dropped = set[Lane]()
        """Lanes of which nothing more is taken."""
        self.has_waited_in_vain = False
        self.begun_anew = set[SyncStep]()
        """Steps of which a link died in this try: once each, so that a plan whose links always do is left."""

    def begin(self, desk: InTurn | AtOnce) -> None:
        """Ask for every type whose step is not over."""
        for step in self.steps:
            if step.state in SyncStep.OVER:
                continue
            _mark(self.work, step, SyncStep.State.DOING)
            try:
                self.work.insist_on(step.resource_type)
            except NotAllowed as error:
                self._failed(step, error)
            else:
                self._ask(step, desk)

    def take(self, answer: Answer, desk: InTurn | AtOnce) -> None:
        """Store the page that came, or note how the lane ended; raise what is no error of the plan."""
        lane, step = answer.lane, answer.lane.step
        if lane in self.dropped:
            return
        if step is self.places_step and answer.page is None:
            self.places.ended(lane, has_failed=answer.error is not None)
        if answer.page is not None:
            self._note_taken(lane)
            if self._is_dead(lane, answer.page, desk):
                return
            before = step.farthest
            link = answer.page.next_url if lane.page_size is not None else None
            is_ring = link is not None and not endless.follows(step, link, self.work.box)
            keep(self.work, step, answer.page, self.places)
            if is_ring or (link is not None and endless.brings_nothing(step)):
                self._drop(lane, desk)
            self._note_progress(lane, answer.page, before)
            self.work.stop_if_asked()
        elif isinstance(answer.error, FhirError):
            ways = self._asks_for_fewer, self._asks_anew
            if not any(way(lane, answer.error, desk) for way in ways):
                self._failed(step, answer.error)
        elif isinstance(answer.error, NotNow | AccessProblem):
            # Lanes share the plan's pace: what another has asked meanwhile would be asked again and again.
            self.ending = answer.error
        elif answer.error is not None:
            raise answer.error
        elif step is not self.places_step:
            _mark(self.work, step, SyncStep.State.DONE)

    def _is_dead(self, lane: Lane, page: Page, desk: InTurn | AtOnce) -> bool:
        """Ask anew where the link that a try goes on from leads to nothing: so some servers answer a link
        that they have forgotten. Return whether that is so; what was the end once before is the end."""
        step, is_first = lane.step, lane.is_resumed
        lane.is_resumed = False
        if not is_first or page.resources or page.unreadable or page.next_url or page.refusal:
            return False
        if step.farthest == step.pages + 1:
            return False
        step.farthest = max(step.farthest, step.pages + 1)
        if not self._asks_anew(lane, NotOffered("nothing more"), desk):
            return False
        self.dropped.add(lane)
        desk.end(lane)
        return True

    def _drop(self, lane: Lane, desk: InTurn | AtOnce) -> None:
        """Take nothing more of a search that goes on for ever; what came of it is kept."""
        self.dropped.add(lane)
        desk.end(lane)
        self._failed(lane.step, EndlessPages(f"after {lane.step.pages} pages"))

    def _note_progress(self, lane: Lane, page: Page, before: int) -> None:
        """Note that the run got further, if this page is beyond the *before* that earlier tries came to.

        The member's own record is one question, asked at every try until its step is over: it is none.
        """
        step = lane.step
        if step is self.places_step:
            self.places.came(lane, page)
        elif step.resource_type != "Patient" and step.farthest > before:
            self.work.note_progress()

    def _ask(self, step: SyncStep, desk: InTurn | AtOnce) -> None:
        """Ask for the step's type, from the checkpoint on when the step was interrupted (R-17)."""
        work = self.work
        if step.resource_type == "Patient":
            # By id: `Patient?patient=` is no search.
            desk.ask(Lane(step, "Patient", partial(questions.read_one, f"Patient/{work.patient_id}")))
            return
        if step.pages and not step.sealed_checkpoint:
            _mark(work, step, SyncStep.State.DONE)  # its last page was stored before the worker died
            return
        checkpoint = work.box.open(step, "sealed_checkpoint").decode() if step.sealed_checkpoint else None
        if checkpoint is not None and not same_origin(checkpoint, base_url=work.client.base_url):
            checkpoint = None  # an operator gave the plan another address since
        if checkpoint is None:
            with transaction.atomic():
                work.hold.lock()
                marks.begin(step, run=work.run, now=work.now_fn())
        self._search(step, desk, resume_at=checkpoint)

    def _search(
        self,
        step: SyncStep,
        desk: InTurn | AtOnce,
        *,
        resume_at: str | None,
        page_size: int | None = None,
        refused: int | None = None,
    ) -> None:
        params = {"patient": self.work.patient_id, **marks.question(step)}
        page_size = self.work.page_size if page_size is None else page_size
        ask = partial(questions.search, step.resource_type, params, resume_at, page_size)
        is_resumed = resume_at is not None
        desk.ask(Lane(step, step.resource_type, ask, is_resumed, page_size, refused))

    def _asks_for_fewer(self, lane: Lane, error: FhirError, desk: InTurn | AtOnce) -> bool:
        """Ask from the first page for fewer records at once, or without saying how many, where a page was too
        much for the plan (R-27) or it refuses that many (C-01)."""
        work, step = self.work, lane.step
        size = self._fewer(lane, error) if lane.page_size else None
        if size is None:
            return False
        with transaction.atomic():
            work.hold.lock()
            marks.begin_again(step, run=work.run, was_resumed=True, now=work.now_fn())
        self._search(step, desk, resume_at=None, page_size=size, refused=lane.page_size)
        return True

    def _fewer(self, lane: Lane, error: FhirError) -> int | None:
        """Return how many records to ask for now, 0 to leave it to the plan, None where that is no help.

        What may be an outage is tried so once; the next try of the run begins with as few. What is refused
        may have another reason: that is known when a page comes, and until then fewer are for this search.
        """
        work, asked = self.work, lane.page_size or 0
        is_too_much = questions.may_be_too_many(error)
        is_refused = not lane.is_resumed and not lane.step.pages and questions.may_be_refused(error)
        if (is_too_much or is_refused) and asked > work.page_size:  # another lane has found it out
            return work.page_size
        if is_too_much and asked > FEWEST_AT_ONCE and not (error.retry and self.has_waited_in_vain):
            work.page_size = note_too_many(work.connection.plan, asked, now=work.now_fn())
            self.has_waited_in_vain = self.has_waited_in_vain or error.retry
            return work.page_size
        # A question for changes is asked for everything first: plans are known that refuse it.
        return fewer(asked) if is_refused and lane.step.is_full else None

    def _note_taken(self, lane: Lane) -> None:
        """Remember for the plan how many records it takes, where it refused more of them just now."""
        refused, lane.refused = lane.refused, None
        if refused is None or lane.page_size is None or lane.page_size >= self.work.page_size:
            return
        self.work.page_size = lane.page_size
        note_taken(self.work.connection.plan, lane.page_size, refused=refused, now=self.work.now_fn())
        marks.forget_refusal(lane.step, run=self.work.run)

    def _asks_anew(self, lane: Lane, error: FhirError, desk: InTurn | AtOnce) -> bool:
        """Ask from the first page, where the link died while the run slept (servers forget them: R-18), or
        the plan takes another question only; return whether that is so."""
        step, work = lane.step, self.work
        if step.resource_type in ("Patient", SyncStep.PLACES) or not isinstance(error, NotOffered | Rejected):
            return False
        # What is refused after a page was a link, not the question.
        is_link = bool(step.pages) and step not in self.begun_anew
        if is_link:
            self.begun_anew.add(step)
        with transaction.atomic():
            work.hold.lock()
            if not marks.begin_again(step, run=work.run, was_resumed=is_link, now=work.now_fn()):
                return False
        self._search(step, desk, resume_at=None)
        return True

    def _failed(self, step: SyncStep, error: FhirError) -> None:
        work = self.work
        if isinstance(error, NotOffered) and step.pages:  # it is offered: pages of it came
            error = Rejected(status=error.status, issues=error.issues)
        log.info("sync run %s step %s: %s %s", work.run.pk, step.resource_type, error.code, error)
        can_wait = error.retry and work.run.attempts < MOST_ATTEMPTS
        self.later = error if can_wait else self.later
        _mark(work, step, _state_after(error, can_wait=can_wait), error)


def _steps(work: Work) -> list[SyncStep]:
    """Return the run's steps in order, made on first use; raise LeaseLost."""
    with transaction.atomic():
        work.hold.lock()
        SyncStep.objects.bulk_create(
            [
                SyncStep(run=work.run, member_id=work.run.member_id, resource_type=kind, position=position)
                for position, kind in enumerate(SyncStep.ORDER)
            ],
            ignore_conflicts=True,
        )
    return list(work.run.steps.all())


def _mark(work: Work, step: SyncStep, state: SyncStep.State, error: FhirError | None = None) -> None:
    """Note how the step stands, while the run is still ours; raise LeaseLost."""
    step.state = state
    step.problem = error.code if error else ""
    step.http_status = error.status if error else None
    with transaction.atomic():
        work.hold.lock()
        step.save(update_fields=["state", "problem", "http_status", "received", "missing"])


def _state_after(error: FhirError, *, can_wait: bool) -> SyncStep.State:
    if can_wait:
        return SyncStep.State.WAITING
    return SyncStep.State.REFUSED if isinstance(error, REFUSALS) else SyncStep.State.PROBLEM
