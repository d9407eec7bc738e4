"""Visits, procedures, fills and claims for them, as tests of joins store them; and what a page tells."""

import re
from typing import Any

from django.test import Client

from apps.connections.models import Connection
from tests.care.test_pages import path_of
from tests.claims.given import an_eob

PATIENT = {"reference": "Patient/1"}
CLINIC = {"display": "Riverside Clinic"}
CPT = "http://www.ama-assn.org/go/cpt"
NDC = {
    "coding": [
        {"system": "http://hl7.org/fhir/sid/ndc", "code": "0093-1048-01", "display": "Metformin 500 mg"}
    ]
}


def a_visit(number: int = 1, **changes: Any) -> dict[str, Any]:
    """Return a visit of March 9 at Riverside Clinic."""
    return {
        "resourceType": "Encounter",
        "id": f"e{number}",
        "subject": PATIENT,
        "status": "finished",
        "class": {"code": "AMB"},
        "type": [{"text": "Check-up"}],
        "period": {"start": "2026-03-09", "end": "2026-03-09"},
        "serviceProvider": CLINIC,
    } | changes


def a_procedure(**changes: Any) -> dict[str, Any]:
    """Return an X-ray of March 9."""
    return {
        "resourceType": "Procedure",
        "id": "p1",
        "subject": PATIENT,
        "status": "completed",
        "code": {"coding": [{"system": CPT, "code": "73110"}], "text": "X-ray of the wrist"},
        "performedDateTime": "2026-03-09",
    } | changes


def a_line(code: str, billed: str, share: str) -> dict[str, Any]:
    """Return a line of a claim."""
    return {
        "sequence": 1,
        "productOrService": {"coding": [{"system": CPT, "code": code}]},
        "adjudication": [
            {"category": {"coding": [{"code": name}]}, "amount": {"value": float(amount), "currency": "USD"}}
            for name, amount in (("submitted", billed), ("memberliability", share))
        ],
    }


def a_fill(number: int, on: str, **changes: Any) -> dict[str, Any]:
    """Return a fill of metformin."""
    made = {
        "resourceType": "MedicationDispense",
        "id": f"f{number}",
        "subject": PATIENT,
        "status": "completed",
        "medicationCodeableConcept": NDC,
        "whenHandedOver": on,
        "authoredOn": on,
        "quantity": {"value": 60, "unit": "tablets"},
    } | changes
    return {name: value for name, value in made.items() if value is not None}


def a_pharmacy_claim(number: int, on: str, share: str = "5.00") -> dict[str, Any]:
    """Return the claim for a fill of metformin."""
    code = {"coding": [{"system": "http://hl7.org/fhir/sid/ndc", "code": "00093104801"}]}
    line = {"sequence": 1, "productOrService": code, "servicedDate": on}
    return an_eob(number, on=on, share=share, kind="pharmacy", item=[line], provider={"display": "Capstan"})


def told(client: Client, path: str, what: str) -> list[str]:
    """Return the text of every row of that kind on a page."""
    rows = re.findall(rf'data-testid="{what}">(.*?)</li>', client.get(path).content.decode(), re.S)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]


def claim_path(connection: Connection, number: int) -> str:
    return path_of(connection, f"ExplanationOfBenefit/eob-{number}").replace("/care/", "/claims/")
