"""Codes of the invented claims: they exist, and no licensed text is shipped with them."""

import json
from collections import defaultdict
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from apps.demo_payer.people import coding, formulary
from apps.demo_payer.people.payer import npi
from tests.demo_payer.people_on_a_day import codings, everything, walk

# Systems whose texts may not be redistributed (facts/claims.md section 12).
LICENSED = (coding.CPT, coding.CDT, coding.TAXONOMY, coding.CARC, coding.CARC_GROUP, coding.REVENUE)
# National Drug Codes that stand in published payer data (shared/fhir) and can be looked up there.
PUBLISHED_NDC = ("60505257909", "68180047903", "67877022305", "57237001930", "00777310502")


@cache
def _used() -> dict[str, set[tuple[str, str]]]:
    used: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for resource in everything():
        for _, sent in codings(resource):
            used[sent["system"]].add((sent["code"], sent.get("display", "")))
    return used


def test_every_icd_10_cm_code_exists_is_billable_and_has_its_official_text() -> None:
    # Here, as it reads all of its 98,000 codes: seconds of every test process.
    simple_icd_10_cm = import_module("simple_icd_10_cm")

    used = _used()[coding.ICD_10_CM]
    assert len(used) > 20
    for code, display in used:
        assert simple_icd_10_cm.is_valid_item(code)
        assert simple_icd_10_cm.is_leaf(code)
        assert display == simple_icd_10_cm.get_description(code)


def test_codes_of_open_code_systems_exist_with_the_display_used(shared: Path) -> None:
    known: dict[str, dict[str, str]] = {}
    for file in (shared / "terminology" / "hl7").glob("*.json"):
        system = json.loads(file.read_text())
        known[system["url"]] = {
            concept["code"]: concept.get("display", "")
            for _, concepts in walk(system)
            if isinstance(concepts, list)
            for concept in concepts
            if isinstance(concept, dict) and "code" in concept and "valueCode" not in concept
        }
    checked = 0
    for system, used in _used().items():
        if system not in known:
            continue
        for code, display in used:
            checked += 1
            assert code in known[system], f"{system} has no {code}"
            assert display in ("", known[system][code]), f"{system}#{code}"
    assert checked > 60


def test_systems_are_those_of_published_payer_data_or_named_by_the_ig(shared: Path) -> None:
    published = {
        sent["system"]
        for folder in (
            "carin-bb-2.2.0",
            "carin-bb-1.1.0",
            "davinci-pdex",
            "us-core-7.0.0",
            "hl7-r4-core-examples",
            "hl7-r4-clinical-examples",
        )
        for file in (shared / "fhir" / folder).glob("*.json")
        for _, sent in codings(json.loads(file.read_text()))
    }
    by_the_ig = {  # aliases of the CARIN IG's own source, which its examples happen not to use
        coding.CARC, coding.CARC_GROUP, coding.MS_DRG, coding.TAXONOMY,
        "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBRelatedClaimRelationshipCodes",
        # R4's own binding of Coverage.costToBeneficiary.type
        "http://terminology.hl7.org/CodeSystem/coverage-copay-type",
    }  # fmt: skip
    assert set(_used()) - published - by_the_ig == set()


@pytest.mark.parametrize("system", LICENSED)
def test_licensed_code_sets_go_without_their_texts(system: str) -> None:
    used = _used()[system]
    assert used
    assert {display for _, display in used} == {""}


def test_ncpdp_and_nubc_codes_go_without_texts() -> None:
    for system, used in _used().items():
        if "NCPDP" in system or "nubc.org" in system or "x12.org" in system:
            assert {display for _, display in used} == {""}


def test_drug_codes_have_eleven_digits_and_a_name() -> None:
    used = _used()[coding.NDC]
    assert len(used) == sum(isinstance(entry, formulary.Drug) for entry in vars(formulary).values())
    assert all(len(code) == 11 and code.isdigit() and display for code, display in used)


def test_drug_codes_are_real_where_published_data_can_tell(shared: Path) -> None:
    text = "".join(
        (shared / "fhir" / name).read_text().replace("-", "")
        for name in ("cms-ab2d/eobbundle.json", "carin-bb-2.2.0/ExplanationOfBenefit-EOBPharmacy1.json")
    )
    for code in PUBLISHED_NDC:
        # The IG writes the ten digits of the label (0777-3105-02), pharmacies bill eleven.
        assert code in text or code.removeprefix("0") in text


def test_npis_have_a_valid_check_digit_and_can_never_be_real() -> None:
    assert npi(12345678)[:9] == "912345678"
    numbers = {
        identifier["value"] for resource in everything() for identifier in resource.get("identifier", [])
        if identifier.get("system") == coding.NPI
    }  # fmt: skip
    assert len(numbers) == sum(
        resource["resourceType"] == "Practitioner"
        or (resource["resourceType"] == "Organization" and resource["id"] != "harborlight")
        for resource in everything()
    )
    for number in numbers:
        assert number.startswith("9")
        assert _luhn(f"80840{number}")


def test_the_check_digit_is_the_one_the_cms_document_computes() -> None:
    # CMS's worked example: 80840 + 123456789 gives check digit 3.
    assert _luhn("808401234567893")
    assert not _luhn("808401234567894")


def test_phones_and_mail_cannot_be_anybodys() -> None:
    for resource in everything():
        for contact in resource.get("telecom", []):
            value = contact["value"]
            assert (
                value.startswith("555-555-01") if contact["system"] == "phone" else value.endswith(".example")
            )


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
