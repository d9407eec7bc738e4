"""Claims of others, by the million: rows as those of one real member, who are only there to fill."""

import psycopg

from benchmarks import filling
from benchmarks.filling import Rows

A_MEMBER = 500
"""Claims of each of them."""
YEARS = 4
"""Of books each of them has."""
NAMED = "filling-"
"""What the addresses of all of them begin with."""


def add(url: str, like: str, claims: int, *, number_known: int = 0, has_bodies: bool) -> None:
    """Add *claims* of others to the database at *url*, where *number_known* of them are already.

    *like* is the id of a member with records and books, whose rows theirs are made after. Ids follow each
    other as they do when they are made; a book is as long as a real one, and so is a record where it
    *has_bodies*.
    They ended their permissions and kept their records, so nobody asks a plan for them.
    """
    first, people = number_known // A_MEMBER, max(1, claims // A_MEMBER)
    rows_made = _rows(f"member_id = '{like}'", first, people, claims)
    rows_made["accounts_member"] = Rows(
        "accounts_member",
        people,
        f"id = '{like}'",
        {"id": _id("member", f"{first} + n"), "email": f"'{NAMED}' || {first} + n || '@example.com'"},
    )
    if not has_bodies:
        rows_made["records_record"].made["sealed_body"] = "decode(md5('body' || n), 'hex')"
    with psycopg.connect(url) as connection:
        connection.execute("SET maintenance_work_mem = '512MB'")
        for table in ("accounts_member", *[table for table in rows_made if table != "accounts_member"]):
            filling.add(connection, rows_made[table])


def _rows(mine: str, first: int, people: int, claims: int) -> dict[str, Rows]:
    whose = f"{first} + n % {people} + 1"
    of_member = {"member_id": _id("member", whose), "connection_id": _id("connection", whose)}
    number = f"({first * A_MEMBER} + n)"
    rows = [
        Rows(
            "connections_connection",
            people,
            mine,
            {
                "id": _id("connection", f"{first} + n"),
                "member_id": _id("member", f"{first} + n"),
                "status": "'kept'",
                "sealed_tokens": "''::bytea",
            },
        ),
        Rows(
            "records_catalogue",
            people,
            f"connection_id IN (SELECT id FROM connections_connection WHERE {mine})",  # noqa: S608 - ours
            {"connection_id": _id("connection", f"{first} + n")},
        ),
        Rows(
            "records_book",
            people * YEARS,
            f"{mine} AND year = 2025",
            of_member | {"id": _id("book", f"{first * YEARS} + n"), "year": f"2020 + n / {people}"},
        ),
        Rows(
            "records_record",
            claims,
            f"{mine} AND fhir_type = 'ExplanationOfBenefit'",
            of_member
            | {
                "id": f"('01900000-0000-7000-8000-' || lpad(to_hex{number}, 12, '0'))::uuid",
                "source_key": f"decode(md5({number}::text) || md5('key' || {number}), 'hex')",
                "digest": f"decode(md5('digest' || {number}) || md5({number}::text), 'hex')",
            },
            without_indexes=True,
        ),
    ]
    return {rows_of_table.table: rows_of_table for rows_of_table in rows}


def _id(what: str, number: str) -> str:
    return f"md5('{what}' || ({number}))::uuid"
