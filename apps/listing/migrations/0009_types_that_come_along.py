"""Listings that are here name all that is read by now, also what nobody asks for and is kept where it comes along."""

from typing import Any

from django.db import migrations, models

READ = (
    (
        "Claims and approvals in advance: visits, hospital stays, prescriptions, dental and eye care,"
        " with what was billed and paid",
        "ExplanationOfBenefit",
        "They are what the app explains: figures, dates, services and decisions.",
    ),
    (
        "Coverage: your plan, member number, dates and cost sharing",
        "Coverage",
        "To show the plan as a card and to say which plan a claim belongs to.",
    ),
    (
        "Who you are to the plan: your own record there, with name, birth date and address",
        "Patient",
        "To find your own records at the plan and to show whose they are.",
    ),
    (
        "Names of doctors, clinics, pharmacies and the plan, where a claim refers to them",
        "Organization, Practitioner, PractitionerRole, Location",
        "To write the clinic's name instead of a number.",
    ),
    (
        "The subscriber, if you are covered through someone else",
        "RelatedPerson",
        "To say whose plan covers you.",
    ),
    (
        "Visits, procedures, vaccines, devices and plans of care",
        "Encounter, Immunization, Procedure, CarePlan, CareTeam, Goal, ServiceRequest, Device",
        "To show it in plain words, with the claims that it belongs to.",
    ),
    (
        "Health problems, diagnoses and allergies",
        "Condition, AllergyIntolerance",
        "To show it in plain words, with the claims that it belongs to.",
    ),
    (
        "Medicines: prescriptions, fills and what you reported",
        "MedicationRequest, MedicationDispense, MedicationStatement, MedicationAdministration",
        "To show it in plain words, with the claims that it belongs to.",
    ),
    (
        "Test results, vital signs and answers to questions about your health",
        "Observation, DiagnosticReport, QuestionnaireResponse",
        "To show each with the range and the flag that came with it, and how it changed.",
    ),
    (
        "Papers: notes, letters and reports",
        "DocumentReference, Binary",
        "To list them, show them, and hand them over as they were sent.",
    ),
    (
        "Other clinical records your plan may share",
        "List, FamilyMemberHistory, ImagingStudy, Media, Flag, EpisodeOfCare, "
        "ImmunizationRecommendation, DeviceUseStatement, NutritionOrder, RiskAssessment, "
        "ClinicalImpression, AdverseEvent, DetectedIssue, BodyStructure, DeviceRequest, "
        "SupplyDelivery, Communication, Appointment, AppointmentResponse, Basic, "
        "CommunicationRequest, Composition, Consent, DocumentManifest, GuidanceResponse, "
        "ImmunizationEvaluation, MeasureReport, MolecularSequence, RequestGroup, ResearchSubject, "
        "SupplyRequest, Task, VisionPrescription",
        "So that nothing your plan sent is left out.",
    ),
    (
        "Where clinical records came from",
        "Provenance",
        "To say of each who recorded it, and whether it was made from a claim.",
    ),
    (
        "Samples that test results were made of",
        "Specimen",
        "To say so where the state of one may affect a result.",
    ),
    (
        "Names of medicines, where a prescription refers to them",
        "Medication",
        "To write the medicine's name instead of a number.",
    ),
)
"""What was read when this was written: what, its types, why."""


def name_them(apps: Any, _editor: Any) -> None:
    """Name every type in rows that name nothing else, and add rows for what no row names; an operator's own
    words stay."""
    rows = apps.get_model("listing", "AccessedData").objects
    for listing in apps.get_model("listing", "AppListing").objects.filter(accessed__isnull=False).distinct():
        here = {row.what: row for row in rows.filter(listing=listing)}
        named = {name for row in here.values() for name in row.fhir_types.split(", ")}
        for what, fhir_types, why in READ:
            types, row = set(fhir_types.split(", ")), here.get(what)
            if row is not None and set(row.fhir_types.split(", ")) < types:
                rows.filter(pk=row.pk).update(fhir_types=fhir_types)
            elif named.isdisjoint(types):
                last = rows.filter(listing=listing).count()
                rows.create(listing=listing, position=last + 1, what=what, fhir_types=fhir_types, why=why)


class Migration(migrations.Migration):
    dependencies = [
        ("listing", "0008_dead_links"),
    ]

    operations = [
        migrations.AlterField(
            model_name="accesseddata",
            name="fhir_types",
            field=models.CharField(max_length=1000, verbose_name="FHIR resource types"),
        ),
        migrations.RunPython(name_them, migrations.RunPython.noop),
    ]
