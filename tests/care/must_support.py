"""The Must Support elements of US Core 3.1.1 to 8.0.0 and of PDex, by FHIR type, as far as they are clinical.

Of Inferno's US Core kit (`*_must_support_test.rb`) these rows were read and held against them: of 3.1.1 all
but those of vital signs other than pulse oximetry; of 6.1.0 all but AllergyIntolerance, CareTeam, Provenance,
laboratory reports, and Observations other than laboratory and screening. Left out are slices, what only holds
others, addresses for machines (`linkId`), and whom a record is about.

Elements of all versions together: what one version asks to be shown is shown whichever version a plan speaks.
People, places and coverage are measured with claims (tests.sync.must_support).
"""

from typing import Any, Final

from tests.care.given import coded, concept, lab, sent

US_CORE: Final = "http://hl7.org/fhir/us/core/StructureDefinition/"
SUPPORTING: Final = "http://hl7.org/fhir/StructureDefinition/workflow-supportingInfo"
_DOSAGE: Final = (
    "dosageInstruction.text",
    "dosageInstruction.timing.code",
    "dosageInstruction.route",
    "dosageInstruction.doseAndRate.doseQuantity",
)
_DRUG: Final = ("status", "medicationCodeableConcept", "medicationReference")
_WHY: Final = ("reasonCode", "reasonReference")
ELEMENTS: Final[dict[str, tuple[str, ...]]] = {
    "AllergyIntolerance": ("clinicalStatus", "verificationStatus", "code", "reaction.manifestation"),
    "CarePlan": ("text.div", "status", "intent", "category"),
    "CareTeam": ("status", "participant.role", "participant.member"),
    "Condition": (
        "meta.lastUpdated",
        *("clinicalStatus", "verificationStatus", "category", "code", "encounter"),
        *("onsetDateTime", "abatementDateTime", "recordedDate", "extension.valueDateTime"),
    ),
    "Device": (
        *("udiCarrier.deviceIdentifier", "udiCarrier.carrierHRF", "distinctIdentifier", "manufactureDate"),
        *("expirationDate", "lotNumber", "serialNumber", "type", "status"),
    ),
    "DiagnosticReport": (
        "meta.lastUpdated",
        *("status", "category", "code", "encounter", "effectiveDateTime", "issued", "performer"),
        *("resultsInterpreter", "result", "media.link", "presentedForm"),
    ),
    "DocumentReference": (
        *("identifier", "status", "type", "category", "date", "author", "content.attachment"),
        *("content.format", "context.encounter", "context.period", "authenticator"),
        "extension.valueDateTime",
        "custodian",
    ),
    "Encounter": (
        "meta.lastUpdated",
        *("identifier", "status", "class", "type", "participant.type", "participant.individual", "period"),
        *_WHY,
        *("hospitalization.dischargeDisposition", "location.location", "serviceProvider"),
        *("participant.period", "extension.valueCoding"),
    ),
    "Goal": ("lifecycleStatus", "description", "startDate", "target.dueDate", "expressedBy"),
    "Immunization": (
        *("status", "statusReason", "vaccineCode", "occurrenceDateTime", "occurrenceString"),
        *("primarySource", "lotNumber", "location", "performer.actor", "encounter"),
    ),
    "MedicationDispense": (
        *_DRUG,
        *("context", "performer.actor", "authorizingPrescription", "type", "quantity", "whenHandedOver"),
        *("daysSupply", *_DOSAGE),
    ),
    "MedicationRequest": (
        *_DRUG,
        *("intent", "category", "reportedBoolean", "reportedReference", "encounter", "authoredOn"),
        *("requester", *_WHY, *_DOSAGE, "dispenseRequest.numberOfRepeatsAllowed", "dispenseRequest.quantity"),
        "extension.extension.valueCodeableConcept",
    ),
    "Observation": (
        *("status", "category", "code", "encounter", "effectiveDateTime", "effectivePeriod", "performer"),
        *("valueQuantity", "valueCodeableConcept", "valueString", "dataAbsentReason", "interpretation"),
        *("referenceRange.low", "referenceRange.high", "referenceRange.text", "specimen"),
        *("component.code", "component.valueQuantity", "component.valueCodeableConcept"),
        *("component.dataAbsentReason", "hasMember", "derivedFrom", "issued", "extension.valueReference",
            "meta.lastUpdated"),
    ),
    "Procedure": (
        *("status", "code", "encounter", "performedDateTime", "performedPeriod", *_WHY, "basedOn"),
        "performer.actor",
    ),
    "Provenance": ("target", "recorded", "agent.type", "agent.who", "agent.onBehalfOf"),
    "QuestionnaireResponse": ("status", "authored", "author", "item.text", "item.answer.valueCoding",
                              "item.answer.valueDecimal", "item.answer.valueString", "identifier",
                              "item.item.answer.valueCoding", "item.answer.item.answer.valueString",
                              "_questionnaire.extension.valueString", "_questionnaire.extension.valueUri"),
    "ServiceRequest": (
        *("status", "intent", "category", "code", "encounter", "occurrenceDateTime", "occurrencePeriod"),
        *("authoredOn", "requester", *_WHY),
    ),
    "Specimen": ("identifier", "accessionIdentifier", "type", "collection.collectedDateTime",
                 "collection.bodySite", "condition"),
}  # fmt: skip

