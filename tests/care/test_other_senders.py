"""Clinical records as systems send them that none of our samples come from; each is invented and minimal."""

from typing import Any

import pytest

from tests.care.given import LOINC, SNOMED, concept, lab, page, sent

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
