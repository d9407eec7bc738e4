"""Clinical records as systems send them that none of our samples come from; each is invented and minimal."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Member
from tests.care.given import LOINC, SNOMED, assert_says, concept, lab, page, read, sent
from tests.care.test_pages import keep, path_of
from tests.claims.given import a_connection

UCUM = "http://unitsofmeasure.org"
DICOM = "http://dicom.nema.org/resources/ontology/DCM"


def measured(code: str) -> str:
    """Return the page of a result of 98.6 in that unit, by its code alone."""
    value = {"value": 98.6, "system": UCUM, "code": code}
    return page(lab(code=concept("Something"), valueQuantity=value, effectiveDateTime="2026-03-09"))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("mm[Hg]", "98.6 mmHg,"),
        ("Cel", "98.6 °C,"),
        ("[degF]", "98.6 °F,"),
        ("[lb_av]", "98.6 lb,"),
        ("[in_i]", "98.6 in,"),
        ("m[IU]/L", "98.6 mIU/L,"),
        ("mL/min/{1.73_m2}", "98.6 mL/min/1.73 m²,"),
        ("[pH]", "98.6,"),
    ],
)
def test_units_are_written_as_people_write_them(code: str, words: str) -> None:
    assert words in measured(code)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("LAB", "Kind: Laboratory"),
        ("RAD", "Kind: Imaging"),
        ("HM", "Kind: Blood cells"),
        ("MB", "Kind: Germs"),
        ("LP29684-5", "Kind: Imaging"),
        ("LP29708-2", "Kind: Heart tests"),
        ("LP7839-6", "Kind: Pathology"),
    ],
)
def test_sections_of_reports_have_words(code: str, words: str) -> None:
    """It said "Kind: Code LAB"."""
    system = LOINC if code.startswith("LP") else "http://terminology.hl7.org/CodeSystem/v2-0074"
    report = sent("DiagnosticReport", code=concept("Chest"), category=[concept("", (system, code, ""))])
    assert words in page(report)


def test_a_form_that_says_to_look_at_the_media_type_says_nothing() -> None:
    form = {
        "system": "http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode",
        "code": "urn:ihe:iti:xds:2017:mimeTypeSufficient",
        "display": "mimeType Sufficient",
    }
    content = [{"attachment": {"contentType": "text/plain", "title": "Note"}, "format": form}]
    told = page(sent("DocumentReference", status="current", type=concept("Progress note"), content=content))
    assert "Sufficient" not in told
    assert "Form of the paper" not in told


def test_a_sentence_in_place_of_a_name_ends_once() -> None:
    """It said "... toward discharge., June 21, 2026."."""
    told = page(
        sent("ClinicalImpression", status="completed", description="Going home soon.", date="2026-06-21")
    )
    assert "Going home soon, June 21, 2026." in told


def test_a_name_in_small_letters_begins_a_line_with_a_capital() -> None:
    assert "\nHemoglobin in blood" in page(lab(code=concept("hemoglobin in blood")))
    assert "\npH of blood" in page(lab(code=concept("pH of blood")))


def test_pictures_are_called_by_what_was_done_else_by_their_kind() -> None:
    """It said "Imaging, name not shared"."""
    study: dict[str, Any] = {"status": "available", "started": "2026-03-09T10:00:00Z"}
    done = sent(
        "ImagingStudy", procedureCode=[concept("", (SNOMED, "1", "X-ray of ankle (procedure)"))], **study
    )
    assert "X-ray of ankle, March 9, 2026." in page(done)
    series = [{"modality": {"system": DICOM, "code": "DX", "display": "Digital Radiography"}}]
    assert "Digital Radiography, March 9, 2026." in page(sent("ImagingStudy", series=series, **study))


def test_what_is_the_name_already_is_not_said_again() -> None:
    told = page(sent("ImagingStudy", status="available", description="Chest X-ray PA", started="2026-03-09"))
    assert told.count("Chest X-ray PA") == 1


@pytest.mark.parametrize(
    "codes",
    [
        (("59408-5", "Oxygen saturation by Pulse oximetry"), ("2708-6", "Oxygen saturation")),
        (("8310-5", "Body temperature"), ("8331-1", "Oral temperature")),
    ],
)
def test_the_code_of_all_of_a_vital_sign_beside_a_finer_one_is_no_second_name(
    codes: tuple[tuple[str, str], ...],
) -> None:
    """R4's vital signs ask for both; the page warned that there is more than one name."""
    told = page(lab(category=[], code=concept("", *((LOINC, code, words) for code, words in codes))))
    assert "more than one name" not in told


def test_a_place_in_the_body_that_is_not_specified_is_not_told() -> None:
    assert "Part of the body" not in page(
        sent(
            "Procedure",
            status="completed",
            code=concept("Bandage"),
            bodySite=[concept("Body site not specified")],
        )
    )


