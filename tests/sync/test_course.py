"""What a run does next, by plain values alone: no database, no network, no clock."""

from datetime import timedelta
from typing import Any

import pytest

from apps.fhir.bundles import Page, Resource
from apps.fhir.errors import (
    FhirError,
    NotAllowed,
    NotOffered,
    PlanBusy,
    PlanTooSlow,
    PlanTrouble,
    PlanUnreachable,
    Rejected,
)
from apps.sync.course import BOOKED_FROM, SLICE, Course
from apps.sync.questions import Act, Ask, Do, Drop, Mark, NoteSize, Part, Question, Store

BASE = "https://plan.example/fhir"
NEXT = f"{BASE}/Claims?page=2"
CLAIMS, NOTES = Part("Claims"), Part("Notes")
PAGE = Page((Resource("Claims", "1", b"{}"),), next_url=NEXT)
EMPTY = Page(())


def course(**changes: Any) -> Course:
    return Course(**{"base_url": BASE, "main_type": "Claims", "page_size": 100} | changes)


def asking(part: Part = CLAIMS, *, link: str = "", **changes: Any) -> tuple[Course, Question]:
    """Return a course with one question under way, and that question."""
    state, acts = course(**changes).begin(part, link=link, refusal=None)
    assert isinstance(acts[-1], Ask)
    return state, acts[-1].question


def kinds_of(acts: tuple[Act, ...]) -> list[Any]:
    return [act if isinstance(act, Do) else type(act) for act in acts]


# --- beginning -------------------------------------------------------------------------------------------


def test_a_step_begins_at_its_first_page_by_as_many_records_as_the_plan_takes() -> None:
    _state, acts = course(page_size=25).begin(CLAIMS, refusal=None)
    assert acts == (Ask(Question("Claims", "Claims", 25), "first"),)


def test_a_step_goes_on_from_its_link_but_not_to_where_the_tokens_do_not_belong() -> None:
    """R-17, R-20: an operator gave the plan another address since."""
    part = Part("Claims", pages=1)
    _state, (_mark, ask) = course().begin(part, link=NEXT, refusal=None)
    assert isinstance(ask, Ask)
    assert (ask.start, ask.question.is_resumed) == ("here", True)
    _state, (ask,) = course().begin(part, link="https://other.example/fhir/Claims", refusal=None)
    assert isinstance(ask, Ask)
    assert (ask.start, ask.question.is_resumed) == ("first", False)


def test_a_step_whose_last_page_is_stored_is_done_and_one_nobody_allowed_is_refused() -> None:
    for is_by_id in (
        False,
        True,
    ):  # else a try that has time for one answer asks for the person for ever
        over = Part("Claims", pages=3)
        assert course().begin(over, is_by_id=is_by_id, refusal=None)[1] == (Mark("Claims", "done"),)
    error = NotAllowed()
    assert course().begin(CLAIMS, refusal=error)[1] == (Mark("Claims", "refused", error),)


# --- pages -----------------------------------------------------------------------------------------------


def test_a_page_is_stored_and_what_comes_of_a_question_that_was_dropped_is_not() -> None:
    state, question = asking()
    state, acts = state.came(question, CLAIMS, PAGE)
    assert acts == (Store(question, PAGE),)
    state, acts = state.stored(question, Part("Claims", 1), is_endless=True, got_further=True, unbooked=0)
    assert kinds_of(acts) == [Drop, Mark, Do.NOTE_PROGRESS], "nothing of it waits for a book"
    assert state.came(question, CLAIMS, PAGE) == (state, ())
    assert state.failed(question, CLAIMS, PlanBusy()) == (state, ())
    assert state.ended(question, is_of_names=False) == (state, ())


def test_the_first_page_of_what_members_come_for_is_booked_at_once_and_then_many_together() -> None:
    state, question = asking()
    stored: dict[str, Any] = {"is_endless": False, "got_further": False}
    state, acts = state.stored(question, CLAIMS, unbooked=3, **stored)
    assert acts == (Do.BOOK,)
    state, acts = state.stored(question, CLAIMS, unbooked=BOOKED_FROM - 1, **stored)
    assert acts == ()
    assert state.stored(question, CLAIMS, unbooked=BOOKED_FROM, **stored)[1] == (Do.BOOK,)
    assert state.pages == 2


