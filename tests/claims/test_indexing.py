"""The index follows the claims: marked with them, written when needed, and built anew when damaged."""

from datetime import timedelta
from typing import Any

import pytest
from apps.claims.index import Entry
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import Member
from apps.claims import index, indexing, reindexing, tallies
from apps.claims.models import Claim, ClaimIndex, FreshEntries
from apps.connections.holdings import holdings
from apps.connections.models import Connection
from apps.vault.boxes import Box, box_for
from tests.claims.given import NOW, a_connection, an_eob, save
from tests.claims.made import C4BB, line, priced


@pytest.fixture
def connection(alice: Member) -> Connection:
    """Return a connection of Alice's."""
    return a_connection(alice)


def entries(connection: Connection) -> dict[int, list[Entry]]:
    """Return what the index holds once what was saved is in it, by year."""
    box = box_for(connection.member)
    indexing.freshen(connection_id=connection.pk, box=box, now=NOW)
    return {
        row.year: index.entries_from(box.open(row, "sealed_entries"))
        for row in ClaimIndex.objects.filter(connection=connection)
    }


def is_right(connection: Connection) -> bool:
    """Whether the index has every claim of the connection, where the database has it."""
    found = {
        (entry.claim_id, entry.ordered_on, entry.kind, entry.is_current)
        for year, some in entries(connection).items()
        for entry in some
        if entry.ordered_on.year == year
    }
    wanted = set(connection.claims.values_list("id", "ordered_on", "kind", "is_current"))
    return found == wanted and sum(map(len, entries(connection).values())) == len(wanted)


def in_database(table: str) -> bytes:
    """Return all that a reader of the database finds in the first row of *table*."""
    with database.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")  # noqa: S608 - a name of ours
        row = cursor.fetchone()
    return b"".join(bytes(v) if isinstance(v, (bytes, memoryview)) else str(v).encode() for v in row)


