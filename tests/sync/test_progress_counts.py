"""Workers killed often: who makes progress comes to the end, who makes none is given up (R-17, R-35)."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from apps.connections.models import Connection
from apps.sync import actions, runner
from apps.sync.models import LEASE, MOST_ATTEMPTS, SyncRun, SyncStep
from tests.claims.given import claims_of
from tests.fhir.stub import Door, Reply, Stub, bundle, reply
from tests.sync.conftest import an_eob
from tests.sync.looking import Interrupted, raises, step, tried

type Json = dict[str, Any]
State = SyncRun.State
PAGES = 3 * MOST_ATTEMPTS


def pages(number: int = PAGES) -> list[Json]:
    """Return claims on so many pages, one on each."""
    last = bundle(an_eob(number))
    return [bundle(an_eob(n), next=f"ExplanationOfBenefit?page={n + 1}") for n in range(1, number)] + [last]


def page_of(made: list[Json]) -> Callable[[dict[str, str]], Reply]:
    return lambda query: reply(made[int(query.get("page", 1)) - 1])


def moments(now: datetime) -> Iterator[datetime]:
    """Return a moment after each lease, without end."""
    while True:
        yield now
        now += LEASE + timedelta(seconds=1)


def one_try(run: SyncRun, at: datetime, through: Any) -> None:
    runner.run(run_id=run.pk, now_fn=lambda: at, connect=lambda *_, **__: through)


def killed_again_and_again(
    connection: Connection, now: datetime, doors: Callable[[], Any], *, most: int = 8 * PAGES
) -> SyncRun:
    """Have one worker after another die at the run until it is over; return it."""
    run = actions.start(connection=connection, now=now)
    for _, at in zip(range(most), moments(now), strict=False):
        through = doors()
        with suppress(KeyboardInterrupt):
            one_try(run, at, through)
        run.refresh_from_db()
        if not run.is_active:
            break
    return run


def dies_at(call: int) -> Callable[[], Door]:
    return lambda: Interrupted(call, raises(KeyboardInterrupt()))


def test_a_worker_that_is_killed_at_every_second_page_comes_to_the_end(
    connection: Connection, stub: Stub, now: datetime
) -> None:
    """R-17: nineteen kills, and every page once; each of them brought something."""
    stub.on("ExplanationOfBenefit", page_of(pages()))
    run = killed_again_and_again(connection, now, dies_at(2))
    assert run.state == State.FINISHED
    assert step(run, "ExplanationOfBenefit").received == PAGES
    assert len(claims_of(connection)) == PAGES
    assert run.fence > 2 * MOST_ATTEMPTS


def test_a_plan_that_fails_at_every_second_page_is_no_reason_to_give_up(
    connection: Connection, stub: Stub, now: datetime
) -> None:
    """R-14: tries count from the last page that came."""
    made, failed = pages(), set[str]()

    def answer(query: dict[str, str]) -> Reply:
        number = query.get("page", "1")
        if int(number) % 2 == 0 and number not in failed:
            failed.add(number)
            return reply("<html>maintenance</html>", 200)
        return reply(made[int(number) - 1])

    stub.on("ExplanationOfBenefit", answer)
    run, at = actions.start(connection=connection, now=now), now
    for _ in range(2 * PAGES):
        tried(run, at)
        if not run.is_active:
            break
        at = run.next_try_at
    assert (run.state, len(claims_of(connection))) == (State.FINISHED, PAGES)


def test_a_page_that_kills_its_worker_is_given_up(connection: Connection, stub: Stub, now: datetime) -> None:
    """R-35: what came before it stays, and nothing that was brought again counts as progress."""
    stub.on("ExplanationOfBenefit", page_of(pages()))

    def door() -> Door:
        return Poisoned("page=3")

    run = killed_again_and_again(connection, now, door)
    assert (run.state, run.problem) == (State.FAILED, "gave_up")
    assert run.fence <= MOST_ATTEMPTS + 2
    assert len(claims_of(connection)) == 2


def test_pages_that_are_brought_again_and_again_are_no_progress(
    connection: Connection, stub: Stub, now: datetime
) -> None:
    """R-18, R-35: the links die with the worker, so each try begins anew and dies at the same page."""
    made, doors = pages(), list[Poisoned]()

    def answer(query: dict[str, str]) -> Reply:
        number = int(query.get("page", 1))
        return reply("", 410) if number == 3 else reply(made[number - 1])

    def door() -> Door:
        # The first try comes from page 2; every later one begins with the link of page 3, which is dead.
        doors.append(Poisoned("page=3", after=1 if doors else 0))
        return doors[-1]

    stub.on("ExplanationOfBenefit", answer)
    run = killed_again_and_again(connection, now, door)
    assert (run.state, run.problem) == (State.FAILED, "gave_up")
    assert run.fence <= MOST_ATTEMPTS + 2
    assert stub.asked.count("ExplanationOfBenefit?page=2") == MOST_ATTEMPTS


def test_claims_that_come_otherwise_each_time_are_no_progress(
    connection: Connection, stub: Stub, now: datetime
) -> None:
    """R-35: the link is dead at each try, the plan writes the claim anew for it, and page 2 never comes."""
    tries = count()

    def answer(query: dict[str, str]) -> Reply:
        if "page" not in query:
            link = f"ExplanationOfBenefit?page={next(tries)}"
            return reply(bundle(an_eob(1, disposition=link), next=link))
        is_new = stub.asked[-2].startswith("ExplanationOfBenefit?patient")
        return reply("", 500 if is_new else 410)

    stub.on("ExplanationOfBenefit", answer)
    run, at = actions.start(connection=connection, now=now), now
    for _ in range(4 * MOST_ATTEMPTS):
        one_try(run, at, Door())
        run.refresh_from_db()
        if not run.is_active:
            break
        at = run.next_try_at
    assert run.state == State.PARTIAL
    assert run.fence == MOST_ATTEMPTS


def test_people_and_places_that_come_in_are_progress_too(
    connection: Connection, stub: Stub, now: datetime
) -> None:
    """A plan that gives each only alone, to workers that are killed at every third question."""
    people = [
        {"resourceType": "Practitioner", "id": f"d{n:02}", "name": [{"text": f"Doctor {n}"}]}
        for n in range(PAGES)
    ]
    for person in people:
        stub.on(f"Practitioner/{person['id']}", person)
    stub.on("Practitioner", reply("", 400))
    eobs = [an_eob(n, provider={"reference": f"Practitioner/d{n:02}"}) for n in range(PAGES)]
    stub.on("ExplanationOfBenefit", bundle(*eobs))
    run = killed_again_and_again(connection, now, dies_at(4))
    assert run.state == State.FINISHED
    places = step(run, SyncStep.PLACES)
    assert (places.received, places.missing) == (PAGES + 1, 0)


class Poisoned(Door):
    """A transport that dies with what comes after *after* questions whose address ends like this."""

    def __init__(self, ending: str, *, after: int = 0) -> None:
        super().__init__()
        self.ending, self.after = ending, after

    def ask(self, url: str, form: str | None = None) -> Any:
        if url.endswith(self.ending):
            if not self.after:
                raise KeyboardInterrupt
            self.after -= 1
        return super().ask(url, form)
