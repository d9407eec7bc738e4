"""What no specification decides: a category that is a sum and a status at once, money where R4 has none."""

from tests.oracle.amounts import STATUSES
from tests.oracle.tree import Node, node, nodes, number, text

STATUS_SYSTEMS = ("C4BBPayerAdjudicationStatus", "C4BBAdjudicationDiscriminator")


def with_statuses_only(eob: Node) -> Node:
    """Return the claim with each category that holds a status (CARIN BB) without what else it holds.

    FHIR R4, CodeableConcept: its codings mean the same. Where they do not, nothing says which of them counts.
    """
    lines = {
        key: [*map(_with_statuses_of_rows, rows)] for key in ("item", "addItem") if (rows := nodes(eob, key))
    }
    return _with_statuses_of_rows(eob) | lines


def _with_statuses_of_rows(part: Node) -> Node:
    rows = {key: [*map(_read_as_status, nodes(part, key))] for key in ("total", "adjudication")}
    return part | {key: read for key, read in rows.items() if read}


def _read_as_status(row: Node) -> Node:
    category = node(row, "category")
    statuses = [
        coding
        for coding in nodes(category, "coding")
        if text(coding, "code").lower() in STATUSES and text(coding, "system").endswith(STATUS_SYSTEMS)
    ]
    return row | {"category": category | {"coding": statuses}} if statuses else row


_NOT_MONEY = {"coding", "system", "code", "display", "reference", "value", "start", "end", "sequence"}


def holds_stray_money(value: object) -> bool:
    """Say whether a code, a number, a reference, a period or a line holds an amount: in R4 none has."""
    if isinstance(value, list):
        return any(map(holds_stray_money, value))
    if not isinstance(value, dict):
        return False
    is_stray = number(node(value, "amount"), "value") is not None and not _NOT_MONEY.isdisjoint(value)
    return is_stray or any(map(holds_stray_money, value.values()))