def test_results_that_stand_inside_a_report_or_a_result_are_told_with_or_without_a_value() -> None:
    """They have no page of their own: a report that holds them read empty."""

    def inside(id_: str, name: str, **said: Any) -> dict[str, Any]:
        return {"resourceType": "Observation", "id": id_, "code": concept(name), **said}

    held = [
        inside("a", "Sodium", valueQuantity={"value": 5, "unit": "mg/dL"}),
        inside("b", "Culture"),
        inside("c", "Smear", component=[{"code": concept("Bands"), "valueString": "few"}]),
        inside("d", "Iron", status="entered-in-error", valueString="much"),
    ]
    named = [{"reference": f"#{name}"} for name in "abcd"]
    for whole in (
        sent("DiagnosticReport", code=concept("Blood count"), result=named, contained=held),
        lab(hasMember=named, contained=held),
    ):
        told = page(whole)
        for part in (
            "Sodium | 5 mg/dL",
            "Culture | no value sent",
            "Bands | few",
            "Iron | marked as a mistake",
        ):
            assert part in told
        assert "much" not in told


FOCUS = [{"reference": "RelatedPerson/9", "display": "Donor: brother"}]
LEFT = {"start": "2019-01-01", "end": "2020-01-01"}
STAY = {
    "status": "finished",
    "class": {"code": "IMP"},
    "period": {"start": "2026-01-05", "end": "2026-01-09"},
}
ENDED: dict[str, Any] = {
    "hl7": concept("", ("http://terminology.hl7.org/CodeSystem/discharge-disposition", "home", "")),
    "nubc": concept("", ("http://www.nubc.org/patient-discharge", "01", "")),
}
MORE: dict[str, tuple[dict[str, Any], tuple[str, ...], tuple[str, ...]]] = {
    "what was found of somebody else": (
        lab(focus=FOCUS, valueString="A*02"),
        ("This is about Donor: brother, not about you yourself.",),
        (),
    ),
    "what was found of nobody that is named": (
        lab(focus=[{"reference": "RelatedPerson/1"}], valueString="A*02"),
        ("This is about something or somebody that is not named, not about you yourself.",),
        (),
    ),
    "what was found of a tumor, which is one's own": (
        lab(focus=[{"reference": "BodyStructure/1", "display": "Left kidney mass"}], valueString="3 cm"),
        ("This is about Left kidney mass.",),
        ("not about you", "Not about you"),
    ),
    "what was found of a device that stands inside": (
        lab(
            focus=[{"reference": "#a"}],
            contained=[{"resourceType": "Device", "id": "a", "type": concept("Pacemaker")}],
            valueString="works",
        ),
        ("This is about Pacemaker.",),
        ("not about you", "Not about you"),
    ),
    "what was found of oneself, at the whole address": (
        lab(focus=[{"reference": "https://plan.example/fhir/Patient/p"}], subject={"reference": "Patient/p"}),
        (),
        ("This is about",),
    ),
    "a report that was added to": (
        sent(
            "DiagnosticReport",
            status="appended",
            code=concept("Pathology"),
            conclusion="<p>Stains&nbsp;< 5</p>",
        ),
        ("Something was added after it was final", "Conclusion: Stains < 5"),
        ("correction", "<p>"),
    ),
    "who has left a team": (
        sent(
            "CareTeam",
            participant=[{"role": [concept("PCP")], "member": {"display": "Dr. Fox"}, "period": LEFT}],
        ),
        ("Dr. Fox | PCP, January 1, 2019 to January 1, 2020",),
        (),
    ),
    "how a stay ended": (
        sent("Encounter", hospitalization={"dischargeDisposition": ENDED["hl7"]}, **STAY),
        ("How it ended: Went home",),
        ("home\n",),
    ),
    "how a stay ended, by a list that is not free": (
        sent("Encounter", hospitalization={"dischargeDisposition": ENDED["nubc"]}, **STAY),
        ("How it ended: Code 01 (NUBC)",),
        (),
    ),
    "what a goal is measured by": (
        sent(
            "Goal", target=[{"measure": concept("LDL"), "detailQuantity": {"value": 100, "comparator": "<"}}]
        ),
        ("Aim: LDL: < 100",),
        (),
    ),
    "no vaccine": (
        sent(
            "Immunization",
            status="completed",
            vaccineCode=concept("", ("http://hl7.org/fhir/sid/cvx", "998", "")),
        ),
        ("No vaccine was given", "Also named: no vaccine administered"),
        ("Given:", "Not given", "none of these is known"),
    ),
    "why no vaccine": (
        sent(
            "Immunization",
            status="not-done",
            vaccineCode=concept("HPV"),
            statusReason=concept("", ("", "PATOBJ", "")),
        ),
        ("Why not: the patient did not want it",),
        ("PATOBJ",),
    ),
    "an unwanted event that did not happen": (
        sent("AdverseEvent", actuality="potential", event=concept("Wrong drug"), severity=concept("Mild")),
        ("Wrong drug", "It might have happened, and did not.", "Severity: Mild"),
        ("name not shared",),
    ),
    "a problem that was detected": (
        sent(
            "DetectedIssue",
            detail="Warfarin and aspirin",
            mitigation=[{"action": concept("Stopped aspirin")}],
        ),
        ("What it says: Warfarin and aspirin", "To do about it: Stopped aspirin"),
        (),
    ),
    "a diet": (
        sent(
            "NutritionOrder",
            status="active",
            dateTime="2026-02-03",
            oralDiet={"type": [concept("Low sodium")]},
        ),
        ("Low sodium, February 3, 2026.",),
        (),
    ),
    "the use of a device": (
        sent(
            "DeviceUseStatement",
            status="active",
            device={"display": "Knee brace"},
            timingDateTime="2026-02-03",
        ),
        ("Knee brace, February 3, 2026.",),
        ("Measured with",),
    ),
    "what was taken off a list": (
        sent(
            "List",
            title="Medicines",
            entry=[{"deleted": True, "item": {"reference": "M/1", "display": "Atenolol"}}],
        ),
        ("Atenolol | taken off this list",),
        (),
    ),
    "a relative of whom nothing is known": (
        sent("FamilyMemberHistory", status="health-unknown", relationship=concept("Father")),
        ("Status: nothing is known of this person's health",),
        ("health-unknown",),
    ),
    "an implant in a scanner, and why it is no longer used": (
        sent(
            "Device", status="inactive", safety=[concept("MR Conditional")], statusReason=[concept("Removed")]
        ),
        ("Safety: MR Conditional", "Reason for this status: Removed"),
        (),
    ),
    "no allergy, but an intolerance": (
        sent("AllergyIntolerance", type="intolerance", code=concept("Lactose"), category=["food"]),
        ("Kind: Intolerance, not an allergy, Food",),
        (),
    ),
    "a reaction, an own device, who confirmed it, how often": (
        sent(
            "Immunization",
            status="completed",
            vaccineCode=concept("Tdap"),
            reaction=[{"detail": {"display": "Rash"}}],
        ),
        ("Reaction: Rash",),
        (),
    ),
    "what was put in": (
        sent("Procedure", code=concept("Knee"), focalDevice=[{"manipulated": {"display": "Prosthesis"}}]),
        ("Device: Prosthesis",),
        (),
    ),
    "who confirmed a paper": (
        sent("DocumentReference", type=concept("Living will"), authenticator={"display": "Notary Jones"}),
        ("Confirmed by: Notary Jones",),
        (),
    ),
    "how many of what was asked for": (
        sent("ServiceRequest", code=concept("Therapy"), quantityQuantity={"value": 12, "unit": "visits"}),
        ("Amount: 12 visits",),
        (),
    ),
}


