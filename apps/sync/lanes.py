"""Lanes on which a plan is asked for several types at once, while one thread alone stores what comes."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from queue import Empty, PriorityQueue
from typing import Final, NamedTuple, Self

from django.db import connections

from apps.fhir.bundles import Page
from apps.fhir.client import Client
from apps.fhir.errors import FhirError
from apps.outbound.errors import EndsAsking
from apps.outbound.limits import looking
from apps.sync.questions import Question
from config.fhir_types import main_type

PAGES_AHEAD: Final = 2
"""Pages of one lane that may wait to be stored: memory does not grow with what a plan has."""
WAITS_FOR_NAMES: Final = 0.3
"""Seconds that a page of claims waits for names at most, so that slow names do not keep claims back."""
LOOK_SECONDS: Final = 1.0
"""So often, while nothing comes, it is looked whether the run may go on at all."""
GRACE_SECONDS: Final = 2.0
"""So long the lanes have to end when a try does: what is in flight is cut at the next look."""


type Asking = Callable[[Client], Iterator[Page]]
"""Yields the pages of one question. Called in the thread that asks: it touches no row."""


def read_one(reference: str, client: Client) -> Iterator[Page]:
    """Yield the one record as a page."""
    yield Page((client.read(reference),))


class Answer(NamedTuple):
    """What a lane brought: a page, or its end, with the error that ended it."""

    question: Question
    page: Page | None = None
    error: BaseException | None = None


@dataclass(order=True)
class _Came:
    """An answer in the order of storing: names before claims."""

    is_of_many: bool
    turn: int
    answer: Answer = field(compare=False)


class InTurn:
    """One lane after another, in the thread that stores; a page is asked for when the last one is stored."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._waiting: deque[tuple[Question, Asking]] = deque()
        self._current: tuple[Question, Iterator[Page]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    @property
    def is_idle(self) -> bool:
        """Whether nothing is asked and nothing waits to be."""
        return self._current is None and not self._waiting

    has_room = is_idle

    def ask(self, question: Question, asking: Asking) -> None:
        """Take a question on."""
        self._waiting.append((question, asking))

    def end(self, question: Question) -> None:
        """Ask for nothing more of it."""
        self._waiting = deque(other for other in self._waiting if not other[0].is_same(question))
        if self._current is not None and self._current[0].is_same(question):
            self._current = None

    def next_of(self, _fhir_type: str) -> Answer | None:
        """Return what comes next of a type that is under way: none is, besides the one in hand."""
        return None

    def next(self) -> Answer | None:
        """Return what comes next; None when nothing is asked any more."""
        if self._current is None:
            if not self._waiting:
                return None
            question, asking = self._waiting.popleft()
            self._current = question, asking(self._client)
        question, pages = self._current
        try:
            page = next(pages, None)
        except FhirError as error:
            self._current = None
            return Answer(question, error=error)
        if page is None:
            self._current = None
        return Answer(question, page)


@dataclass(eq=False)
class _Running:
    """A lane under way: its thread, and room for the pages that wait to be stored."""

    thread: threading.Thread
    room: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(PAGES_AHEAD))
    is_over: bool = False


