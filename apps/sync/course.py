"""What a run does next: for whatever happens the next state and what to do, without doing it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from apps.fhir import errors
from apps.fhir.bundles import Page
from apps.fhir.client import FEWEST_AT_ONCE, REFUSALS, fewer
from apps.fhir.errors import FhirError
from apps.fhir.page_links import same_origin
from apps.sync.questions import (
    Act,
    Ask,
    Do,
    Drop,
    End,
    Mark,
    NoteForm,
    NoteSize,
    Part,
    Question,
    Stands,
    Start,
    Store,
)

SLICE: Final = timedelta(seconds=5)
"""After so long a run gives its worker back if another one waits for a worker (R-42)."""
MOST_SECONDS: Final = 300.0
"""So long a try may wait for its plan in all (S-11), lanes added up; what got further goes on in another."""
BOOKED_FROM: Final = 500
"""Records that wait for their place in a book at most: what was read of them is held in memory."""
TOO_MUCH: Final = (413, 504)
"""RFC 9110: content too large, and a gateway that waited too long for the system behind it."""
NOT_SHARED: Final = (errors.NotAllowed, errors.NotOffered, errors.SignInNeeded)
FORM_REFUSED: Final = (errors.NotAllowed, errors.NotOffered, errors.Rejected)
"""How servers answer a question that they do not take in this form: 403, 404 and 400 are all seen."""
WHOLE_PLAN: Final = (errors.PlanBusy, errors.PlanUnreachable)
"""Trouble that would meet every other question too: the rest is left for later."""

type Next = tuple[Course, tuple[Act, ...]]


@dataclass(frozen=True, slots=True)
class Course:
    """One try of a run. Each method is something that happened; it returns the next state and what to do."""

    base_url: str
    """Where the tokens belong: no link to any other origin is gone on from."""
    main_type: str
    page_size: int
    """How many records are asked for at once; 0: as many as the plan likes."""
    is_last_try: bool = False
    forms: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """By FHIR type, in which order its forms are tried: places in `searches.forms_of`."""
    with_source: frozenset[str] = frozenset()
    """Types of which every other form, from the first on, asks for where records came from too."""
    after: frozenset[str] = frozenset()
    """Types that are asked for when all that members come for is here: the first of them is shown at once."""
    asked: Mapping[str, Question] = field(default_factory=dict)
    """What is under way, by FHIR type."""
    turns: int = 0
    pages: int = 0
    """Stored in this try."""
    begun_anew: frozenset[str] = frozenset()
    """Steps of which a link died in this try: once each, so that a plan whose links always do is left."""
    has_waited_in_vain: bool = False
    has_first: bool = False
    """A page of what members come for is in books already."""
    has_first_after: bool = False
    """The same of those that come after."""
    later: FhirError | None = None
    """The last error worth another try."""
    ending: Exception | None = None
    """What ends the try once every answer that is on its way is stored."""

    @property
    def is_over(self) -> bool:
        """Whether the whole plan is in trouble, so that nothing more is taken."""
        return isinstance(self.later, WHOLE_PLAN)

    def begin(
        self,
        part: Part,
        *,
        link: str = "",
        is_anew: bool = False,
        is_by_id: bool = False,
        refusal: FhirError | None,
    ) -> Next:
        """Begin a step, from the *link* of an earlier try where that is of the same origin (R-17), unless it
        *is_anew* to be asked for."""
        if refusal is not None:
            return self._fail(part, refusal)
        if part.pages and not link:  # its last page was stored before the worker died or made room
            return self, (Mark(part.name, "done"),)
        if is_by_id:
            return self._ask(Question(part.name, part.name), "here", Mark(part.name, "doing"))
        # An operator may have given the plan another address since.
        is_resumed = bool(link) and same_origin(link, base_url=self.base_url) and not is_anew
        question = Question(part.name, part.name, self.page_size, is_resumed=is_resumed)
        if is_resumed:
            return self._ask(question, "here", Mark(part.name, "doing"))
        return self._ask(question, "first")  # to begin is to note that it is under way

    def guess(self, part: Part) -> Next:
        """Ask once in the form tried second, where the plan found nothing: some find none by a bare id."""
        return self._ask(Question(part.name, part.name, self.page_size, form=1, is_guess=True), "again")

    def ask_for_names(self, part: str, fhir_type: str) -> Next:
        """Ask for people or places that others refer to."""
        return self._ask(Question(part, fhir_type), "here")

    def came(self, question: Question, part: Part, page: Page) -> Next:
        """Take a page: have it stored, or ask anew where the link of an earlier try leads to nothing."""
        current = self._current(question)
        if current is None:
            return self, ()
        noted: list[Act] = [Do.NOTE_WITHOUT_CHANGES] if current.refused_changes else []
        course, refused, size = self, current.refused, current.page_size
        if refused is not None and size is not None and size < self.page_size:
            course, noted = replace(self, page_size=size), [*noted, NoteSize(current.part, refused, size)]
        is_first = not (current.is_resumed or part.pages)
        if current.form and is_first and (page.resources or not current.is_guess):
            noted = [*noted, NoteForm(current.fhir_type, self.forms[current.fhir_type][current.form])]
        course = course._with(replace(current, is_resumed=False, refused=None, refused_changes=False))
        is_empty = not (page.resources or page.unreadable or page.next_url or page.refusal)
        # So some servers answer a link that they have forgotten. What was the end once before is the end.
        if current.is_resumed and is_empty and part.farthest != part.pages + 1:
            anew = course._anew(current, part, errors.NotOffered("nothing more"), farthest=part.pages + 1)
            if anew is not None:
                return anew[0], (*noted, Drop(question), *anew[1])
        return course, (*noted, Store(question, page))

    def stored(
        self, question: Question, part: Part, *, is_endless: bool, got_further: bool, unbooked: int
    ) -> Next:
        """Go on after a page was stored; *unbooked* records wait for their place in a book."""
        course, acts = replace(self, pages=self.pages + 1), list[Act]()
        if is_endless:
            course, acts = course._without(question), [Drop(question)]
            course, failed = course._fail(part, errors.EndlessPages(f"after {part.pages} pages"))
            acts += failed
        is_first = question.fhir_type == self.main_type and not self.has_first
        is_first_after = question.fhir_type in self.after and not self.has_first_after and unbooked > 0
        course = replace(course, has_first_after=self.has_first_after or is_first_after)
        if (is_first and unbooked) or is_first_after or unbooked >= BOOKED_FROM:
            acts.append(Do.BOOK)
        if got_further and question.page_size is not None:  # one record by its id may come at every try
            acts.append(Do.NOTE_PROGRESS)
        return replace(course, has_first=self.has_first or is_first), tuple(acts)

    def failed(self, question: Question, part: Part, error: FhirError, *, is_none: bool = False) -> Next:
        """Take an error of the plan: ask otherwise where that may help, else give the step up for now.

        Where it *is_none*, it says that the member has no such records: that is as good as an empty page.
        """
        current = self._current(question)
        if current is None:
            return self, ()
        course = self._without(current)
        if current.is_guess and not part.pages:  # what was answered before stands
            return course, (Mark(part.name, "done"),)
        otherwise = (
            course._in_another_form(current, part, error)
            or course._smaller(current, part, error)
            or course._anew(current, part, error, is_none=is_none)
        )
        if otherwise is None and is_none and not part.pages:
            return course, (Store(question, Page(())), Mark(part.name, "done"))
        return otherwise or course._fail(part, error)

    def ended(self, question: Question, *, is_of_names: bool) -> Next:
        """Take the end of a question: its step is done, but for that of all names."""
        if self._current(question) is None:
            return self, ()
        return self._without(question), () if is_of_names else (Mark(question.part, "done"),)

    def taken_back(self, error: FhirError) -> Next:
        """Ask for nothing more of what comes after: the member agrees to it no longer."""
        course, acts = self, list[Act]()
        for question in self.asked.values():
            if question.fhir_type in self.after:
                course = course._without(question)
                acts += [Drop(question), Mark(question.part, "refused", error)]
        return course, tuple(acts)

    def barred(self, error: Exception) -> Next:
        """Take what stands in the way of every question: the plan wants a wait, or the permission is over."""
        # Lanes share the plan's pace: what another has asked meanwhile would be asked again and again.
        return replace(self, ending=error), ()

    def end(
        self,
        *,
        stands: Stands = "",
        is_stopping: bool = False,
        base_url: str,
        since: timedelta = timedelta(),
        seconds_left: float = MOST_SECONDS,
        somebody_waits: bool = False,
    ) -> End:
        """Return why the try ends now, with whatever is in flight; "" where it goes on.

        The tokens in hand belong to where the try began; *since* then it has its worker.
        """
        if stands:
            return stands
        if is_stopping:
            return "stopping"
        if base_url != self.base_url:
            return "moved"
        if (since >= SLICE and somebody_waits) or seconds_left <= 0:
            # Nothing came in all that time: that is a try that failed.
            return "room" if self.pages else "slow"
        return ""

    def _current(self, question: Question) -> Question | None:
        """Return how a question stands, None where it was dropped or asked anew since."""
        current = self.asked.get(question.fhir_type)
        return current if current is not None and current.turn == question.turn else None

    def _with(self, question: Question) -> "Course":
        return replace(self, asked={**self.asked, question.fhir_type: question})

    def _without(self, question: Question) -> "Course":
        others = {name: other for name, other in self.asked.items() if name != question.fhir_type}
        return replace(self, asked=others)

    def _ask(self, question: Question, start: Start, *before: Act, farthest: int = 0) -> Next:
        question = replace(question, turn=self.turns)
        course = replace(self._with(question), turns=self.turns + 1)
        return course, (*before, Ask(question, start, farthest))

    def _in_another_form(self, question: Question, part: Part, error: FhirError) -> Next | None:
        """Ask in the next form, where the plan refused the one before it showed a page."""
        next_form, is_refused = question.form + 1, self._refuses_form(question, error)
        is_tried = next_form >= len(self.forms.get(question.fhir_type, ()))
        if is_tried or not is_refused or question.is_resumed or part.pages or question.page_size is None:
            return None
        again = Question(part.name, question.fhir_type, self.page_size, form=next_form)
        return self._ask(again, "again")

    def _refuses_form(self, question: Question, error: FhirError) -> bool:
        """Whether an error may be about the form of a question.

        Of what members come for, a 400 is held to be about how many records are asked for until that is
        ruled out (C-01), but where it names the parameter that says whose they are.
        """
        if question.fhir_type in self.after:
            # Asked for with their sources, records may be refused in any way: every other form is without.
            is_with_source = question.fhir_type in self.with_source and question.form % 2 == 0
            return is_with_source or isinstance(error, FORM_REFUSED)
        return isinstance(error, errors.Rejected) and (not question.page_size or _names_person(error))

    def _smaller(self, question: Question, part: Part, error: FhirError) -> Next | None:
        """Ask for fewer records at once, or without saying how many, where a page was too much for the plan
        (R-27) or it refuses that many (C-01).

        What may be an outage is tried so once; the next try of the run begins with as few. What is refused
        may have another reason: that is known when a page comes, and until then fewer are for this search.
        """
        asked, course, noted = question.page_size or 0, self, tuple[Act, ...]()
        too_much = isinstance(error, errors.AnswerTooLarge | errors.PlanTooSlow)
        is_too_much = too_much or error.status in TOO_MUCH
        is_refused = not question.is_resumed and not part.pages and error.status in REFUSALS
        if question.fhir_type in self.after and self.has_first:  # pages of that size came before
            is_refused = False
        if not asked or not (is_too_much or is_refused):
            return None
        if asked > self.page_size:  # another lane has found it out
            size = self.page_size
        elif is_too_much and asked > FEWEST_AT_ONCE and not (error.retry and self.has_waited_in_vain):
            size, noted = fewer(asked), (NoteSize(part.name, asked),)
            course = replace(self, page_size=size, has_waited_in_vain=self.has_waited_in_vain or error.retry)
        elif is_refused and part.is_full:  # a question for changes is asked for everything first
            size = fewer(asked)
        else:
            return None
        again = Question(part.name, question.fhir_type, size, refused=asked, form=question.form)
        return course._ask(again, "again", *noted)

    def _anew(
        self, question: Question, part: Part, error: FhirError, *, farthest: int = 0, is_none: bool = False
    ) -> Next | None:
        """Ask from the first page, where the link died while the run slept (servers forget them: R-18), or
        the plan takes another question only. Where it *is_none*, it may have refused nothing."""
        # What is refused after a page was a link, not the question.
        is_link = bool(part.pages) and part.name not in self.begun_anew
        if question.page_size is None or not isinstance(error, errors.NotOffered | errors.Rejected):
            return None
        if part.is_full and not is_link:
            return None
        course = replace(self, begun_anew=self.begun_anew | {part.name}) if is_link else self
        refused_changes = not (part.is_full or part.pages or is_none)
        question = Question(part.name, question.fhir_type, self.page_size, refused_changes=refused_changes)
        return course._ask(question, "again" if is_link else "otherwise", farthest=farthest)

    def _fail(self, part: Part, error: FhirError) -> Next:
        if isinstance(error, errors.NotOffered) and part.pages:  # it is offered: pages of it came
            refused = errors.Rejected(status=error.status, issues=error.issues, says=error.says)
            refused.asked, error = error.asked, refused
        if error.retry and not self.is_last_try:
            return replace(self, later=error), (Mark(part.name, "waiting", error),)
        is_refused = isinstance(error, NOT_SHARED)
        if part.name in self.after:  # of what plans need not share, each refusal of the question is one of it
            is_refused = is_refused or (isinstance(error, errors.Rejected) and not part.pages)
        return self, (Mark(part.name, "refused" if is_refused else "problem", error),)


def _names_person(error: FhirError) -> bool:
    """Whether the plan's own words are about the parameter that says whose records are asked for."""
    return not {"patient", "beneficiary"}.isdisjoint(re.findall("[a-z]+", error.says.lower()))
