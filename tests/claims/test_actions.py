"""Saving claims."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection as database

from apps.accounts.models import Member
from apps.claims import actions, records
from apps.claims.models import UNDATED, Claim
from apps.connections.models import Connection
from apps.vault.boxes import box_for
from tests.claims.given import NOW, a_connection, an_eob, save


@pytest.fixture
def connection(alice: Member) -> Connection:
    """Return a connection of Alice's."""
    return a_connection(alice)


def record_of(claim: Claim) -> records.ClaimRecord:
    return records.from_bytes(box_for(claim.member).open(claim, "sealed_record"))


def test_a_claim_is_stored_sealed_and_can_be_found_by_owner_and_date(connection: Connection) -> None:
    saved = save(connection, an_eob(1))
    claim = connection.member.claims.get()
    assert (saved.listed, saved.written, saved.set_aside, saved.unreadable) == (1, 1, 0, ())
    assert (claim.kind, claim.service_on, claim.ordered_on) == (
        "professional",
        date(2026, 3, 9),
        date(2026, 3, 9),
    )
    assert str(record_of(claim).money.your_share.amount) == "53.52"


def test_no_word_of_a_claim_is_readable_in_the_database(connection: Connection) -> None:
    save(connection, an_eob(1, provider={"display": "Riverside Clinic"}))
    with database.cursor() as cursor:
        cursor.execute("SELECT * FROM claims_claim")
        stored = b"".join(
            bytes(v) if isinstance(v, (bytes, memoryview)) else str(v).encode() for v in cursor.fetchone()
        )
    assert b"Riverside" not in stored
    assert b"eob-1" not in stored
    assert b"53.52" not in stored


def test_a_changed_claim_keeps_its_id_and_opens_with_its_new_figures(connection: Connection) -> None:
    save(connection, an_eob(1))
    first = connection.claims.get()
    saved = save(connection, an_eob(1, share="60.00", on="2026-04-01"), now=NOW + timedelta(days=1))
    again = connection.claims.get()
    assert (saved.listed, saved.written) == (1, 1)
    assert again.pk == first.pk
    assert (again.first_read_at, again.read_at) == (NOW, NOW + timedelta(days=1))
    assert again.ordered_on == date(2026, 4, 1)
    assert record_of(again).money.your_share.amount == 60


def test_an_unchanged_claim_is_counted_but_not_written(connection: Connection) -> None:
    save(connection, an_eob(1))
    before = bytes(connection.claims.get().sealed_record)
    saved = save(connection, an_eob(1), now=NOW + timedelta(days=1))
    assert (saved.listed, saved.written) == (1, 0)
    assert bytes(connection.claims.get().sealed_record) == before


def test_a_name_that_became_known_is_written_into_an_unchanged_claim(connection: Connection) -> None:
    eob = an_eob(1, provider={"reference": "Organization/7"})
    saved = save(connection, eob)
    assert "Organization/7" in saved.references
    saved = save(connection, eob, names={"Organization/7": "Riverside Clinic", "Organization/8": "Elsewhere"})
    assert saved.written == 1
    assert record_of(connection.claims.get()).provider == "Riverside Clinic"
    saved = save(connection, eob, names={"Organization/7": "Riverside Clinic"})
    assert saved.written == 0


@pytest.mark.parametrize("use", ["preauthorization", "predetermination", "something-else"])
def test_what_is_no_claim_is_set_aside_as_an_approval_and_never_listed(
    connection: Connection, use: str
) -> None:
    saved = save(connection, an_eob(1, use=use), an_eob(2))
    assert (saved.listed, saved.set_aside, saved.written) == (1, 1, 2)
    assert (connection.claims.count(), connection.approvals.count()) == (1, 1)
    again = save(connection, an_eob(1, use=use), an_eob(2))
    assert (again.listed, again.set_aside, again.written) == (1, 1, 0)