def test_the_first_records_of_what_comes_after_are_booked_at_once_too() -> None:
    """Another kind, which neither members come for nor waits for it, is booked with many."""
    stored: dict[str, Any] = {"is_endless": False, "got_further": False, "unbooked": 1}
    for after, acts in ((frozenset(), ()), (frozenset({"Notes"}), (Do.BOOK,))):
        state, question = asking(NOTES, after=after)
        state, none_new = state.stored(question, NOTES, **stored | {"unbooked": 0})
        state, first = state.stored(question, NOTES, **stored)
        assert (none_new, first) == ((), acts)
        assert state.stored(question, NOTES, **stored)[1] == ()


def test_what_the_member_agrees_to_no_longer_is_dropped_and_nothing_else() -> None:
    state, _claims = asking(after=frozenset({"Notes"}))
    state, (ask,) = state.begin(NOTES, refusal=None)
    assert isinstance(ask, Ask)
    error = NotAllowed()
    state, acts = state.taken_back(error)
    assert acts == (Drop(ask.question), Mark("Notes", "refused", error))
    assert [*state.asked] == ["Claims"]


@pytest.mark.parametrize(("farthest", "is_end"), [(1, False), (2, True)])
def test_an_empty_page_at_a_link_of_before_is_a_dead_link_unless_the_end_was_there_before(
    farthest: int, is_end: bool
) -> None:
    """R-18: so some servers answer a link that they have forgotten."""
    part = Part("Claims", pages=1, farthest=farthest)
    state, question = asking(part, link=NEXT)
    _state, acts = state.came(question, part, EMPTY)
    if is_end:
        assert acts == (Store(question, EMPTY),)
        return
    drop, again = acts
    assert drop == Drop(question)
    assert isinstance(again, Ask)
    assert (again.start, again.farthest) == ("again", 2)


# --- errors ----------------------------------------------------------------------------------------------


def test_a_link_that_dies_is_asked_anew_once_and_then_given_up() -> None:
    """R-18."""
    part = Part("Claims", pages=3)
    state, question = asking(part, link=NEXT)
    state, acts = state.failed(question, part, NotOffered())
    (ask,) = acts
    assert isinstance(ask, Ask)
    assert ask.start == "again"
    assert state.came(question, part, PAGE) == (state, ()), "what is still on its way of the former one"
    _state, (mark,) = state.failed(ask.question, part, NotOffered(status=410))
    assert isinstance(mark, Mark)
    assert (mark.state, type(mark.error)) == ("problem", Rejected), "it is offered: pages of it came"


def test_a_refused_question_for_changes_is_asked_for_everything_and_that_is_noted_when_it_helps() -> None:
    """C-01: the number of records is not suspected before."""
    part = Part("Claims", is_full=False)
    state, question = asking(part)
    state, (ask,) = state.failed(question, part, Rejected(status=400))
    assert isinstance(ask, Ask)
    assert (ask.start, ask.question.page_size) == ("otherwise", 100)
    state, acts = state.came(ask.question, CLAIMS, PAGE)
    assert kinds_of(acts) == [Do.NOTE_WITHOUT_CHANGES, Store]
    assert kinds_of(state.came(ask.question, CLAIMS, PAGE)[1]) == [Store], "once"


def test_a_refused_number_of_records_is_halved_until_it_is_left_out_and_learned_when_a_page_comes() -> None:
    """C-01."""
    state, question = asking()
    sizes = []
    for _ in range(5):
        state, (ask,) = state.failed(question, CLAIMS, Rejected(status=400))
        assert isinstance(ask, Ask)
        question = ask.question
        sizes.append(question.page_size)
    assert sizes == [50, 25, 12, 10, 0]
    assert state.page_size == 100, "until a page comes, the reason may be another"
    state, acts = state.came(question, CLAIMS, PAGE)
    assert acts == (NoteSize("Claims", 10, 0), Store(question, PAGE))
    assert state.page_size == 0
    state, question = asking(page_size=0)
    assert kinds_of(state.failed(question, CLAIMS, Rejected(status=400))[1]) == [Mark]


