"""The mirror: each record sealed as it was sent, once, and what it said before it changed."""

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.fhir.bundles import read_resource
from apps.records import kinds, mirror
from apps.records.models import Book, Catalogue, EarlierVersion, Record, next_id
from apps.vault.boxes import box_for
from tests.claims.given import NOW, a_claim, a_connection, an_eob, leave, row_of, save, told

LATER = NOW + timedelta(days=1)


def body_of(row: Record) -> Any:
    return json.loads(box_for(row.member).open(row, "sealed_body"))


def stamped(eob: dict[str, Any], moment: str) -> dict[str, Any]:
    return eob | {"meta": {"lastUpdated": moment}}


def test_a_record_is_kept_to_the_byte(connection: Connection) -> None:
    sent = json.dumps(an_eob(1), indent=3).encode()
    put = save(connection, sent)
    row = connection.records.get()
    assert (list(put.new), put.changed, put.same) == ([bytes(row.source_key)], frozenset(), frozenset())
    assert box_for(connection.member).open(row, "sealed_body") == sent


def test_no_word_of_a_claim_is_readable_in_the_database(connection: Connection) -> None:
    save(connection, an_eob(1))
    save(connection, an_eob(1, share="60.00"))
    with database.cursor() as cursor:
        for table in ("records_record", "records_book", "records_earlierversion"):
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608 - a name of ours
            stored = b"".join(
                bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in cursor.fetchone()
            )
            words = (b"iverside", b"eob-1", b"53.52", b"CLM-1", b"clm-1", b"professional")
            assert [word for word in words if word in stored] == []


def test_a_changed_record_keeps_its_row_and_what_it_said_before(connection: Connection) -> None:
    save(connection, an_eob(1))
    first = connection.records.get()
    put = save(connection, an_eob(1, share="60.00"), now=LATER)
    again = connection.records.get()
    assert (again.pk, again.first_stored_at, again.stored_at) == (first.pk, NOW, LATER)
    assert put.changed == {bytes(first.source_key)}
    assert put.rows[bytes(first.source_key)].first_stored_at == NOW
    assert str(told(again).money.your_share.amount) == "60.0"
    [before] = EarlierVersion.objects.all()
    assert (before.record_id, before.stored_at, before.replaced_at) == (first.pk, NOW, LATER)
    assert json.loads(box_for(connection.member).open(before, "sealed_body")) == an_eob(1)


TOLD_BY_SERVERS: dict[str, Any] = {
    "meta": {"lastUpdated": "2026-05-01T00:00:00Z"},
    "text": {"div": "made at 9"},
}


@pytest.mark.parametrize("element", TOLD_BY_SERVERS)
def test_what_a_server_makes_up_for_an_answer_is_no_change(connection: Connection, element: str) -> None:
    made_up = {element: TOLD_BY_SERVERS[element]}
    for number, changes in enumerate((made_up, {"contained": [{"resourceType": "Organization"} | made_up]})):
        without = {"contained": [{"resourceType": "Organization"}]} if "contained" in changes else {}
        save(connection, an_eob(number) | without)
        put = save(connection, an_eob(number) | changes, now=LATER)
        assert (put.same, put.changed) == (frozenset(), frozenset())
        assert body_of(row_of(connection, number)) == an_eob(number) | changes
    assert not EarlierVersion.objects.exists()


def test_a_change_of_money_in_its_last_digit_is_a_change(connection: Connection) -> None:
    sent = json.dumps(an_eob(1) | {"total": [{"amount": {"value": 0}}]})
    for digit in ("1", "2"):
        put = save(connection, sent.replace('"value": 0}', f'"value": 12345678901234.5678{digit}}}').encode())
    assert len(put.changed) == 1


def test_what_came_to_the_last_byte_is_not_written_again(connection: Connection) -> None:
    save(connection, an_eob(1))
    before = Record.objects.values().get()
    revision = Catalogue.objects.get().revision
    put = save(connection, an_eob(1), now=LATER)
    assert put.same == {bytes(before["source_key"])}
    assert Record.objects.values().get() == before
    assert Catalogue.objects.get().revision == revision


def test_the_same_record_twice_in_one_page_is_one_row_and_the_newest_or_last_wins_r_22(
    connection: Connection,
) -> None:
    newest = stamped(an_eob(1, share="1.00"), "2026-02-02T00:00:00Z")
    save(connection, newest, stamped(an_eob(1, share="2.00"), "2026-01-01T00:00:00Z"))
    assert body_of(connection.records.get()) == newest
    save(connection, an_eob(2, share="3.00"), an_eob(2, share="4.00"))
    assert body_of(row_of(connection, 2)) == an_eob(2, share="4.00")


