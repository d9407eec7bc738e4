"""Every clinical record of the published sets is listed, stands in "anything else", or is told apart."""

import copy
import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.fhir.tolerant import Unreadable
from apps.kinds.care import wording
from apps.kinds.care.entry import entry_of, points_of
from apps.kinds.care.kind import APART, LISTED, SOURCE
from apps.kinds.care.records import CareRecord
from apps.records import kinds
from config.fhir_types import fhir_types
from tests.care.given import lab, page
from tests.claims.mutations import JUNK, paths
from tests.published import SHARED, needs_published

SETS = (
    *("us-core-7.0.0", "hl7-r4-clinical-examples", "hl7-r4-core-examples", "synthea-smart-sample"),
    "davinci-pdex",
)
PLACE = re.compile(r"\{(?:date|code|kind|name|low|high|unit|age|number|range|a|b)\}")


def records(name: str) -> Iterator[dict[str, Any]]:
    """Yield the clinical records of a set, those in bundles too."""
    for path in sorted((SHARED / "fhir" / name).rglob("*.json")):
        tree = json.loads(path.read_bytes(), parse_float=Decimal)
        is_bundle = tree.get("resourceType") == "Bundle"  # a List has entries too
        inside = [entry.get("resource", {}) for entry in tree.get("entry", ())] if is_bundle else [tree]
        for resource in inside:
            fhir_type = fhir_types().get(resource.get("resourceType", ""))
            if fhir_type and fhir_type.consent == "clinical" and fhir_type.role == "records":
                yield resource


def encoded(tree: dict[str, Any]) -> bytes:
    """Return JSON in which decimals stay what they were."""
    return json.dumps(tree, default=float).encode()


def read(tree: dict[str, Any]) -> tuple[kinds.Kind, CareRecord]:
    opened = kinds.opened(tree["resourceType"], encoded(tree))
    record: CareRecord = opened.kind.record(opened.content, {})
    entry_of(record)
    return opened.kind, record


@needs_published
@pytest.mark.parametrize("name", SETS)
def test_every_published_record_is_listed_or_told_apart(name: str) -> None:
    told: Counter[str] = Counter()
    for tree in records(name):
        kind, record = read(tree)
        told[kind.name] += 1
        assert kind in LISTED or kind in APART or kind is SOURCE
        assert not PLACE.search(wording.answer(record))
        if kind in APART:
            assert not entry_of(record).words
            assert not points_of(entry_of(record))
    assert sum(told.values()) > 15, told


@pytest.fixture(scope="module")
def samples() -> list[dict[str, Any]]:
    """Return one record of each type and set."""
    made = {("own", "Observation"): lab(valueQuantity={"value": 5})}
    for name in SETS:
        made |= {(name, tree["resourceType"]): tree for tree in records(name)}
    return list(made.values())


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_record_changed_at_random_is_read_or_refused_and_never_raises(
    samples: list[dict[str, Any]], data: st.DataObject
) -> None:
    tree = copy.deepcopy(data.draw(st.sampled_from(samples)))
    for _ in range(data.draw(st.integers(1, 4))):
        path = data.draw(st.sampled_from([each for each in paths(tree) if each != ("resourceType",)]))
        place: Any = tree
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = copy.deepcopy(data.draw(st.sampled_from(JUNK)))
    try:
        _kind, record = read(tree)
    except Unreadable:
        return
    assert wording.answer(record)
    page(json.loads(encoded(tree)))