class AtOnce:
    """Up to *most* lanes at once, each in a thread of its own with a client that no other uses meanwhile.

    *open_client* is called in the thread that uses the client, with what it has to call before each question:
    that raises `Closed` once this desk is closed, so that nothing is asked any more. *look* is called now and
    then while nothing comes, and raises what ends the try. Leaving ends the answers that threads wait for,
    but one that renews tokens, which are lost when it is cut: that ends by itself.
    """

    def __init__(
        self,
        open_client: Callable[[Callable[[], None]], Client],
        *,
        most: int,
        look: Callable[[], object] = lambda: None,
    ) -> None:
        self._open_client, self._most, self._look = open_client, most, look
        self._waiting: deque[tuple[Question, Asking]] = deque()
        self._running: dict[Question, _Running] = {}
        self._answers: PriorityQueue[_Came] = PriorityQueue()
        self._idle: list[Client] = []
        self._has_claims = False
        self._turn = count()
        self._closed = threading.Event()
        self._given: Question | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        self._waiting.clear()
        for running in self._running.values():
            running.room.release()
        give_up_at = time.monotonic() + GRACE_SECONDS
        for running in self._running.values():
            running.thread.join(max(0.0, give_up_at - time.monotonic()))

    @property
    def is_idle(self) -> bool:
        """Whether nothing is asked and nothing waits to be."""
        return not self._running and not self._waiting

    @property
    def has_room(self) -> bool:
        """Whether one more lane would be asked right now."""
        return len(self._running) + len(self._waiting) < self._most

    def ask(self, question: Question, asking: Asking) -> None:
        """Take a question on; it begins as soon as there is room."""
        self._waiting.append((question, asking))
        self._begin()

    def end(self, question: Question) -> None:
        """Ask for nothing more of it; what is on its way, and its end, still come."""
        self._waiting = deque(other for other in self._waiting if not other[0].is_same(question))
        for asked, running in self._running.items():
            if asked.is_same(question):
                running.is_over = True

    def next(self) -> Answer | None:
        """Return what comes next, None when nothing is asked any more; the page before counts as stored."""
        if self._given in self._running:
            self._running[self._given].room.release()
        self._given = None
        if self.is_idle:
            return None
        answer = self._take()
        if not self._is_end(answer):
            self._given = answer.question
        return answer

    def next_of(self, fhir_type: str) -> Answer | None:
        """Return what comes next of a type that is under way, whatever else is here before; None where it is
        not. What `next` gave goes on being in hand; what this gives counts as stored."""
        others, awaited = list[_Came](), None
        while awaited is None and any(question.fhir_type == fhir_type for question in self._running):
            came = self._wait()
            if came.answer.question.fhir_type == fhir_type:
                awaited = came.answer
            else:
                others.append(came)
        for other in others:
            self._answers.put(other)
        if awaited is not None and not self._is_end(awaited):
            self._running[awaited.question].room.release()
        return awaited

    def _is_end(self, answer: Answer) -> bool:
        """Whether a lane ended with this; then there is room for another."""
        if answer.page is None:
            self._running.pop(answer.question).thread.join()
            self._begin()
        return answer.page is None

    def _take(self) -> Answer:
        """Return the answer to be stored next, waiting for one.

        The first page of claims at once; a later one waits a moment for names on their way, while the plan is
        asked for the pages after it: a claim whose names are known is read once.
        """
        first = self._wait()
        if not first.is_of_many or not self._has_claims:
            self._has_claims = self._has_claims or first.is_of_many
            return first.answer
        waiting, until = [first], time.monotonic() + WAITS_FOR_NAMES
        while any(question.fhir_type != main_type() for question in self._running):
            try:
                came = self._answers.get(timeout=max(0.0, until - time.monotonic()))
            except Empty:
                break
            waiting.append(came)
            if not came.is_of_many:
                break
        best, *others = sorted(waiting)
        for other in others:
            self._answers.put(other)
        return best.answer

    def _wait(self) -> _Came:
        while True:
            try:
                return self._answers.get(timeout=LOOK_SECONDS)
            except Empty:
                self._look()

    def _begin(self) -> None:
        while self._waiting and len(self._running) < self._most:
            question, asking = self._waiting.popleft()
            # A daemon: a worker that is told to go away at once does not wait for a plan.
            # In our context: log lines carry the run's id there too.
            work = partial(copy_context().run, self._work, question, asking)
            thread = threading.Thread(target=work, name=f"ask {question.fhir_type}", daemon=True)
            self._running[question] = _Running(thread)
            thread.start()

    def _work(self, question: Question, asking: Asking) -> None:
        error: BaseException | None = None
        try:
            with looking(self._stop_if_closed):
                client = self._a_client()
                for page in asking(client):
                    running = self._running[question]
                    running.room.acquire()
                    if self._closed.is_set() or running.is_over:
                        break
                    self._put(Answer(question, page))
                self._idle.append(client)
        except BaseException as raised:  # noqa: BLE001 - the thread that stores decides what it means
            error = raised
        finally:
            with suppress(Exception):
                connections.close_all()
            self._put(Answer(question, error=error))

    def _a_client(self) -> Client:
        """Return a client that a lane before has left, with its open connection to the plan, or a new one."""
        try:
            return self._idle.pop()
        except IndexError:
            return self._open_client(self._stop_if_closed)

    def _put(self, answer: Answer) -> None:
        self._answers.put(_Came(answer.question.fhir_type == main_type(), next(self._turn), answer))

    def _stop_if_closed(self) -> None:
        if self._closed.is_set():
            raise Closed


class Closed(EndsAsking):
    """Nothing more is asked: the pass is over."""
