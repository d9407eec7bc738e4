"""Several types asked for at once, stored by one thread: whatever ends the pass ends all of its questions."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any, cast

import pytest
from django.db import connections as databases
from django.db.models import F

from apps.connections.errors import PermissionEnded
from apps.connections.models import Connection
from apps.fhir.client import Client
from apps.outbound.door import Answer
from apps.sync import actions, lanes, runner
from apps.sync.models import SyncRun, SyncStep
from apps.sync.models.paces import PlanPace
from apps.sync.questions import Question
from apps.sync.searches import Searches
from tests.claims.given import claims_of
from tests.fhir.stub import Door, Reply, Stub, bundle, reply
from tests.quirks import set_quirks
from tests.sync.clockwork import Clock
from tests.sync.conftest import COVERAGE, ORGANIZATION, PATIENT, PRACTITIONER, an_eob
from tests.sync.looking import mirrored, record_of, states, step, tried

Bring = Callable[..., SyncRun]
State = SyncRun.State
PATIENCE = 20
"""Seconds after which what should come does not come; only a test that fails waits so long."""


@pytest.fixture(autouse=True)
def _at_once(shared_database: None, settings: Any) -> Iterator[None]:
    """Ask for several types at once, and leave no thread behind."""
    settings.SYNC_LANES = 4
    yield
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("ask ")] == []


class Watching(Door):
    """A transport that does something in the thread that asks, before each question."""

    def __init__(self, before: Callable[[str], object]) -> None:
        super().__init__()
        self.before = before

    def ask(self, url: str, form: str | None = None) -> Answer:
        self.before(url)
        return super().ask(url, form)


def after(event: threading.Event, content: Any) -> Callable[[dict[str, str]], Reply]:
    """Return a script that answers *content* once *event* is set."""

    def script(_query: dict[str, str]) -> Reply:
        assert event.wait(PATIENCE)
        return reply(content)

    return script


def saying(event: threading.Event, content: Any) -> Callable[[dict[str, str]], Reply]:
    """Return a script that sets *event* and answers *content*."""

    def script(_query: dict[str, str]) -> Reply:
        event.set()
        return reply(content)

    return script


def test_person_coverages_and_claims_are_asked_for_at_once(
    bring: Bring, connection: Connection, stub: Stub
) -> None:
    coverage, claims = threading.Event(), threading.Event()
    stub.on("Patient/alice", after(coverage, PATIENT))
    stub.on("Coverage", lambda query: after(claims, bundle(COVERAGE))(query) if not coverage.set() else None)
    stub.on("ExplanationOfBenefit", saying(claims, bundle(an_eob(1), an_eob(2))))
    run = bring()
    assert (run.state, states(run)) == (State.FINISHED, ["done"] * 4)
    assert len(claims_of(connection)) == 2
    assert "Ruth Okafor" in str(record_of(connection))
    assert record_of(connection).patient == "Alice Adams"


def test_a_page_is_stored_while_the_plan_is_asked_for_the_next(
    bring: Bring, connection: Connection, stub: Stub
) -> None:
    seen: list[int] = []

    def once_page_1_is_here(_query: dict[str, str]) -> Reply:
        waiting = threading.Event()
        for _ in range(PATIENCE * 50):
            if mirrored(connection).exists():
                break
            waiting.wait(0.02)
        seen.append(mirrored(connection).count())
        databases.close_all()
        return reply(bundle(an_eob(3)))

    page_1 = bundle(an_eob(1), an_eob(2), next="ExplanationOfBenefit?page=2")
    stub.on("ExplanationOfBenefit", page_1, once_page_1_is_here)
    assert bring().state == State.FINISHED
    assert seen == [2]
    assert len(claims_of(connection)) == 3


def test_places_are_asked_for_while_claims_still_come(bring: Bring, stub: Stub) -> None:
    place = threading.Event()
    stub.on("Practitioner", saying(place, bundle({"resourceType": "Practitioner", "id": "p1"})))
    page_1 = bundle(an_eob(1), next="ExplanationOfBenefit?page=2")
    stub.on("ExplanationOfBenefit", page_1, after(place, bundle(an_eob(2))))
    assert bring().state == State.FINISHED


def test_claims_of_every_page_have_the_names_that_came_between_them(
    bring: Bring, connection: Connection, stub: Stub
) -> None:
    page_3 = threading.Event()
    stub.on("Practitioner", after(page_3, bundle(PRACTITIONER)))
    stub.on("Organization", after(page_3, bundle(ORGANIZATION)))
    pages = [bundle(an_eob(n), next=f"ExplanationOfBenefit?page={n + 1}") for n in (1, 2)]
    stub.on("ExplanationOfBenefit", *pages, saying(page_3, bundle(an_eob(3))))
    bring()
    assert {record_of(connection, number).provider for number in (1, 2, 3)} == {"Ruth Okafor"}


def test_a_type_the_plan_gives_nothing_of_is_not_asked_for_with_every_page(bring: Bring, stub: Stub) -> None:
    """Facts payers 5: dangling references are normal, and each costs the plan a question."""
    stub.on("Practitioner", bundle())
    eobs = [an_eob(n, provider={"reference": f"Practitioner/n{n}"}) for n in range(8)]
    pages = [bundle(eob, next=f"ExplanationOfBenefit?page={n + 1}") for n, eob in enumerate(eobs[:-1], 1)]
    stub.on("ExplanationOfBenefit", *pages, bundle(eobs[-1]))
    assert bring().state == State.FINISHED
    assert len([url for url in stub.asked if url.startswith("Practitioner?")]) <= 2


def test_an_ended_permission_ends_all_questions(bring: Bring, connection: Connection, stub: Stub) -> None:
    """A 401 that no refresh helps: the pages that came are kept, no type goes on (R-10)."""
    ended = threading.Event()
    later: list[str] = []

    def before(url: str) -> None:
        if "page=2" in url:
            ended.set()
            raise PermissionEnded("refused")
        if ended.is_set():
            later.append(url)

    stub.on("Coverage", after(ended, bundle(COVERAGE, next="Coverage?page=2")))
    run = bring(through=Watching(before))
    assert (run.state, run.problem) == (State.ENDED, "ended")
    assert len(claims_of(connection)) in (0, 2)
    # Each other type at most once, what its thread was about to ask in that very moment, and never a page 2.
    assert len(later) == len({re.split(r"[?/]", url.split("/fhir/r4/")[1])[0] for url in later}) <= 3
    assert "ExplanationOfBenefit?page=2" not in stub.asked


def test_nothing_is_asked_once_the_worker_is_stopped(
    connection: Connection, stub: Stub, now: datetime
) -> None:
    stop = threading.Event()
    pages = [bundle(an_eob(n), next=f"ExplanationOfBenefit?page={n + 1}") for n in range(1, 9)]
    stub.on(
        "ExplanationOfBenefit", pages[0], lambda _: reply(pages[1]) if not stop.set() else None, *pages[2:]
    )
    run = actions.start(connection=connection, now=now)
    tried(run, now, stop=stop)
    assert (run.state, run.attempts) == (State.WAITING, 0)
    assert "ExplanationOfBenefit?page=3" not in stub.asked
    stub.on("ExplanationOfBenefit", bundle(an_eob(1), an_eob(2), an_eob(3)))
    tried(run, now)
    assert run.state == State.FINISHED
    assert len(claims_of(connection)) == 3


def test_a_lost_lease_ends_all_questions_and_nothing_more_is_stored(
    bring: Bring, connection: Connection, stub: Stub
) -> None:
    """R-32: another worker has taken the run over."""

    def taken_over(_query: dict[str, str]) -> Reply:
        SyncRun.objects.update(fence=F("fence") + 1)
        databases.close_all()
        return reply(bundle(an_eob(2), next="ExplanationOfBenefit?page=3"))

    stub.on("ExplanationOfBenefit", bundle(an_eob(1), next="ExplanationOfBenefit?page=2"), taken_over)
    run = bring()
    assert run.state == State.RUNNING  # its new owner's
    assert len(claims_of(connection)) <= 1
    assert len([url for url in stub.asked if url.startswith("ExplanationOfBenefit")]) <= 5


def test_of_a_lost_run_no_refusal_is_noted_over_what_its_new_owner_noted(bring: Bring, stub: Stub) -> None:
    """R-32: the plan refuses whoever was thought dead what it gave the other."""

    def taken_over(_query: dict[str, str]) -> Reply:
        SyncRun.objects.update(fence=F("fence") + 1)
        SyncStep.objects.filter(resource_type="ExplanationOfBenefit").update(state="done")
        databases.close_all()
        return reply({}, 403)

    stub.on("ExplanationOfBenefit", taken_over)
    run = bring()
    assert (run.state, step(run, "ExplanationOfBenefit").state) == (State.RUNNING, "done")


def test_a_busy_plan_is_asked_nothing_more(bring: Bring, connection: Connection, stub: Stub) -> None:
    """R-13: what was asked already is stored, and what it names is left for later."""
    until = time.monotonic() + PATIENCE

    def when_the_wait_is_known(_query: dict[str, str]) -> Reply:
        while time.monotonic() < until and not PlanPace.objects.filter(wait_until__isnull=False).exists():
            time.sleep(0.01)
        databases.close_all()
        return reply(bundle(an_eob(1), next="ExplanationOfBenefit?page=2"))

    stub.on("Coverage", reply("", 429, Retry_After="600"))
    stub.on("ExplanationOfBenefit", when_the_wait_is_known)
    run = bring()
    assert (run.state, run.problem) == (State.WAITING, "busy")
    # Whether the claims were asked for before the plan said so is chance; what was asked for is stored.
    asked = [url.partition("?")[0] for url in stub.asked]
    assert set(asked) <= {"Patient/alice", "Coverage", "ExplanationOfBenefit"}
    assert len(asked) == len(set(asked))
    assert len(claims_of(connection)) == asked.count("ExplanationOfBenefit")


def test_threads_close_their_connections_to_the_database(bring: Bring, connection: Connection) -> None:
    used = []

    def before(_url: str) -> None:
        assert Connection.objects.filter(pk=connection.pk).exists()
        if threading.current_thread() is not threading.main_thread():
            used.append(databases["default"])

    assert bring(through=Watching(before)).state == State.FINISHED
    assert len({id(door) for door in used}) >= 3
    assert [door.connection for door in used if door.connection is not None] == []


def test_lanes_that_follow_each_other_share_an_open_connection_to_the_plan(
    connection: Connection, stub: Stub, now: datetime
) -> None:
    """A connection costs the plan's distance two or three times before the first question."""
    eobs = [an_eob(n, provider={"reference": f"Practitioner/n{n}"}) for n in range(6)]
    pages = [bundle(eob, next=f"ExplanationOfBenefit?page={n + 1}") for n, eob in enumerate(eobs[:-1], 1)]
    stub.on("ExplanationOfBenefit", *pages, bundle(eobs[-1]))
    stub.on("Practitioner", bundle(PRACTITIONER))
    opened = []

    def connect(*_: object, **__: object) -> Door:
        opened.append(Door())
        return opened[-1]

    run = actions.start(connection=connection, now=now)
    runner.run(run_id=run.pk, now_fn=lambda: now, connect=connect)
    assert len(claims_of(connection)) == 6
    assert len(opened) <= 1 + 4  # the run's own, and one for each lane there can be at once


