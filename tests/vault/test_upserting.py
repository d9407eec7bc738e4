"""Many rows at once say the same as Django's own bulk insert, on either database and in any number."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.records.models import Record
from apps.vault import upsert
from apps.vault.boxes import box_for
from tests.claims.given import NOW, a_connection

MANY = 50
LATER = NOW + dt.timedelta(days=1)


@pytest.fixture
def connection(alice: Member) -> Connection:
    """Return a connection of Alice's."""
    return a_connection(alice)


def rows(connection: Connection, numbers: range, **changes: Any) -> list[Record]:
    """Return unsaved rows; their bodies hold every byte there is."""
    unsaved = [
        Record(
            member_id=connection.member_id,
            connection=connection,
            fhir_type="Coverage",
            source_key=number.to_bytes(32),
            digest=b"a" * 32,
            last_updated=None,
            first_stored_at=NOW,
            stored_at=NOW,
        )
        for number in numbers
    ]
    box = box_for(connection.member)
    for row, number in zip(unsaved, numbers, strict=True):
        row.sealed_body = box.seal(row, "sealed_body", bytes(range(256)) + str(number).encode())
        for name, value in changes.items():
            setattr(row, name, value)
    return unsaved


@pytest.mark.parametrize("number", [1, upsert.PAYS_FROM - 1, upsert.PAYS_FROM, MANY + 1])
def test_new_rows_are_stored_as_they_are(connection: Connection, number: int) -> None:
    upsert.insert(rows(connection, range(number), last_updated=LATER))
    box = box_for(connection.member)
    stored = list(Record.objects.order_by("source_key"))
    assert len(stored) == number
    for position, row in enumerate(stored):
        assert box.open(row, "sealed_body") == bytes(range(256)) + str(position).encode()
        assert (bytes(row.digest), row.last_updated, row.stored_at, row.gone_at) == (
            b"a" * 32,
            LATER,
            NOW,
            None,
        )


def test_a_row_that_is_there_already_is_no_new_one(connection: Connection) -> None:
    upsert.insert(rows(connection, range(MANY)))
    with pytest.raises(IntegrityError), transaction.atomic():
        upsert.insert(rows(connection, range(MANY - 1, 2 * MANY)))
    assert Record.objects.count() == MANY


def test_nothing_is_nothing() -> None:
    upsert.insert([])