IN_OUR_WORDS: Final[dict[str, str]] = {
    "AllergyIntolerance.clinicalStatus": "inactive",
    "AllergyIntolerance.verificationStatus": "refuted",
    "CarePlan.intent": "proposal",
    "CarePlan.status": "revoked",
    "CareTeam.status": "inactive",
    "Condition.category": "exam",
    "Condition.clinicalStatus": "resolved",
    "Condition.verificationStatus": "refuted",
    "Device.status": "inactive",
    "DiagnosticReport.category": "exam",
    "DiagnosticReport.status": "preliminary",
    "DocumentReference.status": "superseded",
    "Encounter.class": "EMER",
    "Encounter.status": "planned",
    "Goal.lifecycleStatus": "rejected",
    "Immunization.primarySource": "",
    "Immunization.status": "not-done",
    "MedicationDispense.medicationCodeableConcept": "0093-1048-01",
    "MedicationDispense.status": "declined",
    "MedicationDispense.type": "FF",
    "MedicationRequest.intent": "proposal",
    "MedicationRequest.reportedBoolean": "",
    "MedicationRequest.status": "stopped",
    "Observation.category": "exam",
    "Observation.component.dataAbsentReason": "asked-declined",
    "Observation.dataAbsentReason": "asked-declined",
    "Observation.status": "preliminary",
    "Procedure.status": "not-done",
    "Provenance.agent.type": "verifier",
    "QuestionnaireResponse.status": "in-progress",
    "ServiceRequest.category": "exam",
    "ServiceRequest.intent": "proposal",
    "ServiceRequest.status": "revoked",
}
"""What a page says in words of ours, an ordinary state by saying nothing: another code changes the page."""
NOT_SHOWN: Final[dict[str, str]] = {
    "CarePlan.category": "`assess-plan` is how plans of care are asked for, and stands on all of them",
    **{
        f"{name}.meta.lastUpdated": "stands on the page of everything as it was sent"
        for name in ("Condition", "DiagnosticReport", "Encounter", "Observation")
    },
    "Provenance.target": "stands as a note on the page of the record it is of",
    "QuestionnaireResponse._questionnaire.extension.valueUri": "an address is no title",
    "QuestionnaireResponse.item.text": "headings of groups: each question is shown with its answer",
}
"""Why a page of ours does not show it."""
OWN: Final[tuple[dict[str, Any], ...]] = (
    sent("Condition", code=concept("Gout"), meta={"lastUpdated": "2019-09-09T10:00:00Z"}),
    sent("Device", status="active", type=concept("Hip"), distinctIdentifier="DIN-77"),
    sent(
        "DiagnosticReport",
        code=concept("Scan"),
        meta={"lastUpdated": "2019-09-09T10:00:00Z"},
        resultsInterpreter=[{"display": "Dr. Reader"}],
        media=[{"link": {"display": "Left hand"}}],
    ),
    sent(
        "Encounter",
        status="finished",
        identifier=[{"value": "V-20260"}],
        meta={"lastUpdated": "2019-09-09T10:00:00Z"},
        period={"start": "2026-02-03", "end": "2026-02-07"},
        participant=[
            {
                "type": [concept("Attending")],
                "individual": {"display": "Dr. Okafor"},
                "period": {"start": "2026-02-04", "end": "2026-02-05"},
            }
        ],
        extension=[
            {
                "url": f"{US_CORE}us-core-interpreter-needed",
                "valueCoding": {"code": "373066001", "display": "Yes"},
            }
        ],
        reasonCode=[concept("Cough")],
        serviceProvider={"display": "Riverside Clinic"},
    ),
    sent("Encounter", status="finished", reasonReference=[{"reference": "Condition/9"}]),
    sent(
        "DocumentReference",
        status="current",
        authenticator={"display": "Notary Jones"},
        custodian={"display": "Registry of Papers"},
        extension=[{"url": f"{US_CORE}us-core-authentication-time", "valueDateTime": "2026-03-04"}],
    ),
    lab(
        effectiveDateTime="2026-03-01",
        issued="2026-03-02T08:00:00Z",
        meta={"lastUpdated": "2019-09-09T10:00:00Z"},
        extension=[{"url": SUPPORTING, "valueReference": {"reference": "DocumentReference/9"}}],
    ),
    sent(
        "QuestionnaireResponse",
        status="completed",
        identifier={"value": "Q-77"},
        _questionnaire={
            "extension": [{"url": "http://x/StructureDefinition/display", "valueString": "Form of May"}]
        },
        item=[
            {"linkId": "1", "text": "Weight", "answer": [{"valueDecimal": 61.5}, {"valueString": "shoes"}]},
            {
                "linkId": "2",
                "text": "Pain",
                "item": [
                    {"linkId": "2b", "text": "When", "answer": [{"valueCoding": {"display": "At night"}}]}
                ],
                "answer": [
                    {
                        "valueString": "some",
                        "item": [{"linkId": "2a", "text": "Where", "answer": [{"valueString": "left knee"}]}],
                    }
                ],
            },
        ],
    ),
    sent(
        "Goal",
        lifecycleStatus="active",
        description=concept("Walk more"),
        startDate="2026-02-03",
        expressedBy={"display": "Sister Ann"},
    ),
    sent(
        "Immunization",
        status="not-done",
        statusReason=concept("Out of stock"),
        vaccineCode=concept("Flu vaccine"),
        occurrenceString="last winter",
        lotNumber="LOT-5",
        performer=[{"actor": {"display": "Capstan Drugs"}}],
    ),
    sent(
        "MedicationDispense",
        status="completed",
        medicationReference={"reference": "Medication/3"},
        dosageInstruction=[{"route": concept("By mouth"), "timing": {"code": concept("Each morning")}}],
    ),
    sent(
        "MedicationRequest",
        status="active",
        intent="order",
        category=[concept("Community")],
        medicationCodeableConcept=concept("Metformin"),
        reportedReference={"reference": "RelatedPerson/4"},
        dosageInstruction=[{"route": concept("By mouth"), "timing": {"code": concept("Each morning")}}],
    ),
    lab(dataAbsentReason=coded("not-performed")),
    lab(valueString="clear", referenceRange=[{"text": "clear or pale"}]),
    sent(
        "Procedure", status="completed", code=concept("X-ray"), reasonReference=[{"reference": "Condition/9"}]
    ),
    sent(
        "ServiceRequest",
        status="active",
        intent="order",
        code=concept("Physiotherapy"),
        reasonCode=[concept("Sore knee")],
        occurrencePeriod={"start": "2026-03-01", "end": "2026-03-20"},
    ),
)
"""Records of ours with the elements that no published sample has."""
