"""Prescriptions: names, counts, days and numbers of drugs."""

from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from apps.kinds.claim import wording
from apps.kinds.claim.brief import brief
from apps.kinds.claim.records import Coded, Drug
from apps.kinds.claim.wording import titles
from apps.kinds.claim.wording.vocabulary import counted
from tests.claims.made import claim, concept, displayed, line, priced, reading
from tests.claims.systems import NDC
from tests.claims.telling import story_of

NO_DRUG = "Prescription at Riverside Clinic"


@pytest.mark.parametrize(
    ("product", "title"),
    [
        ({"coding": [{"code": "1101"}], "text": "Exam,comp,primary"}, NO_DRUG),
        ({"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "90471"}], "text": "Giving it"},
         NO_DRUG),
        ({"coding": [{"code": "00093104801"}], "text": "Metformin 500 mg"}, "Prescription: Metformin 500 mg"),
        ({"coding": [{"system": "http://plan.test/drugs", "code": "7"}], "text": "Metformin"},
         "Prescription: Metformin"),
        ({"coding": [{"system": "https://www.cms.gov/hcpcs", "code": "J2270", "display": "Morphine"}]},
         "Prescription: Morphine"),
        ({"text": "Metformin"}, "Prescription: Metformin"),
    ],
)  # fmt: skip
def test_what_is_no_drug_is_not_called_one(product: dict[str, Any], title: str) -> None:
    made = line(1, priced("submitted", "480.00"), productOrService=product)
    story = story_of(type=concept(("x", "pharmacy")), item=[made])
    assert story.title == title
    assert ("Drug" in dict(story.drug)) is (title != NO_DRUG)
    assert product.get("text", "Morphine") in story.lines[0].what


def test_how_many_days_it_lasts_is_told_though_the_product_is_no_drug() -> None:
    supply = {"sequence": 1, "category": concept(("x", "dayssupply")), "valueQuantity": {"value": 14}}
    made = line(1, priced("submitted", "480.00"), productOrService={"coding": [{"code": "1101"}]})
    story = story_of(type=concept(("x", "pharmacy")), item=[made], supportingInfo=[supply])
    assert dict(story.drug) == {"Lasts for": "14 days"}
    assert {name: question for name, question, _answer in story.checklist}["services"] == (
        "Did you get these services?"
    )


def test_m_05_a_drug_whose_words_are_its_package_is_called_by_its_name() -> None:
    """Its title said Prozac, its line "100 CAPSULE in 1 BOTTLE"."""
    sent = "100 CAPSULE in 1 BOTTLE (0777-3105-02)"
    product = {"coding": [{"system": NDC, "code": "0777-3105-02", "display": sent}]}
    made = line(1, priced("submitted", "480.00"), productOrService=product)
    story = story_of(type=concept(("x", "pharmacy")), item=[made])
    assert story.title == "Prescription: Prozac"
    assert story.lines[0].what == dict(story.drug)["Drug"] == f"Prozac (Oral Pill), {sent}"


@pytest.mark.parametrize(
    ("quantity", "unit", "english", "spanish"),
    [
        (30, "tablet", "30 tablets", "30 tabletas"),
        (1, "inhaler", "1 inhaler", "1 inhalador"),
        (90, "CAPSULES", "90 capsules", "90 cápsulas"),
        (2, "blister", "2 blister", "2 blister"),
        (-57, None, "\N{MINUS SIGN}57", "\N{MINUS SIGN}57"),
    ],
)
def test_what_a_pharmacy_counts_is_one_or_many_in_the_readers_language(
    quantity: int, unit: str | None, english: str, spanish: str
) -> None:
    """Pages said "30 tablet", in Spanish too."""
    assert counted(Decimal(quantity), unit) == english
    with translation.override("es"):
        assert counted(Decimal(quantity), unit) == spanish


def test_m_05_zeros_are_no_number_of_a_drug() -> None:
    items = [line(1, productOrService=displayed("Fake Diluent - WATER", "00000000000", NDC))]
    (row,) = wording.story(reading(claim(item=items, kind="pharmacy"))).lines
    assert (row.what, row.code) == ("Fake Diluent - WATER", "")


@pytest.mark.parametrize(
    ("sent", "title", "called"),
    [
        ("Duloxetine - DULOXETINE HYDROCHLORIDE", "Prescription: Duloxetine", "Duloxetine"),
        ("SIMVASTATIN - SIMVASTATIN", "Prescription: Simvastatin", "Simvastatin"),
        ("Prozac (fluoxetine) - FLUOXETINE", "Prescription: Prozac - FLUOXETINE", "Prozac - FLUOXETINE"),
    ],
)
def test_m_04_a_drug_is_named_once(sent: str, title: str, called: str) -> None:
    what = Coded("00093742156", "NDC", sent)
    record = reading(
        claim(kind="pharmacy", item=[line(1, productOrService=displayed(sent, "00093742156", NDC))])
    )
    assert (wording.title(record), titles.drug_name(what)) == (title, called)
    assert isinstance(record.drug, Drug)
    assert record.drug.what.words == sent


def test_a_drug_without_the_name_of_its_list_is_a_drug() -> None:
    product = {"coding": [{"code": "198211", "display": "Simvastatin 40 MG"}]}
    record = reading(claim(kind="pharmacy", item=[line(1, productOrService=product)]))
    assert record.drug is not None
    assert record.drug.what.words == "Simvastatin 40 MG"


@pytest.mark.parametrize(
    ("sent", "title"),
    [
        ("SIMVASTATIN - SIMVASTATIN", "Prescription: Simvastatin"),
        ("METFORMIN HCL 500 MG ER TABLET", "Prescription: Metformin HCL 500 mg ER tablet"),
        ("Metformin 500 mg", "Prescription: Metformin 500 mg"),
        ('"PROZAC"', "Prescription: Prozac"),
        ("Duloxetine - DULOXETINE HYDROCHLORIDE", "Prescription: Duloxetine"),
        ("Prozac, 100 CAPSULE in 1 BOTTLE (0777-3105-02) (package)", "Prescription: Prozac"),
        ("100 CAPSULE in 1 BOTTLE (0777-3105-02)", "Prescription: Amlodipine"),
        ("59762154003", "Prescription: Amlodipine"),
        (None, "Prescription: Amlodipine"),
    ],
)
def test_m_05_a_prescription_is_called_by_a_name_in_ordinary_letters(sent: str | None, title: str) -> None:
    """M-05: capitals in quotes, the same name twice, a package or a number of eleven digits."""
    ndc = {"system": "http://hl7.org/fhir/sid/ndc", "code": "59762154003"} | (
        {"display": sent} if sent else {}
    )
    drug = line(1, productOrService={"coding": [ndc]})
    record = reading(claim(type={"coding": [{"code": "pharmacy"}]}, item=[drug]))
    assert wording.title(record) == wording.title(brief(record)) == title


def test_m_10_a_drug_with_the_day_of_payment_alone_says_so() -> None:
    """M-10: it was an unlabelled "Date"."""
    record = reading(
        claim(
            type={"coding": [{"code": "pharmacy"}]},
            billablePeriod={},
            created=None,
            payment={"date": "2026-03-05"},
            item=[line(1, servicedDate=None)],
        )
    )
    told = wording.story(record)
    assert told.when == "paid March 5, 2026"
    assert ("Paid on", "March 5, 2026") in told.facts
    assert "Date" not in dict(told.facts)


@pytest.mark.parametrize("system", ["http://hl7.org/fhir/sid/ndc", "urn:oid:2.16.840.1.113883.6.69"])
def test_m_10_the_number_of_a_drug_is_no_number_of_a_prescription(system: str) -> None:
    """M-10: "Prescription number 00093..."."""
    drug = line(1, productOrService={"coding": [{"code": "00093104801"}]})
    pharmacy = {"type": {"coding": [{"code": "pharmacy"}]}, "item": [drug]}
    number = {"identifier": {"system": system, "value": "00093104801"}}
    record = reading(claim(prescription=number, **pharmacy))
    assert record.drug is not None
    assert record.drug.prescription is None
    kept = reading(claim(prescription={"identifier": {"value": "RX-77"}}, **pharmacy))
    assert kept.drug is not None
    assert kept.drug.prescription == "RX-77"
