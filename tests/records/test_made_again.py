"""Books are thrown away, damaged, read otherwise or too long: pages say the same afterwards."""

import re
import threading
from contextlib import suppress
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connections, transaction
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.kinds.claim import kind as claim_kind
from apps.records import batches, books, holdings, kinds, projection
from apps.records.kinds import Kind
from apps.records.models import Book, Catalogue
from apps.vault.boxes import box_for
from tests.claims.given import (
    a_connection,
    an_eob,
    claims_of,
    held,
    leave,
    path_of,
    row_of,
    save,
)
from tests.claims.test_chains import PRIOR, related
from tests.records.test_projection import COVERAGE, PRIOR_AUTH

PAGES = (
    *("/home/", "/claims/", "/claims/?sort=share&all=1", "/claims/providers/"),
    *("/claims/approvals/", "/coverage/", "/money/2026/"),
)
FORGERY_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"|data-seconds="\d+"')


def pages(client: Client, *more: str) -> dict[str, str]:
    """Return what pages say, without what differs each time one is made."""
    answers = {path: client.get(path) for path in (*PAGES, *more)}
    assert {answer.status_code for answer in answers.values()} == {200}
    return {path: FORGERY_TOKEN.sub("", answer.content.decode()) for path, answer in answers.items()}


def test_every_page_is_the_same_after_books_were_forgotten(
    alice: Member, alice_client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    """The contract of `manage.py forget_books`."""
    mine, other = a_connection(alice), a_connection(alice, plan="Other Plan", days=1)
    for connection in (mine, other):
        save(connection, *[an_eob(n, on=f"202{n % 3 + 4}-05-05", share=f"{n}.00") for n in range(7)])
        save(connection, an_eob(8, use=PRIOR_AUTH), an_eob(9, **related(PRIOR, to="2")), COVERAGE)
    save(mine, an_eob(3, provider={"reference": "Organization/7"}), names={"Organization/7": "Old Name"})
    save(mine, names={"Organization/7": "New Name"})
    leave(mine, row_of(mine, 4))
    chosen = [path_of(mine, n) for n in (2, 3, 4, 9)]
    pages(alice_client, *chosen)
    before = pages(alice_client, *chosen)
    assert "New Name" in before[path_of(mine, 3)]
    revision = Catalogue.objects.get(connection=mine).revision
    call_command("forget_books")
    assert not Book.objects.exists()
    assert "books thrown away" in capsys.readouterr().out
    assert pages(alice_client, *chosen) == before
    assert Book.objects.exists()
    assert Catalogue.objects.get(connection=mine).revision == revision


@pytest.mark.parametrize(
    ("column", "broken"),
    [
        *(("sealed_entries", broken) for broken in ("nonsense", "another layout", "of another book")),
        ("sealed_head", "another layout"),
    ],
)
def test_a_book_that_does_not_open_is_made_again_and_logged(
    connection: Connection,
    alice_client: Client,
    caplog: pytest.LogCaptureFixture,
    column: str,
    broken: str,
) -> None:
    save(connection, *[an_eob(n, on=f"202{n}-05-05") for n in (3, 4, 5, 6)])
    before = claims_of(connection)
    book = Book.objects.get(year=2025)
    box = box_for(connection.member)
    made = {
        "nonsense": b"nonsense",
        "another layout": box.seal(book, column, b"\xffanother layout"),
        "of another book": bytes(getattr(Book.objects.get(year=2024), column)),
    }
    Book.objects.filter(pk=book.pk).update(**{column: made[broken]})
    html = alice_client.get("/claims/?sort=share").content.decode()
    assert html.count('data-testid="claim-row"') == 4
    assert f"book {book.pk} does not open" in caplog.text
    assert "iverside" not in caplog.text
    assert claims_of(connection) == before


def test_a_book_that_does_not_open_stops_no_sync_and_no_ending(
    connection: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    save(connection, an_eob(1), an_eob(2))
    Book.objects.update(sealed_entries=b"nonsense", sealed_head=b"nonsense")
    save(connection, an_eob(3))
    assert len(claims_of(connection)) == 3
    assert "made again" in caplog.text
    Book.objects.update(sealed_entries=b"nonsense", sealed_head=b"nonsense")
    assert holdings.counted([connection]) == [(3, ("claim", "claims"))]


def test_another_reading_makes_books_again(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, alice: Member
) -> None:
    save(connection, an_eob(1), an_eob(2))
    before = set(Book.objects.values_list("pk", flat=True))
    monkeypatch.setattr(kinds, "reading", lambda: "another")
    assert len(held(alice)) == 2
    assert before.isdisjoint(Book.objects.values_list("pk", flat=True))
    assert Catalogue.objects.get().made_by == "another"


def test_the_worker_makes_books_that_another_release_reads_otherwise(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(connection, an_eob(1))
    monkeypatch.setattr(kinds, "reading", lambda: "another")
    projection.look_after()
    assert not projection.is_stale(Catalogue.objects.get())
    with CaptureQueriesContext(database) as asked:
        projection.look_after()
    assert not [query for query in asked if re.match("INSERT|UPDATE|DELETE", query["sql"])]


def test_a_year_of_more_claims_than_a_book_holds_is_told_as_one(
    connection: Connection, alice_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    eobs = [
        an_eob(
            n,
            on=f"2026-{n % 9 + 1:02}-{n % 2 + 1:02}",
            share=f"{n * 7 % 41}.50",
            kind=("professional", "pharmacy", "oral")[n % 3],
            provider={"display": f"Clinic {n % 5}"},
        )
        for n in range(40)
    ]
    save(connection, *eobs)
    more = ("/claims/?sort=oldest&kind=oral&from=10", "/claims/?kind=pharmacy&sort=share")
    whole = pages(alice_client, *more)
    monkeypatch.setattr(books, "MOST", 3)
    projection.forget()
    assert pages(alice_client, *more) == whole
    assert Book.objects.count() == 14
    save(connection, *[an_eob(n, use=PRIOR_AUTH) for n in range(38)])
    assert [len(claims_of(connection)), Book.objects.filter(shelf=_shelf(connection)).count()] == [2, 1]


def _shelf(connection: Connection, kind: Kind = claim_kind.CLAIM) -> bytes:
    return kind.shelf(box_for(connection.member))


@pytest.mark.skipif(database.vendor != "postgresql", reason="SQLite has one writer")
@pytest.mark.django_db(transaction=True)
def test_books_forgotten_while_a_run_writes_them_lack_nothing_afterwards(
    alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run's note of how far the books are must not stand where they were thrown away."""
    connection = a_connection(alice)
    save(connection, *[an_eob(n, on=f"202{n}-05-05") for n in range(6)])
    writing, forgotten = threading.Event(), threading.Event()
    really = batches.merge

    def slowly(*args: Any) -> None:
        writing.set()
        forgotten.wait(1)  # it waits for us: this only gives it time to try
        really(*args)

    def forget() -> None:
        try:
            assert writing.wait(10)
            while not forgotten.is_set():
                with suppress(
                    OperationalError
                ):  # on a slow machine the run outlasts the time to wait for a lock
                    projection.forget()
                    forgotten.set()
        finally:
            connections.close_all()

    monkeypatch.setattr(batches, "merge", slowly)
    thread = threading.Thread(target=forget)
    thread.start()
    save(connection, an_eob(7))
    thread.join(20)
    monkeypatch.undo()
    assert len(claims_of(connection)) == 7


def test_books_are_made_again_of_one_connection_alone_where_asked(alice: Member) -> None:
    forgotten, other = a_connection(alice), a_connection(alice, plan="Other Plan")
    for connection in (forgotten, other):
        save(connection, an_eob(1))
    with transaction.atomic():
        assert projection.forget([forgotten.pk]) == 1
    assert [book.connection_id for book in Book.objects.all()] == [other.pk]
