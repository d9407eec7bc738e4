"""Clinical records of types that few plans send, each invented: nothing that one says is left out."""

from typing import Any

import pytest

from apps.kinds.care.entry import entry_of
from apps.kinds.care.reading import is_diagnosis
from apps.kinds.care.sent import opened
from tests.care.given import SNOMED, assert_says, coded, concept, lab, page, read, sent
from tests.care.test_shared_sets import encoded


def named(text: str) -> dict[str, Any]:
    """Return a reference that is a name alone."""
    return {"display": text}


SAID: dict[str, tuple[dict[str, Any], tuple[str, ...], tuple[str, ...]]] = {
    "a diet, what goes with it and what is to be left out": (
        sent(
            "NutritionOrder",
            status="active",
            orderer=named("Dr. Diet"),
            oralDiet={"type": [concept("Diabetic diet")], "instruction": "No sugar"},
            excludeFoodModifier=[concept("Peanuts")],
            supplement=[{"productName": "Ensure", "instruction": "Twice a day"}],
            enteralFormula={"baseFormulaProductName": "Jevity"},
        ),
        (
            "Diabetic diet.",
            "What it says: No sugar",
            "To be left out: Peanuts",
            "Ensure | Twice a day",
            "Jevity | no details sent",
            "Asked for by: Dr. Diet",
        ),
        (),
    ),
    "a time in care": (
        sent(
            "EpisodeOfCare",
            status="active",
            type=[concept("Pregnancy")],
            diagnosis=[{"condition": named("Twins")}],
            managingOrganization=named("OB clinic"),
            careManager=named("Midwife Moe"),
        ),
        ("About: Twins", "At: OB clinic", "With: Midwife Moe"),
        (),
    ),
    "an unwanted event, what may have caused it and what came of it": (
        sent(
            "AdverseEvent",
            actuality="actual",
            event=concept("Rash"),
            seriousness=concept("Non-serious"),
            suspectEntity=[{"instance": named("Amoxicillin")}],
            resultingCondition=[named("Hives")],
            outcome=concept("Resolved"),
        ),
        ("Suspected cause: Amoxicillin", "What it led to: Hives, Resolved", "Severity: Non-serious"),
        (),
    ),
    "an unwanted event that is called as what it led to": (
        sent("AdverseEvent", event=concept("Death"), outcome=concept("Death")),
        ("What it led to: Death",),
        (),
    ),
    "an impression with a description and a summary": (
        sent(
            "ClinicalImpression",
            description="Stable",
            summary="Doing well",
            code=concept("Assessment"),
            assessor=named("Dr. Imp"),
            problem=[named("Asthma")],
            finding=[{"itemReference": named("Blood pressure log")}],
            prognosisCodeableConcept=[concept("Good")],
        ),
        (
            *("Assessment.", "What it says: Stable", "What it says: Doing well", "By: Dr. Imp"),
            *("About: Asthma", "What was found: Blood pressure log", "How it may go on: Good"),
        ),
        (),
    ),
    "vaccines that were recommended, and one that must not be": (
        sent(
            "ImmunizationRecommendation",
            recommendation=[
                {
                    "vaccineCode": [concept("Zoster")],
                    "forecastStatus": concept("Overdue"),
                    "forecastReason": [concept("Age 50 and over")],
                    "contraindicatedVaccineCode": [concept("Live zoster")],
                }
            ],
        ),
        ("\nZoster.", "Zoster | Overdue, Age 50 and over", "Live zoster | not to be given"),
        ("name not shared",),
    ),
    "pictures: of what, how, where, and who read them": (
        sent(
            "ImagingStudy",
            status="available",
            description="Wrist X-ray",
            series=[
                {
                    "modality": {"code": "DX", "display": "Digital Radiography"},
                    "bodySite": {"code": "1", "display": "Wrist"},
                }
            ],
            interpreter=[named("Dr. Rad")],
            location=named("Synth hospital"),
        ),
        (
            *("Wrist X-ray.", "Kind: Digital Radiography", "Part of the body: Wrist"),
            *("Read by: Dr. Rad", "Place: Synth hospital"),
        ),
        (),
    ),
    "a part of the body is called by what it is": (
        sent("BodyStructure", location=concept("Left breast"), description="2 cm"),
        ("Left breast.", "What it says: 2 cm"),
        ("Place",),
    ),
    "why a risk was judged so": (
        sent(
            "RiskAssessment",
            code=concept("Heart risk"),
            prediction=[{"outcome": concept("Heart attack"), "rationale": "smoker"}],
            basis=[named("LDL")],
        ),
        ("Heart attack | smoker", "What was looked at: LDL"),
        (),
    ),
    "a device that was ordered is an order": (
        sent(
            "DeviceRequest",
            status="active",
            intent="order",
            codeCodeableConcept=concept("CPAP machine"),
            authoredOn="2024-02-10",
            requester=named("Dr. Sleep"),
        ),
        ("CPAP machine, February 10, 2024.", "Asked for by: Dr. Sleep"),
        ("name not shared",),
    ),
    "supplies": (
        sent(
            "SupplyDelivery",
            status="completed",
            suppliedItem={"quantity": {"value": 2}, "itemCodeableConcept": concept("Test strips")},
            occurrenceDateTime="2021-09-09",
            supplier=named("Riverside Supplies"),
        ),
        ("Test strips, September 9, 2021.", "Amount: 2", "By: Riverside Supplies"),
        (),
    ),
    "supplies that are on their way": (
        sent("SupplyDelivery", status="in-progress"),
        ("Delivery of supplies",),
        ("delivered",),
    ),
    "what was called off did not go on since": (
        sent("Encounter", status="cancelled", type=[concept("Office visit")], period={"start": "2026-04-01"}),
        ("from April 1, 2026, end not sent",),
        ("since",),
    ),
    "a message": (
        sent(
            "Communication",
            status="completed",
            topic=concept("Flu shot"),
            sent="2024-09-01T10:00:00Z",
            sender=named("Payer One"),
            payload=[{"contentString": "It is time for your flu shot."}],
        ),
        ("Flu shot, September 1, 2024.", "What it says: It is time for your flu shot.", "By: Payer One"),
        (),
    ),
    "a message that was not sent": (
        sent("Communication", status="not-done", topic=concept("Flu shot")),
        ("Did not happen: Flu shot",),
        ("Status",),
    ),
    "answers that are records or files": (
        sent(
            "QuestionnaireResponse",
            status="completed",
            item=[
                {"linkId": "1", "text": "Clinic", "answer": [{"valueReference": named("North clinic")}]},
                {"linkId": "2", "text": "Scan", "answer": [{"valueAttachment": {"title": "Card front"}}]},
                {"linkId": "3", "text": "Photo", "answer": [{"valueAttachment": {"url": "Binary/5"}}]},
            ],
        ),
        ("Clinic | North clinic", "Scan | Card front", "Photo | a file, which is not shown here"),
        (),
    ),
    "what is over and has no end did not go on since": (
        sent(
            "Procedure",
            status="completed",
            code=concept("Appendectomy"),
            performedPeriod={"start": "2015-03-01"},
        ),
        ("Appendectomy, from March 1, 2015, end not sent.",),
        ("since",),
    ),
    "how many in all, without a rate": (
        sent(
            "ServiceRequest",
            status="active",
            code=concept("Therapy"),
            occurrenceTiming={"repeat": {"count": 12, "boundsPeriod": {"start": "2023-06-01"}}},
        ),
        ("How often: 12 in all, since June 1, 2023",),
        ("more was sent",),
    ),
    "why a fill that was handed over stands so": (
        sent(
            "MedicationDispense",
            status="completed",
            medicationCodeableConcept=concept("Metformin"),
            statusReasonCodeableConcept=concept("Partial fill"),
        ),
        ("Reason for this status: Partial fill",),
        ("Why not",),
    ),
    "what came of what was planned, a goal's kind, whose team it is": (
        sent(
            "CarePlan",
            status="active",
            activity=[
                {"reference": named("Blood count"), "outcomeCodeableConcept": [concept("Done")]},
                {"detail": {"code": concept("Eye exam"), "location": named("Eye clinic")}},
            ],
        ),
        ("Blood count | Done", "Eye exam | Eye clinic"),
        (),
    ),
    "every kind of a visit": (
        sent("Encounter", status="finished", type=[concept("Office visit"), concept("Elective")]),
        ("Office visit.", "Kind: Elective"),
        (),
    ),
    "what a problem that was detected is of, and how bad": (
        sent(
            "DetectedIssue",
            code=concept("Drug interaction"),
            severity="high",
            implicated=[named("Warfarin"), named("Aspirin")],
            evidence=[{"code": [concept("INR high")]}],
        ),
        ("Severity: high", "About: Warfarin, Aspirin", "Signs: INR high"),
        (),
    ),
    "what did not happen was not done on a day": (
        sent("Procedure", status="not-done", code=concept("Colonoscopy"), performedDateTime="2024-04-04"),
        ("Did not happen: Colonoscopy, April 4, 2024.",),
        ("Done:",),
    ),
    "what is planned has not gone on since": (
        sent("Encounter", status="planned", type=[concept("Telehealth")], period={"start": "2027-01-05"}),
        ("from January 5, 2027",),
        ("since",),
    ),
    "a referral: to which care, where, and its number": (
        sent(
            "ServiceRequest",
            status="active",
            code=concept("Referral"),
            performerType=concept("Cardiology"),
            locationReference=[named("North campus")],
            identifier=[{"value": "AUTH-9"}],
        ),
        ("By: Cardiology", "Place: North campus", "Number: AUTH-9"),
        (),
    ),
    "how urgent a medicine is, and who is to hand it over": (
        sent(
            "MedicationRequest",
            status="active",
            intent="order",
            medicationCodeableConcept=concept("Ibuprofen"),
            priority="stat",
            dispenseRequest={"performer": named("Capstan Drugs")},
        ),
        ("How urgent: at once", "At: Capstan Drugs"),
        (),
    ),
    "which refill it is, as PDex began to say it": (
        sent(
            "MedicationDispense",
            status="completed",
            extension=[{"url": "http://x/StructureDefinition/DispenseRefill", "valueQuantity": {"value": 2}}],
        ),
        ("Number of the refill: 2",),
        (),
    ),
    "whose team it is": (
        sent("CareTeam", status="active", managingOrganization=[named("Harborlight Health")]),
        ("At: Harborlight Health",),
        (),
    ),
    "what has a name and no code": (
        sent("Encounter", status="finished", **{"class": {"display": "Home visit"}}),
        ("Home visit.",),
        (),
    ),
    "who said whether a medicine is taken: all of them": (
        sent(
            "MedicationRequest",
            status="active",
            medicationCodeableConcept=concept("Ibuprofen"),
            extension=[
                {
                    "url": "http://x/StructureDefinition/us-core-medication-adherence",
                    "extension": [
                        {"url": "medicationAdherence", "valueCodeableConcept": concept("Partly taken")},
                        {"url": "informationSource", "valueCodeableConcept": concept("Patient")},
                        {"url": "informationSource", "valueCodeableConcept": concept("Pharmacy")},
                    ],
                }
            ],
        ),
        ("How it is taken: Partly taken (Patient, Pharmacy)",),
        (),
    ),
    "a code of procedures under its own address": (
        sent("Procedure", code=concept("", ("http://www.cms.gov/Medicare/Coding/ICD10", "0DTJ4ZZ", ""))),
        ("Resection of Appendix",),
        ("Code 0DTJ4ZZ",),
    ),
}