def test_a_claim_that_becomes_an_approval_moves_there_and_back(connection: Connection) -> None:
    save(connection, an_eob(1), an_eob(2))
    moved = save(connection, an_eob(1, use="preauthorization"))
    assert (moved.listed, moved.set_aside) == (0, 1)
    assert (connection.claims.count(), connection.approvals.count()) == (1, 1)
    back = save(connection, an_eob(1))
    assert (back.listed, back.set_aside) == (1, 0)
    assert (connection.claims.count(), connection.approvals.count()) == (2, 0)


def test_a_claim_entered_in_error_leaves_the_list_and_keeps_its_row(connection: Connection) -> None:
    save(connection, an_eob(1), an_eob(2))
    before = set(connection.claims.values_list("pk", flat=True))
    saved = save(connection, an_eob(1, status="entered-in-error"))
    assert (saved.listed, saved.set_aside) == (1, 0)
    assert connection.claims.current().count() == 1
    assert set(connection.claims.values_list("pk", flat=True)) == before
    save(connection, an_eob(1))
    assert connection.claims.current().count() == 2


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"resourceType": "Patient"}', b"\xff\xfe", b"[" * 100_000]
)
def test_what_cannot_be_read_is_reported_and_does_not_stop_the_rest(
    connection: Connection, body: bytes
) -> None:
    good = json.dumps(an_eob(1)).encode()
    saved = actions.save(
        connection=connection, box=box_for(connection.member), bodies=[body, good], names={}, now=NOW
    )
    assert saved.listed == 1
    assert [each.position for each in saved.unreadable] == [0]
    assert saved.unreadable[0].reason


def test_the_same_claim_twice_in_one_page_is_one_row_and_the_last_one_wins(connection: Connection) -> None:
    saved = save(connection, an_eob(1), an_eob(1, share="70.00"))
    assert saved.listed == 1
    assert record_of(connection.claims.get()).money.your_share.amount == 70


def test_claims_of_two_connections_with_the_same_id_are_two_rows(alice: Member) -> None:
    save(a_connection(alice), an_eob(1))
    save(a_connection(alice, plan="Other Plan"), an_eob(1))
    assert alice.claims.count() == 2


def test_a_claim_without_service_date_is_ordered_by_the_day_it_was_made(connection: Connection) -> None:
    save(connection, an_eob(1, on=None, created="2025-05-06"))
    claim = connection.claims.get()
    assert claim.ordered_on == date(2025, 5, 6)


def test_a_claim_without_any_date_sorts_last(connection: Connection) -> None:
    save(connection, an_eob(1, on=None))
    claim = connection.claims.get()
    assert (claim.service_on, claim.ordered_on) == (None, UNDATED)


def test_a_connection_that_is_gone_takes_no_claims(connection: Connection) -> None:
    box = box_for(connection.member)
    Connection.objects.filter(pk=connection.pk).delete()
    with pytest.raises(Connection.DoesNotExist):
        actions.save(
            connection=connection, box=box, bodies=[json.dumps(an_eob(1)).encode()], names={}, now=NOW
        )
    assert not Claim.objects.exists()


def test_saving_a_page_takes_a_handful_of_queries(
    connection: Connection, django_assert_max_num_queries: Any
) -> None:
    eobs = [an_eob(number) for number in range(60)]
    box = box_for(connection.member)
    bodies = [json.dumps(eob).encode() for eob in eobs]
    # savepoints, lock, look-ups, the upsert; names and current versions; the index and its own upsert
    with django_assert_max_num_queries(20):
        actions.save(connection=connection, box=box, bodies=bodies, names={}, now=NOW)


@pytest.mark.parametrize("number", ["N/A", "unknown", "0", "0000-00", "-", "IGNORED_FIELD", "Not Found"])
def test_two_claims_of_one_day_under_no_number_at_all_are_two_claims(alice: Member, number: str) -> None:
    """Facts claims 1.25: what stands where a number should be makes no versions of two claims."""
    mine = [{"value": number}]
    save(
        a_connection(alice),
        an_eob(1, identifier=mine, share="10.00", provider={"display": "Clinic"}),
        an_eob(2, identifier=mine, share="20.00", provider={"display": "Laboratory"}),
    )
    assert alice.claims.current().count() == 2
