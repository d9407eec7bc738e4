"""Many rows at once say the same as Django's own bulk insert, on either database and in any number."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.models import Member
from apps.claims.models import ClaimName
from apps.connections.models import Connection
from apps.sync.models import RawResource
from apps.vault import upserting
from apps.vault.boxes import box_for
from tests.claims.given import NOW, a_connection, an_eob, save

MANY = upserting.STAGING_PAYS_FROM
LATER = NOW + dt.timedelta(days=1)
KEYED = {
    "unique_fields": ["connection", "source_key"],
    "update_fields": ["digest", "last_updated", "sealed_body"],
}


@pytest.fixture
def connection(alice: Member) -> Connection:
    """Return a connection of Alice's."""
    return a_connection(alice)


def rows(connection: Connection, numbers: range, **changes: Any) -> list[RawResource]:
    """Return unsaved rows; their bodies hold every byte there is."""
    found = [
        RawResource(
            member_id=connection.member_id,
            connection=connection,
            kind="Coverage",
            source_key=f"{number:064}",
            digest="a" * 64,
            last_updated=None,
            stored_at=NOW,
        )
        for number in numbers
    ]
    box = box_for(connection.member)
    for row, number in zip(found, numbers, strict=True):
        row.sealed_body = box.seal(row, "sealed_body", bytes(range(256)) + str(number).encode())
        for name, value in changes.items():
            setattr(row, name, value)
    return found


@pytest.mark.parametrize("number", [1, upserting.PAYS_FROM - 1, upserting.PAYS_FROM, MANY + 1])
def test_new_rows_are_stored_as_they_are(connection: Connection, number: int) -> None:
    upserting.insert(rows(connection, range(number), last_updated=LATER))
    box = box_for(connection.member)
    stored = list(RawResource.objects.order_by("source_key"))
    assert len(stored) == number
    for position, row in enumerate(stored):
        assert box.open(row, "sealed_body") == bytes(range(256)) + str(position).encode()
        assert (row.digest, row.last_updated, row.stored_at, row.gone_at) == ("a" * 64, LATER, NOW, None)


@pytest.mark.parametrize("number", [2, MANY, MANY + 7])
def test_rows_that_are_there_keep_what_is_not_updated_and_new_ones_are_added(
    connection: Connection, number: int
) -> None:
    first = rows(connection, range(number))
    upserting.insert(first)
    ids = {row.source_key: row.pk for row in first}
    again = rows(connection, range(number + 1), digest="b" * 64, stored_at=LATER, last_updated=LATER)
    with transaction.atomic():
        upserting.upsert(again, **KEYED)
        upserting.upsert(again, **KEYED)  # twice in one transaction: nothing is left of the first
    for row in RawResource.objects.filter(source_key__in=ids):
        assert (row.pk, row.digest, row.last_updated, row.stored_at) == (
            ids[row.source_key], "b" * 64, LATER, NOW,
        )  # fmt: skip
    added = RawResource.objects.exclude(source_key__in=ids).get()
    assert (added.digest, added.stored_at) == ("b" * 64, LATER)


def test_a_row_that_is_there_already_is_no_new_one(connection: Connection) -> None:
    upserting.insert(rows(connection, range(MANY)))
    with pytest.raises(IntegrityError), transaction.atomic():
        upserting.insert(rows(connection, range(MANY - 1, 2 * MANY)))
    assert RawResource.objects.count() == MANY


def test_a_key_that_the_database_counts_up_is_left_to_it(connection: Connection) -> None:
    save(connection, *[an_eob(number) for number in range(MANY)])
    names = ClaimName.objects.filter(member=connection.member)
    assert names.count() >= MANY
    assert len(set(names.values_list("pk", flat=True))) == names.count()


def test_nothing_is_nothing() -> None:
    upserting.insert([])
    upserting.upsert([], **KEYED)
