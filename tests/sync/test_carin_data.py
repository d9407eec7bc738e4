"""The records of the CARIN Blue Button 2.0.0 client suite, fetched and kept (facts: conformance.md 2)."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.connections.models import Connection
from apps.sync.models import SyncRun
from apps.vault.boxes import box_for
from tests.claims.given import claims_of, coverages_of
from tests.fhir.stub import Door, Stub, bundle, serving
from tests.sync.conftest import Json, an_eob
from tests.sync.looking import mirrored, page_of

Bring = Callable[..., SyncRun]
PROFILE = "http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-"
TYPES = "http://terminology.hl7.org/CodeSystem/claim-type"
KINDS = {
    "Inpatient": ("Inpatient-Institutional", "institutional", "inpatient"),
    "Outpatient": ("Outpatient-Institutional", "institutional", "outpatient"),
    "Oral": ("Oral", "oral", "oral"),
    "Pharmacy": ("Pharmacy", "pharmacy", "pharmacy"),
    "Professional": ("Professional-NonClinician", "professional", "professional"),
}
# An element nobody knows, an extension, odd spacing of numbers: all of it is part of the record.
UNUSUAL = {
    "somethingNew": {"a": [1, None, "é"]},
    "extension": [{"url": "https://x.example", "valueDecimal": 1.50}],
}


def record(kind: str, id_: str, profile: str = "", **elements: Any) -> Json:
    """Return a record of the suite."""
    named = f"{PROFILE}{profile or kind}"
    return {"resourceType": kind, "id": id_, "meta": {"profile": [named]}, **UNUSUAL, **elements}


def claim(name: str, profile: str, code: str) -> Json:
    """Return one of the suite's five claims."""
    about = {
        "id": f"c4bb-EOB{name}",
        "meta": {"profile": [f"{PROFILE}ExplanationOfBenefit-{profile}"]},
        "type": {"coding": [{"system": TYPES, "code": code}]},
        "patient": {"reference": "Patient/888"},
        "insurer": {"reference": "Organization/c4bb-Organization"},
        "provider": {"reference": "Practitioner/c4bb-Practitioner"},
        "insurance": [{"focal": True, "coverage": {"reference": "Coverage/c4bb-Coverage"}}],
    }
    return an_eob(1, **UNUSUAL, **about)


RECORDS: list[Json] = [
    record("Patient", "888", name=[{"family": "Quill", "given": ["Rosa"]}]),
    record(
        "Coverage",
        "c4bb-Coverage",
        status="active",
        beneficiary={"reference": "Patient/888"},
        payor=[{"reference": "Organization/c4bb-Organization"}],
    ),
    record("Organization", "c4bb-Organization", active=True, name="Harborlight Health"),
    record("Practitioner", "c4bb-Practitioner", name=[{"family": "Okafor", "given": ["Ruth"]}]),
    *(claim(name, profile, code) for name, (profile, code, _) in KINDS.items()),
]


@pytest.fixture
def stub() -> Iterator[Stub]:
    """Return a payer with the suite's records."""
    with serving() as payer:
        payer.on("Patient/888", RECORDS[0])
        for kind in ("Coverage", "Organization", "Practitioner", "ExplanationOfBenefit"):
            payer.on(kind, bundle(*(record for record in RECORDS if record["resourceType"] == kind)))
        yield payer


@pytest.fixture
def door() -> Door:
    """Return the transport of a connection to the suite's patient."""
    return Door("888")


def test_carin_13_data_requests_bring_every_record_of_the_suite_as_it_was_written(
    bring: Bring, connection: Connection
) -> None:
    """patient_, coverage_, organization_, practitioner_ and eob_*_claims_data_request_test.

    @13: every element of all types, also those that no page shows; sealed, and the same after reading.
    """
    run = bring()
    assert run.state == SyncRun.State.FINISHED
    assert connection.records.count() == len(RECORDS)
    read = [page_of(row) for row in mirrored(connection)]
    assert {record.resource_id: record.kind for record in read} == {
        f"c4bb-EOB{name}": kind for name, (_, _, kind) in KINDS.items()
    }
    assert {(record.provider, record.payer) for record in read} == {("Ruth Okafor", "Harborlight Health")}
    assert len(coverages_of(connection)) == 1
    box = box_for(connection.member)
    kept = [json.loads(box.open(row, "sealed_body")) for row in connection.records.all()]

    def by_id(records: list[Json]) -> dict[str, Json]:
        return {record["id"]: record for record in records}

    assert by_id(kept) == by_id(RECORDS)


def test_carin_3_records_with_much_missing_are_processed_without_error(
    bring: Bring, connection: Connection, stub: Stub
) -> None:
    """@3: the least an instance may hold, and elements that say that they are missing."""
    absent = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason"}]}
    least = [
        {"resourceType": "ExplanationOfBenefit", "id": "least"},
        claim("Oral", "Oral", "oral")
        | {"id": "absent", "_status": absent, "status": None, "provider": absent},
    ]
    stub.on("ExplanationOfBenefit", bundle(*least))
    stub.on("Coverage", bundle({"resourceType": "Coverage", "id": "least"}))
    run = bring()
    assert run.state == SyncRun.State.FINISHED
    assert [step.unreadable for step in run.steps.all()] == [0, 0, 0, 0]
    assert len(claims_of(connection)) == 2
    assert len(coverages_of(connection)) == 1
