"""Fresh entries among those of a shelf: the answer depends on which are there, not on how they came."""

import datetime as dt
import re
import uuid
from itertools import batched
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.connections.models import Connection
from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.claim.kind import CLAIM
from apps.records import projection
from apps.records.books import Broken, Shelf, merge, shelves
from apps.records.entries import Entry, Facts, in_order
from apps.records.models import Book
from apps.vault.boxes import box_for
from tests.claims.given import an_eob, claims_of, row_of, save
from tests.claims.test_chains import PRIOR, related


def shelf_of(connection: Connection) -> Shelf:
    return shelves(connection, box_for(connection.member))[CLAIM.name]


def held(connection: Connection) -> list[Any]:
    return [entry for _book, entries in shelf_of(connection).books() for entry in entries]


@st.composite
def some_entries(draw: st.DrawFn) -> list[ClaimEntry]:
    """Return up to nine entries of three years, of which some name others."""
    names = st.sampled_from("abcd")
    return [
        ClaimEntry(
            id=uuid.UUID(int=number + 1),
            on=dt.date(draw(st.integers(2024, 2026)), 5, 5),
            facts=Facts(
                own=(f"r{number}", draw(names)),
                older=tuple(draw(st.lists(names, max_size=1))),
                created=draw(st.sampled_from(["", "2026-01-01", "2026-01-02"])),
                is_mistake=draw(st.booleans()),
            ),
        )
        for number in range(draw(st.integers(1, 9)))
    ]


@given(some_entries(), st.randoms(use_true_random=False), st.integers(1, 4), st.sampled_from([1, 2, 3, 500]))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_books_hold_the_same_however_entries_come(
    connection: Connection, entries: list[ClaimEntry], chance: Any, at_once: int, most: int
) -> None:
    with pytest.MonkeyPatch.context() as small:
        small.setattr("apps.records.books.MOST", most)
        Book.objects.all().delete()
        merge(shelf_of(connection), {entry.id: entry for entry in entries})
        expected = held(connection)
        Book.objects.all().delete()
        extra = entries[0].moved(id=uuid.UUID(int=99), on=dt.date(2025, 1, 1))
        mixed: list[Entry] = [*entries, extra]
        chance.shuffle(mixed)
        for batch in batched(mixed, at_once):
            merge(shelf_of(connection), {entry.id: entry for entry in batch})
        merge(shelf_of(connection), {extra.id: None})
    assert held(connection) == expected
    assert sorted(entry.id.int for entry in expected) == list(range(1, len(entries) + 1))
    for book, kept in shelf_of(connection).books():
        assert {entry.on.year for entry in kept} == {book.year}
        assert kept == in_order(kept)
        assert len(kept) <= most


def test_of_a_year_one_book_after_the_other_is_open(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is opened to look for versions, and to be written; none stays in memory as it is stored."""
    for name, size in (("MOST", 3), ("HELD", 3)):
        monkeypatch.setattr(f"apps.records.books.{name}", size)
    entries = [ClaimEntry(id=uuid.UUID(int=n + 1), on=dt.date(2026, 5, n + 1)) for n in range(30)]
    merge(shelf_of(connection), {entry.id: entry for entry in entries[:29]})
    shelf = shelf_of(connection)
    with CaptureQueriesContext(database) as asked:
        merge(shelf, {entries[29].id: entries[29]})
    opened = [query for query in asked if re.match('SELECT.*"sealed_entries"', query["sql"])]
    assert len(opened) <= 2 * Book.objects.count() == 20
    assert all("sealed_entries" in row.get_deferred_fields() or not row.sealed_entries for row in shelf.rows)


def test_a_claim_that_is_replaced_in_another_year_is_old_in_its_own(connection: Connection) -> None:
    save(connection, an_eob(1, on="2024-12-30"))
    newer = an_eob(2, on="2025-01-01", **related(PRIOR, number="1"))
    save(connection, newer)
    assert [claim.entry.is_current for claim in claims_of(connection)] == [True, False]
    save(connection, newer | {"status": "entered-in-error"})
    assert [claim.entry.is_current for claim in claims_of(connection)] == [False, True]


def test_versions_over_years_are_one_chain_in_order(connection: Connection) -> None:
    save(connection, an_eob(3, on="2026-01-03", **related(PRIOR, number="2")))
    save(connection, an_eob(1, on="2024-01-01"))
    save(connection, an_eob(2, on="2025-01-02", **related(PRIOR, number="1")))
    every = claims_of(connection)
    assert [claim.entry.place for claim in every] == [0, 1, 2]
    assert len({claim.entry.chain for claim in every}) == 1
    save(connection, an_eob(2, on="2025-01-02"))  # it names nothing any more
    entries = {claim.id: claim.entry for claim in claims_of(connection)}
    assert entries[row_of(connection, 1).pk].chain is None
    assert [entries[row_of(connection, n).pk].is_current for n in (1, 2, 3)] == [True, False, True]


def test_what_the_plan_no_longer_sends_leaves_its_place_to_an_older_version(connection: Connection) -> None:
    gone_at = dt.datetime(2026, 3, 3, tzinfo=dt.UTC)
    on, older, newer = dt.date(2026, 1, 1), Facts(own=("a",)), Facts(own=("b",), older=("a",))
    first = ClaimEntry(id=uuid.UUID(int=1), on=on, facts=older)
    second = ClaimEntry(id=uuid.UUID(int=2), on=on, facts=newer)
    for newest, current in ((second, 2), (second.moved(gone_at=gone_at), 1)):
        merge(shelf_of(connection), {entry.id: entry for entry in (first, newest)})
        assert [entry.id.int for entry in held(connection) if entry.is_current] == [current]


@pytest.mark.parametrize("size", [1, 2, 5])
def test_a_year_longer_than_a_book_is_cut_newest_first(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr("apps.records.books.MOST", size)
    for start in range(0, 9, 3):
        save(connection, *[an_eob(n, on=f"2026-05-{n + 1:02}") for n in range(start, start + 3)])
    days = [entry.on.day for entry in held(connection)]
    assert days == sorted(days, reverse=True)
    assert Book.objects.count() == -(-9 // size)
    save(connection, *[an_eob(n, use="preauthorization") for n in range(8)])
    assert [entry.on.day for entry in held(connection)] == [9]


def test_a_book_that_goes_while_its_shelf_is_read_is_noticed(connection: Connection) -> None:
    """Whoever reads without the lock makes the books again, instead of missing a year."""
    save(connection, an_eob(1, on="2026-01-01"), an_eob(2, on="2025-01-01"))
    books = shelf_of(connection).books()
    next(books)
    projection.forget()
    with pytest.raises(Broken):
        next(books)
