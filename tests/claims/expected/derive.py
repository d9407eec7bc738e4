"""A second, plain derivation of what published claims say: JSON and Decimal only, nothing of the apps.

Run as a program it writes the table beside it from the shared data:

    python -m tests.claims.expected.derive ../shared > tests/claims/expected/claims.tsv

The rules are those of facts claims 2-5 and 8, written again in the simplest way. It is meant to disagree with
the reader where one of the two is wrong.
"""

import json
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.claims.expected.amounts import MONEY, Claim
from tests.claims.expected.signs import codings, day, kind_of, network_of, service_of, state_of

COLUMNS = (
    *("file", "place", "type", "id", "kind", "state", "network", "from", "to", "created", "paid"),
    *("lines", "numbers", *MONEY),
)


def claim_row(eob: dict[str, Any]) -> dict[str, str]:
    """Return what a claim says."""
    kind, claim = kind_of(eob), Claim(eob)
    start, end = service_of(eob, kind)
    amounts = {name: claim.of(name) for name in MONEY}
    amounts |= {"plan_paid": claim.plan_paid(kind), "your_share": claim.your_share(kind)}
    numbers = {str(one["value"]) for one in eob.get("identifier", []) if one.get("value") and _names_it(one)}
    return {
        "kind": kind,
        "state": state_of(eob),
        "network": network_of(eob),
        "from": start,
        "to": end,
        "created": day(eob.get("created")),
        "paid": day(eob.get("payment", {}).get("date")),
        "lines": str(len(eob.get("item", []))),
        "numbers": str(len(numbers)),
    } | {name: text(amount) for name, amount in amounts.items()}


def _names_it(identifier: dict[str, Any]) -> bool:
    system = identifier.get("system") or ""
    return "claim-group" not in system and "clm_grp_id" not in system


def text(amount: Decimal | None) -> str:
    """Return an amount without useless zeros, "" for none."""
    if amount is None:
        return ""
    shown = f"{amount:f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def coverage_row(coverage: dict[str, Any]) -> dict[str, str]:
    """Return what a coverage says: facts 10."""
    period = coverage.get("period", {})
    codes = [code for _, code in codings(coverage.get("type"))]
    return {
        "kind": ",".join(codes),
        "state": coverage.get("status", ""),
        "from": day(period.get("start")),
        "to": day(period.get("end")),
        "lines": str(len(coverage.get("class", []))),
        "numbers": str(len(coverage.get("identifier", []))),
    }


def named_row(resource: dict[str, Any]) -> dict[str, str]:
    """Return whether a resource has a name: never which."""
    name = resource.get("name")
    entries = name if isinstance(name, list) else [name]
    has = any(
        one.strip()
        if isinstance(one, str)
        else one and (one.get("text") or one.get("family") or one.get("given"))
        for one in entries
    )
    return {"kind": "named" if has else "unnamed"}


ROWS = {
    "ExplanationOfBenefit": claim_row,
    "Coverage": coverage_row,
    **dict.fromkeys(("Organization", "Practitioner", "Patient", "Location", "RelatedPerson"), named_row),
}


def resources(shared: Path) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Return (file, place in its bundle, resource) of everything the table tells."""
    for path in sorted((shared / "fhir").glob("*/*.json")):
        tree = json.loads(path.read_bytes(), parse_float=Decimal)
        if not isinstance(tree, dict):
            continue
        inside = [one.get("resource") for one in tree.get("entry", [])] if tree.get("entry") else [tree]
        for place, one in enumerate(inside):
            if isinstance(one, dict) and one.get("resourceType") in ROWS:
                yield f"{path.parent.name}/{path.name}", place, one


def table(shared: Path) -> Iterator[dict[str, str]]:
    """Return the rows of the table."""
    for file, place, one in resources(shared):
        row = {"file": file, "place": str(place), "type": one["resourceType"], "id": str(one.get("id", ""))}
        yield row | ROWS[one["resourceType"]](one)


def written(shared: Path) -> str:
    """Return the table as text."""
    lines = ["\t".join(COLUMNS)]
    lines += ["\t".join(row.get(column, "") for column in COLUMNS).rstrip() for row in table(shared)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(written(Path(sys.argv[1])))