@pytest.mark.parametrize(("tree", "told", "never"), MORE.values(), ids=MORE)
def test_what_other_systems_say_is_told_as_they_mean_it(
    tree: dict[str, Any], told: tuple[str, ...], never: tuple[str, ...]
) -> None:
    assert_says(tree, told, never)


def test_numbers_of_something_or_somebody_else_stand_on_no_chart() -> None:
    number: dict[str, Any] = {
        "code": concept("", (LOINC, "8867-4", "Heart rate")),
        "valueQuantity": {"value": 140, "unit": "/min"},
    }
    assert read(lab(**number))[1].points
    for focus in ({"display": "Fetus"}, {"reference": "BodyStructure/1"}):
        assert not read(lab(focus=[focus], **number))[1].points


@pytest.mark.parametrize(("status", "is_told"), [("finished", True), ("planned", False)])
def test_a_visit_that_is_over_and_ends_in_the_future_says_so(
    alice: Member, alice_client: Client, status: str, is_told: bool
) -> None:
    """Oddity 50: its end is in 2029."""
    connection, stay = a_connection(alice), STAY | {"status": status}
    keep(connection, sent("Encounter", **stay | {"period": {"start": "2024-01-05", "end": "2099-12-31"}}))
    html = alice_client.get(path_of(connection, "Encounter/x1")).content.decode()
    assert ("This date is still to come." in html) == is_told


def test_each_medicine_once_says_what_is_not_to_be_taken_and_lists_none_for_none(
    alice: Member, alice_client: Client
) -> None:
    order: dict[str, Any] = {"status": "active", "intent": "order"}
    keep(
        a_connection(alice),
        sent(
            "MedicationRequest",
            id="m1",
            doNotPerform=True,
            medicationCodeableConcept=concept("Aspirin"),
            **order,
        ),
        sent(
            "MedicationRequest", id="m2", medicationCodeableConcept=concept("No known medications"), **order
        ),
    )
    html = alice_client.get("/care/?kind=medicine").content.decode()
    once = html[html.index('data-testid="medicines"') : html.index("Every record of them")]
    assert "Not to be done or taken" in once and "Aspirin" in once
    assert "No known medications" not in once
