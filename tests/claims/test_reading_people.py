"""Who took part, and which records are read for their names (facts claims 9)."""

from typing import Any

import pytest

from apps.kinds.claim.reading import references
from apps.kinds.claim.wording import bill, story
from tests.claims import made
from tests.claims.made import C4BB, claim, concept, reading


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


NUMBER = {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1407891336"}


@pytest.mark.parametrize(
    "provider",
    [
        {"identifier": NUMBER, "display": "NPI 1407891336"},
        {"display": "NPI: 1407891336"},
        {"reference": "#numbered"},
    ],
)
def test_m_04_a_number_that_stands_for_a_name_is_joined_to_the_name_it_has_elsewhere(
    provider: dict[str, Any],
) -> None:
    """M-04: "Ask NPI: 1407891336", where the care team names who that is."""
    numbered = {
        "resourceType": "Practitioner",
        "id": "numbered",
        "identifier": [NUMBER],
        "name": [{"text": "NPI 1407891336"}],
    }
    who = [{"sequence": 1, "provider": {"identifier": NUMBER, "display": "Ana Lopez, MD"}}]
    amounts = made.money("submitted 100, benefit 60, memberliability 20")
    record = reading(claim(*amounts, provider=provider, contained=[numbered], careTeam=who))
    told = story(record)
    assert told.title == "Medical care with Ana Lopez, MD"
    assert told.answer.startswith("Ana Lopez, MD billed")
    assert bill.compared(record, "35", []).asks[0].startswith("Ask Ana Lopez, MD:")
    alone = reading(claim(provider=provider, contained=[numbered]))
    assert alone.provider == "NPI 1407891336"


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


def test_a_primary_provider_is_not_said_to_have_treated_anybody() -> None:
    """HL7's own list means "the primary care provider", Medicare's claims the one who bills."""
    role = {"coding": [{"code": "primary"}]}
    made = claim(careTeam=[{"sequence": 1, "provider": {"display": "Ana Lopez"}, "role": role}])
    assert story(reading(made)).team == (("Main provider", "Ana Lopez"),)


def test_3_1_medicares_specialty_goes_before_the_taxonomy_beside_it() -> None:
    """3.1: "Health Care" stood beside "Optometrist"."""
    codings = [
        {"system": "http://nucc.org/provider-taxonomy", "code": "390200000X", "display": "Health Care"},
        {
            "system": "https://bluebutton.cms.gov/resources/variables/prvdr_spclty",
            "code": "41",
            "display": "Optometrist",
        },
    ]
    team = [
        {"sequence": 1, "role": {"coding": [{"code": "performing"}]}, "qualification": {"coding": codings}}
    ]
    assert reading(claim(careTeam=team)).care_team[0].speciality == "Optometrist"
