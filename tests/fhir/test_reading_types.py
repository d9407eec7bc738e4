"""Names and conformance of the low-volume types."""

import json
from pathlib import Path
from typing import Any

import pytest

from apps.fhir import conformance
from apps.fhir.bundles import read_resource
from apps.fhir.names import Named
from config.fhir_types import fhir_types


def body(**resource: Any) -> bytes:
    return json.dumps(resource).encode()


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        ({"resourceType": "Organization", "name": "Riverside  Clinic"}, "Riverside Clinic"),
        ({"resourceType": "Location", "name": "Main Street"}, "Main Street"),
        ({"resourceType": "Practitioner", "name": [{"given": ["Ruth"], "family": "Okafor"}]}, "Ruth Okafor"),
        ({"resourceType": "RelatedPerson", "name": {"text": "Sam Adams"}}, "Sam Adams"),
        ({"resourceType": "Practitioner"}, None),
        ({"resourceType": "Organization", "name": 7}, None),
    ],
)
def test_a_resource_is_called_by_its_name(resource: dict[str, Any], name: str | None) -> None:
    assert Named(body(**resource)).name({}) == name


def test_a_role_is_called_after_its_practitioner_else_its_organization() -> None:
    role = body(
        resourceType="PractitionerRole",
        practitioner={"reference": "Practitioner/1"},
        organization={"reference": "Organization/2", "display": "Clinic"},
    )
    assert Named(role).name({"Practitioner/1": "Ruth Okafor"}) == "Ruth Okafor"
    assert Named(role).name({}) == "Clinic"
    assert Named(role).links == {"Practitioner/1", "Organization/2"}


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"{", b"\xff", b'{"resourceType":"PractitionerRole","practitioner":[1]}']
)
def test_nonsense_has_no_name_and_no_links(text: bytes) -> None:
    assert Named(text).name({}) is None
    assert Named(text).links == frozenset()


def test_departures_count_wrong_types_missing_and_unknown_elements(caplog: pytest.LogCaptureFixture) -> None:
    good = {
        "resourceType": "Coverage",
        "status": "active",
        "beneficiary": {"display": "x"},
        "payor": [{"display": "y"}],
    }
    assert conformance.departures("Coverage", body(**good)) == 0
    assert conformance.departures("Coverage", body(**good, surprise=1, order="first")) == 2
    assert conformance.departures("Coverage", body(resourceType="Coverage")) > 0
    assert conformance.departures("Coverage", b"{") == 1
    assert conformance.departures("ExplanationOfBenefit", b"{}") == 0
    assert caplog.records == []


def test_each_type_that_is_said_to_be_checked_is_and_no_other() -> None:
    counted = {
        name for name in fhir_types() if conformance.departures(name, body(resourceType=name, surprise=1))
    }
    assert counted == {name for name, fhir_type in fhir_types().items() if fhir_type.is_checked}
    assert "Coverage" in counted and "ExplanationOfBenefit" not in counted


def test_published_examples_keep_to_r4_as_far_as_we_judge(shared: Path) -> None:
    """CARIN BB 2.2.0 examples of the judged types have no departures at all."""
    judged = 0
    for file in sorted((shared / "fhir" / "carin-bb-2.2.0").glob("*.json")):
        resource = read_resource(file.read_bytes())
        if fhir_types()[resource.type].is_checked:
            judged += 1
            assert conformance.departures(resource.type, resource.body) == 0, file.name
    assert judged > 20


def test_last_updated_is_read_where_it_is_a_moment() -> None:
    def moment(text: Any) -> Any:
        return read_resource(body(resourceType="Patient", meta={"lastUpdated": text})).last_updated

    assert moment("2026-05-01T10:00:00.123+02:00").isoformat() == "2026-05-01T10:00:00.123000+02:00"
    assert moment("2026-05-01T10:00:00Z").tzinfo is not None
    assert [moment(text) for text in ("soon", 7, None, {"x": 1})] == [None] * 4


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-05:00",
        "9999-12-31T23:59:59Z",
    ],
)
def test_what_systems_write_for_no_date_is_no_stamp(text: str) -> None:
    assert read_resource(body(resourceType="Patient", meta={"lastUpdated": text})).last_updated is None
