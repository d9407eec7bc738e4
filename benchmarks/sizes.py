"""How many bytes a claim and a member take, part by part, and how each cost grows with members."""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks import filling, members, memory_plan, payload, site

STEPS = tuple(int(number) for number in os.environ.get("MEMBERS", "1,10,100").split(","))
CLAIMS = int(os.environ.get("CLAIMS_EACH", "20"))  # of each member, of 20 KB
MOST_GROWN = 1.5
"""How many times as much room a member may take at the last step as before: pages fill unevenly."""

PARTS = (
    ("mirrored with what it refers to, sealed", "records_record", "sealed_body"),
    ("in a book: entry, sealed", "records_book", "sealed_entries"),
    ("in a book: its part of the head, sealed", "records_book", "sealed_head"),
)
TABLES = {"records_record": "mirror: as the plan sent it", "records_book": "books"}
REST = "everything else"


@dataclass(frozen=True)
class Grown:
    """What each member takes of those added last, until there were `members`: bytes, processor time."""

    members: int
    bytes_of: dict[str, float]
    sync_ms: float
    """To sync one claim."""
    list_ms: float
    """To make one page of the list."""

    @property
    def whole(self) -> float:
        """All bytes."""
        return sum(self.bytes_of.values())


def main() -> int:
    """Print tables in Markdown; return 1 when each member takes more room the more members there are."""
    if not filling.has_server():
        print(f"Not measured: no PostgreSQL answers at {filling.SERVER} (LOAD_SERVER names another one).")
        return 0
    name = f"plainclaim_sizes_{os.getpid()}"
    filling.create(name)
    try:
        with tempfile.TemporaryDirectory(prefix="plainclaim-bench-") as folder:
            os.environ["DATABASE_URL"] = filling.url_of(name)
            site.configure(Path(folder))
            grown = list(_growing(name))
            _print_parts(name)
            _print_growth(grown)
            site.disconnect()
    finally:
        filling.drop(name)
    if len(grown) > 1 and grown[-1].whole > MOST_GROWN * grown[-2].whole:
        print(f"FAILED: a member takes {grown[-1].whole / grown[-2].whole:.2f} times the room")
        return 1
    return 0


def _growing(name: str) -> Iterator[Grown]:

    there, before = 0, _sizes(name)
    for number in STEPS:
        started = time.process_time()
        _sync(there, number)
        sync_ms = 1000 * (time.process_time() - started) / (number - there) / CLAIMS
        now = _sizes(name)
        bytes_of = {table: (size - before[table]) / (number - there) for table, size in now.items()}
        there, before = number, now
        yield Grown(number, bytes_of, sync_ms, _list_ms())


def _list_ms() -> float:
    """Return what the list of the newest member takes to make, undisturbed."""
    from django.test import Client  # noqa: PLC0415 - configured only now

    client, milliseconds = Client(), []
    client.force_login(members.newest(), backend="django.contrib.auth.backends.ModelBackend")
    for _ in range(30):
        started = time.process_time()
        client.get("/claims/")
        milliseconds.append(1000 * (time.process_time() - started))
    return min(milliseconds)


def _sync(since: int, until: int) -> None:
    """Let these members sync their claims, as the worker does it."""
    for member in range(since, until):
        _, connection = members.connected()
        bodies = [payload.eob(number, seed=member) for number in range(CLAIMS)]
        memory_plan.sync(connection, memory_plan.MemoryPlan(bodies, page=100))
        if members.number_of_claims(connection.member) != CLAIMS:
            raise SystemExit("claims are missing: nothing was measured")


def _sizes(name: str) -> dict[str, int]:
    """Return bytes of each table with its indexes and what it keeps outside, and of all others together."""
    sizes = dict.fromkeys((*TABLES, REST), 0)
    with psycopg.connect(filling.url_of(name), autocommit=True) as connection:
        connection.execute("VACUUM FULL ANALYZE")
        for table, size in connection.execute(
            "SELECT relname, pg_total_relation_size(oid) FROM pg_class "
            "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        ):
            sizes[table if table in TABLES else REST] += size
    return sizes


def _print_parts(name: str) -> None:
    sent = sum(len(payload.eob(number, seed=0)) for number in range(CLAIMS)) / CLAIMS
    print("\n| of one claim | bytes | of what was sent |\n|---|---:|---:|")
    print(f"| JSON as it came | {sent:,.0f} | 100 % |")
    with psycopg.connect(filling.url_of(name)) as connection:
        claims = connection.execute(
            "SELECT count(*) FROM records_record WHERE fhir_type = 'ExplanationOfBenefit'"
        ).fetchone()
        for words, table, column in PARTS:
            statement = filling.sql_of(f'SELECT sum(length("{column}")) FROM "{table}"')  # noqa: S608 - ours
            whole = connection.execute(statement).fetchone()
            size = float(whole[0] or 0) / claims[0] if whole and claims else 0
            print(f"| {words} | {size:,.0f} | {100 * size / sent:.1f} % |")


def _print_growth(grown: list[Grown]) -> None:
    print(f"\n| of each member with {CLAIMS} claims, until there are so many |", end="")
    print(" | ".join(f" {stage.members:,}" for stage in grown), "|\n|---|" + "---:|" * len(grown))
    for table in (*TABLES, REST):
        cells = " | ".join(f"{stage.bytes_of[table] / 1024:,.0f} KB" for stage in grown)
        print(f"| {TABLES.get(table, table)} | {cells} |")
    print(f"| all of it | {' | '.join(f'{stage.whole / 1024:,.0f} KB' for stage in grown)} |")
    print(f"| to sync a claim, processor | {' | '.join(f'{stage.sync_ms:.2f} ms' for stage in grown)} |")
    list_ms = " | ".join(f"{stage.list_ms:.1f} ms" for stage in grown)
    print(f"| to make a page of the list, processor | {list_ms} |")


if __name__ == "__main__":
    sys.exit(main())