@pytest.mark.parametrize(
    ("after", "has_first", "pages", "becomes"),
    [
        ({"Notes"}, True, 0, "refused"),
        ({"Notes"}, True, 1, "problem"),
        ({"Notes"}, False, 0, "asked for fewer"),
        ((), True, 0, "asked for fewer"),
    ],
)
def test_of_what_comes_after_the_question_is_refused_and_not_the_number_that_others_took(
    after: Any, becomes: str, *, has_first: bool, pages: int
) -> None:
    part = Part("Notes", pages=pages)
    state, question = asking(part, link=NEXT if pages else "", after=frozenset(after), has_first=has_first)
    if pages:
        state, (ask,) = state.failed(question, part, Rejected(status=400))
        assert isinstance(ask, Ask)
        question = ask.question
    _state, (act,) = state.failed(question, part, Rejected(status=400))
    assert (act.state if isinstance(act, Mark) else "asked for fewer") == becomes


def test_pages_that_are_too_much_become_smaller_for_all_lanes() -> None:
    """R-27: what may be an outage is tried so once."""
    state, first = asking()
    state, acts = state.begin(Part("Coverages"), refusal=None)
    other = acts[-1].question  # type: ignore[union-attr]
    state, acts = state.failed(first, CLAIMS, PlanTooSlow())
    assert kinds_of(acts) == [NoteSize, Ask]
    assert state.page_size == 50
    state, (ask,) = state.failed(other, Part("Coverages"), PlanTooSlow())
    assert isinstance(ask, Ask)
    assert ask.question.page_size == 50, "another lane has found it out"
    state, acts = state.failed(ask.question, Part("Coverages"), PlanTooSlow())
    assert kinds_of(acts) == [Mark]
    assert state.is_over


@pytest.mark.parametrize(
    ("error", "is_last_try", "state", "is_over"),
    [
        (PlanTrouble(status=500), False, "waiting", False),
        (PlanTrouble(status=500), True, "problem", False),
        (PlanUnreachable(), False, "waiting", True),
        (PlanUnreachable(), True, "problem", False),
        (NotAllowed(status=403), False, "refused", False),
    ],
)
def test_an_error_is_waited_out_while_tries_are_left(
    error: FhirError, is_last_try: bool, state: str, is_over: bool
) -> None:
    """R-14: what the whole plan has would meet every other question too."""
    under_way, question = asking(is_last_try=is_last_try)
    after, acts = under_way.failed(question, CLAIMS, error)
    assert acts == (Mark("Claims", state, error),)  # type: ignore[arg-type]
    assert after.is_over is is_over
    assert after.later is (error if state == "waiting" else None)


# --- ending ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stands", ["gone", "kept", "ended", "paused", "suspended", "signed_out"])
def test_s_03_whatever_becomes_of_the_permission_ends_the_try(stands: Any) -> None:
    assert course().end(base_url=BASE) == ""
    assert course().end(base_url=BASE, stands=stands, is_stopping=True) == stands


def test_a_worker_that_stops_and_a_plan_that_moves_end_the_try() -> None:
    """The tokens in hand belong to where it began."""
    assert course().end(base_url=BASE, is_stopping=True) == "stopping"
    assert course().end(base_url="https://new.example/fhir") == "moved"


@pytest.mark.parametrize(("pages", "end"), [(0, "slow"), (1, "room")])
def test_s_11_a_try_makes_room_when_its_time_is_over_and_has_failed_if_nothing_came(
    pages: int, end: str
) -> None:
    """R-42, S-11: while nobody waits it may go on, up to all the time that a plan has."""
    tried = course(pages=pages)
    assert tried.end(base_url=BASE, since=SLICE, somebody_waits=True) == end
    assert tried.end(base_url=BASE, since=SLICE - timedelta(seconds=1), somebody_waits=True) == ""
    assert tried.end(base_url=BASE, since=10 * SLICE) == ""
    assert tried.end(base_url=BASE, seconds_left=0) == end
