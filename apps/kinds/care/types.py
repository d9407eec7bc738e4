"""The clinical FHIR types, as consent screens, the listing and lower rooms get them."""

from typing import Final

from apps.plain_language.language import said
from config.fhir_types import FhirType, Form, Purpose

_TIMELINE: Final = said("To show it in plain words, with the claims that it belongs to.")
_PROBLEMS: Final = Purpose(said("Health problems, diagnoses and allergies"), _TIMELINE)
_MEDICINES: Final = Purpose(said("Medicines: prescriptions, fills and what you reported"), _TIMELINE)
_TESTS: Final = Purpose(
    said("Test results, vital signs and answers to questions about your health"),
    said("To show each with the range and the flag that came with it, and how it changed."),
)
_CARE: Final = Purpose(said("Visits, procedures, vaccines, devices and plans of care"), _TIMELINE)
_PAPERS: Final = Purpose(
    said("Papers: notes, letters and reports"),
    said("To list them, show them, and hand them over as they were sent."),
)
_OTHERS: Final = Purpose(
    said("Other clinical records your plan may share"), said("So that nothing your plan sent is left out.")
)
_SOURCES: Final = Purpose(
    said("Where clinical records came from"),
    said("To say of each who recorded it, and whether it was made from a claim."),
)
_SAMPLES: Final = Purpose(
    said("Samples that test results were made of"),
    said("To say so where the state of one may affect a result."),
)
_NAMES: Final = Purpose(
    said("Names of medicines, where a prescription refers to them"),
    said("To write the medicine's name instead of a number."),
)


_OF_US_CORE: Final = frozenset(
    {
        *("AllergyIntolerance", "CarePlan", "CareTeam", "Condition", "Device", "DiagnosticReport"),
        *(
            "DocumentReference",
            "Encounter",
            "Goal",
            "Immunization",
            "MedicationDispense",
            "MedicationRequest",
        ),
        *("Observation", "Procedure", "QuestionnaireResponse", "ServiceRequest"),
    }
)


_CATEGORIES_OF: Final = {
    "Condition": (
        ("encounter-diagnosis", said("diagnoses of visits")),
        ("problem-list-item", said("health problems")),
        ("health-concern", said("health concerns")),
    ),
    "Observation": (
        ("laboratory", said("laboratory results")),
        ("vital-signs", said("vital signs")),
        ("social-history", said("answers about your life")),
        ("survey", said("questionnaires")),
        ("sdoh", said("answers about your circumstances")),
    ),
    "DocumentReference": (("clinical-note", said("clinical notes")),),
}
"""The categories that US Core 7 and 8 want scopes for; of others the code is shown."""


def _type(
    name: str, purpose: Purpose, granted: str = "", made_of: str = "", forms: tuple[Form, ...] = ((),)
) -> FhirType:
    about = ("category", "code", "subject", "encounter", *made_of.split())
    return FhirType(
        name=name,
        purpose=purpose,
        granted=granted,
        made_of=about,
        consent="clinical",
        forms=forms,
        with_source="_revinclude=Provenance:target" if name in _OF_US_CORE else "",
        categories=_CATEGORIES_OF.get(name, ()),
    )


def _by(name: str, *values: str) -> tuple[Form, ...]:
    """By the person alone; all *values* of a parameter at once; each alone, as servers have to offer it."""
    return (), (f"{name}={','.join(values)}",), tuple(f"{name}={value}" for value in values)


_CATEGORIES: Final = _by(
    "category",
    *("laboratory", "vital-signs", "social-history", "survey", "exam", "imaging", "procedure", "therapy"),
    *("activity", "sdoh", "functional-status", "disability-status", "cognitive-status"),
    *("treatment-intervention-preference", "care-experience-preference"),
)
_INTENTS: Final = _by(
    "intent",
    *("order", "original-order", "reflex-order", "filler-order", "instance-order", "plan", "proposal"),
    "option",
)
_SECTIONS: Final = _by("category", "LAB", "LP29684-5", "LP29708-2", "LP7839-6")
_STANDINGS: Final = _by("status", "active", "proposed", "suspended", "inactive", "entered-in-error")


_HEALTH: Final = said("Health problems and diagnoses")
_PLANS: Final = said("Plans of care and goals")
_ELSE: Final = said("Other clinical records")

