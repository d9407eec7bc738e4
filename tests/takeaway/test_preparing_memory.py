"""What a worker and a web process hold in memory of a file of thousands of records."""

import json
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from apps.accounts.models import Member
from apps.claims import records
from apps.claims.models import Claim
from apps.claims.records import ClaimRecord, Figure, Line, Money
from apps.connections.models import Connection
from apps.sync.models import RawResource
from apps.takeaway import files
from apps.vault import finding
from apps.vault.boxes import box_for
from tests.claims.given import NOW, a_connection
from tests.length import is_played_on_postgresql
from tests.takeaway.given import prepare
from tests.takeaway.test_preparing import SOON, State, ask

MANY = 4_000
"""Claims in the test of memory: 40 MB of originals, twice what may be in memory at once."""


def thousands(connection: Connection) -> None:
    """Store many claims and their originals, ten kilobytes each, without reading any."""
    box, rows, raws = box_for(connection.member), [], []
    lines = tuple(Line(number=n, money=Money(billed=Figure(Decimal("10.00"), "USD"))) for n in range(2))
    sealed_brief = b""
    for number in range(MANY):
        record = ClaimRecord(claim_number=f"CLM-{number}", lines=lines)
        row = Claim(
            member_id=connection.member_id,
            connection=connection,
            kind="professional",
            service_on=None,
            ordered_on=NOW.date() - timedelta(days=number % 3000),
            source_key=finding.source_key(box, f"ExplanationOfBenefit/{number}"),
            digest="",
            first_read_at=NOW,
            read_at=NOW,
        )
        row.sealed_record = box.seal(row, "sealed_record", records.to_bytes(record))
        row.sealed_brief = sealed_brief
        rows.append(row)
        body = json.dumps({"resourceType": "ExplanationOfBenefit", "id": str(number), "x": "y" * 10_000})
        raw = RawResource(
            member_id=connection.member_id,
            connection=connection,
            kind="ExplanationOfBenefit",
            source_key=row.source_key,
            digest=str(number),
            stored_at=NOW,
        )
        raw.sealed_body = box.seal(raw, "sealed_body", body.encode())
        raws.append(raw)
    Claim.objects.bulk_create(rows, batch_size=500)
    RawResource.objects.bulk_create(raws, batch_size=500)


@pytest.mark.skipif(is_played_on_postgresql(), reason="played on PostgreSQL, which can send all rows at once")
def test_thousands_of_claims_take_little_memory(alice: Member) -> None:
    """40 MB of originals and 8,000 lines: never more than a few pieces of each in memory."""
    connection = a_connection(alice)
    thousands(connection)
    for key in ("originals", "lines"):
        export = ask(alice, key)
        (peak, size) = measured(lambda export=export: prepare(export, at=SOON))
        export.refresh_from_db()
        assert (export.state, export.done) == (State.READY, MANY)
        assert peak < 20 * 1024 * 1024, f"{key}: {peak:,} bytes to prepare"
        (peak, size) = measured(lambda export=export: sum(map(len, files.prepared(export).streaming_content)))
        assert size > 500_000
        assert peak < 20 * 1024 * 1024, f"{key}: {peak:,} bytes to read"


def measured[T](work: Callable[[], T]) -> tuple[int, T]:
    """Return the most memory *work* held at once, and its result."""
    tracemalloc.start()
    try:
        result = work()
        return tracemalloc.get_traced_memory()[1], result
    finally:
        tracemalloc.stop()
