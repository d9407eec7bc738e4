"""Books are whole when a run ends, and say the same however often its worker is killed before."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from apps.connections.errors import PermissionEnded, RefreshDelayed
from apps.connections.models import Connection
from apps.kinds.claim.kind import CLAIM
from apps.kinds.coverage.kind import COVERAGE as COVERAGE_KIND
from apps.records import batches
from apps.records.models import Book, Catalogue, Record
from apps.sync import actions, course
from apps.sync.models import LEASE, MOST_ATTEMPTS, SyncChange, SyncRun
from tests.claims.given import claims_of
from tests.fhir.stub import Reply, Stub, bundle, reply
from tests.sync.conftest import COVERAGE, ORGANIZATION, PRACTITIONER, an_eob
from tests.sync.looking import (
    Interrupted,
    are_books_whole,
    claim_of,
    entries_of,
    gone,
    raises,
    record_of,
    step,
    tried,
)

Bring = Callable[..., SyncRun]
DAY = timedelta(days=1)
EOB = "ExplanationOfBenefit"
State = SyncRun.State
UNREADABLE = b'{"resourceType": "ExplanationOfBenefit", "id": "%s", "disposition": "Caf\xe9"}'
"""In another encoding than JSON has; with the id it is to have."""
BAD = UNREADABLE % b"bad"


def bundled(*records: dict[str, Any] | bytes, following: str = "") -> Reply:
    """Return a page of records, some of them as the bytes they are."""
    made = [record if isinstance(record, bytes) else json.dumps(record).encode() for record in records]
    links = json.dumps(bundle(next=following)["link"]).encode() if following else b"[]"
    entries = b",".join(b'{"resource":%s}' % body for body in made)
    return reply(b'{"resourceType":"Bundle","link":%s,"entry":[%s]}' % (links, entries))


@contextmanager
def killed_at_book(number: int) -> Iterator[None]:
    """Kill whoever puts records into books for the n-th time, before any of that time is stored."""
    times = iter(range(1, 10**6))

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith('UPDATE "records_catalogue" SET "projected"') and next(times) == number:
            raise KeyboardInterrupt
        return execute(sql, params, many, context)

    with connections["default"].execute_wrapper(watch), suppress(KeyboardInterrupt):
        yield


def go_on(run: SyncRun, at: datetime) -> None:
    """Have another worker do the run."""
    tried(run, at)


def three_pages(stub: Stub, *answers: Any) -> None:
    """Have the plan send three claims on a page each; *answers* come in place of the third."""
    pages = [bundle(an_eob(n), next=f"{EOB}?page={n + 1}") for n in (1, 2)]
    stub.on(EOB, *pages, *answers, bundle(an_eob(3)))


@pytest.mark.parametrize(
    "trouble",
    [
        Interrupted(5, raises(PermissionEnded("refused"))),
        Interrupted(5, raises(RefreshDelayed("503"))),
        reply("", 429, Retry_After="600"),
        reply("", 403),
    ],
    ids=["ended", "delayed", "busy", "refused"],
)
def test_books_hold_every_page_that_came_whatever_ended_the_run(
    bring: Bring, connection: Connection, stub: Stub, trouble: Any
) -> None:
    """Before any page is asked for: nothing of it is left to who looks next."""
    is_door = isinstance(trouble, Interrupted)
    three_pages(stub, *([] if is_door else [trouble]))
    bring(**({"through": trouble} if is_door else {}))
    assert are_books_whole(connection)
    assert len(entries_of(connection, CLAIM)) == 2


@pytest.mark.parametrize("is_looked_at", [True, False])
def test_a_worker_killed_between_the_mirror_and_the_books_loses_no_claim(
    bring: Bring, connection: Connection, stub: Stub, now: datetime, alice_client: Client, is_looked_at: bool
) -> None:
    """B-01: pages show what is mirrored, and whoever goes on asks for the second page only."""
    three_pages(stub)
    with killed_at_book(1):
        bring()
    assert not are_books_whole(connection)
    assert not Book.objects.exists()
    if is_looked_at:
        assert alice_client.get("/claims/").content.count(b'data-testid="claim-row"') == 1
        assert are_books_whole(connection)
    stub.asked.clear()
    run = connection.runs.get()
    go_on(run, now + LEASE + timedelta(seconds=1))
    assert (run.state, step(run, EOB).received) == (State.FINISHED, 3)
    assert [url for url in stub.asked if url.startswith(EOB)] == [f"{EOB}?page=2", f"{EOB}?page=3"]
    assert are_books_whole(connection)
    assert {record_of(connection, number).provider for number in (1, 2, 3)} == {"Ruth Okafor"}


def test_what_a_dead_worker_mirrored_is_counted_by_who_reads_it_again(
    bring: Bring, connection: Connection, stub: Stub, now: datetime
) -> None:
    """R-18: the link died meanwhile, and the first page comes again to the last byte."""
    first = bundled(an_eob(1), an_eob(2, use="preauthorization"), BAD, following=f"{EOB}?page=2")
    stub.on(EOB, first, reply("", 410), first, bundle(an_eob(3)))
    with killed_at_book(1):
        bring()
    run = connection.runs.get()
    go_on(run, now + LEASE + timedelta(seconds=1))
    counted = step(run, EOB)
    assert (counted.received, counted.unreadable, counted.set_aside) == (4, 1, 1)
    assert run.state == State.PARTIAL


@pytest.mark.parametrize("booked_from", [1, 500], ids=["in a book", "on its way there"])
def test_a_record_that_comes_on_two_pages_is_counted_on_both_wherever_it_is(
    bring: Bring, stub: Stub, monkeypatch: pytest.MonkeyPatch, booked_from: int
) -> None:
    monkeypatch.setattr(course, "BOOKED_FROM", booked_from)
    approval = an_eob(2, use="preauthorization")
    stub.on(
        EOB,
        bundle(an_eob(1), next=f"{EOB}?p=2"),
        bundled(approval, BAD, following=f"{EOB}?p=3"),
        bundled(approval, BAD),
    )
    counted = step(bring(), EOB)
    assert (counted.received, counted.unreadable, counted.set_aside) == (3, 2, 2)


@pytest.mark.parametrize("column", ["sealed_head", "sealed_entries"])
def test_a_book_that_does_not_open_stops_no_update_and_is_made_again(
    bring: Bring,
    connection: Connection,
    stub: Stub,
    now: datetime,
    column: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An unchanged page asks the books what could not be read, and names that aged who refers to them."""
    stub.on(EOB, bundled(an_eob(1), BAD, an_eob(2, use="preauthorization")))
    counts = [(step.unreadable, step.set_aside) for step in bring().steps.all()]
    for days in (1, 40):
        Book.objects.update(**{column: b"broken"})
        run = bring(at=now + DAY * days)
        assert (run.state, run.attempts) == (State.PARTIAL, 1)
        assert [(step.unreadable, step.set_aside) for step in run.steps.all()] == counts
    assert "books of its connection are made again" in caplog.text
    assert len(claims_of(connection)) == 2