def test_pages_wait_to_be_stored_in_a_bounded_number(stub: Stub) -> None:
    pages = [bundle(an_eob(n), next=f"ExplanationOfBenefit?page={n + 1}") for n in range(1, 20)]
    stub.on("ExplanationOfBenefit", *pages, bundle(an_eob(20)))
    question = Question("ExplanationOfBenefit", "ExplanationOfBenefit", 100)
    ask = partial(Searches(question, {"patient": "alice"}, ((),), 0).pages, None)
    given = 0
    with lanes.AtOnce(lambda _before: Client(stub.base_url, Door()), most=2) as desk:
        desk.ask(question, ask)
        while (answer := desk.next()) and answer.page:
            given += 1
            assert len(stub.asked) <= given + lanes.PAGES_AHEAD + 1
    assert given == 20


def test_a_type_asked_out_of_its_turn_comes_to_its_last_page(stub: Stub) -> None:
    """The pages of it are stored one after another while another type's page is in hand, and the end of that
    one, which came before them, comes after."""

    def after_coverage(_query: dict[str, str]) -> Reply:
        for thread in threading.enumerate():
            if thread.name == "ask Coverage":
                thread.join(PATIENCE)
        return reply(bundle(PATIENT, next="Patient?page=2"))

    stub.on("Coverage", bundle(COVERAGE))
    people = [bundle(PATIENT, next=f"Patient?page={n + 1}") for n in range(2, 2 * lanes.PAGES_AHEAD)]
    stub.on("Patient", after_coverage, *people, bundle(PATIENT))
    give_up_at = time.monotonic() + PATIENCE

    def look() -> None:
        assert time.monotonic() < give_up_at, "the lane waits for room"

    def ask(kind: str, desk: lanes.AtOnce) -> None:
        question = Question(kind, kind, 100)
        desk.ask(question, partial(Searches(question, {"patient": "alice"}, ((),), 0).pages, None))

    came = []
    with lanes.AtOnce(lambda _before: Client(stub.base_url, Door()), most=2, look=look) as desk:
        ask("Coverage", desk)
        assert desk.next()
        ask("Patient", desk)
        while answer := desk.next_of("Patient"):
            came.append(answer)
        ended = desk.next()
    assert {answer.question.fhir_type for answer in came} == {"Patient"}
    assert ended
    assert (ended.question.fhir_type, ended.page) == ("Coverage", None)
    assert [answer.error for answer in came] == [None] * len(came)
    assert len([answer for answer in came if answer.page]) == 2 * lanes.PAGES_AHEAD


