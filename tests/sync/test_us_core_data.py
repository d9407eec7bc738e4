"""What Inferno's US Core client suite (7.0.0) looks for: an instance of each profile is fetched."""

from collections.abc import Callable
from typing import Any, Final

import pytest

from apps.connections.models import Connection
from apps.kinds.care.kind import APART, LISTED
from apps.records import kinds, mirror
from apps.sync.models import SyncRun
from apps.vault.boxes import box_for
from tests.fhir.stub import Stub, bundle
from tests.sync.test_clinical import a_record, asked

LOINC: Final = "http://loinc.org"


def observation(category: str, code: str) -> tuple[str, dict[str, Any]]:
    """Return an Observation of a profile: what tells it from others."""
    about = {"coding": [{"system": LOINC, "code": code}]}
    return "Observation", {"status": "final", "category": [{"coding": [{"code": category}]}], "code": about}


def of_category(fhir_type: str, code: str) -> tuple[str, dict[str, Any]]:
    """Return a record that its category tells from others of its type."""
    return fhir_type, {"category": [{"coding": [{"code": code}]}]}


PROFILES: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "allergy_intolerance": ("AllergyIntolerance", {}),
    "care_plan": of_category("CarePlan", "assess-plan"),
    "care_team": ("CareTeam", {"status": "active"}),
    "condition_encounter_diagnosis": of_category("Condition", "encounter-diagnosis"),
    "condition_problems_health_concerns": of_category("Condition", "health-concern"),
    "device": ("Device", {}),
    "diagnostic_report_note": of_category("DiagnosticReport", "LP29684-5"),
    "diagnostic_report_lab": of_category("DiagnosticReport", "LAB"),
    "document_reference": ("DocumentReference", {"status": "current"}),
    "encounter": ("Encounter", {"status": "finished"}),
    "goal": ("Goal", {"lifecycleStatus": "active"}),
    "immunization": ("Immunization", {"status": "completed"}),
    "medication_dispense": ("MedicationDispense", {"status": "completed"}),
    "medication_request": ("MedicationRequest", {"status": "active", "intent": "order"}),
    "observation_lab": observation("laboratory", "2339-0"),
    "observation_pregnancystatus": observation("social-history", "82810-3"),
    "observation_pregnancyintent": observation("social-history", "86645-9"),
    "observation_occupation": observation("social-history", "11341-5"),
    "respiratory_rate": observation("vital-signs", "9279-1"),
    "simple_observation": observation("social-history", "1-8"),
    "treatment_intervention_preference": observation("treatment-intervention-preference", "75773-2"),
    "care_experience_preference": observation("care-experience-preference", "95541-9"),
    "heart_rate": observation("vital-signs", "8867-4"),
    "body_temperature": observation("vital-signs", "8310-5"),
    "pediatric_weight_for_height": observation("vital-signs", "77606-2"),
    "pulse_oximetry": observation("vital-signs", "59408-5"),
    "smokingstatus": observation("social-history", "72166-2"),
    "observation_sexual_orientation": observation("social-history", "76690-7"),
    "head_circumference": observation("vital-signs", "9843-4"),
    "body_height": observation("vital-signs", "8302-2"),
    "bmi": observation("vital-signs", "39156-5"),
    "observation_screening_assessment": observation("survey", "44249-1"),
    "average_blood_pressure": observation("vital-signs", "96607-7"),
    "blood_pressure": observation("vital-signs", "85354-9"),
    "observation_clinical_result": observation("exam", "8867-4"),
    "pediatric_bmi_for_age": observation("vital-signs", "59576-9"),
    "head_circumference_percentile": observation("vital-signs", "8289-1"),
    "body_weight": observation("vital-signs", "29463-7"),
    "procedure": ("Procedure", {"status": "completed"}),
    "questionnaire_response": ("QuestionnaireResponse", {"status": "completed"}),
    "service_request": ("ServiceRequest", {"status": "active", "intent": "order"}),
    "provenance": ("Provenance", {"target": [{"reference": "Procedure/Procedure-38"}]}),
}
NAMED: Final = {"location": "Location", "practitioner": "Practitioner", "specimen": "Specimen"}


@pytest.fixture
def run(bring: Callable[..., SyncRun], stub: Stub, consented: Connection) -> SyncRun:
    """Return the run that asked a plan with an instance of each profile."""
    by_type: dict[str, list[dict[str, Any]]] = {}
    for number, (fhir_type, elements) in enumerate(PROFILES.values()):
        by_type.setdefault(fhir_type, []).append(a_record(fhir_type, number, **elements))
    by_type["Procedure"][0] |= {"performer": [{"actor": {"reference": "Practitioner/named"}}]}
    by_type["Procedure"][0] |= {"location": {"reference": "Location/named"}}
    by_type["Observation"][0] |= {"specimen": {"reference": "Specimen/named"}}
    for fhir_type, records in by_type.items():
        stub.on(fhir_type, bundle(*records))
    for fhir_type in NAMED.values():
        stub.on(
            fhir_type, bundle({"resourceType": fhir_type, "id": "named", "name": [{"text": "Ruth Okafor"}]})
        )
    return bring()


def test_us_core_client_read_brings_an_instance_of_each_profile(
    run: SyncRun, stub: Stub, consented: Connection
) -> None:
    box, kept = box_for(consented.member), {}
    for row in consented.records.filter(fhir_type__in={fhir_type for fhir_type, _ in PROFILES.values()}):
        body = mirror.opened(box, row)
        assert body
        kept[body.split(b'"id": "')[1].split(b'"')[0].decode()] = kinds.opened(row.fhir_type, body).kind
    for number, (profile, (fhir_type, _)) in enumerate(PROFILES.items()):
        kind = kept[f"{fhir_type}-{number}"]
        assert kind.name == "source" if profile == "provenance" else kind in LISTED, profile
        assert kind not in APART, profile
        assert asked(stub, fhir_type), profile
    # Places, people and samples are asked for where something refers to them, never all of a plan's.
    for fhir_type in NAMED.values():
        assert [form for form in asked(stub, fhir_type) if form.startswith("_id=")], fhir_type
        assert consented.records.filter(fhir_type=fhir_type).exists(), fhir_type