def opened_rows(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note every row that is opened from here on, as `table.column`."""
    seen: list[str] = []
    really = Box.open

    def noting(self: Box, row: Any, column: str) -> bytes:
        seen.append(f"{row._meta.model_name}.{column}")
        return really(self, row, column)

    monkeypatch.setattr(Box, "open", noting)
    return seen


def test_the_index_is_written_with_the_claims(connection: Connection) -> None:
    save(connection, an_eob(1), an_eob(2, on="2025-01-01"), an_eob(3, on=None))
    assert sorted(entries(connection)) == [1, 2025, 2026]
    assert is_right(connection)


def test_a_claim_whose_date_moves_to_another_year_moves_in_the_index(connection: Connection) -> None:
    save(connection, an_eob(1), an_eob(2))
    save(connection, an_eob(1, on="2024-05-05"))
    assert {year: len(some) for year, some in entries(connection).items()} == {2024: 1, 2026: 1}
    save(connection, an_eob(2, on="2024-06-06"))
    assert list(entries(connection)) == [2024]
    assert is_right(connection)


def test_a_claim_that_turns_out_to_be_an_approval_leaves_the_index(connection: Connection) -> None:
    save(connection, an_eob(1), an_eob(2, on="2025-01-01"))
    save(connection, an_eob(2, on="2025-01-01", use="preauthorization"))
    assert list(entries(connection)) == [2026]
    assert is_right(connection)


def test_a_claim_entered_in_error_stays_in_the_index_as_one_that_does_not_count(
    connection: Connection,
) -> None:
    save(connection, an_eob(1), an_eob(2, on="2025-01-01"))
    save(connection, an_eob(2, on="2025-01-01", status="entered-in-error"))
    (mistake,) = entries(connection)[2025]
    assert not mistake.is_current
    assert not mistake.is_counted
    assert is_right(connection)


def test_a_changed_claim_is_found_by_its_new_words_only(connection: Connection) -> None:
    save(connection, an_eob(1, provider={"display": "Old Clinic"}))
    save(connection, an_eob(1, provider={"display": "New Clinic"}))
    [entry] = entries(connection)[2026]
    assert "new clinic" in entry.words
    assert "old clinic" not in entry.words


def test_a_claim_that_is_replaced_in_another_year_is_so_in_the_index(connection: Connection) -> None:
    old = an_eob(1, on="2024-12-30")
    save(connection, old)
    entries(connection)
    related = [{"relationship": {"coding": [{"code": "prior"}]}, "reference": {"value": "CLM-1"}}]
    save(connection, an_eob(2, on="2025-01-01", related=related))
    [replaced] = entries(connection)[2024]
    assert not replaced.is_current
    assert is_right(connection)
    save(connection, an_eob(2, on="2025-01-01", status="entered-in-error", related=related))
    [stands_again] = entries(connection)[2024]
    assert stands_again.is_current
    assert is_right(connection)


def test_writing_the_index_opens_only_the_years_concerned_and_no_claim(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(
        connection,
        *[an_eob(f"{year}-{n}", on=f"{year}-02-03") for year in range(2015, 2026) for n in range(9)],
    )
    entries(connection)
    seen = opened_rows(monkeypatch)
    save(connection, *[an_eob(f"2020-{n}", on="2020-02-03", share="1") for n in range(5)])
    assert [one for one in seen if one.startswith(("claim", "fresh"))] == []
    indexing.freshen(connection_id=connection.pk, box=box_for(connection.member), now=NOW)
    opened = [one for one in seen if one.startswith(("claim", "fresh"))]
    assert opened == ["claimindex.sealed_entries", "freshentries.sealed_entries"]
    monkeypatch.undo()
    assert is_right(connection)


def test_saving_costs_the_same_number_of_queries_however_much_is_stored(
    connection: Connection, django_assert_num_queries: Any
) -> None:
    def page_of(start: int) -> list[dict[str, Any]]:
        return [an_eob(n, on=f"202{n % 3}-02-03") for n in range(start, start + 20)]

    save(connection, *page_of(0))
    with CaptureQueriesContext(database) as first:
        save(connection, *page_of(20))
    save(connection, *(one for start in range(40, 200, 20) for one in page_of(start)))
    with django_assert_num_queries(len(first)):
        save(connection, *page_of(200))


def test_a_page_shows_claims_the_index_lacked_when_it_was_asked_for(
    alice: Member, connection: Connection
) -> None:
    """Whoever was killed between a save and the end of a run leaves no sum that lacks a claim."""
    save(connection, an_eob(1), an_eob(2, on="2025-01-01"))
    assert indexing.stale_years(connection.pk) == [2026, 2025]
    found = indexing.opened(alice, box_for(alice), ["sealed_summary"], tallies.summary_from)
    assert [(row.year, row.claims, row.stale_at) for row, _ in found] == [(2026, 1, None), (2025, 1, None)]
    assert [summary.kinds["professional"].claims for _, summary in found] == [1, 1]
    assert not FreshEntries.objects.exists()
    assert indexing.stale_years(connection.pk) == []


def test_a_large_index_is_not_written_for_every_page_while_claims_come_and_says_so(
    alice: Member, connection: Connection, alice_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "MANY", 3)
    save(connection, *[an_eob(n) for n in range(3)])
    first = alice_client.get("/claims/").content.decode()
    assert "3 claims" in first
    assert "still-reading" not in first
    save(connection, *[an_eob(n) for n in range(3, 9)])
    html = alice_client.get("/claims/").content.decode()
    assert html.count('data-testid="claim-row"') == 9  # by the database's own order: nothing is missing
    assert 'data-testid="still-reading"' in html
    assert 'data-testid="still-reading"' in alice_client.get("/claims/providers/").content.decode()
    ClaimIndex.objects.update(written_at=timezone.now() - indexing.REST)
    html = alice_client.get("/claims/").content.decode()
    assert "9 claims" in html
    assert "still-reading" not in html


def test_an_entry_of_an_older_version_of_a_claim_is_not_used(connection: Connection) -> None:
    """Whatever the order in which entries were kept: the claim's digest tells which are of it."""
    save(connection, an_eob(1, provider={"display": "Old Clinic"}))
    late = FreshEntries.objects.get()
    save(connection, an_eob(1, provider={"display": "New Clinic"}))
    FreshEntries.objects.exclude(pk=late.pk).delete()
    [entry] = entries(connection)[2026]
    assert "new clinic" in entry.words


def test_an_unchanged_page_leaves_the_index_alone(connection: Connection) -> None:
    save(connection, an_eob(1))
    entries(connection)
    save(connection, an_eob(1), now=NOW + timedelta(days=1))
    assert indexing.stale_years(connection.pk) == []
    assert not FreshEntries.objects.exists()


@pytest.mark.parametrize("column", ["sealed_entries", "sealed_summary", "sealed_columns"])
def test_a_row_that_does_not_open_is_built_again_and_logged(
    connection: Connection, column: str, caplog: pytest.LogCaptureFixture
) -> None:
    save(connection, an_eob(1), an_eob(2))
    entries(connection)
    row = ClaimIndex.objects.get()
    box = box_for(connection.member)
    for broken in (b"nonsense", box.seal(row, column, b"\xffanother layout")):
        ClaimIndex.objects.update(**{column: broken})
        caplog.clear()
        indexing.opened(
            connection.member, box, [column], lambda part: part
        ) if broken == b"nonsense" else save(connection, an_eob(3))
        entries(connection)
        if column == "sealed_entries" or broken == b"nonsense":
            assert f"claim index {row.pk} does not open" in caplog.text
        assert "Riverside" not in caplog.text
        assert is_right(connection)


def test_an_index_whose_connection_is_erased_meanwhile_is_not_built_again(
    connection: Connection, alice: Member
) -> None:
    """A list that is being made while its plan is erased shows what is left."""
    save(connection, an_eob(1))
    box = box_for(alice)

    def erased_then_unreadable(_stored: bytes) -> None:
        Connection.objects.filter(pk=connection.pk).delete()
        raise index.OtherLayout("by another version")

    found = indexing.opened(alice, box, ["sealed_summary"], erased_then_unreadable)
    assert found == []
    reindexing.write_year(connection_id=connection.pk, year=2026, box=box, now=NOW)
    assert not ClaimIndex.objects.exists()


def test_a_claim_that_does_not_open_is_in_a_rebuilt_index_all_the_same(connection: Connection) -> None:
    save(connection, an_eob(1), an_eob(2))
    broken = connection.claims.first()
    assert broken
    Claim.objects.filter(pk=broken.pk).update(sealed_record=b"nonsense")
    indexing.rebuild(connection_id=connection.pk, box=box_for(connection.member), now=NOW)
    assert is_right(connection)
    [entry] = [one for one in entries(connection)[2026] if one.claim_id == broken.pk]
    assert (entry.your_share, entry.is_counted) == (None, False)


def test_what_a_save_lists_is_what_the_stored_records_say(connection: Connection) -> None:
    """A save hands on records without the money of their lines: the index must not lack any of it."""
    denied, share = priced("denied", 80), priced("memberliability", 20, system=C4BB)
    lines = [line(1, denied, share), line(2, net={"value": 60}), line(3)]
    alone = {"item": lines, "total": [], "provider": {"display": "Dr. Ada Reyes"}}
    save(
        connection,
        an_eob(1, item=lines),
        an_eob(2, **alone),
        an_eob(3, kind="pharmacy", **alone),
        an_eob(4, kind="institutional", outcome="partial", item=lines[:1]),
        an_eob(5, share=None),
    )
    saved = entries(connection)
    indexing.rebuild(connection_id=connection.pk, box=box_for(connection.member), now=NOW)
    assert entries(connection) == saved
    assert len(saved[2026]) == 5


def test_claims_an_earlier_release_stored_get_their_index(alice: Member, connection: Connection) -> None:
    save(connection, an_eob(1), an_eob(2, on="2020-01-01"))
    ClaimIndex.objects.all().delete()
    box = box_for(alice)
    assert indexing.complete(alice, box, [connection.pk], [])
    assert is_right(connection)
    assert not indexing.complete(alice, box, [connection.pk], [connection.pk])


def test_the_first_save_after_an_earlier_release_indexes_all_years(connection: Connection) -> None:
    save(connection, an_eob(1), an_eob(2, on="2020-01-01"))
    ClaimIndex.objects.all().delete()
    save(connection, an_eob(3))
    assert sorted(entries(connection)) == [2020, 2026]
    assert is_right(connection)


def test_the_index_goes_with_its_connection_and_its_member(alice: Member, connection: Connection) -> None:
    save(connection, an_eob(1))
    other = a_connection(alice, plan="Other Plan")
    save(other, an_eob(1))
    Connection.objects.filter(pk=connection.pk).delete()
    assert ClaimIndex.objects.get().connection_id == other.pk
    alice.delete()
    assert not ClaimIndex.objects.exists()


def test_no_word_of_a_claim_is_readable_in_the_index(connection: Connection) -> None:
    save(connection, an_eob(1))
    stored = in_database("claims_freshentries")
    entries(connection)
    stored += in_database("claims_claimindex")
    for word in (b"iverside", b"riverside", b"CLM-1", b"clm-1", b"53.52"):
        assert word not in stored


def test_parts_of_an_index_do_not_open_for_one_another(connection: Connection) -> None:
    save(connection, an_eob(1))
    entries(connection)
    ClaimIndex.objects.update(sealed_words=ClaimIndex.objects.get().sealed_summary)
    found = indexing.opened(
        connection.member, box_for(connection.member), ["sealed_words"], indexing.words_from
    )
    assert len(found[0][1]) == 1
    assert "riverside" in found[0][1][0]


def test_what_a_member_is_told_to_be_gone_names_their_claims_and_not_our_index(
    connection: Connection,
) -> None:
    save(connection, an_eob(1), an_eob(2))
    assert ClaimIndex.objects.count() == FreshEntries.objects.count() == 1
    assert [(one.count, one.name) for one in holdings(connection)] == [(2, "claims")]
