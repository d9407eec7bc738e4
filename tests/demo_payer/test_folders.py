"""--data FOLDER: published payer data is served exactly as it was published."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.demo_payer.demo_process import Running, start
from tests.demo_payer.member import CALLBACK, Member
from tests.demo_payer.test_search import all_pages

FOLDERS = ["carin-bb-2.2.0", "cms-bb2-python-sdk", "synthea-smart-sample"]
"""Files of one record, pages of claims alone, and a transaction."""


def exact(text: str) -> Any:
    """Return JSON whose numbers keep their digits: 100.00 is not 100.0."""
    return json.loads(text, parse_float=lambda digits: f"number {digits}")


def published(folder: Path, type_: str) -> dict[str, Any]:
    """Return the folder's resources of one type by id, the last changed of equal ids."""
    resources: dict[str, Any] = {}

    def walk(value: Any) -> None:
        if value.get("resourceType") == "Bundle":
            for entry in value.get("entry", []):
                walk(entry["resource"])
        elif value.get("resourceType") == type_:
            resources[value["id"]] = value

    for path in sorted(folder.rglob("*.json")):
        walk(exact(path.read_text()))
    return resources


@pytest.fixture(scope="module", params=FOLDERS)
def served(
    request: pytest.FixtureRequest, shared: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """Return a folder of published data and a payer that serves it."""
    folder = shared / "fhir" / request.param
    with start(records=folder, var=tmp_path_factory.mktemp("payer"), redirect_uris=[CALLBACK]) as running:
        yield folder, running


def test_every_claim_of_every_patient_is_served_digit_for_digit(served: tuple[Path, Running]) -> None:
    """Each EOB exactly once, to its own patient, with the numbers as they were written."""
    folder, payer = served
    expected = published(folder, "ExplanationOfBenefit")
    patients = {_patient(claim) for claim in expected.values()}
    claims: dict[str, Any] = {}
    for username in patients:
        member = Member(payer, username=username)
        token = member.tokens()["access_token"]
        for page in all_pages(member, token, f"ExplanationOfBenefit?patient={username}&_count=10"):
            text = member.get(page["link"][0]["url"], token).text
            for entry in exact(text)["entry"]:
                claim = entry["resource"]
                assert _patient(claim) == username
                assert claim["id"] not in claims
                claims[claim["id"]] = claim
    assert claims.keys() == expected.keys()
    if (
        folder.name != "synthea-smart-sample"
    ):  # there references inside a transaction are rewritten, as FHIR asks
        assert claims == expected


def test_every_coverage_and_patient_can_be_read(served: tuple[Path, Running]) -> None:
    """A patient that only claims name is there too."""
    folder, payer = served
    coverages = published(folder, "Coverage")
    owners = {_patient(claim) for claim in published(folder, "ExplanationOfBenefit").values()}
    for username in owners | {_patient(coverage) for coverage in coverages.values()}:
        member = Member(payer, username=username)
        token = member.tokens()["access_token"]
        assert member.get(f"Patient/{username}", token).json()["id"] == username
        for fhir_id, coverage in coverages.items():
            answer = member.get(f"Coverage/{fhir_id}", token)
            if _patient(coverage) == username:
                assert exact(answer.text) == coverage
            else:
                assert answer.status_code == 404


def _patient(resource: dict[str, Any]) -> str:
    reference = (resource.get("patient") or resource["beneficiary"])["reference"]
    return str(reference).replace("urn:uuid:", "Patient/").rpartition("/")[2]


def test_a_folder_of_clinical_records_is_served_and_searched_by_category(
    shared: Path, tmp_path: Path
) -> None:
    folder = shared / "fhir" / "us-core-7.0.0"
    mine = {
        fhir_id: body
        for fhir_id, body in published(folder, "Observation").items()
        if body["subject"]["reference"] == "Patient/example"
        and any(code["code"] == "laboratory" for category in body["category"] for code in category["coding"])
    }
    with start(records=folder, var=tmp_path, redirect_uris=[CALLBACK]) as payer:
        member = Member(payer, username="example")
        token = member.tokens()["access_token"]
        asked = "Observation?patient=example&category=laboratory&_count=10"
        texts = [member.get(page["link"][0]["url"], token).text for page in all_pages(member, token, asked)]
    served_by_id = {
        entry["resource"]["id"]: entry["resource"] for text in texts for entry in exact(text)["entry"]
    }
    assert served_by_id == mine
    assert len(served_by_id) > 5
