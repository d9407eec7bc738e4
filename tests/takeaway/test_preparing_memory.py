"""What a worker and a web process hold in memory of a file of thousands of records."""

import tracemalloc
from collections.abc import Callable

import pytest

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.takeaway import contents
from tests.claims.given import a_connection, an_eob, save
from tests.length import is_played_on_postgresql
from tests.takeaway.given import prepare
from tests.takeaway.test_preparing import SOON, State, ask

MANY = 1_000
"""Claims in the test of memory: 40 MB of originals, twice what may be in memory at once."""


def thousands(connection: Connection) -> None:
    """Store many claims, forty kilobytes each."""
    for start in range(0, MANY, 500):
        save(
            connection,
            *[
                an_eob(
                    number,
                    on=f"{2010 + number % 10}-03-09",
                    x="y" * 40_000,
                    item=[{"sequence": line} for line in range(1, 5)],
                )
                for number in range(start, start + 500)
            ],
        )


@pytest.mark.skipif(is_played_on_postgresql(), reason="played on PostgreSQL, which can send all rows at once")
def test_thousands_of_claims_take_little_memory(alice: Member) -> None:
    """40 MB of originals and 4,000 lines: never more than a few pieces of each in memory."""
    connection = a_connection(alice)
    thousands(connection)
    for key in ("originals", "lines"):
        export = ask(alice, key)
        (peak, size) = measured(lambda export=export: prepare(export, at=SOON))
        export.refresh_from_db()
        assert (export.state, export.done) == (State.READY, MANY)
        assert peak < 20 * 1024 * 1024, f"{key}: {peak:,} bytes to prepare"
        (peak, size) = measured(
            lambda export=export: sum(map(len, contents.prepared(export).streaming_content))
        )
        assert size > 250_000
        assert peak < 20 * 1024 * 1024, f"{key}: {peak:,} bytes to read"


def measured[T](work: Callable[[], T]) -> tuple[int, T]:
    """Return the most memory *work* held at once, and its result."""
    tracemalloc.start()
    try:
        result = work()
        return tracemalloc.get_traced_memory()[1], result
    finally:
        tracemalloc.stop()
