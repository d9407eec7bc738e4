"""What stands once in somebody's chart: allergies, a suspicion ruled out, a vaccine not given, a plan."""

from collections.abc import Iterator
from datetime import date

from apps.demo_payer.people import payer
from apps.demo_payer.people.cast import DANA, HAROLD, JUNIPER, MARISOL, Member
from apps.demo_payer.people.clinical.care import CONDITION_CATEGORY, CVX, VERIFIED
from apps.demo_payer.people.clinical.labs import CATEGORY, LOINC
from apps.demo_payer.people.clinical.visit import US_CORE
from apps.demo_payer.people.coding import ICD_10_CM, THO, Json, concept, instant, ref

SNOMED = "http://snomed.info/sct"
_ALLERGY = f"{THO}allergyintolerance-"


def resources(today: date) -> Iterator[Json]:
    """Yield what belongs to no claim, as of `today`."""
    last = today.year - 1
    yield from _allergies(last)
    yield _begun(MARISOL, "Condition", "gout", date(last, 4, 3), "condition-problems-health-concerns") | {
        "verificationStatus": concept(VERIFIED, "refuted"),
        "category": [concept(CONDITION_CATEGORY, "problem-list-item", "Problem List Item")],
        "code": concept(ICD_10_CM, "M10.9", "Gout, unspecified"),
        "recordedDate": f"{last}-04-03",
        "note": [{"text": "The blood test did not confirm it."}],
    }
    yield _begun(HAROLD, "Immunization", "pneumonia-vaccine", date(last, 10, 14), "immunization") | {
        "status": "not-done",
        "statusReason": concept(f"{THO}v3-ActReason", "PATOBJ", "patient objection"),
        "vaccineCode": concept(CVX, "33", text="Pneumonia vaccine"),
        "occurrenceDateTime": f"{last}-10-14",
        "primarySource": True,
    }
    yield from _harolds_care(last)
    yield _begun(HAROLD, "Observation", "smoking", date(last, 4, 15), "smokingstatus") | {
        "status": "final",
        "category": [concept(CATEGORY, "social-history", "Social History")],
        "code": concept(LOINC, "72166-2", text="Smoking"),
        "effectiveDateTime": f"{last}-04-15",
        "valueCodeableConcept": concept(SNOMED, "8517006", text="Former smoker"),
    }
    yield _begun(MARISOL, "Device", "stent", date(last, 2, 9), "implantable-device") | {
        "status": "active",
        "type": concept(SNOMED, "705643001", text="Coronary artery stent"),
        "lotNumber": "LOT-2207",
        "serialNumber": "SN-88120",
    }


def _allergies(year: int) -> Iterator[Json]:
    yield _allergy(HAROLD, "penicillin", "Penicillin", date(year, 4, 15), "confirmed") | {
        "clinicalStatus": concept(f"{_ALLERGY}clinical", "active"),
        "criticality": "high",
        "reaction": [{"manifestation": [{"text": "Rash over the whole body"}], "severity": "moderate"}],
    }
    yield _allergy(DANA, "shellfish", "Shellfish", date(year, 2, 11), "refuted")
    yield _allergy(JUNIPER, "none", "No known allergies", date(year, 8, 19), "confirmed") | {
        "clinicalStatus": concept(f"{_ALLERGY}clinical", "active"),
        "code": concept(SNOMED, "716186003", text="No known allergies"),
    }


def _allergy(member: Member, name: str, words: str, on: date, verified: str) -> Json:
    return _begun(member, "AllergyIntolerance", f"allergy-{name}", on, "allergyintolerance") | {
        "verificationStatus": concept(f"{_ALLERGY}verification", verified),
        "code": {"text": words},
        "recordedDate": on.isoformat(),
    }


def _harolds_care(year: int) -> Iterator[Json]:
    on = date(year, 1, 19)
    yield _begun(HAROLD, "Goal", "goal", on, "goal") | {
        "lifecycleStatus": "active",
        "description": {"text": "Hemoglobin A1c under 7 percent"},
        "startDate": on.isoformat(),
        "target": [
            {"measure": concept(LOINC, "4548-4", text="Hemoglobin A1c"), "dueDate": f"{year + 1}-12-31"}
        ],
    }
    yield _begun(HAROLD, "CarePlan", "plan", on, "careplan") | {
        "status": "active",
        "intent": "plan",
        "category": [
            concept(
                "http://hl7.org/fhir/us/core/CodeSystem/careplan-category", "assess-plan", text="Plan of care"
            )
        ],
        "title": "Living with diabetes",
        "period": {"start": on.isoformat()},
        "activity": [
            {"detail": {"status": "in-progress", "description": "Walk for half an hour on five days a week"}}
        ],
    }
    team = [(payer.NAKASHIMA, "Internal medicine"), (payer.VALLARTA, "Endocrinology")]
    yield _begun(HAROLD, "CareTeam", "team", on, "careteam") | {
        "status": "active",
        "name": "Diabetes team",
        "participant": [{"role": [{"text": words}], "member": who.reference()} for who, words in team],
    }


_OF_PATIENT = frozenset({"AllergyIntolerance", "Immunization", "Device"})


def _begun(member: Member, resource_type: str, name: str, on: date, profile: str) -> Json:
    whose = "patient" if resource_type in _OF_PATIENT else "subject"
    return {
        "resourceType": resource_type,
        "id": f"{name}-{member.number}",
        "meta": {"lastUpdated": instant(on), "profile": [f"{US_CORE}{profile}"]},
        whose: ref("Patient", member.patient_id),
    }