def test_a_plan_that_takes_few_questions_is_asked_each_of_them_once(
    connection: Connection, stub: Stub, clock: Clock
) -> None:
    """A lane whose turn is too far off ends the pass, after the answers of the others were stored."""
    set_quirks(connection.plan, requests_per_minute=20)

    def slowly(answer: Any) -> Callable[[dict[str, str]], Reply]:
        def script(query: dict[str, str]) -> Reply:
            time.sleep(0.1)
            return cast("Reply", answer(query) if callable(answer) else answer)

        return script

    for kind, script in list(stub.scripts.items()):
        stub.on(kind, *(slowly(answer) for answer in script))
    run = actions.start(connection=connection, now=clock())
    for _ in range(20):
        tried(run, clock, stop=clock)
        if not run.is_active:
            break
        clock.moment = max(clock.moment, run.next_try_at)
    assert run.state == State.FINISHED
    assert len(claims_of(connection)) == 3
    assert len(stub.asked) == len(set(stub.asked)) == 6


def test_what_came_before_the_permission_ended_is_kept(
    bring: Bring, connection: Connection, stub: Stub
) -> None:
    over = threading.Event()

    def ended(url: str) -> None:
        if "Coverage" in url:
            over.set()
            raise PermissionEnded

    stub.on("ExplanationOfBenefit", after(over, bundle(an_eob(1))))
    assert bring(through=Watching(ended)).state == State.ENDED
    assert len(claims_of(connection)) == 1
