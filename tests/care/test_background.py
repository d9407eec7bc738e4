"""Where a record came from, its sample, and what it said before (facts clinical 2a, 2d, 39)."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from apps.connections.models import Connection
from tests.care.given import coded
from tests.care.test_pages import CANARY, a_result, keep, path_of
from tests.published import SHARED, needs_published

NOT_SAID = "Your plan did not say where this came from."


def published(name: str) -> dict[str, Any]:
    tree: dict[str, Any] = json.loads((SHARED / "fhir" / name).read_bytes())
    return tree


def html_of(client: Client, connection: Connection, reference: str) -> str:
    return client.get(path_of(connection, reference)).content.decode().replace("&#x27;", "'")


def a_provenance(form: str, *agents: dict[str, Any], of: str = "Observation/o1") -> dict[str, Any]:
    entity = {
        "role": "source",
        "extension": [{"url": "http://x/ProvenanceSourceFrom", "valueCodeableConcept": coded(form)}],
    }
    return {
        "resourceType": "Provenance",
        "id": "w1",
        "target": [{"reference": of}],
        "recorded": "2026-02-03T10:00:00Z",
        "agent": list(agents),
        "entity": [entity] if form else [],
    }


def an_agent(role: str, **elements: Any) -> dict[str, Any]:
    return {"type": {"coding": [{"code": role}]}, **elements}


@needs_published
def test_pdex_says_that_a_visit_came_from_a_claim_and_who_recorded_it(
    alice_client: Client, connection: Connection
) -> None:
    names = ("Encounter-7", "Provenance-1000004", "Practitioner-4", "Organization-ProviderOrg1")
    keep(connection, *(published(f"davinci-pdex/{name}.json") for name in names))
    html = html_of(alice_client, connection, "Encounter/7")
    assert "From a claim your plan received. Codes on claims are for payment" in html
    assert re.search(r"Recorded by [^.]+, for [^.]+\.", html)
    assert "Written down on July 11, 2020." in html
    assert NOT_SAID not in html
    assert "Where a record came from" not in alice_client.get("/care/").content.decode()


@needs_published
def test_pdex_says_who_passed_on_several_visits_beside_who_recorded_one_of_them(
    alice_client: Client, connection: Connection
) -> None:
    """Cases Provenance-1000101 (both visits) and Provenance-1000004 (one of them, from a claim)."""
    names = ("Encounter-6", "Encounter-7", "Provenance-1000101", "Provenance-1000004", "Practitioner-4")
    places = ("Organization-Payer1", "Organization-ProviderOrg1")
    keep(connection, *(published(f"davinci-pdex/{name}.json") for name in (*names, *places)))
    both, alone = (html_of(alice_client, connection, f"Encounter/{number}") for number in (7, 6))
    assert "Passed on by Payer 1." in both and "Passed on by Payer 1." in alone
    assert re.search(r"Recorded by [^.]+, for [^.]+\.", both)
    assert "From a claim your plan received." in both
    assert "From a claim" not in alone and "Recorded by" not in alone


DOCTOR = {"who": {"display": "Dr. Ruth Okafor"}, "onBehalfOf": {"display": "Riverside Clinic"}}
INSIDE = {"resourceType": "Patient", "id": "p", "name": [{"text": CANARY}]}


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (
            a_provenance("hl7ccda", an_agent("author", **DOCTOR)),
            "From a provider's own records. Recorded by Dr. Ruth Okafor, for Riverside Clinic.",
        ),
        (
            a_provenance("", an_agent("transmitter", who={"display": "Harborlight"})),
            "Passed on by Harborlight.",
        ),
        (a_provenance("capture"), "Entered or scanned at your plan."),
        (a_provenance("x12837", of="Observation/o2"), NOT_SAID),
        (
            a_provenance("", an_agent("author", who={"reference": "#p"})) | {"contained": [INSIDE]},
            "Written down on February 3, 2026.",
        ),
    ],
)
def test_where_a_record_came_from_is_said_as_sent_and_nobody_inside_is_named(
    alice_client: Client, connection: Connection, source: dict[str, Any], says: str
) -> None:
    keep(connection, a_result(1), source)
    html = html_of(alice_client, connection, "Observation/o1")
    assert says in html
    assert CANARY not in html


def test_a_note_of_the_plan_tells_as_far_as_we_can_tell(alice_client: Client, connection: Connection) -> None:
    keep(connection, a_result(1, note=[{"text": "This was derived from Humana insurance claims"}]))
    assert "made from claims, as far as we can tell" in html_of(alice_client, connection, "Observation/o1")


@needs_published
def test_a_spoilt_sample_warns_under_its_result(alice_client: Client, connection: Connection) -> None:
    sample = published("us-core-7.0.0/Specimen-example-serum-hemolyzed.json")
    keep(connection, a_result(1, specimen={"reference": "Specimen/example-serum-hemolyzed"}), sample)
    html = html_of(alice_client, connection, "Observation/o1")
    assert "Of the sample it was noted: Hemolyzed. That may affect the result." in html
    assert "Serum sample" in html
    assert "September 27, 2022" in html


@pytest.mark.parametrize(
    ("status", "says"),
    [("unsatisfactory", "The sample is noted as unsatisfactory. That may affect the result."),
     ("entered-in-error", "")],
)  # fmt: skip
def test_a_sample_says_how_it_stands_and_nothing_where_it_is_a_mistake(
    alice_client: Client, connection: Connection, status: str, says: str
) -> None:
    sample = {"resourceType": "Specimen", "id": "s1", "status": status, "type": {"text": "Serum sample"}}
    keep(connection, a_result(1, specimen={"reference": "Specimen/s1"}), sample)
    html = html_of(alice_client, connection, "Observation/o1")
    assert says in html
    assert ("Serum sample" in html) == bool(says)


def test_a_medicine_that_is_referred_to_has_its_name_in_what_was_said_before(
    alice_client: Client, connection: Connection
) -> None:
    drug = {"resourceType": "Medication", "id": "m1", "code": {"text": "Metformin 500 mg"}}
    order = {
        "resourceType": "MedicationRequest",
        "id": "r1",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/1"},
        "medicationReference": {"reference": "Medication/m1"},
        "authoredOn": "2026-02-03",
    }
    keep(connection, drug, order)
    keep(connection, order | {"note": [{"text": "With food"}]})
    assert "Before, it said" not in html_of(alice_client, connection, "MedicationRequest/r1")
    keep(connection, order | {"authoredOn": "2026-02-04"})
    html = html_of(alice_client, connection, "MedicationRequest/r1")
    assert "Before, it said: Metformin 500 mg, February 3, 2026." in html


def test_a_record_that_was_sent_again_tells_what_it_said_before(
    alice_client: Client, connection: Connection
) -> None:
    keep(connection, a_result(1, 5.4))
    keep(connection, a_result(1, 6.2, status="corrected", issued="2026-01-12"))
    html = html_of(alice_client, connection, "Observation/o1")
    assert "as a correction of an earlier result, issued on January 12, 2026" in html
    assert "Before, it said: Hemoglobin A1c: 5.4 %, January 10, 2026." in html
    keep(connection, a_result(1, 6.2, status="entered-in-error"))
    html = html_of(alice_client, connection, "Observation/o1")
    assert "5.4" not in html
    assert "marked this record as a mistake" in html
