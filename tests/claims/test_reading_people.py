"""Who took part, and which records are read for their names (facts claims 9)."""

import pytest

from apps.kinds.claim.reading import read, references
from tests.claims import made
from tests.claims.made import C4BB, claim, concept, reading


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ({"reference": "Organization/1"}, "Known Clinic"),
        ({"reference": "Organization/1/_history/7"}, "Known Clinic"),
        ({"reference": "https://plan.example/fhir/Organization/1"}, "Known Clinic"),
        ({"reference": "Organization/1", "display": "XXX Health Plan"}, "Known Clinic"),
        ({"reference": "urn:uuid:12"}, "Inside the bundle"),
        ({"reference": "#inside"}, "Contained Clinic"),
        ({"reference": "#numbered"}, "NPI 1234567890"),
        ({"reference": "Organization/gone", "display": "Shown Clinic"}, "Shown Clinic"),
        (
            {"identifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567890"}},
            "NPI 1234567890",
        ),
        ({"display": "Not Found-03966f69"}, None),
        ({"display": "986297852679"}, None),
        ({"reference": "Medicare"}, None),
        ({"extension": [{"url": "http://x", "valueCode": "unknown"}]}, None),
        ({}, None),
    ],
)
def test_a_provider_is_named_by_what_is_known(element: dict[str, object], expected: str | None) -> None:
    contained = [
        {"resourceType": "Organization", "id": "inside", "name": "Contained Clinic"},
        {
            "resourceType": "Organization",
            "id": "numbered",
            "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567890"}],
        },
    ]
    names = {"Organization/1": "Known Clinic", "urn:uuid:12": "Inside the bundle"}
    assert read(made.body(claim(provider=element, contained=contained)), names).provider == expected


def test_a_contained_role_is_named_by_its_contained_practitioner() -> None:
    contained = [
        {"resourceType": "PractitionerRole", "id": "role", "practitioner": {"reference": "#doctor"}},
        {
            "resourceType": "Practitioner",
            "id": "doctor",
            "name": [{"prefix": ["Dr."], "given": ["Ana"], "family": "Lopez"}],
        },
    ]
    assert reading(claim(provider={"reference": "#role"}, contained=contained)).provider == "Dr. Ana Lopez"


def test_references_are_those_whose_names_are_needed() -> None:
    made_claim = claim(
        provider={"reference": "Organization/1/_history/2"},
        insurer={"reference": "https://plan.example/fhir/Organization/payer"},
        facility={"reference": "Location/5"},
        careTeam=[{"provider": {"reference": "Practitioner/9"}}, {"provider": {"reference": "#inside"}}],
        insurance=[{"coverage": {"reference": "Coverage/1"}}],
        patient={"reference": "Patient/1"},
        supportingInfo=[
            {
                "category": concept((C4BB, "servicefacility")),
                "valueReference": {"reference": "Organization/7"},
            }
        ],
        contained=[
            {"resourceType": "PractitionerRole", "id": "r", "organization": {"reference": "Organization/8"}}
        ],
    )
    assert references(made.body(made_claim)) == {
        "Organization/1",
        "https://plan.example/fhir/Organization/payer",
        "Location/5",
        "Practitioner/9",
        "Organization/7",
        "Organization/8",
        "Patient/1",
    }
    assert references(b"nonsense") == frozenset()