def test_an_older_version_that_comes_later_stays_away_unless_the_stored_one_is_doubted(
    connection: Connection,
) -> None:
    new, old = (stamped(an_eob(1), f"2026-0{month}-01T00:00:00Z") for month in (5, 4))
    save(connection, new)
    put = save(connection, old, now=LATER)
    assert (len(put.older), put.current) == (1, {})
    assert body_of(connection.records.get()) == new
    for stored_before, kept in ((NOW, new), (LATER, old)):
        mirror.doubt(connection, put.older, stored_before=stored_before)
        save(connection, old, now=LATER)
        assert body_of(connection.records.get()) == kept


@pytest.mark.parametrize(("ahead", "is_taken"), [(mirror.AHEAD, False), (2 * mirror.AHEAD, True)])
def test_a_stamp_far_ahead_of_our_clock_keeps_no_later_version_away(
    connection: Connection, ahead: timedelta, is_taken: bool
) -> None:
    far, true = (stamped(an_eob(1), moment.isoformat()) for moment in (NOW + ahead, NOW))
    save(connection, far)
    put = save(connection, true)
    assert bool(put.older) is not is_taken
    assert body_of(connection.records.get()) == (true if is_taken else far)


def test_what_is_gone_comes_back(connection: Connection) -> None:
    save(connection, an_eob(1))
    leave(connection, row_of(connection))
    assert connection.records.get().gone_at == NOW
    put = save(connection, an_eob(1), now=LATER)
    assert (len(put.back), put.new) == (1, frozenset())
    assert connection.records.get().gone_at is None


def test_only_the_newest_few_earlier_versions_are_kept(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.records.mirror.MOST_EARLIER", 3)
    for day in range(6):
        save(connection, an_eob(1, share=str(day)), now=NOW + timedelta(days=day))
    kept = EarlierVersion.objects.order_by("replaced_at").values_list("replaced_at", flat=True)
    assert list(kept) == [NOW + timedelta(days=day) for day in (3, 4, 5)]


def test_one_id_through_two_connections_is_two_rows_without_anything_in_common(alice: Member) -> None:
    for plan in ("One Plan", "Other Plan"):
        save(a_connection(alice, plan=plan), an_eob(1))
    first, other = alice.records.all()
    assert bytes(first.sealed_body) != bytes(other.sealed_body)


def test_a_record_is_stored_once_per_connection(alice: Member) -> None:
    row = a_claim(alice)
    row.pk = uuid.uuid4()
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_everything_goes_with_its_connection_and_names_nobody(alice: Member) -> None:
    row = a_claim(alice)
    save(row.connection, an_eob(1, share="9.00"))
    book = Book.objects.get()
    texts = [str(row), str(book), str(EarlierVersion.objects.get()), str(Catalogue.objects.get())]
    assert texts[0] == f"record {row.pk} (ExplanationOfBenefit)"
    assert not any("iverside" in text or "alice" in text for text in texts)
    row.connection.delete()
    left = (Record, EarlierVersion, Catalogue, Book)
    assert [model.objects.count() for model in left] == [0, 0, 0, 0]


def test_a_connection_that_is_gone_takes_nothing(connection: Connection) -> None:
    box = box_for(connection.member)
    Connection.objects.filter(pk=connection.pk).delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        _put(connection, box, an_eob(1))
        database.check_constraints()
    assert not Record.objects.exists()


def test_mirroring_a_page_takes_a_handful_of_queries_however_many_records(connection: Connection) -> None:
    box, asked = box_for(connection.member), []
    for start, end in ((0, 10), (10, 100)):
        eobs = [an_eob(number) for number in range(start, end)]
        with CaptureQueriesContext(database) as queries, transaction.atomic():
            _put(connection, box, *eobs)
        asked.append(len(queries))
    assert asked[1] <= asked[0] <= 8


def test_ids_grow_and_are_of_version_7() -> None:
    made = [next_id() for _ in range(10_000)]
    assert made == sorted(set(made))
    assert {id_.version for id_ in made} == {7}
    assert {id_.variant for id_ in made} == {uuid.RFC_4122}


def _put(connection: Connection, box: Any, *eobs: dict[str, Any]) -> mirror.Put:
    resources = [read_resource(json.dumps(eob).encode()) for eob in eobs]
    return mirror.put(connection=connection, box=box, resources=resources, kept=kinds.kept_types(), now=NOW)


@pytest.mark.parametrize("number", ["1e99999999999999999999", "-1E-99999999999999999999"])
def test_a_number_no_decimal_holds_stops_no_later_version(connection: Connection, number: str) -> None:
    for title in ("one", "two"):
        body = json.dumps(an_eob(1, disposition=title)).replace('"one"', '"one"')
        save(connection, body[:-1].encode() + b',"odd":%s}' % number.encode())
    assert connection.records.count() == 1
    assert connection.earlier_versions.count() == 1