@pytest.mark.parametrize(("tree", "told", "never"), SAID.values(), ids=SAID)
def test_nothing_that_a_seldom_record_says_is_left_out(
    tree: dict[str, Any], told: tuple[str, ...], never: tuple[str, ...]
) -> None:
    assert_says(tree, told, never)


@pytest.mark.parametrize(
    ("oid", "code"),
    [
        ("urn:oid:2.16.840.1.113883.6.90", "F10.20"),
        ("2.16.840.1.113883.6.96", "7200002"),
        ("urn:oid:2.16.840.1.113883.6.88", "6813"),
    ],
)
def test_lists_under_hl7s_numbers_are_hidden_as_under_their_names(oid: str, code: str) -> None:
    """Epic and C-CDA name code lists by number: care of substance use stayed in sight."""
    by_name = {"90": "http://hl7.org/fhir/sid/icd-10-cm", "96": SNOMED}
    by_name["88"] = "http://www.nlm.nih.gov/research/umls/rxnorm"
    kinds = [
        read(sent("Condition", code=concept("", (system, code, ""))))[1]
        for system in (oid, by_name[oid.rpartition(".")[2]])
    ]
    assert kinds[0].codes == kinds[1].codes
    assert entry_of(kinds[0]).categories == entry_of(kinds[1]).categories


