"""Mirror to books: what came is put where it belongs, and books can be thrown away at any time."""

import re
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection as database
from django.db import connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Member
from apps.claims import kind as claim_kind
from apps.connections.models import Connection
from apps.records import books, holdings, kinds, mirror, projection, shelf, upkeep
from apps.records.kinds import Kind
from apps.records.models import Book, Catalogue, Record
from apps.vault.boxes import Box, box_for
from tests.claims.given import (
    NOW,
    a_claim,
    a_connection,
    an_eob,
    approvals_of,
    claims_of,
    coverages_of,
    damage,
    held,
    leave,
    path_of,
    row_of,
    save,
    told,
)
from tests.claims.test_chains import PRIOR, related

PRIOR_AUTH = "preauthorization"
COVERAGE = {
    "resourceType": "Coverage",
    "id": "c",
    "status": "active",
    "beneficiary": {"reference": "Patient/1"},
    "payor": [{"reference": "Organization/7"}],
}
PAGES = (
    *("/home/", "/claims/", "/claims/?sort=share&all=1", "/claims/providers/"),
    *("/claims/approvals/", "/coverage/", "/year/2026/"),
)
FORGERY_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')


def pages(client: Client, *more: str) -> dict[str, str]:
    """Return what pages say, without what differs each time one is made."""
    found = {path: client.get(path) for path in (*PAGES, *more)}
    assert {one.status_code for one in found.values()} == {200}
    return {path: FORGERY_TOKEN.sub("", one.content.decode()) for path, one in found.items()}


def years(connection: Connection) -> dict[int, int]:
    """Return how many claims the books of each year hold."""
    found: dict[int, int] = {}
    for one in claims_of(connection):
        found[one.entry.on.year] = found.get(one.entry.on.year, 0) + 1
    return found


