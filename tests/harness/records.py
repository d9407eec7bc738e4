"""The records of an invented person at a scripted plan."""

from typing import Any, Final

type Json = dict[str, Any]
_HL7: Final = "http://terminology.hl7.org/CodeSystem"
_CARIN: Final = "http://hl7.org/fhir/us/carin-bb/CodeSystem"


def coded(system: str, code: str, **more: Any) -> Json:
    """Return a CodeableConcept."""
    return {"coding": [{"system": system, "code": code}], **more}


def amount(category: str, value: float, system: str = f"{_HL7}/adjudication") -> Json:
    """Return one amount of a claim or of a line."""
    return {"category": coded(system, category), "amount": {"value": value, "currency": "USD"}}


def person(patient: str = "p-1", *, name: str = "Ada Quill") -> list[Json]:
    """Return a patient, a coverage, and the people and places that the claims name."""
    given, _, family = name.partition(" ")
    return [
        {
            "resourceType": "Patient", "id": patient, "birthDate": "1961-02-03",
            "name": [{"given": [given], "family": family}],
        },
        {
            "resourceType": "Coverage", "id": f"coverage-{patient}", "status": "active",
            "subscriberId": "M-7700-12", "beneficiary": {"reference": f"Patient/{patient}"},
            "relationship": coded(f"{_HL7}/subscriber-relationship", "self"),
            "payor": [{"reference": "Organization/payer"}], "period": {"start": "2025-01-01"},
            "class": [{"type": coded(f"{_HL7}/coverage-class", "plan"), "value": "GOLD", "name": "Gold 500"}],
        },
        {"resourceType": "Organization", "id": "payer", "active": True, "name": "Scripted Health Payer"},
        {"resourceType": "Organization", "id": "clinic", "active": True, "name": "Birchwood Clinic"},
        {"resourceType": "Practitioner", "id": "doctor", "name": [{"given": ["Ruth"], "family": "Okafor"}]},
    ]  # fmt: skip


def claim(number: int, *, patient: str = "p-1", on: str = "", **changes: Any) -> Json:
    """Return a professional claim billed at 100 dollars and its *number*; the member's share is 20."""
    day = on or f"2026-{1 + number % 9:02}-{10 + number % 7:02}"
    paid = 60 + number
    sums = [amount("submitted", 100 + number), amount("eligible", 80 + number), amount("benefit", paid),
            amount("memberliability", 20, f"{_CARIN}/C4BBAdjudication"), amount("copay", 20)]  # fmt: skip
    made: Json = {
        "resourceType": "ExplanationOfBenefit", "id": f"claim-{number}", "status": "active", "use": "claim",
        "outcome": "complete", "type": coded(f"{_HL7}/claim-type", "professional"),
        "patient": {"reference": f"Patient/{patient}"}, "created": day,
        "identifier": [{"type": coded(f"{_CARIN}/C4BBIdentifierType", "uc"), "value": f"UC-{number}"}],
        "billablePeriod": {"start": day, "end": day}, "insurer": {"reference": "Organization/payer"},
        "provider": {"reference": "Practitioner/doctor" if number % 2 else "Organization/clinic"},
        "insurance": [{"focal": True, "coverage": {"reference": f"Coverage/coverage-{patient}"}}],
        "diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": coded(
            "http://hl7.org/fhir/sid/icd-10-cm", "J45.909")}],
        "item": [{
            "sequence": 1, "diagnosisSequence": [1], "servicedDate": day,
            "productOrService": coded("http://www.ama-assn.org/go/cpt", "99213"), "adjudication": sums,
        }],
        "total": sums,
        "payment": {"date": day, "amount": {"value": paid, "currency": "USD"}},
    }  # fmt: skip
    made |= changes
    return {name: value for name, value in made.items() if value is not None}


def approval(number: int, **changes: Any) -> Json:
    """Return an approval in advance."""
    return claim(number, id=f"approval-{number}", use="preauthorization", payment=None, **changes)


def replacing(number: int, old: str, **changes: Any) -> Json:
    """Return a claim that says which it replaces."""
    related = [
        {
            "relationship": coded(f"{_HL7}/ex-relatedclaimrelationship", "prior"),
            "reference": {"reference": f"ExplanationOfBenefit/{old}"},
        }
    ]
    return claim(number, related=related, **changes)
