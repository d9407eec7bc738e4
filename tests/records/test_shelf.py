"""What pages ask of a member's books."""

import re
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.kinds.approval.kind import APPROVAL
from apps.kinds.claim.kind import CLAIM
from apps.records import projection
from apps.records.books import entries_of
from apps.records.entries import UNDATED
from apps.records.models import Book
from apps.records.shelf import Library
from apps.vault.boxes import box_for
from tests.at_once import at_once
from tests.claims.given import NOW, a_connection, an_eob, row_of, save


def library(member: Member) -> Library:
    return Library(member, box_for(member))


def opened(queries: CaptureQueriesContext) -> int:
    return sum(bool(re.search('SELECT [^;]*"sealed_entries"', query["sql"])) for query in queries)


def test_volumes_are_the_newest_year_first_and_tell_without_being_opened(alice: Member) -> None:
    first, second = a_connection(alice), a_connection(alice, plan="Other Plan", days=1)
    save(first, an_eob(1), an_eob(2, on="2024-05-05"))
    volumes = library(alice).volumes(CLAIM)
    with CaptureQueriesContext(database) as queries:
        told = [(volume.year, volume.entries, volume.unreadable) for volume in volumes]
        assert told == [(2026, 1, 0), (2024, 1, 0)]
        assert volumes[0].summary.kinds["professional"].claims == 1
    assert len(queries) == 0
    save(second, an_eob(3), an_eob(4, on=None))
    volumes = library(alice).volumes(CLAIM)
    assert [(volume.year, volume.plan) for volume in volumes] == [
        (2026, first.pk), (2026, second.pk), (2024, first.pk), (UNDATED.year, second.pk),
    ]  # fmt: skip


def test_what_two_connections_have_is_summed_up_once(alice: Member) -> None:
    first, second = a_connection(alice), a_connection(alice, plan="Other Plan", days=1)
    save(first, an_eob(1))
    save(second, an_eob(1), an_eob(2))
    volumes = library(alice).volumes(CLAIM)
    claims = [(volume.plan, volume.twins, volume.summary.kinds["professional"].claims) for volume in volumes]
    assert claims == [(first.pk, 0, 1), (second.pk, 1, 1)]


def test_all_of_a_year_or_of_a_plan_newest_first(alice: Member) -> None:
    first, second = a_connection(alice), a_connection(alice, plan="Other Plan", days=1)
    save(first, an_eob(1, on="2026-01-01"), an_eob(2, on="2026-03-03"), an_eob(3, on="2024-05-05"))
    save(second, an_eob(4, on="2026-02-02"))
    ids = [row_of(first, 2).pk, row_of(second, 4).pk, row_of(first, 1).pk, row_of(first, 3).pk]
    asked = library(alice)
    assert [claim.id for claim in asked.held(CLAIM)] == ids
    assert [claim.id for claim in asked.held(CLAIM, year=2026)] == ids[:3]
    assert [claim.id for claim in asked.held(CLAIM, plan=second.pk)] == [ids[1]]
    assert [claim.id for claim in asked.newest(CLAIM)] == ids
    assert [claim.id for claim in asked.newest(CLAIM, oldest_first=True)] == ids[::-1]
    assert asked.one(CLAIM, ids[0], first.pk) is not None
    assert asked.one(CLAIM, ids[0], second.pk) is None
    assert (asked.has(CLAIM), asked.has(APPROVAL)) == (True, False)


def test_the_newest_open_books_as_they_are_come_to_and_once(connection: Connection) -> None:
    save(connection, *[an_eob(year, on=f"{year}-05-05") for year in range(2019, 2027)])
    asked = library(connection.member)
    with CaptureQueriesContext(database) as queries:
        assert next(asked.newest(CLAIM)).entry.on.year == 2026
        assert next(asked.newest(CLAIM)).entry.on.year == 2026
    assert opened(queries) == 1
    with CaptureQueriesContext(database) as queries:
        assert next(asked.newest(CLAIM, oldest_first=True)).entry.on.year == 2019
    assert opened(queries) == 1