CONDITION: Final = _type("Condition", _PROBLEMS, _HEALTH, "onsetDateTime recordedDate")
ALLERGY: Final = _type("AllergyIntolerance", _PROBLEMS, said("Allergies"), "recordedDate")
_MEDICINE: Final = said("Medicines")
_DRUG: Final = "medicationCodeableConcept medicationReference "
REQUEST: Final = _type("MedicationRequest", _MEDICINES, _MEDICINE, f"{_DRUG} intent authoredOn", _INTENTS)
DISPENSE: Final = _type("MedicationDispense", _MEDICINES, _MEDICINE, f"{_DRUG} whenHandedOver quantity")
STATEMENT: Final = _type("MedicationStatement", _MEDICINES, _MEDICINE, f"{_DRUG} effectivePeriod")
ADMINISTRATION: Final = _type("MedicationAdministration", _MEDICINES, _MEDICINE, f"{_DRUG} effectiveDateTime")
MEDICATION: Final = FhirType(name="Medication", role="names", purpose=_NAMES, consent="clinical")
OBSERVATION: Final = _type(
    "Observation",
    _TESTS,
    said("Test results, vital signs and answers"),
    "effectiveDateTime effectivePeriod issued valueQuantity valueString valueCodeableConcept component",
    _CATEGORIES,
)
REPORT: Final = _type(
    "DiagnosticReport", _TESTS, said("Reports of tests"), "effectiveDateTime issued result", _SECTIONS
)
ANSWERS: Final = _type("QuestionnaireResponse", _TESTS, said("Questionnaires"), "questionnaire authored item")
ENCOUNTER: Final = _type("Encounter", _CARE, said("Visits and stays"), "class type period")
PROCEDURE: Final = _type("Procedure", _CARE, said("Procedures"), "performedDateTime performedPeriod")
IMMUNIZATION: Final = _type("Immunization", _CARE, said("Vaccines"), "vaccineCode patient occurrenceDateTime")
DEVICE: Final = _type("Device", _CARE, said("Implants and devices"), "type udiCarrier serialNumber")
CARE_PLAN: Final = _type("CarePlan", _CARE, _PLANS, "title period activity", _by("category", "assess-plan"))
CARE_TEAM: Final = _type("CareTeam", _CARE, _PLANS, "name period participant", _STANDINGS)
GOAL: Final = _type("Goal", _CARE, _PLANS, "description startDate target")
ORDER: Final = _type("ServiceRequest", _CARE, said("Orders for care"), "intent authoredOn occurrenceDateTime")
PROVENANCE: Final = _type("Provenance", _SOURCES, said("Where records came from"), "target recorded agent")
SPECIMEN: Final = FhirType(name="Specimen", role="names", purpose=_SAMPLES, consent="clinical")
DOCUMENT: Final = _type("DocumentReference", _PAPERS, said("Papers and notes"), "type date content")
BINARY: Final = FhirType(name="Binary", role="file", purpose=_PAPERS, consent="clinical")
_ASKED_OTHERS: Final = tuple(
    _type(name, _OTHERS, _ELSE)
    for name in (
        *("List", "FamilyMemberHistory", "ImagingStudy", "Media", "Flag", "EpisodeOfCare"),
        *("ImmunizationRecommendation", "DeviceUseStatement", "NutritionOrder", "RiskAssessment"),
        *("ClinicalImpression", "AdverseEvent", "DetectedIssue", "BodyStructure", "DeviceRequest"),
        *("SupplyDelivery", "Communication"),
    )
)
_UNASKED_OTHERS: Final = tuple(
    FhirType(name=name, role="unasked", purpose=_OTHERS, granted=_ELSE, consent="clinical")
    for name in (
        *("Appointment", "AppointmentResponse", "Basic", "CommunicationRequest", "Composition", "Consent"),
        *("DocumentManifest", "GuidanceResponse", "ImmunizationEvaluation", "MeasureReport"),
        *("MolecularSequence", "RequestGroup", "ResearchSubject", "SupplyRequest", "Task"),
        "VisionPrescription",
    )
)
"""The rest of what R4 keeps of a patient, but for money, log books and other people
(https://hl7.org/fhir/R4/compartmentdefinition-patient.html, and three types that name one all the same)."""
OTHERS: Final = (*_ASKED_OTHERS, *_UNASKED_OTHERS)
"""Read as far as records of any type are alike."""
