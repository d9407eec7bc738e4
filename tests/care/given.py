"""Clinical records as payers' systems send them, and how a page says them."""

import json
from collections.abc import Iterable
from typing import Any

from apps.kinds.care import wording
from apps.kinds.care.records import CareRecord
from apps.records import kinds
from apps.records.kinds import Kind

LOINC, SNOMED, CVX = "http://loinc.org", "http://snomed.info/sct", "http://hl7.org/fhir/sid/cvx"
PATIENT = {"reference": "Patient/1"}
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"


def concept(text: str = "", *codings: tuple[str, str, str]) -> dict[str, Any]:
    """Return a CodeableConcept: its text, then system, code and display of each coding."""
    told = [{"system": system, "code": code, "display": display} for system, code, display in codings]
    return {"text": text, "coding": [{k: v for k, v in one.items() if v} for one in told]}


def coded(code: str) -> dict[str, Any]:
    """Return a CodeableConcept of one bare code, as statuses and categories are."""
    return {"coding": [{"code": code}]}


def missing(reason: str = "unknown") -> dict[str, Any]:
    """Return an element that is a reason for absence alone."""
    return {"extension": [{"url": ABSENT, "valueCode": reason}]}


def sent(name: str, **elements: Any) -> dict[str, Any]:
    """Return a record of that type about the member."""
    about = "patient" if name in ("AllergyIntolerance", "Immunization", "Device") else "subject"
    made = {"resourceType": name, "id": "x1", "status": "final", about: PATIENT, **elements}
    return {key: value for key, value in made.items() if value is not None}


def lab(**elements: Any) -> dict[str, Any]:
    """Return a result of a laboratory."""
    return sent("Observation", **({"category": [coded("laboratory")], "code": concept("Glucose")} | elements))


def read(tree: dict[str, Any], names: dict[str, str] | None = None) -> tuple[Kind, CareRecord]:
    """Return of which kind a record is, and what it says."""
    opened = kinds.opened(tree["resourceType"], json.dumps(tree).encode())
    return opened.kind, opened.kind.record(opened.content, names or {})


def page(tree: dict[str, Any], names: dict[str, str] | None = None) -> str:
    """Return everything a page says of a record, line by line, its kind first."""
    kind, record = read(tree, names)
    lines = [kind.name, wording.answer(record)]
    lines += map(wording.told, record.sentences)
    lines += [f"range: {wording.told(words)}" for words in record.ranges]
    lines += [
        " | ".join([wording.told(part.name), wording.value_words_of(part.value, part.flag), *ranges])
        for part in record.parts
        for ranges in [list(map(wording.told, part.ranges))]
    ]
    lines += [f"{label}: {value}" for label, value in wording.pairs(record.facts)]
    return "\n".join([*lines, *record.notes])


def assert_says(tree: dict[str, Any], told: Iterable[str], never: Iterable[str]) -> None:
    """Check that the page of a record has all words of *told* and none of *never*."""
    text = page(tree)
    assert [words for words in told if words not in text] == [], text
    assert [words for words in never if words in text] == [], text
