"""The page of a medicine lists its fills, once each, with what the claim for each says."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.connections.models import Connection
from tests.care.test_pages import keep, path_of
from tests.claims.given import NOW, all_agreed, an_eob
from tests.claims.made import status
from tests.claims.test_people import about
from tests.joined.made import a_fill, a_pharmacy_claim, a_visit, claim_path, told

DENIED = {"adjudication": [status("benefitpaymentstatus", "denied")]}


def fills_of(client: Client, path: str) -> list[str]:
    """Return the text of every fill on the page of a medicine."""
    rows = re.findall(r'data-testid="fill">(.*?)</tr>', client.get(path).content.decode(), re.S)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]


def test_a_record_of_another_person_joins_none_of_the_owners_claims(
    alice: Member, alice_client: Client
) -> None:
    """A child named in words alone, on the connection of the mother."""
    mine = about(alice, "One Plan", "1", "Maria Lopez", "1980-02-03")
    leo = {"subject": {"display": "Leo Lopez"}}
    keep(mine, an_eob(1), a_visit(**leo), a_pharmacy_claim(2, "2026-03-20"), a_fill(1, "2026-03-20", **leo))
    all_agreed(alice)
    assert alice_client.get(path_of(mine, "Encounter/e1")).status_code == 200
    assert told(alice_client, path_of(mine, "Encounter/e1"), "joined-claim") == []
    html = alice_client.get(path_of(mine, "MedicationDispense/f1")).content.decode()
    assert 'data-testid="joined-claim"' not in html and 'data-testid="fill"' not in html
    theirs = a_pharmacy_claim(3, "2026-04-20", "7.50") | {"patient": {"display": "Leo Lopez"}}
    keep(mine, theirs)
    fills = fills_of(alice_client, path_of(mine, "MedicationDispense/f1"))
    assert fills == [
        "April 20, 2026 – your share $7.50 (known from its claim)",
        "March 20, 2026 (this one) 60 tablets no claim for it is known",
    ]
    once = alice_client.get("/care/?kind=medicine").content.decode()
    once = once[once.index('data-testid="medicines"') : once.index("Every record of them")]
    once = re.sub(r"<[^>]*>", "", once)
    assert (
        "Last filled April 20, 2026 · Leo Lopez" in once
        and "Last filled March 20, 2026 · Maria Lopez" in once
    )


@pytest.mark.parametrize(
    ("stands", "handed", "is_fill"),
    [("completed", True, True), ("unknown", True, True), ("unknown", False, False)]
    + [(stands, True, False) for stands in ("preparation", "stopped", "on-hold", "in-progress", "declined")],
)
def test_only_what_was_handed_over_is_a_fill(
    alice_client: Client, connection: Connection, stands: str, handed: bool, is_fill: bool
) -> None:
    when = {} if handed else {"whenHandedOver": None, "whenPrepared": "2026-03-20"}
    keep(connection, a_fill(1, "2026-03-20", status=stands, **when), a_fill(2, "2026-02-01"))
    fills = fills_of(alice_client, path_of(connection, "MedicationDispense/f2"))
    assert [fill.startswith("March 20") for fill in fills] == ([True, False] if is_fill else [False])


@pytest.mark.parametrize("refused", [{"outcome": "partial"}, {"status": "draft"}, {"item": [DENIED]}])
def test_a_claim_that_says_of_nothing_handed_over_is_no_fill(
    alice_client: Client, connection: Connection, refused: dict[str, Any]
) -> None:
    """Claims 5: denied, a draft, decided in part."""
    claim = a_pharmacy_claim(1, "2026-03-20")
    lines = [claim["item"][0] | line for line in refused.get("item", [{}])]
    keep(connection, claim | refused | {"item": lines}, a_fill(2, "2026-02-01"), a_fill(3, "2026-01-01"))
    fills = fills_of(alice_client, path_of(connection, "MedicationDispense/f2"))
    assert [fill[:8] for fill in fills] == ["February", "January "]


def test_several_claims_of_a_fill_each_have_their_link_and_say_that_they_are_several(
    alice_client: Client, connection: Connection
) -> None:
    number = [{"value": "CLM-1"}, {"value": "CLM-2"}]
    two = a_pharmacy_claim(1, "2026-03-20"), a_pharmacy_claim(2, "2026-03-20", "7.50")
    keep(connection, a_fill(1, "2026-03-20"), a_fill(2, "2026-03-19", identifier=number), *two)
    path = path_of(connection, "MedicationDispense/f1")
    perhaps, sure = fills_of(alice_client, path)
    of_that_day = "A claim of that day says: your share"
    assert f"{of_that_day} $7.50. {of_that_day} $5.00." in perhaps
    assert sure.count("A claim for several fills says: your share") == 2
    html = alice_client.get(path).content.decode()
    assert all(html.count(f'href="{claim_path(connection, n)}"') >= 2 for n in (1, 2))
    keep(connection, a_fill(1, "2026-03-20", status="declined"))
    (alone,) = fills_of(alice_client, path_of(connection, "MedicationDispense/f2"))
    assert alone.count("One of its claims says: your share") == 2


def test_a_fill_whose_claim_was_refused_in_part_says_so(alice_client: Client, connection: Connection) -> None:
    """It said "your share $5.00." and no more."""
    claim = a_pharmacy_claim(1, "2026-03-20")
    in_part = {"adjudication": [status("benefitpaymentstatus", "partiallypaid")]}
    claim = claim | {"item": [claim["item"][0] | in_part]}
    keep(connection, claim, a_fill(1, "2026-03-20", identifier=[{"value": "CLM-1"}]), a_fill(2, "2026-02-01"))
    fills = fills_of(alice_client, path_of(connection, "MedicationDispense/f1"))
    assert "your share $5.00, and your plan refused a part" in fills[0]
    assert "refused" not in fills[1]


def test_no_claim_is_known_only_where_none_is_folded(alice: Member, alice_client: Client) -> None:
    child = about(alice, "One Plan", "1", "Leo Lopez", "2012-02-03")
    Connection.objects.filter(pk=child.pk).update(connected_at=NOW - timedelta(days=1))
    about(alice, "Two Plan", "2", "Maria Lopez", "1980-02-03")
    code = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "F32.9"}]}
    claim = a_pharmacy_claim(1, "2026-03-20") | {"diagnosis": [{"diagnosisCodeableConcept": code}]}
    keep(child, claim, a_fill(1, "2026-03-20"), a_fill(2, "2026-02-01"))
    fills = fills_of(alice_client, path_of(child, "MedicationDispense/f1"))
    assert [fill.rpartition("tablets ")[2] for fill in fills] == ["–", "no claim for it is known"]


def test_a_medicine_has_its_fills_once_each_with_what_its_claim_says(
    alice_client: Client, connection: Connection
) -> None:
    """A fill with a claim of that day, one without, and one that is known from its claim alone."""
    order = a_fill(9, "2026-03-01", resourceType="MedicationRequest", intent="order", whenHandedOver=None)
    claims = a_pharmacy_claim(1, "2026-03-20"), a_pharmacy_claim(2, "2026-05-20", "7.50")
    keep(connection, order, a_fill(1, "2026-03-20"), a_fill(2, "2026-04-20"), *claims)
    assert fills_of(alice_client, path_of(connection, "MedicationRequest/f9")) == [
        "May 20, 2026 – your share $7.50 (known from its claim)",
        "April 20, 2026 60 tablets no claim for it is known",
        "March 20, 2026 60 tablets A claim of that day says: your share $5.00.",
    ]
    medicines = alice_client.get("/care/?kind=medicine").content.decode()
    once = medicines[medicines.index('data-testid="medicines"') : medicines.index("Every record of them")]
    assert once.count('data-testid="care-row"') == 1
    assert "Last filled May 20, 2026" in once


def test_a_medicine_that_another_one_took_the_place_of_has_none_of_its_fills(
    alice_client: Client, connection: Connection
) -> None:
    """Of the published examples, vancomycin was shown as filled on the days of azithromycin."""
    order = {"resourceType": "MedicationRequest", "intent": "order", "whenHandedOver": None}
    earlier = a_fill(8, "2026-03-01", medicationCodeableConcept={"text": "Vancomycin"}, **order)
    named = {"priorPrescription": {"reference": "MedicationRequest/f8"}}
    keep(connection, earlier, a_fill(9, "2026-03-05", **order, **named), a_fill(1, "2026-03-06"))
    assert fills_of(alice_client, path_of(connection, "MedicationRequest/f8")) == []
    later = alice_client.get(path_of(connection, "MedicationRequest/f9")).content.decode()
    assert "Instead of an earlier one" in later and path_of(connection, "MedicationRequest/f8") in later


def test_a_fill_that_is_called_otherwise_says_what_it_is_called(
    alice_client: Client, connection: Connection
) -> None:
    """A plan may refer to the order of another medicine; a brand may be handed over for what was ordered."""
    order = {"resourceType": "MedicationRequest", "intent": "order", "whenHandedOver": None}
    by = {"authorizingPrescription": [{"reference": "MedicationRequest/f9"}]}
    other = a_fill(1, "2026-03-06", medicationCodeableConcept={"text": "Glucophage"}, **by)
    keep(connection, a_fill(9, "2026-03-05", **order), other, a_fill(2, "2026-02-06", **by))
    for page in ("MedicationRequest/f9", "MedicationDispense/f2"):
        called, same = fills_of(alice_client, path_of(connection, page))
        assert "Glucophage" in called and "Metformin" not in same
    called, same = fills_of(alice_client, path_of(connection, "MedicationDispense/f1"))
    assert "Glucophage" not in called and "Metformin 500 mg" in same


def test_one_drug_in_four_forms_of_a_stay_is_one_medicine_and_no_count_of_four(
    alice_client: Client, connection: Connection
) -> None:
    """Oddity 37: Medhost sends an order of the stay, one at its end, a statement, and that it was given."""
    forms = {
        "order": {"resourceType": "MedicationRequest", "intent": "order", "status": "active"},
        "at the end": {"resourceType": "MedicationRequest", "intent": "original-order", "status": "active"},
        "said": {"resourceType": "MedicationStatement", "status": "active"},
        "given": {"resourceType": "MedicationAdministration"},
    }
    records = [a_fill(number, "2026-03-10", **form) for number, form in enumerate(forms.values())]
    keep(connection, *records)
    medicines = alice_client.get("/care/?kind=medicine").content.decode()
    once, every = medicines.split("Every record of them")
    assert once[once.index('data-testid="medicines"') :].count('data-testid="care-row"') == 1
    assert every.count('data-testid="care-row"') == 4
    assert "Your plans shared 4 medicine records." in medicines
    page = alice_client.get(path_of(connection, "MedicationRequest/f0")).content.decode()
    for own in ("MedicationRequest/f1", "MedicationStatement/f2", "MedicationAdministration/f3"):
        assert path_of(connection, own) in page
