"""The reader says of every published record what a plain derivation from its JSON says.

The table `expected/claims.tsv` was written by `expected/derive.py`, which shares no code with the apps.
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from apps.claims.reading import read
from apps.claims.records import ClaimRecord
from apps.coverage import reading as coverage_reading
from apps.fhir import names
from tests.claims.expected import derive
from tests.claims.expected.amounts import MONEY

HERE = Path(__file__).parent / "expected"
COUNTS = {
    "ExplanationOfBenefit": 226,
    "Coverage": 31,
    "Organization": 69,
    "Practitioner": 113,
    "Patient": 122,
    "Location": 17,
    "RelatedPerson": 7,
}
Row = dict[str, str]


def table() -> list[Row]:
    """Return the rows of the committed table."""
    lines = (HERE / "claims.tsv").read_text().splitlines()
    columns = lines[0].split("\t")
    return [
        dict(zip(columns, [*line.split("\t"), *[""] * len(columns)][: len(columns)], strict=True))
        for line in lines[1:]
    ]


def differences() -> set[tuple[str, ...]]:
    """Return the listed differences without their reasons; each must have one."""
    lines = [line for line in (HERE / "differences.tsv").read_text().splitlines() if line[:1] != "#"]
    cells = [tuple(line.split("\t")) for line in lines]
    assert all(len(one) == 6 and len(one[5]) > 20 for one in cells), "a difference needs a reason"
    return {one[:5] for one in cells}


def exact(resource: dict[str, Any]) -> bytes:
    """Return JSON with every number as it was written."""
    marked = json.dumps(resource, default=lambda number: f"§{number}§", ensure_ascii=False)
    return marked.replace('"§', "").replace('§"', "").encode()


def of_claim(record: ClaimRecord) -> Row:
    """Return what the reader says, in the columns of the table."""
    money = {name: derive.text(getattr(record.money, name).amount) for name in MONEY}
    return {
        "kind": record.kind,
        "state": _state(record),
        "network": record.network or "",
        "from": record.service_start or "",
        "to": record.service_end or "",
        "created": record.created or "",
        "paid": (record.payment.on if record.payment else None) or "",
        "lines": str(len(record.lines)),
        "numbers": str(len(record.numbers)),
    } | money


def _state(record: ClaimRecord) -> str:
    lines = [line.decision for line in record.lines]
    closed = (
        record.use if record.use != "claim" else None,
        record.status if record.status in ("cancelled", "entered-in-error") else None,
        record.adjustment if record.adjustment in ("deleted", "void") else None,
        record.outcome if record.outcome in ("error", "queued") else None,
        "denied" if record.decision == "denied" or (lines and {*lines} == {"denied"}) else None,
        "partly denied" if record.decision == "partly_paid" or "denied" in lines else None,
        "paid" if record.decision == "paid" else None,
    )
    return next((one for one in closed if one), "plain")


def of_coverage(body: bytes) -> Row:
    """Return what the coverage reader says, in the columns of the table."""
    record = coverage_reading.read(body, {})
    return {"state": record.status or "", "from": record.starts or "", "to": record.ends or ""}


def told(resource: dict[str, Any]) -> Row:
    """Return what the apps say of a resource."""
    body = exact(resource)
    if resource["resourceType"] == "ExplanationOfBenefit":
        return of_claim(read(body, {}))
    if resource["resourceType"] == "Coverage":
        return of_coverage(body)
    return {"kind": "named" if names.name_in(body, {}) else "unnamed"}


def test_the_table_has_every_kind_of_record_and_no_empty_claim() -> None:
    rows = table()
    found = {kind: len([row for row in rows if row["type"] == kind]) for kind in COUNTS}
    assert found == COUNTS
    assert {row["kind"] for row in rows if row["type"] == "ExplanationOfBenefit"} >= {
        *("inpatient", "outpatient", "professional", "pharmacy", "oral", "vision")
    }
    assert all(row["state"] and row["from"] for row in rows if row["type"] == "ExplanationOfBenefit")


def test_the_table_is_what_the_published_records_say_today(shared: Path) -> None:
    assert (HERE / "claims.tsv").read_text() == derive.written(shared)


def test_the_reader_agrees_with_the_table_but_for_the_differences_that_are_explained(shared: Path) -> None:
    found: set[tuple[str, ...]] = set()
    compared = 0
    for row, (file, place, resource) in zip(table(), derive.resources(shared), strict=True):
        assert (row["file"], row["place"]) == (file, str(place))
        said = told(resource)
        compared += len(said)
        found |= {
            (file, row["id"], column, row[column], value)
            for column, value in said.items()
            if row[column] != value
        }
    assert found == differences()
    assert compared > 226 * 20


@pytest.mark.parametrize(
    ("column", "least"),
    [("billed", 200), ("plan_paid", 170), ("your_share", 100), ("deductible", 90), ("other_payer", 70)],
)
def test_the_table_compares_amounts_that_are_there(column: str, least: int) -> None:
    amounts = [row[column] for row in table() if row[column]]
    assert len(amounts) > least
    assert all(Decimal(amount).is_finite() for amount in amounts)


def test_the_derivation_shares_no_code_with_the_apps() -> None:
    for path in HERE.glob("*.py"):
        assert "apps" not in [
            line.split()[1].split(".")[0]
            for line in path.read_text().splitlines()
            if line.startswith(("import ", "from "))
        ]
