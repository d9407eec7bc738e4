"""What old systems write in capitals is written as people write."""

import pytest
import time_machine
from django.test import Client

from apps.connections.models import Connection
from apps.kinds.claim import wording
from apps.plain_language.capitals import calm_name
from tests.claims.given import NOW, all_agreed, an_eob, path_of, save
from tests.claims.made import claim, concept, info, line, priced, reading
from tests.claims.systems import CPT, MEDICARE
from tests.claims.telling import story_of


def test_capitals_of_old_systems_are_written_as_people_write() -> None:
    diagnoses = [
        {"diagnosisCodeableConcept": {"coding": [{"system": f"http://hl7.org/fhir/sid/{system}", "code": code,
                                                  "display": shown}]}}
        for system, code, shown in (
            ("icd-9-cm", "25001", "DMI WO CMP NT ST UNCNTRL"),
            ("icd-10-cm", "A02", "OTHER SALMONELLA INFECTIONS"),
            ("icd-10-cm", "A099", "Plan's own words"),
        )
    ]  # fmt: skip
    story = story_of(provider={"display": "DR. DAVID SMITH MD"}, diagnosis=diagnoses)
    shown = [words for _role, words in story.diagnoses]
    assert shown[0].startswith("Diabetes mellitus without mention of complication, type I")
    assert shown[1:] == ["Other salmonella infections (A02)", "Plan's own words (A09.9)"]
    assert story.answer.startswith("Dr. David Smith MD billed $480.00.")
    assert "DAVID" not in repr(story)


def test_a_drug_in_capitals_keeps_its_strength() -> None:
    product = {"coding": [{"system": "http://hl7.org/fhir/sid/ndc", "code": "00093104801",
                           "display": "METFORMIN HCL 500 MG TABLET"}]}  # fmt: skip
    made = line(1, priced("submitted", "480.00"), productOrService=product)
    story = story_of(type=concept(("x", "pharmacy")), item=[made])
    assert "500 mg" in dict(story.drug)["Drug"]


def test_a_value_in_capitals_is_written_as_people_write() -> None:
    system = f"{MEDICARE}clm_disp_cd"
    known = info(
        {"coding": [{"system": system, "code": system}]},
        code={"coding": [{"system": system, "code": "51", "display": "TRUE NOT IN FILE"}]},
    )
    assert ("Outcome of Medicare's own checks", "True not in file (51)") in story_of(
        supportingInfo=[known]
    ).more


def test_a_plan_in_capitals_is_written_as_people_write() -> None:
    story = story_of(insurer={"display": "INSURANCE COMPANY OF OHIO"})
    assert (story.payer, dict(story.facts)["Plan"]) == ("Insurance Company of Ohio",) * 2
    assert story_of(insurer={"display": "INSURANCE COMPANY XYZ"}).payer == "Insurance Company XYZ"
    assert story_of(insurer={"display": "medicare"}).payer == "Medicare"
    assert calm_name("eHealth") == "eHealth"


@pytest.mark.django_db
def test_people_whom_a_plan_names_in_capitals_are_called_as_people_write(
    alice_client: Client, first: Connection
) -> None:
    """Pages were headed "March 9, 2026 · MRS ANNABEL MARIE DEMO"."""
    for number, name in ((1, "MRS ANNABEL DEMO"), (2, "MR OTIS DEMO")):
        save(first, an_eob(number, patient={"reference": f"Patient/{number}", "display": name}))
    all_agreed(first.member)
    with time_machine.travel(NOW):
        for path in ("/claims/", path_of(first, 1), "/home/", "/money/"):
            page = alice_client.get(path, follow=True).content.decode()
            assert ("Annabel Demo" in page, "DEMO" in page) == (True, False), path


def test_what_a_line_is_for_begins_with_a_capital() -> None:
    product = {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "27", "display": "antitoxin"}]}
    assert (
        story_of(item=[line(1, priced("submitted", "480.00"), productOrService=product)]).lines[0].what
        == "Antitoxin"
    )


def test_the_kind_of_a_payment_begins_with_a_capital() -> None:
    paid = {"amount": {"value": 60, "currency": "USD"}, "type": {"text": "paid"}}
    assert ("Kind of payment", "Paid") in wording.story(reading(claim(payment=paid))).payment


def test_short_forms_in_capitals_come_after_our_name_of_the_service() -> None:
    """The title was "Office o/p est low 20-29 min at Riverside Clinic"."""
    what = {"coding": [{"system": CPT, "code": "99213", "display": "OFFICE O/P EST LOW 20-29 MIN"}]}
    story = wording.story(reading(claim(item=[line(1, priced("submitted", "9.00"), productOrService=what)])))
    assert story.title == "Office visit at Riverside Clinic"
    assert (story.lines[0].what, story.lines[0].official) == ("Office visit", "Office o/p est low 20-29 min")


def test_a_name_in_capitals_keeps_no_abbreviation_that_has_small_letters() -> None:
    record = reading(claim(priced("submitted", "9.00"), provider={"display": "ST MARY MED CTR"}))
    assert wording.story(record).title == "Medical care at St Mary Med Ctr"


def test_words_in_capitals_that_say_more_than_ours_stay() -> None:
    what = {"coding": [{"system": CPT, "code": "70551", "display": "MRI BRAIN STEM W/O DYE"}]}
    story = wording.story(reading(claim(item=[line(1, priced("submitted", "9.00"), productOrService=what)])))
    assert story.lines[0].what == "MRI brain stem w/o dye"
