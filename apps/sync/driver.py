"""Driving one try of a run: what its course says is asked, what comes is stored and told to it."""

import logging
from collections.abc import Iterator
from functools import partial
from typing import Final

from django.conf import settings
from django.db import transaction

from apps.connections.errors import AccessProblem
from apps.connections.granted import NotConsented
from apps.fhir.bundles import Page
from apps.fhir.errors import FhirError, NoneFound, NotOffered
from apps.sync import marks
from apps.sync.course import Next
from apps.sync.lanes import Answer, AtOnce, InTurn, read_one
from apps.sync.models import SyncStep, step_types
from apps.sync.models.paces import NotNow
from apps.sync.models.runs import LOOKED_AT, met_of
from apps.sync.pace import note_form, note_met, note_taken, note_too_many, note_without_changes
from apps.sync.pages import PersonAwaited, keep
from apps.sync.questions import Ask, Do, Drop, Mark, NoteForm, NoteSize, Part, Question, Store
from apps.sync.references import Places
from apps.sync.searches import Searches, forms_of
from apps.sync.work import Work
from config.fhir_types import person_type

FORGOTTEN: Final = 10
"""Among so many of the newest updates the steps of clinical types are looked for to be deleted."""
MARKED: Final = ("state", "problem", "http_status", "detail", "received", "missing")
log = logging.getLogger("plainclaim.sync")


def bring(work: Work) -> FhirError | None:
    """Go through the steps that are not over; return the last error worth another try, else None.

    Several types are asked for at once, and the places they refer to as soon as they are named; this thread
    alone stores what comes, in the order in which it comes.
    """
    finish_books(work)  # what a worker before mirrored and did not come to: counters and names look there
    driver = _Driver(work)
    try:
        driver.go_through()
    except (NotNow, AccessProblem):
        _book(work)
        raise
    if work.course.is_over:
        _book(work)
    else:
        driver.finish_places()
        finish_books(work)
    return work.course.later


def finish_books(work: Work) -> None:
    """Put into the books what is not in them yet: until then, pages do it when they need it."""
    while _book(work):
        work.note_progress()
        work.look()


def _book(work: Work) -> bool:
    """Put some of what is not in the books into them; return whether more is left. Raise LeaseLost."""
    with transaction.atomic():
        work.hold.lock()  # who was thought dead knows no names that came since
        return work.books.flush(now=work.now_fn())