def test_what_another_member_has_is_in_no_library_w03(alice: Member, bob: Member) -> None:
    save(a_connection(bob), an_eob(1))
    save(a_connection(alice), an_eob(2))
    assert [len(library(member).held(CLAIM)) for member in (alice, bob)] == [1, 1]
    assert not library(alice).has_clinical, "a claim is no clinical record"
    asked = library(alice)
    assert {row.member_id for row in (*asked.connections, *asked._heads())} == {alice.pk}
    book = Book.objects.get(member=bob)
    Book.objects.filter(pk=book.pk).update(member=alice)
    with pytest.raises(Exception, match="does not open"):
        entries_of(Book.objects.get(pk=book.pk), CLAIM, box_for(alice))


def test_a_book_written_anew_while_a_page_is_made_is_shown_as_it_is_now(connection: Connection) -> None:
    """A page made while a sync writes shows every claim, whichever books were made anew meanwhile."""
    save(connection, *[an_eob(n, on=f"202{n}-05-05") for n in (4, 5, 6)])
    asked = library(connection.member)
    volumes = asked.volumes(CLAIM)
    projection.forget()
    save(connection, an_eob("new", on="2025-06-06"))
    assert [len(volume.open()) for volume in volumes] == [1, 2, 1]


def test_books_forgotten_while_a_page_is_made_are_made_again_for_it(connection: Connection) -> None:
    save(connection, *[an_eob(n, on=f"202{n}-05-05") for n in (4, 5, 6)])
    asked = library(connection.member)
    asked.volumes(CLAIM)
    projection.forget()
    assert len(asked.held(CLAIM)) == 3


def test_a_connection_erased_while_a_page_is_made_shows_what_is_left(alice: Member) -> None:
    first, second = a_connection(alice), a_connection(alice, plan="Other Plan", days=1)
    for connection in (first, second):
        save(connection, an_eob(str(connection.pk)))
    asked = library(alice)
    Connection.objects.filter(pk=first.pk).delete()
    assert [claim.plan for claim in asked.held(CLAIM)] == [second.pk]


def test_a_member_without_connections_has_nothing(alice: Member) -> None:
    asked = library(alice)
    assert (asked.held(CLAIM), list(asked.newest(CLAIM)), asked.is_behind) == ([], [], False)


@pytest.mark.skipif(database.vendor != "postgresql", reason="SQLite has one writer")
@pytest.mark.django_db(transaction=True)
def test_two_pages_asked_for_at_once_make_books_once(alice: Member) -> None:
    connection = a_connection(alice)
    save(connection, *[an_eob(n, on=f"202{n}-05-05") for n in range(5)])
    projection.forget()
    assert at_once(lambda _page: len(library(alice).held(CLAIM)), range(3)) == [5, 5, 5]
    assert Book.objects.count() == 5


def test_a_library_brought_up_to_date_writes_nothing(
    connection: Connection, django_assert_max_num_queries: Any
) -> None:
    save(connection, an_eob(1))
    box = box_for(connection.member)
    projection.project(connection, box, now=NOW)
    with django_assert_max_num_queries(4), CaptureQueriesContext(database) as queries:
        Library(connection.member, box).held(CLAIM)
    assert not [query for query in queries if re.match("INSERT|UPDATE|DELETE|SAVEPOINT", query["sql"])]


def test_books_of_several_connections_are_loaded_in_one_query(
    connection: Connection, django_assert_max_num_queries: Any
) -> None:
    other = a_connection(connection.member, plan="Other Plan", days=1)
    for plan in (connection, other):
        save(plan, *[an_eob(n, on=f"{2020 + n}-05-05") for n in range(5)])
        projection.project(plan, box_for(connection.member), now=NOW)
    # key, connections, heads, what the member said, all books
    with django_assert_max_num_queries(5):
        asked = Library(connection.member, box_for(connection.member))
        assert len(asked.held(CLAIM)) == 10
    with django_assert_max_num_queries(0):
        assert len(asked.held(CLAIM)) == 10
