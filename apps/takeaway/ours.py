"""Our reading as JSON: a stable form with a version, amounts as text with all their digits; pure."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

import msgspec
from msgspec import structs

from apps.kinds.care.records import CareRecord, Words
from apps.kinds.care.wording import as_written
from apps.kinds.claim import standing
from apps.kinds.claim.excess import is_summed
from apps.kinds.claim.records import ClaimRecord, Coded
from apps.kinds.coverage.records import CoverageRecord
from apps.plain_language.free_words import free_words
from apps.records.remarks import Said

FORMAT: Final = "plainclaim-records"
VERSION: Final = 1
"""Raised when a field goes away or changes its meaning; new fields may come within a version."""


def claim(
    record: ClaimRecord, *, plan: str, is_current: bool, is_gone: bool = False, is_twin: bool = False
) -> dict[str, Any]:
    """Return one claim: where it stands, and all we read of it."""
    return {
        "plan": plan,
        "is_current": is_current,
        "counts_in_sums": is_current and not (is_gone or is_twin) and is_summed(record),
        "state": standing.state(record),
        "record": plain(record),
    }


def stated(record: ClaimRecord | CoverageRecord | CareRecord, *, plan: str) -> dict[str, Any]:
    """Return one approval, coverage or clinical record; texts are as sent, ours are English."""
    return {"plan": plan, "record": plain(record)}


def note(said: Said, *, plan: str, claim: str) -> dict[str, Any]:
    """Return what the member said; *claim* is the number of the claim it is about, "" for none."""
    about = {"claim_number": claim} if claim else {"about": said.subject} if said.subject else {}
    return {"plan": plan, "topic": said.topic, **about, "value": said.value, "said_at": said.said_at}


def closed(*, plan: str) -> dict[str, Any]:
    """Return what stands for a record that does not open."""
    return {"plan": plan, "could_not_be_opened": True}


def plain(value: Any) -> Any:
    """Return *value* as JSON knows it: what is not known is left out, never null and never zero."""
    if isinstance(value, Coded) and not value.words:
        # The same words as in the spreadsheets: a file outlives the site that could look them up.
        value = structs.replace(value, words=free_words(value.system, value.code))
    if isinstance(value, Words):
        return as_written(value)
    if isinstance(value, msgspec.Struct):
        members = {name: plain(getattr(value, name)) for name in value.__struct_fields__}
        return {name: element for name, element in members.items() if element not in (None, [], {})}
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value


def to_json(value: Mapping[str, Any]) -> bytes:
    """Return one line of JSON."""
    return msgspec.json.encode(value)


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the whole file, made from the records themselves."""
    (claim_schema, coverage_schema), parts = msgspec.json.schema_components(
        [ClaimRecord, CoverageRecord], ref_template="#/$defs/{name}"
    )
    plan = {"plan": {"type": "string"}, "could_not_be_opened": {"const": True}}
    read = plan | {"record": claim_schema}
    standing_of = {
        "is_current": {"type": "boolean"},
        "counts_in_sums": {"type": "boolean"},
        "state": {"type": "string"},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{FORMAT} {VERSION}",
        "description": "Amounts are text with all their digits. A field that is left out is not known.",
        "type": "object",
        "required": ["format", "version", "made_at", "claims", "approvals", "coverages"],
        "properties": {
            "format": {"const": FORMAT},
            "version": {"const": VERSION},
            "made_at": {"type": "string", "format": "date-time"},
            "claims": _array(read | standing_of),
            "approvals": _array(read),
            "coverages": _array(plan | {"record": coverage_schema}),
            "care": _array(plan | {"record": {"type": "object", "required": ["type"]}}),
            "notes": _array(
                {name: {"type": "string"} for name in ("plan", "topic", "about", "claim_number", "said_at")}
                | {"value": {}}
            ),
        },
        "$defs": parts,
    }


def _array(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "object", "required": ["plan"], "properties": properties}}