class _Driver:
    """The steps of a run, made on first use, and the desk at which the plan is asked. Raises LeaseLost."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.steps = dict[str, SyncStep]()
        self._make_steps()
        self.places_step = self.steps[SyncStep.PLACES]
        self.places = Places(work, self.places_step)
        self.desk: InTurn | AtOnce = InTurn(work.client)
        if settings.SYNC_LANES:
            look = partial(work.look, is_idle=True)
            self.desk = AtOnce(work.open_client, most=settings.SYNC_LANES, look=look)

    def _make_steps(self) -> None:
        """Make the steps of all that the member agreed to by now."""
        work = self.work
        blank = partial(SyncStep, run=work.run, member_id=work.run.member_id)
        with transaction.atomic():
            work.connection.clinical_since = work.hold.lock().clinical_since
            types = step_types(work.connection.consents)
            new = [blank(resource_type=name, position=place) for place, name in enumerate(types)]
            SyncStep.objects.bulk_create(new, ignore_conflicts=True)
        for step in work.run.steps.all():
            if self.steps.setdefault(step.resource_type, step) != step:  # made anew since it was erased
                self.steps[step.resource_type] = step

    def _forget_earlier(self) -> None:
        """Delete the steps of clinical types of updates long over: they are many, and the newest tell."""
        earlier = self.work.connection.runs.newest_first().values_list("pk", flat=True)[LOOKED_AT:FORGOTTEN]
        types = self.work.course.after
        SyncStep.objects.filter(run__in=list(earlier), resource_type__in=types).delete()

    def _left(self, *, is_after: bool) -> list[SyncStep]:
        """Return the steps that are not over, of what is asked for first or of what comes after."""
        steps = [step for step in self.steps.values() if step.state not in SyncStep.OVER]
        return [step for step in steps if (step.resource_type in self.work.course.after) is is_after]

    def go_through(self) -> None:
        """Ask for everything and store what comes, until nothing is left to ask, or the whole plan is in
        trouble; raise what ended it."""
        with self.desk:
            steps = self._left(is_after=False)
            self._go_through(steps)
            self._guess(steps)
            # Only when all that members come for is here, with its names: none of it waits for these.
            if not self.work.course.is_over and self.work.course.ending is None:
                self._make_steps()  # the member may have said yes to them meanwhile
                if others := self._left(is_after=True):
                    self._forget_earlier()
                    finish_books(self.work)
                    self._go_through(others)
        if self.work.course.ending is not None and not self.work.course.is_over:
            raise self.work.course.ending

    def _go_through(self, steps: list[SyncStep]) -> None:
        """Ask for these, and for the names of what comes."""
        work = self.work
        types = [step.resource_type for step in steps if step is not self.places_step]
        refusals = {fhir_type: work.refusal_of(fhir_type) for fhir_type in types}
        self._mark(*self._refused(refusals))
        for fhir_type in types:
            if refusals[fhir_type] is None:
                self._begin(self.steps[fhir_type])
        while not work.course.is_over:
            if work.course.ending is None:
                for fhir_type in self.places.to_ask(self.desk):
                    self._do(work.course.ask_for_names(SyncStep.PLACES, fhir_type))
            answer = self.desk.next()
            if answer is None:
                break
            self._take(answer)

    def _guess(self, asked: list[SyncStep]) -> None:
        """Ask in another form for what has several, where the plan found none of it and none is here.

        First for what nearly every member has, a coverage, and for what they come for only once that brought
        something: a member who truly has nothing costs one question more.
        """
        work, course = self.work, self.work.course
        types = course.forms.keys() - course.after
        steps = [step for step in asked if step.resource_type in types]
        found_none = all(step.state == SyncStep.State.DONE and not step.received for step in steps)
        if not types or len(steps) < len(types) or not found_none or course.ending is not None:
            return
        if work.connection.records.filter(fhir_type__in=types).exists():
            return
        for step in sorted(steps, key=lambda step: step.resource_type == course.main_type):
            self._do(work.course.guess(_part(step)))
            self._go_through([])
            if not step.received:
                return

    def finish_places(self) -> None:
        """Count what came of those that others refer to, and tell why some did not."""
        self.places.finish()
        if self.places_step.state == SyncStep.State.PROBLEM:
            return
        # What claims refer to is known only when they are there: after another try of theirs, once more.
        is_later = self.work.course.later is not None
        self._mark(Mark(SyncStep.PLACES, "waiting" if is_later else "done"))
        if not is_later:
            self.places.tell_why()

    def _refused(self, refusals: dict[str, FhirError | None]) -> Iterator[Mark]:
        """Yield how steps stand that are refused before anybody is asked: of most plans thirty types."""
        for name, refusal in refusals.items():
            if refusal is not None:
                self.work.course, acts = self.work.course.begin(_part(self.steps[name]), refusal=refusal)
                yield from (act for act in acts if isinstance(act, Mark))

    def _begin(self, step: SyncStep) -> None:
        work, fhir_type = self.work, step.resource_type
        # By id: `Patient?patient=` is no search.
        is_by_id = fhir_type == person_type()
        # The link of a clinical search holds the categories of the permission before.
        is_anew = fhir_type in work.course.after and work.is_of_permission_before(step)
        link = self._link(step)
        self._do(work.course.begin(_part(step), link=link, is_anew=is_anew, is_by_id=is_by_id, refusal=None))

    def _take(self, answer: Answer) -> None:
        """Tell the course what came; raise what is no error of the plan."""
        question, error, course = answer.question, answer.error, self.work.course
        step = self.steps[question.part]
        is_of_names = step is self.places_step
        if is_of_names and answer.page is None:
            self.places.ended(question.fhir_type, has_failed=error is not None)
        if answer.page is not None:
            self._do(course.came(question, _part(step), answer.page))
        elif isinstance(error, FhirError):
            self.work.look()  # where all time is over, that is why
            try:
                error, is_none = self._judged(question, error)
            except (NotNow, AccessProblem) as barrier:  # what is in flight is stored all the same
                self._do(self.work.course.barred(barrier))
                return
            self._do(self.work.course.failed(question, _part(step), error, is_none=is_none))
        elif isinstance(error, NotNow | AccessProblem):
            self._do(course.barred(error))
        elif error is not None:
            raise error
        else:
            self._do(course.ended(question, is_of_names=is_of_names))

    def _judged(self, question: Question, error: FhirError) -> tuple[FhirError, bool]:
        """Return what an error of a search is, and whether it means that the member has no such records.

        So LibreHealth and others answer. It is that where the plan has the type and knew the person in this
        very run: since the one before their id may have changed. Its own statement may also lack the type.
        """
        if question.page_size is None or not isinstance(error, NoneFound):
            return error, False
        self._hear_person()
        is_offered = self.work.offers(question.fhir_type)
        if is_offered is False:
            lacking = NotOffered(status=error.status, issues=error.issues, says=error.says)
            lacking.asked = error.asked
            return lacking, False
        person = self.steps[person_type()]
        is_known = person.state == SyncStep.State.DONE and person.received > 0
        return error, is_known and is_offered is True

    def _hear_person(self) -> None:
        """Take what comes of the person's own record, where it is on its way: types are asked for at once."""
        while (answer := self.desk.next_of(person_type())) is not None:
            self._take(answer)

    def _do(self, happened: Next) -> None:
        """Take the course's next state, and do what it says."""
        self.work.course, acts = happened
        for act in acts:
            match act:
                case Ask():
                    self._ask(act)
                case Mark():
                    self._mark(act)
                case Store():
                    self._store(act)
                case Drop(question):
                    self.desk.end(question)
                case NoteSize():
                    self._note_size(act)
                case NoteForm(fhir_type, form):
                    tried = self.work.course.forms[fhir_type]
                    note_form(self.work.connection.plan, fhir_type, form, tried=tried, now=self.work.now_fn())
                case Do.BOOK:
                    _book(self.work)
                case Do.NOTE_PROGRESS:
                    self.work.note_progress()
                case Do.NOTE_WITHOUT_CHANGES:
                    note_without_changes(self.work.connection.plan, now=self.work.now_fn())

    def _ask(self, act: Ask) -> None:
        """Note where the step begins, and ask."""
        work, question, step = self.work, act.question, self.steps[act.question.part]
        step.farthest = max(step.farthest, act.farthest)
        if act.start != "here":
            try:
                self._note_start(step, act)
            except NotConsented as error:
                self._do(work.course.taken_back(error))
                return
        if step is self.places_step:
            ask = self.places.asking(question.fhir_type, page_size=work.course.page_size)
        elif question.page_size is None:
            ask = partial(read_one, f"{question.fhir_type}/{work.patient_id}")
        else:
            params = {"patient": work.patient_id, **marks.question(step)}
            forms = forms_of(question.fhir_type, work.limits)
            form = work.course.forms.get(question.fhir_type, (0,))[question.form]
            ask = partial(Searches(question, params, forms, form).pages, self._link(step) or None)
        self.desk.ask(question, ask)

    def _note_start(self, step: SyncStep, act: Ask) -> None:
        work = self.work
        with transaction.atomic():
            work.lock_for(step)
            now = work.now_fn()
            if act.start == "first":
                marks.begin(step, run=work.run, now=now)
            else:
                is_full, is_refused = act.start == "otherwise", act.question.refused_changes
                marks.begin_again(step, run=work.run, is_full=is_full, is_refused=is_refused, now=now)

    def _store(self, act: Store) -> None:
        """Store a page, and tell the course what it brought."""
        work, question, step = self.work, act.question, self.steps[act.question.part]
        before, link = step.farthest, act.page.next_url if question.page_size is not None else None
        is_ring = link is not None and not marks.follows(step, link, work.box)
        try:
            self._keep(step, act.page)
        except NotConsented as error:  # what came is let go, and no pass that ended so is concluded
            self._do(work.course.taken_back(error))
            return
        if step is self.places_step:
            self.places.came(question.fhir_type, act.page)
        self._do(
            work.course.stored(
                question,
                _part(step),
                is_endless=is_ring or (link is not None and marks.brings_nothing(step)),
                got_further=step.farthest > before,
                unbooked=len(work.books.ready),
            )
        )
        work.look()

    def _keep(self, step: SyncStep, page: Page) -> None:
        """Keep a page. Whose records these are may be known only when the person's own was heard."""
        try:
            keep(self.work, step, page, self.places, may_wait=True)
        except PersonAwaited:
            self._hear_person()
            keep(self.work, step, page, self.places)

    def _note_size(self, act: NoteSize) -> None:
        plan, now = self.work.connection.plan, self.work.now_fn()
        if act.size is None:
            note_too_many(plan, act.refused, now=now)
        else:
            note_taken(plan, act.size, refused=act.refused, now=now)
            marks.forget_refusal(self.steps[act.part], run=self.work.run)

    def _mark(self, *marks: Mark) -> None:
        """Note how steps stand, while the run is still ours, in one transaction; raise LeaseLost."""
        if not marks:
            return
        with transaction.atomic():
            self.work.hold.lock()
            steps = [self._marked(mark) for mark in marks]
            SyncStep.objects.bulk_update(steps, MARKED)  # one that was erased meanwhile stays so
        # What a permission for a part met says nothing of the plan.
        kinds = self.work.course.after - self.work.limits.keys()
        met = {kind: met for step in steps if (kind := step.resource_type) in kinds and (met := met_of(step))}
        if met:
            note_met(self.work.connection.plan, met, now=self.work.now_fn())

    def _marked(self, act: Mark) -> SyncStep:
        work, step, error = self.work, self.steps[act.part], act.error
        if error is not None:
            error = work.why_refused(step.resource_type, error)
            text = " ".join(filter(None, (error.code, str(error))))
            # No colon after the type: what stands behind "Patient:" is masked in logs (C-12).
            log.info("sync run %s step %s failed, %s; %s", work.run.pk, act.part, text, error.detail)
        step.state = SyncStep.State(act.state)
        step.problem = error.code if error else ""
        step.http_status = error.status if error else None
        step.detail = error.detail[:300] if error else ""
        return step

    def _link(self, step: SyncStep) -> str:
        """Return the link to the page after the last one stored, "" where there is none."""
        return self.work.box.open(step, "sealed_checkpoint").decode() if step.sealed_checkpoint else ""


def _part(step: SyncStep) -> Part:
    return Part(step.resource_type, step.pages, step.farthest, step.is_full)