def test_a_diagnosis_of_a_visit_that_is_not_sure_is_called_one_all_the_same() -> None:
    """It stood among the diagnoses of visits as "Health problem"."""
    tree = sent(
        "Condition",
        code=concept("Asthma"),
        category=[coded("encounter-diagnosis")],
        verificationStatus=coded("unconfirmed"),
    )
    assert is_diagnosis(opened(encoded(tree)))
    assert read(tree)[1].sort == "diagnosis"


def test_papers_of_an_advance_directive_are_told_with_when_they_were_confirmed() -> None:
    """US Core 8.0.0."""
    us_core = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-authentication-time"
    paper = sent("DocumentReference", extension=[{"url": us_core, "valueDateTime": "2024-03-04T09:00:00Z"}])
    assert "Confirmed on: March 4, 2024" in page(paper)
    url = "http://hl7.org/fhir/StructureDefinition/workflow-supportingInfo"
    will = {"reference": "DocumentReference/9", "display": "Living will"}
    result = lab(extension=[{"url": url, "valueReference": will}], valueString="Yes")
    assert "See also: Living will" in page(result)
    assert "DocumentReference/9" in [link.reference for link in read(result)[1].links]


@pytest.mark.parametrize(
    "name", ["ServiceRequest", "MedicationRequest", "Procedure", "Encounter", "DeviceRequest", "ImagingStudy"]
)
def test_what_is_a_reason_is_led_to(name: str) -> None:
    """A diagnosis that was referred to without its name stood nowhere."""
    record = read(sent(name, reasonReference=[{"reference": "Condition/9"}]))[1]
    assert ("Because of", "Condition/9") in [(link.label, link.reference) for link in record.links]
