"""The invented clinical records: well formed, coherent with the claims, and odd where charts are."""

import json
import re
from base64 import b64decode
from collections import Counter
from pathlib import Path

from fhirclient.models.fhirelementfactory import FHIRElementFactory

from apps.demo_payer.people import to_json
from apps.demo_payer.people.clinical.care import CVX
from apps.demo_payer.people.clinical.labs import LOINC
from apps.demo_payer.people.coding import CPT, NDC, OWN
from tests.demo_payer.people_on_a_day import claims, clinical, everything, walk
from tests.demo_payer.people_on_a_day import codings as every_coding

HAROLD = "Patient/patient-70420001"


def test_fhirclient_accepts_each_of_them() -> None:
    for each in clinical():
        FHIRElementFactory.instantiate(each["resourceType"], json.loads(to_json(each)))
    assert len({(each["resourceType"], each["id"]) for each in everything()}) == len(everything())


def test_what_comes_of_a_claim_is_of_its_person_and_day() -> None:
    by_number = {each["identifier"][0]["value"]: each for each in claims()}
    joined = Counter[str]()
    for each in clinical():
        for number in each.get("identifier", []):
            if number["system"] == f"{OWN}claim":
                claim = by_number[number["value"]]
                joined[each["resourceType"]] += 1
                assert each["subject"] == claim["patient"]
                assert claim["billablePeriod"]["start"] in to_json(each)
    assert joined.keys() == {"Encounter", "MedicationDispense", "Procedure"}


def test_codes_are_of_the_lists_they_are_sent_under() -> None:
    """A stay begins with a line for the room, which has no procedure's code: none is made up for it."""
    shapes = {CPT: r"\d{4}[0-9A-Z]", NDC: r"\d{11}", LOINC: r"\d{1,7}-\d|LP\d+-\d", CVX: r"\d{1,3}"}
    codings = [coding for each in clinical() for _path, coding in every_coding(each)]
    assert {coding["system"] for coding in codings} >= shapes.keys()
    for coding in codings:
        if shape := shapes.get(coding["system"]):
            assert re.fullmatch(shape, coding["code"]), coding
    stays = [each for each in clinical("Encounter") if each["class"]["code"] == "IMP"]
    assert stays and all(each["type"][0]["text"] for each in stays)


def test_every_reference_leads_to_a_record() -> None:
    here = {f"{each['resourceType']}/{each['id']}" for each in everything()}
    for each in clinical():
        for path, found in walk(each):
            if path.endswith(".reference"):
                assert found in here, f"{each['resourceType']} {path}"


def test_charts_have_what_charts_have() -> None:
    """A result in error, one corrected, a suspicion ruled out, a vaccine not given, papers of each form."""
    statuses = Counter((each["resourceType"], each.get("status")) for each in clinical())
    for kind, status in (
        ("Observation", "entered-in-error"), ("Observation", "corrected"), ("Immunization", "not-done"),
        ("Encounter", "entered-in-error"),
    ):  # fmt: skip
        assert statuses[kind, status]
    refuted = [each for each in clinical("Condition") if "refuted" in str(each["verificationStatus"])]
    assert len(refuted) == 1
    forms = {
        content["attachment"]["contentType"]: b64decode(content["attachment"]["data"])
        for each in clinical("DocumentReference")
        for content in each["content"]
        if "data" in content["attachment"]
    }
    begins = {
        "text/plain": b"", "text/html": b"<html>", "application/pdf": b"%PDF-1.4",
        "application/xml": b"<?xml", "application/rtf": b"{\\rtf1", "image/png": b"\x89PNG",
    }  # fmt: skip
    assert forms.keys() == begins.keys()
    assert all(forms[name].startswith(begin) for name, begin in begins.items())


def test_a_value_changes_over_years_and_says_when_it_is_outside_its_range() -> None:
    sugar = [
        each for each in clinical("Observation")
        if each["subject"]["reference"] == HAROLD and each["code"]["coding"][0]["code"] == "4548-4"
    ]  # fmt: skip
    days = sorted(each["effectiveDateTime"] for each in sugar)
    assert len(sugar) >= 8
    assert int(days[-1][:4]) - int(days[0][:4]) >= 2
    assert len({each["valueQuantity"]["value"] for each in sugar}) > 3
    for each in sugar:
        is_high = each["valueQuantity"]["value"] > each["referenceRange"][0]["high"]["value"]
        assert each["interpretation"][0]["coding"][0]["code"] == ("H" if is_high else "N")


def test_profiles_and_searches_are_us_cores(shared: Path) -> None:
    known = {
        profile.split("|")[0]
        for file in (shared / "fhir" / "us-core-7.0.0").glob("*.json")
        for profile in json.loads(file.read_text()).get("meta", {}).get("profile", [])
    }
    used = {profile for each in clinical() for profile in each["meta"].get("profile", [])}
    assert used <= known
