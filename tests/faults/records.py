"""The records of invented people, each with words in them that must never leave the vault."""

import json
from typing import Any

from benchmarks import others, payload

type Json = dict[str, Any]
HL7 = "http://terminology.hl7.org/CodeSystem"


def a_person(patient: str, *, claims: int) -> dict[str, Json]:
    """Return by ``Type/id`` a patient, a coverage, their people and places, and so many claims."""
    found = [
        {
            "resourceType": "Patient",
            "id": patient,
            "name": [{"given": [f"canary-given-{patient}"], "family": f"canary-name-{patient}"}],
            "birthDate": "1961-02-03",
        },
        {
            "resourceType": "Coverage",
            "id": f"coverage-{patient}",
            "status": "active",
            "subscriberId": f"canary-number-{patient}",
            "beneficiary": {"reference": f"Patient/{patient}"},
            "payor": [{"reference": "Organization/organization-1"}],
        },
        {"resourceType": "Organization", "id": "organization-1", "name": "canary-organization"},
        {
            "resourceType": "Practitioner",
            "id": "practitioner-1",
            "name": [{"given": ["Ruth"], "family": "canary-practitioner"}],
        },
        *(a_claim(patient, number) for number in range(claims)),
    ]
    return {f"{each['resourceType']}/{each['id']}": _dated(each, at) for at, each in enumerate(found)}


def a_claim(patient: str, number: int) -> Json:
    """Return a professional claim of *patient*, billed 100.00 and more."""
    money = {"value": 100 + number, "currency": "USD"}
    return {
        "resourceType": "ExplanationOfBenefit",
        "id": f"claim-{patient}-{number}",
        "status": "active",
        "use": "claim",
        "outcome": "complete",
        "type": {"coding": [{"system": f"{HL7}/claim-type", "code": "professional"}]},
        "patient": {"reference": f"Patient/{patient}"},
        "identifier": [{"value": f"canary-claim-{patient}-{number}"}],
        "billablePeriod": {"start": f"2026-{1 + number % 9:02}-09"},
        "created": f"2026-{1 + number % 9:02}-10",
        "insurer": {"reference": "Organization/organization-1"},
        "provider": {"reference": "Practitioner/practitioner-1"},
        "diagnosis": [
            {"sequence": 1, "diagnosisCodeableConcept": {"text": f"canary-diagnosis-{patient}-{number}"}}
        ],
        "total": [
            {
                "category": {"coding": [{"system": f"{HL7}/adjudication", "code": "submitted"}]},
                "amount": money,
            }
        ],
    }


def _dated(resource: Json, at: int) -> Json:
    moment = f"2026-10-{1 + at // 24 % 28:02}T{at % 24:02}:00:00Z"
    return resource | {"meta": {"versionId": "1", "lastUpdated": moment}}


def a_large_person(patient: str, claims: int, *, seed: int) -> dict[str, Json]:
    """Return the same with claims as large as real ones (20 KB), which state what they billed alone."""
    found = a_person(patient, claims=0)
    dated = {"meta": {"versionId": "1", "lastUpdated": "2026-11-01T00:00:00+00:00"}}
    asked_for = set[str]()
    for number in range(claims):
        claim = json.loads(payload.eob(number, years=others.YEARS, patient=patient, seed=seed))
        claim["insurance"][0]["coverage"] = {"reference": f"Coverage/coverage-{patient}"}
        claim["provider"] = {"reference": "Practitioner/practitioner-1"}
        lines = [line["adjudication"][0]["amount"]["value"] for line in claim["item"]]
        claim["total"] = claim["total"][:1]
        claim["total"][0]["amount"]["value"] = round(sum(lines), 2)
        found[f"ExplanationOfBenefit/{claim['id']}"] = claim | dated
        asked_for |= {member["provider"]["reference"] for member in claim["careTeam"]}
        asked_for.add(claim["insurer"]["reference"])
    for resources in payload.places().values():
        known = {f"{place['resourceType']}/{place['id']}": place | dated for place in resources}
        found |= {reference: place for reference, place in known.items() if reference in asked_for}
    return found
