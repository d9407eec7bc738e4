"""Mirror to books: what came is put where it belongs."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.records import batches, holdings, kinds, projection, shelf
from apps.records.models import Book, Catalogue
from apps.vault.boxes import Box, box_for
from apps.vault.errors import KeyUnavailable
from tests.claims.given import (
    NOW,
    a_claim,
    a_connection,
    an_eob,
    approvals_of,
    claims_of,
    coverages_of,
    damage,
    row_of,
    save,
    told,
)

PRIOR_AUTH = "preauthorization"
COVERAGE = {
    "resourceType": "Coverage",
    "id": "c",
    "status": "active",
    "beneficiary": {"reference": "Patient/1"},
    "payor": [{"reference": "Organization/7"}],
}


def years(connection: Connection) -> dict[int, int]:
    """Return how many claims the books of each year hold."""
    counts: dict[int, int] = {}
    for claim in claims_of(connection):
        counts[claim.entry.on.year] = counts.get(claim.entry.on.year, 0) + 1
    return counts


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
    [claim] = claims_of(connection)
    assert "new clinic" in claim.entry.words
    assert "old clinic" not in claim.entry.words


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
    [claim] = claims_of(connection)
    assert (claim.entry.is_unreadable, str(claim.entry.your_share)) == (False, "53.52")
    assert told(row_of(connection)).money.your_share.amount == claim.entry.your_share


def mirrored(connection: Connection, *eobs: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Mirror these as a worker does that is killed before they are in books."""
    with monkeypatch.context() as patch:
        patch.setattr(projection, "project", lambda *_args, **_named: None)
        save(connection, *eobs)


def test_a_page_shows_what_was_mirrored_and_in_no_book_yet(
    connection: Connection, alice_client: Client, monkeypatch: pytest.MonkeyPatch
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
    for path in (
        "/claims/",
        "/claims/providers/",
        "/home/",
        "/money/2026/",
        "/claims/approvals/",
        "/coverage/",
    ):
        assert 'data-testid="still-reading"' in alice_client.get(path).content.decode()
    in_no_book = f"/claims/{row_of(connection, 8).pk}/"
    assert 'data-testid="still-reading"' in alice_client.get(in_no_book).content.decode()
    assert alice_client.post(f"{in_no_book}paid/").status_code == 404
    projection.look_after()
    html = alice_client.get("/claims/").content.decode()
    assert "9 claims" in html
    assert "still-reading" not in html


def test_the_page_of_a_claim_waits_for_no_book(
    connection: Connection, alice_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mirror has it: what the plan sent is shown, and that its versions are not known yet."""
    approval = an_eob(9, use="preauthorization")
    mirrored(connection, *[an_eob(n) for n in range(4)], approval, monkeypatch=monkeypatch)
    monkeypatch.setattr(shelf, "LONGEST_WAIT", 3)
    pages = {row.pk: alice_client.get(f"/claims/{row.pk}/") for row in connection.records.all()}
    shown = [page.content.decode() for page in pages.values() if page.status_code == 200]
    assert sum('data-testid="still-reading"' in html and "$53.52" in html for html in shown) == 4
    assert len(shown) == 4  # an approval is no claim


def test_a_great_many_records_are_put_into_books_in_turns(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "AT_ONCE", 4)
    for start in range(0, 12, 3):
        mirrored(connection, *[an_eob(n) for n in range(start, start + 3)], monkeypatch=monkeypatch)
    mirrored(connection, *[an_eob(n) for n in range(20, 30)], monkeypatch=monkeypatch)
    projector, turns = projection.Projector(connection, box_for(connection.member)), 1
    while projector.flush(now=NOW):
        turns += 1
    assert turns > 2
    assert len(claims_of(connection)) == 22


def test_a_change_writes_the_books_of_its_year_alone(connection: Connection) -> None:
    """An unchanged page leaves all of them alone."""
    save(
        connection, *[an_eob(f"{year}-{n}", on=f"{year}-02-03") for year in (2019, 2020, 2021) for n in "ab"]
    )
    before = {book["year"]: book for book in Book.objects.values()}
    for share, changed in ((None, []), ("1", [2020])):
        eob = an_eob("2020-a", on="2020-02-03", **({"share": share} if share else {}))
        save(connection, eob, now=NOW + timedelta(days=1))
        after = {book["year"]: book for book in Book.objects.values()}
        assert [year for year in after if after[year] != before[year]] == changed


def test_what_changed_since_a_run_has_read_it_is_read_again(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirrored(connection, an_eob(1, share="1.00"), monkeypatch=monkeypatch)
    row, body = row_of(connection), box_for(connection.member).open(row_of(connection), "sealed_body")
    projector = projection.Projector(connection, box_for(connection.member), names={})
    projector.note(row, kinds.opened(row.fhir_type, body))
    mirrored(connection, an_eob(1, on="2025-01-01"), monkeypatch=monkeypatch)
    projector.flush(now=NOW)
    assert years(connection) == {2025: 1}


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


def test_where_people_or_places_are_renamed_all_there_is_may_have_to_be_read(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(connection, *[an_eob(n) for n in range(4)])
    renamed = {"resourceType": "Organization", "id": "7", "name": "Bay Laboratory"}
    mirrored(connection, renamed, monkeypatch=monkeypatch)
    assert projection.pending(Catalogue.objects.get()) == 4


def test_books_that_another_release_made_are_not_opened(
    connection: Connection, alice_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its amounts may stand elsewhere in them."""
    save(connection, *[an_eob(n) for n in range(4)])
    Catalogue.objects.update(made_by="older")
    monkeypatch.setattr(shelf, "LONGEST_WAIT", 3)
    html = alice_client.get("/claims/").content.decode()
    assert "still-reading" in html
    assert "claim-row" not in html
    assert "has not shared any claims" not in html
    assert "shared no approvals" not in alice_client.get("/claims/approvals/").content.decode()
    projection.look_after()
    assert alice_client.get("/claims/").content.decode().count('data-testid="claim-row"') == 4


def test_a_member_whose_books_cannot_be_made_holds_up_nobody_else(
    connection: Connection, bob: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = a_connection(bob)
    for plan_connection in (connection, other):
        mirrored(plan_connection, an_eob(1), monkeypatch=monkeypatch)
    flush = projection.Projector.flush

    def breaks(self: projection.Projector, *, now: Any) -> bool:
        if self.connection == connection:
            raise RuntimeError
        return flush(self, now=now)

    monkeypatch.setattr(projection.Projector, "flush", breaks)
    projection.look_after()
    stale = {catalogue.pk for catalogue in Catalogue.objects.all() if projection.is_stale(catalogue)}
    assert stale == {connection.pk}


def test_who_leaves_waits_for_no_reading_and_is_told_no_number_that_lacks_some(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(connection, an_eob(0))
    mirrored(connection, *[an_eob(n) for n in range(1, 4)], monkeypatch=monkeypatch)
    monkeypatch.setattr(batches, "AT_ONCE", 2)
    assert holdings.counted([connection]) == []
    assert projection.pending(Catalogue.objects.get()) == 3


def test_who_leaves_is_not_held_up_by_a_key_that_does_not_answer(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(connection, an_eob(0))
    assert [number for number, _words in holdings.counted([connection])] == [1]

    def is_away(_member: Member) -> Box:
        raise KeyUnavailable("the key service does not answer")

    monkeypatch.setattr(holdings, "box_for", is_away)
    assert holdings.counted([connection]) == []
