"""Asking a plan for several kinds of records at once, while one thread alone stores what comes."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from queue import Empty, PriorityQueue
from types import TracebackType
from typing import Final, NamedTuple, Self

from django.db import connections

from apps.fhir.bundles import Page
from apps.fhir.client import Client
from apps.fhir.errors import FhirError
from apps.sync.models import SyncStep

PAGES_AHEAD: Final = 2
"""Pages of one lane that may wait to be stored: memory does not grow with what a plan has."""

WAITS_FOR_NAMES: Final = 0.3
"""Seconds that a page of claims waits for names at most, so that slow names do not keep claims back."""
MANY: Final = "ExplanationOfBenefit"
"""The type of which there are many pages: what else came is stored first."""


@dataclass(eq=False)
class Lane:
    """One line of questions, each following from the answer before; `kind` is the FHIR type asked for."""

    step: SyncStep
    kind: str
    ask: Callable[[Client], Iterator[Page]]
    """Called in the thread that asks: it touches no row."""
    is_resumed: bool = False
    """It goes on from a link of an earlier try."""
    page_size: int | None = None
    """How many records it asks for at once: 0 leaves it to the plan, None is no search page by page."""
    refused: int | None = None
    """As many were refused for this search: once a page comes, that is known to have been the reason."""


class Answer(NamedTuple):
    """What a lane brought: a page, or its end, with the error that ended it."""

    lane: Lane
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
        self._waiting: deque[Lane] = deque()
        self._current: tuple[Lane, Iterator[Page]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    @property
    def is_idle(self) -> bool:
        """Whether nothing is asked and nothing waits to be."""
        return self._current is None and not self._waiting

    has_room = is_idle

    def ask(self, lane: Lane) -> None:
        """Take a lane on."""
        self._waiting.append(lane)

    def end(self, lane: Lane) -> None:
        """Ask for nothing more of a lane."""
        if self._current is not None and self._current[0] is lane:
            self._current = None

    def next(self) -> Answer | None:
        """Return what comes next; None when nothing is asked any more."""
        if self._current is None:
            if not self._waiting:
                return None
            lane = self._waiting.popleft()
            self._current = lane, lane.ask(self._client)
        lane, pages = self._current
        try:
            page = next(pages, None)
        except FhirError as error:
            self._current = None
            return Answer(lane, error=error)
        if page is None:
            self._current = None
        return Answer(lane, page)


@dataclass(eq=False)
class _Running:
    """A lane under way: its thread, and room for the pages that wait to be stored."""

    thread: threading.Thread
    room: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(PAGES_AHEAD))
    is_over: bool = False


class AtOnce:
    """Up to *most* lanes at once, each in a thread of its own with a client that no other uses meanwhile.

    *open_client* is called in the thread that uses the client, with what it has to call before each question:
    that raises `Closed` once this desk is closed, so that nothing is asked any more. Leaving waits for the
    threads: at most for the answer each of them is waiting for.
    """

    def __init__(self, open_client: Callable[[Callable[[], None]], Client], *, most: int) -> None:
        self._open_client, self._most = open_client, most
        self._waiting: deque[Lane] = deque()
        self._running: dict[Lane, _Running] = {}
        self._answers: PriorityQueue[_Came] = PriorityQueue()
        self._idle: list[Client] = []
        self._has_claims = False
        self._turn = count()
        self._closed = threading.Event()
        self._given: Lane | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _tb: TracebackType | None
    ) -> None:
        self._closed.set()
        self._waiting.clear()
        for running in self._running.values():
            running.room.release()
        for running in self._running.values():
            running.thread.join()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is asked and nothing waits to be."""
        return not self._running and not self._waiting

    @property
    def has_room(self) -> bool:
        """Whether one more lane would be asked right now."""
        return len(self._running) + len(self._waiting) < self._most

    def ask(self, lane: Lane) -> None:
        """Take a lane on; it begins as soon as there is room."""
        self._waiting.append(lane)
        self._begin()

    def end(self, lane: Lane) -> None:
        """Ask for nothing more of a lane; what is on its way, and its end, still come."""
        if lane in self._running:
            self._running[lane].is_over = True

    def next(self) -> Answer | None:
        """Return what comes next, None when nothing is asked any more; the page before counts as stored."""
        if self._given in self._running:
            self._running[self._given].room.release()
        self._given = None
        if self.is_idle:
            return None
        answer = self._take()
        if answer.page is None:
            self._running.pop(answer.lane).thread.join()
            self._begin()
        else:
            self._given = answer.lane
        return answer

    def _take(self) -> Answer:
        """Return the answer to be stored next, waiting for one.

        The first page of claims at once; a later one waits a moment for names on their way, while the plan is
        asked for the pages after it: a claim whose names are known is read once.
        """
        first = self._answers.get()
        if not first.is_of_many or not self._has_claims:
            self._has_claims = self._has_claims or first.is_of_many
            return first.answer
        waiting, until = [first], time.monotonic() + WAITS_FOR_NAMES
        while any(lane.kind != MANY for lane in self._running):
            try:
                came = self._answers.get(timeout=max(0.0, until - time.monotonic()))
            except Empty:
                break
            waiting.append(came)
            if not came.is_of_many:
                break
        best = min(waiting)
        for one in waiting:
            if one is not best:
                self._answers.put(one)
        return best.answer

    def _begin(self) -> None:
        while self._waiting and len(self._running) < self._most:
            lane = self._waiting.popleft()
            # A daemon: a worker that is told to go away at once does not wait for a plan.
            thread = threading.Thread(target=self._work, args=(lane,), name=f"ask {lane.kind}", daemon=True)
            self._running[lane] = running = _Running(thread)
            running.thread.start()

    def _work(self, lane: Lane) -> None:
        error: BaseException | None = None
        try:
            client = self._a_client()
            for page in lane.ask(client):
                running = self._running[lane]
                running.room.acquire()
                if self._closed.is_set() or running.is_over:
                    break
                self._put(Answer(lane, page))
            self._idle.append(client)
        except BaseException as raised:  # noqa: BLE001 - the thread that stores decides what it means
            error = raised
        finally:
            with suppress(Exception):
                connections.close_all()
            self._put(Answer(lane, error=error))

    def _a_client(self) -> Client:
        """Return a client that a lane before has left, with its open connection to the plan, or a new one."""
        try:
            return self._idle.pop()
        except IndexError:
            return self._open_client(self._stop_if_closed)

    def _put(self, answer: Answer) -> None:
        self._answers.put(_Came(answer.lane.kind == MANY, next(self._turn), answer))

    def _stop_if_closed(self) -> None:
        if self._closed.is_set():
            raise Closed


class Closed(Exception):
    """Nothing more is asked: the pass is over."""