def test_a_claim_of_which_only_an_earlier_version_can_be_read_is_counted_every_time(
    bring: Bring, connection: Connection, stub: Stub, now: datetime
) -> None:
    stub.on(EOB, bundle(an_eob(1)))
    bring()
    stub.on(EOB, bundled(UNREADABLE % b"eob-1"))
    for day in (1, 2):
        run = bring(at=now + DAY * day)
        assert (run.state, step(run, EOB).unreadable) == (State.PARTIAL, 1)
        assert record_of(connection, 1).provider == "Ruth Okafor"


def test_a_role_that_came_before_its_practitioner_names_the_claims_of_both_pages(
    bring: Bring, connection: Connection, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both in books before the run ends: nothing that comes later would have the first claim read again."""
    monkeypatch.setattr(course, "BOOKED_FROM", 1)
    role = {"resourceType": "PractitionerRole", "id": "r1", "practitioner": {"reference": "Practitioner/p1"}}
    by_role = {"provider": {"reference": "PractitionerRole/r1"}, "insurer": {"display": "Plan"}}
    page_1 = bundle(an_eob(1, **by_role), role, next=f"{EOB}?page=2")
    page_2 = bundle(an_eob(2, **by_role), PRACTITIONER, ORGANIZATION)
    stub.on(EOB, page_1, page_2)
    stub.on("Coverage", bundle())
    bring()
    assert {record_of(connection, number).provider for number in (1, 2)} == {"Ruth Okafor"}


def test_what_comes_back_in_an_older_version_is_told_as_back(
    bring: Bring, connection: Connection, stub: Stub, now: datetime
) -> None:
    def stamped(day: int) -> dict[str, Any]:
        return an_eob(1, meta={"lastUpdated": f"2026-05-0{day}T00:00:00Z"})

    stub.on("Coverage", bundle())
    others = [an_eob(number) for number in (2, 3, 4)]
    stub.on(EOB, bundle(stamped(2), *others), bundle(*others), bundle(stamped(1), *others))
    bring()
    bring(at=now + DAY)
    assert claim_of(connection, 1).entry.is_gone
    run = bring(at=now + DAY * 2)
    assert (step(run, EOB).back, gone(connection)) == (1, set())
    assert [change.what for change in SyncChange.objects.order_by("pk")] == ["gone", "back"]


# --- another version of ours reads what is here


@pytest.fixture
def read_before(
    connection: Connection, stub: Stub, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> Connection:
    """Return a connection with 60 claims on 12 pages, whose books an earlier version of ours has made."""
    monkeypatch.setattr(batches, "AT_ONCE", 5)
    pages = [[an_eob(number) for number in range(at, at + 5)] for at in range(0, 60, 5)]
    stub.on(EOB, *(bundle(*page, next=f"{EOB}?page={at}") for at, page in enumerate(pages)), bundle())
    assert bring().state == State.FINISHED
    Catalogue.objects.update(made_by="an earlier reading")
    stub.on(EOB, bundle(*map(an_eob, range(60))))
    return connection


def test_a_new_reading_comes_to_its_end_although_every_try_is_killed(
    read_before: Connection, now: datetime
) -> None:
    at = now + DAY
    run, tries = actions.start(connection=read_before, now=at), 0
    while run.is_active and tries < 4 * MOST_ATTEMPTS:
        with killed_at_book(2):
            go_on(run, at)
        run.refresh_from_db()
        at, tries = at + LEASE + timedelta(seconds=1), tries + 1
    assert run.state == State.FINISHED
    assert tries > MOST_ATTEMPTS
    assert are_books_whole(read_before)
    assert len(claims_of(read_before)) == 60


def test_names_that_came_after_a_kill_are_in_what_was_read_anew_before_it(
    read_before: Connection, stub: Stub, now: datetime
) -> None:
    run = actions.start(connection=read_before, now=now + DAY)
    with killed_at_book(3):
        go_on(run, now + DAY)
    assert not are_books_whole(read_before)
    married = PRACTITIONER | {"name": [{"given": ["Ruth"], "family": "Stein"}]}
    stub.on(EOB, bundle(*map(an_eob, range(60)), married))
    go_on(run, now + DAY + LEASE + timedelta(seconds=1))
    assert run.state == State.FINISHED
    assert {record_of(read_before, number).provider for number in range(0, 60, 7)} == {"Ruth Stein"}


def test_books_made_again_call_the_same_records_gone_since_the_same_moment(
    bring: Bring, connection: Connection, stub: Stub, now: datetime
) -> None:
    """Nothing but the mirror decides."""
    stub.on(EOB, bundle(an_eob(1), an_eob(2)), bundle(an_eob(1)))
    stub.on("Coverage", bundle(COVERAGE, COVERAGE | {"id": "cov-2"}), bundle(COVERAGE))
    bring()
    bring(at=now + DAY)
    before = [entries_of(connection, kind) for kind in (CLAIM, COVERAGE_KIND)]
    assert [{entry.gone_at for entry in entries} for entries in before] == [{None, now + DAY}] * 2
    Catalogue.objects.update(made_by="an earlier reading")
    bring(at=now + DAY * 2)
    assert [entries_of(connection, kind) for kind in (CLAIM, COVERAGE_KIND)] == before
    assert Record.objects.exclude(gone_at=None).count() == 2
