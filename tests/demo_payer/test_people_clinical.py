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
from tests.demo_payer.people_on_a_day import claims, clinical
from tests.demo_payer.people_on_a_day import codings as every_coding

HAROLD = "Patient/patient-70420001"


def test_fhirclient_accepts_each_of_them() -> None:
    for record in clinical():
        FHIRElementFactory.instantiate(record["resourceType"], json.loads(to_json(record)))


def test_what_comes_of_a_claim_is_of_its_person_and_day() -> None:
    by_number = {claim["identifier"][0]["value"]: claim for claim in claims()}
    joined = Counter[str]()
    for record in clinical():
        for number in record.get("identifier", []):
            if number["system"] == f"{OWN}claim":
                claim = by_number[number["value"]]
                joined[record["resourceType"]] += 1
                assert record["subject"] == claim["patient"]
                assert claim["billablePeriod"]["start"] in to_json(record)
    assert joined.keys() == {"Encounter", "MedicationDispense", "Procedure"}


def test_codes_are_of_the_lists_they_are_sent_under() -> None:
    """A stay begins with a line for the room, which has no procedure's code: none is made up for it."""
    shapes = {CPT: r"\d{4}[0-9A-Z]", NDC: r"\d{11}", LOINC: r"\d{1,7}-\d|LP\d+-\d", CVX: r"\d{1,3}"}
    codings = [coding for record in clinical() for _path, coding in every_coding(record)]
    assert {coding["system"] for coding in codings} >= shapes.keys()
    for coding in codings:
        if shape := shapes.get(coding["system"]):
            assert re.fullmatch(shape, coding["code"]), coding
    stays = [encounter for encounter in clinical("Encounter") if encounter["class"]["code"] == "IMP"]
    assert stays and all(stay["type"][0]["text"] for stay in stays)


def test_charts_have_what_charts_have() -> None:
    """A result in error, one corrected, a suspicion ruled out, a vaccine not given, papers of each form."""
    statuses = Counter((record["resourceType"], record.get("status")) for record in clinical())
    for kind, status in (
        ("Observation", "entered-in-error"), ("Observation", "corrected"), ("Immunization", "not-done"),
        ("Encounter", "entered-in-error"),
    ):  # fmt: skip
        assert statuses[kind, status]
    refuted = [
        condition for condition in clinical("Condition") if "refuted" in str(condition["verificationStatus"])
    ]
    assert len(refuted) == 1
    forms = {
        content["attachment"]["contentType"]: b64decode(content["attachment"]["data"])
        for document in clinical("DocumentReference")
        for content in document["content"]
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
        result for result in clinical("Observation")
        if result["subject"]["reference"] == HAROLD and result["code"]["coding"][0]["code"] == "4548-4"
    ]  # fmt: skip
    days = sorted(result["effectiveDateTime"] for result in sugar)
    assert len(sugar) >= 8
    assert int(days[-1][:4]) - int(days[0][:4]) >= 2
    assert len({result["valueQuantity"]["value"] for result in sugar}) > 3
    for result in sugar:
        is_high = result["valueQuantity"]["value"] > result["referenceRange"][0]["high"]["value"]
        assert result["interpretation"][0]["coding"][0]["code"] == ("H" if is_high else "N")


def test_profiles_and_searches_are_us_cores(shared: Path) -> None:
    known = {
        profile.split("|")[0]
        for file in (shared / "fhir" / "us-core-7.0.0").glob("*.json")
        for profile in json.loads(file.read_text()).get("meta", {}).get("profile", [])
    }
    used = {profile for record in clinical() for profile in record["meta"].get("profile", [])}
    assert used <= known