def test_every_page_is_the_same_after_books_were_forgotten(
    alice: Member, alice_client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    """The contract of `manage.py forget_books`."""
    one, other = a_connection(alice), a_connection(alice, plan="Other Plan", days=1)
    for connection in (one, other):
        save(connection, *[an_eob(n, on=f"202{n % 3 + 4}-05-05", share=f"{n}.00") for n in range(7)])
        save(connection, an_eob(8, use=PRIOR_AUTH), an_eob(9, **related(PRIOR, to="2")), COVERAGE)
    save(one, an_eob(3, provider={"reference": "Organization/7"}), names={"Organization/7": "Old Name"})
    save(one, names={"Organization/7": "New Name"})
    leave(one, row_of(one, 4))
    chosen = [path_of(one, n) for n in (2, 3, 4, 9)]
    pages(alice_client, *chosen)
    before = pages(alice_client, *chosen)
    assert "New Name" in before[path_of(one, 3)]
    revision = Catalogue.objects.get(connection=one).revision
    call_command("forget_books")
    assert not Book.objects.exists()
    assert "books thrown away" in capsys.readouterr().out
    assert pages(alice_client, *chosen) == before
    assert Book.objects.exists()
    assert Catalogue.objects.get(connection=one).revision == revision


def test_claims_stand_in_the_books_of_their_years(connection: Connection) -> None:
    save(connection, an_eob(1), an_eob(2, on="2025-01-01"), an_eob(3, on=None))
    assert years(connection) == {2026: 1, 2025: 1, 1: 1}
    assert sorted(Book.objects.values_list("year", flat=True)) == [1, 2025, 2026]


def test_a_claim_whose_date_moves_to_another_year_moves_and_leaves_no_empty_book(
    connection: Connection,
) -> None:
    save(connection, an_eob(1), an_eob(2))
    save(connection, an_eob(1, on="2024-05-05"))
    assert years(connection) == {2026: 1, 2024: 1}
    save(connection, an_eob(2, on="2024-06-06"))
    assert years(connection) == {2024: 2}
    assert list(Book.objects.values_list("year", flat=True)) == [2024]


@pytest.mark.parametrize("use", [PRIOR_AUTH, "predetermination", "something-else"])
def test_a_record_that_changes_its_kind_moves_between_lists_and_back(
    connection: Connection, use: str
) -> None:
    save(connection, an_eob(1), an_eob(2))
    save(connection, an_eob(1, use=use))
    assert [len(claims_of(connection)), len(approvals_of(connection))] == [1, 1]
    assert approvals_of(connection)[0].id == row_of(connection, 1).pk
    save(connection, an_eob(1))
    assert [len(claims_of(connection)), len(approvals_of(connection))] == [2, 0]


def test_a_claim_entered_in_error_stays_as_one_that_does_not_count(connection: Connection) -> None:
    save(connection, an_eob(1), an_eob(1, status="entered-in-error"))
    [mistake] = claims_of(connection)
    assert (mistake.entry.is_current, mistake.entry.is_counted) == (False, False)
    save(connection, an_eob(1))
    assert claims_of(connection)[0].entry.is_counted


def test_a_changed_claim_is_found_by_its_new_words_only(connection: Connection) -> None:
    save(connection, an_eob(1, provider={"display": "Old Clinic"}))
    save(connection, an_eob(1, provider={"display": "New Clinic"}))
    [one] = claims_of(connection)
    assert "new clinic" in one.entry.words
    assert "old clinic" not in one.entry.words


def test_a_record_that_does_not_open_is_listed_as_that_and_stops_nothing(
    connection: Connection, alice_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    save(connection, an_eob(1), an_eob(2))
    broken = row_of(connection, 2)
    damage(broken)
    html = alice_client.get("/claims/").content.decode()
    assert html.count('data-testid="claim-row"') == 2
    assert html.count("This claim could not be opened") == 1
    assert str(broken.pk) in caplog.text
    assert alice_client.get(f"/claims/{broken.pk}/").status_code == 500


def test_what_does_not_open_any_more_is_shown_as_it_was_before_it_changed(connection: Connection) -> None:
    save(connection, an_eob(1))
    save(connection, an_eob(1, share="9.00"))
    damage(row_of(connection))
    [one] = claims_of(connection)
    assert (one.entry.is_unreadable, str(one.entry.your_share)) == (False, "53.52")
    assert told(row_of(connection)).money.your_share.amount == one.entry.your_share


@pytest.mark.parametrize("column", ["sealed_head", "sealed_entries"])
@pytest.mark.parametrize("broken", ["nonsense", "another layout", "of another book"])
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
    upkeep.look_after()
    assert not projection.is_stale(Catalogue.objects.get())
    with CaptureQueriesContext(database) as asked:
        upkeep.look_after()
    assert not [one for one in asked if re.match("INSERT|UPDATE|DELETE", one["sql"])]


def mirrored(connection: Connection, *eobs: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Mirror these as a worker does that is killed before they are in books."""
    with monkeypatch.context() as patch:
        patch.setattr(projection, "project", lambda *_args, **_named: None)
        save(connection, *eobs)


def test_a_page_shows_what_was_mirrored_and_in_no_book_yet(
    alice: Member, connection: Connection, alice_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever was killed between a page and its books leaves no sum that lacks a claim."""
    mirrored(connection, an_eob(1), an_eob(2, on="2025-01-01"), monkeypatch=monkeypatch)
    assert projection.pending(Catalogue.objects.get()) == 2
    assert "2 claims" in alice_client.get("/claims/").content.decode()
    assert projection.pending(Catalogue.objects.get()) == 0


def test_a_page_waits_for_so_many_records_only_and_says_so(
    connection: Connection, alice_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(connection, *[an_eob(n) for n in range(3)])
    mirrored(connection, *[an_eob(n) for n in range(3, 9)], monkeypatch=monkeypatch)
    monkeypatch.setattr(shelf, "LONGEST_WAIT", 3)
    for path in ("/claims/", "/claims/providers/"):
        assert 'data-testid="still-reading"' in alice_client.get(path).content.decode()
    upkeep.look_after()
    html = alice_client.get("/claims/").content.decode()
    assert "9 claims" in html
    assert "still-reading" not in html


def test_a_great_many_records_are_put_into_books_in_turns(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projection, "AT_ONCE", 4)
    for start in range(0, 12, 3):
        mirrored(connection, *[an_eob(n) for n in range(start, start + 3)], monkeypatch=monkeypatch)
    mirrored(connection, *[an_eob(n) for n in range(20, 30)], monkeypatch=monkeypatch)
    projector, turns = projection.Projector(connection, box_for(connection.member)), 1
    while projector.flush(now=NOW):
        turns += 1
    assert turns > 2
    assert len(claims_of(connection)) == 22


def test_an_unchanged_page_leaves_books_alone(connection: Connection) -> None:
    save(connection, an_eob(1))
    before = list(Book.objects.values())
    save(connection, an_eob(1), now=NOW + timedelta(days=1))
    assert list(Book.objects.values()) == before


def test_a_change_writes_the_books_of_its_year_and_opens_no_other_record(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(
        connection, *[an_eob(f"{year}-{n}", on=f"{year}-02-03") for year in (2019, 2020, 2021) for n in "ab"]
    )
    before = dict(Book.objects.values_list("year", "sealed_entries"))
    opened: list[str] = []
    really = Box.open

    def noting(self: Box, row: Any, column: str) -> bytes:
        opened.extend([str(row)] if isinstance(row, Record) else [])
        return really(self, row, column)

    monkeypatch.setattr(Box, "open", noting)
    save(connection, an_eob("2020-a", on="2020-02-03", share="1"))
    after = dict(Book.objects.values_list("year", "sealed_entries"))
    assert [year for year in after if bytes(after[year]) != bytes(before[year])] == [2020]
    assert set(opened) == {str(row_of(connection, "2020-a"))}


def test_what_a_run_has_read_is_not_opened_again(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirrored(connection, an_eob(1), monkeypatch=monkeypatch)
    row, body = row_of(connection), box_for(connection.member).open(row_of(connection), "sealed_body")
    projector = projection.Projector(connection, box_for(connection.member), names={})
    projector.note(row, kinds.opened(row.fhir_type, body))
    monkeypatch.setattr(mirror, "opened", lambda *_args: pytest.fail("opened again"))
    projector.flush(now=NOW)
    assert len(claims_of(connection)) == 1


def test_a_connection_erased_meanwhile_gets_no_books(connection: Connection) -> None:
    save(connection, an_eob(1))
    box = box_for(connection.member)
    Connection.objects.filter(pk=connection.pk).delete()
    projection.project(connection, box, now=NOW)
    assert not Book.objects.exists()


def test_what_a_member_is_told_to_be_gone_names_their_records_and_not_our_books(alice: Member) -> None:
    row = a_claim(alice)
    save(row.connection, an_eob(2), an_eob(3, use=PRIOR_AUTH), COVERAGE)
    assert holdings.counted([row.connection]) == [
        (2, ("claim", "claims")),
        (1, ("approval in advance", "approvals in advance")),
        (1, ("coverage", "coverages")),
    ]
    assert len(coverages_of(row.connection)) == 1


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
    really = projection.merge

    def slowly(*args: Any) -> None:
        writing.set()
        forgotten.wait(1)  # it waits for us: this only gives it time to try
        really(*args)

    def forget() -> None:
        try:
            assert writing.wait(10)
            projection.forget()
            forgotten.set()
        finally:
            connections.close_all()

    monkeypatch.setattr(projection, "merge", slowly)
    thread = threading.Thread(target=forget)
    thread.start()
    save(connection, an_eob(7))
    thread.join(20)
    monkeypatch.undo()
    assert len(claims_of(connection)) == 7


def test_books_are_made_again_of_one_connection_alone_where_asked(alice: Member) -> None:
    one, other = a_connection(alice), a_connection(alice, plan="Other Plan")
    for connection in (one, other):
        save(connection, an_eob(1))
    with transaction.atomic():
        assert projection.forget([one.pk]) == 1
    assert [one.connection_id for one in Book.objects.all()] == [other.pk]
