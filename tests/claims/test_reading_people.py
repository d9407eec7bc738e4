"""Who took part, and which records are read for their names (facts claims 9)."""

from typing import Any

import pytest

from apps.accounts.models import Member
from apps.kinds.claim.reading import references
from apps.kinds.claim.wording import bill, story
from tests.claims import made
from tests.claims.given import a_connection, an_eob, held, save, told
from tests.claims.made import claim, concept, reading
from tests.claims.made import money as made_money
from tests.claims.systems import C4BB


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
        {"reference": "Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|1407891336"},
        {"reference": "Organization?identifier=http%3A%2F%2Fhl7.org%2Ffhir%2Fsid%2Fus-npi%7C1407891336"},
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
    record = reading(claim(careTeam=team))
    assert record.care_team[0].speciality == "Optometrist"
    assert [who for _role, who in story(record).team] == ["Optometrist, name not shared"]


PAYER = {"reference": "Organization/payer", "display": "Harbor Health Plan"}
ITSELF = {"reference": "Organization/clinic", "display": "Harbor Health Plan"}


def test_a_provider_displayed_as_the_plan_is_called_what_others_call_it(alice: Member) -> None:
    """9: "Your plan names itself here", where other claims name whom this one refers to."""
    named = {"provider": {"reference": "Organization/clinic", "display": "Bay Group"}}
    at_plan = {"insurer": PAYER, "provider": ITSELF}
    own = reading(claim(insurer=PAYER, provider=ITSELF, facility=named["provider"]))
    assert (own.provider, own.unnamed) == ("Bay Group", "")
    newer = [an_eob(number, on="2026-06-01", **at_plan) for number in range(2)]
    save(a_connection(alice), an_eob("named", **named), *newer)
    records = [told(alice.records.get(pk=one.id), one.entry) for one in held(alice)]
    assert [record.provider for record in records] == 3 * ["Bay Group"]


def test_of_a_provider_displayed_as_the_plan_the_number_is_told() -> None:
    numbered = reading(claim(insurer=PAYER, provider={**ITSELF, "identifier": NUMBER}))
    assert (numbered.provider, numbered.unnamed) == ("NPI 1407891336", "")


def test_a_plan_in_the_care_team_treated_nobody() -> None:
    role = {"coding": [{"code": "rendering"}]}
    team = [{"sequence": 1, "provider": ITSELF, "role": role, "qualification": {"text": "Dentist"}}]
    [member] = reading(claim(insurer=PAYER, careTeam=team)).care_team
    assert (member.name, member.speciality) == (None, "Dentist")


@pytest.mark.parametrize(
    "shown", ["Harbor Dental Plan", "HARBOR INSURANCE COMPANY", "Harbor Health Insurance"]
)
def test_no_person_is_called_by_the_name_of_a_plan(shown: str) -> None:
    """ "XXX Dental Plan billed $410.00", of a Practitioner."""
    dentist = {"reference": "Practitioner/dentist", "display": shown}
    assert reading(claim(provider=dentist)).provider is None
    assert reading(claim(provider=dentist)).unnamed == "reference"
    assert reading(claim(provider=dentist), **{"Practitioner/dentist": "Ana Lopez"}).provider == "Ana Lopez"
    assert reading(claim(provider={**dentist, "reference": "Organization/1"})).provider == shown


def test_a_payer_referred_to_as_the_provider_names_itself_though_no_name_came() -> None:
    """ "The name did not come with this claim", of one reference in both places."""
    both = {"reference": "Organization/2"}
    assert reading(claim(insurer=both, provider=both)).unnamed == "payer"
    clinic = reading(claim(insurer=both, provider=both), **{"Organization/2": "Bay Clinic"})
    assert (clinic.provider, clinic.unnamed) == ("Bay Clinic", "")


@pytest.mark.parametrize("place", ["Patient/1", "urn:uuid:7f1e"])
def test_the_person_treated_billed_nothing_and_is_no_plan(place: str) -> None:
    """A port of Synthea puts the patient where nobody is known: "Mr. Ed Lang billed $85.55"."""
    person = {"reference": place, "display": "Mr. Ed Lang"}
    team = [{"sequence": 1, "provider": person}]
    made = claim(
        *made_money("submitted 85.55"), patient=person, provider=person, insurer=person, careTeam=team
    )
    record = reading(made)
    assert (record.provider, record.payer, record.care_team, record.patient) == (
        None,
        None,
        (),
        "Mr. Ed Lang",
    )
    assert story(record).answer.startswith("The provider billed $85.55.")


def test_the_place_of_care_is_not_said_to_have_sent_the_bill() -> None:
    """A provider by reference alone, in a surgery center: "Open Access Vascular Access Center billed"."""
    made = claim(*made_money("submitted 85.55"), provider={"reference": "Practitioner/9"})
    told = story(reading(made | {"facility": {"display": "Access Center"}}))
    assert told.answer.startswith("The provider billed $85.55.")
    assert dict(told.facts)["Place"] == "Access Center"
