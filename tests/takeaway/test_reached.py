"""Whoever and whatever only a hidden record names is as hidden: on the page of people and in files."""

import json

from django.test import Client

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.records.models import Record
from apps.records.shelf import Library
from apps.takeaway.shelves import Scope, Shelf, count_entries, entries
from apps.vault.boxes import box_for
from tests.care.test_background import a_provenance, an_agent
from tests.care.test_pages import a_result, keep
from tests.claims.given import an_eob, save
from tests.claims.test_people import about
from tests.takeaway.given import Json, content, sure

ANOTHER = {"patient": {"reference": "Patient/9", "display": "Kim Reyes"}}
HIV = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "B20"}]}
SUBJECT = {"subject": {"reference": "Patient/1"}}


def practitioner(number: int) -> Json:
    return {"resourceType": "Practitioner", "id": f"p{number}", "name": [{"text": f"Doctor Number{number}"}]}


def by(number: int) -> Json:
    return {"provider": {"reference": f"Practitioner/p{number}"}}


def source(number: int, of: str) -> Json:
    return a_provenance("hl7ccda", an_agent("author", who={"display": f"Source{number}"}), of=of) | {
        "id": f"w{number}"
    }


def everything(connection: Connection, *, year: int = 0) -> str:
    library = Library(connection.member, box_for(connection.member), is_unfolded=True)
    shelf = Shelf(library, library.by_id[connection.pk], Scope(year=year))
    taken = list(entries(shelf, ""))
    assert year or count_entries(shelf) == len(taken)
    return b"".join(item.body for item in taken).decode()


def settled(member: Member) -> Connection:
    """Return a connection with a claim of the holder, and one of somebody who did not agree."""
    mine = about(member, "One Plan", "1", "Ana Lopez", "1980-02-03")
    save(mine, an_eob(1, **by(1)), an_eob(2, **ANOTHER, **by(2)))
    drug = {"resourceType": "Medication", "id": "d1", "code": {"text": "Quietomycin"}}
    taken = {"resourceType": "MedicationRequest", "id": "m1", "status": "active", "intent": "order"}
    hers = {"subject": {"reference": "Patient/9", "display": "Kim Reyes"}}
    keep(mine, taken | hers | {"medicationReference": {"reference": "Medication/d1"}}, drug)
    keep(mine, *map(practitioner, (1, 2, 3)), source(1, "ExplanationOfBenefit/eob-1"))
    keep(mine, source(2, "ExplanationOfBenefit/eob-2"))
    return mine


def test_whom_only_records_of_somebody_closed_name_stands_nowhere(
    alice: Member, alice_client: Client
) -> None:
    mine = settled(alice)
    assert Record.objects.filter(fhir_type="Medication").exists()
    page = alice_client.get(f"/sync/connections/{mine.pk}/people/").content.decode()
    for told in (page, everything(mine)):
        assert [f"Number{number}" in told for number in (1, 2, 3)] == [True, False, True]
        assert "Quietomycin" not in told
    for told in (everything(mine), everything(mine, year=2026)):
        assert ("Source1" in told, "Source2" in told) == (True, False)


def test_where_a_record_came_from_is_in_files_for_others_with_the_record_alone(
    alice: Member, alice_client: Client
) -> None:
    mine = about(alice, "One Plan", "1", "Ana Lopez", "1980-02-03")
    mistake = a_result(3, id="o3", status="entered-in-error")
    keep(mine, a_result(1, id="o1"), a_result(2, id="o2", code=HIV, **SUBJECT), mistake)
    keep(mine, *(source(number, f"Observation/o{number}") for number in (1, 2, 3, 4)))
    chosen = {"format": "originals", "scope": "all", "for": "others"}
    told = content(sure(alice_client, alice).post("/take-along/make/", chosen))
    ids = {
        f"{entry['resource']['resourceType']}/{entry['resource']['id']}"
        for entry in json.loads(told)["entry"]
    }
    assert {"Observation/o1", "Provenance/w1"} <= ids
    assert not ids & {"Observation/o2", *(f"Provenance/w{number}" for number in (2, 3, 4))}
