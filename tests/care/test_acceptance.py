"""The acceptance cases of published clinical records (facts clinical 6a), as pages and lists show them."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.kinds.care import wording
from apps.kinds.care.entry import entry_of
from tests.care.given import page
from tests.care.test_pages import keep, path_of
from tests.care.test_shared_sets import read
from tests.claims.given import a_connection
from tests.takeaway.given import sure

SHARED = os.environ.get("PLAINCLAIM_SHARED", "")
pytestmark = pytest.mark.skipif(not SHARED, reason="PLAINCLAIM_SHARED names no folder of published records")
US_CORE = "us-core-7.0.0"


def tree_of(name: str, folder: str = US_CORE) -> dict[str, Any]:
    """Return a published record, about the member of these tests."""
    text = (Path(SHARED) / "fhir" / folder / f"{name}.json").read_text()
    made: dict[str, Any] = json.loads(re.sub(r'"Patient/[\w.-]+"', '"Patient/1"', text))
    return made


@pytest.fixture
def connection(alice: Member) -> Connection:
    """Return a connection of Alice."""
    return a_connection(alice)


CASES: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "Observation-average-blood-pressure": (
        US_CORE,
        ("109 / 72", "August 3 to 6, 2023", "By: Amy Shaw", "12 measurements"),
        ("Number of measurements | 3 #",),
    ),
    "Observation-observation-occupation-unknown": (
        US_CORE,
        ("History of Occupation: not known", "Industry | Home nursing services"),
        (),
    ),
    "Observation-urobilinogen": (US_CORE, ("0.3 mg/dL · Normal", "range: 0.1 to 1 mg/dL"), ()),
    "Observation-serum-glucose": (US_CORE, ("76 mg/dL · Normal", "Normal Range: 40 to 109 mg/dL"), ()),
    "Observation-at-home-in-vitro-test": (
        US_CORE,
        (": Detected, January 28, 2021.", "Measured with: Acme COVID-19 Home Test"),
        (),
    ),
    "MedicationRequest-self-tylenol": (
        US_CORE,
        (
            "You or somebody for you said that you take this.",
            "How to take it: Takes 1-2 tablets once daily at bedtime as needed for restless legs",
            "How it is taken: Drugs - partial non-compliance",
        ),
        (),
    ),
    "MedicationDispense-medicationdispense-example": (
        US_CORE,
        ("480 mL, December 8, 2016.", "Kind of fill: First Fill"),
        (),
    ),
    "Condition-condition-duodenal-ulcer": (US_CORE, ("Stated: August 10, 2016",), ("Began",)),
    "Condition-encounter-diagnosis-example1": (
        US_CORE,
        ("Ended: December 1, 2015", "It was noted for one visit or claim.", "How it stood: resolved"),
        (),
    ),
    "AllergyIntolerance-example": (
        US_CORE,
        ("Risk: high risk of a serious reaction", "skin rash | mild"),
        ("mild allergy",),
    ),
    "CarePlan-colonoscopy": (US_CORE, ("In your plan's words: Assessment", "Colonoscopy"), ("no details",)),
    "DiagnosticReport-chest-xray-report": (
        US_CORE,
        ("February 3, 2019.", "Issued: February 4, 2019", "Pictures: Chest Xray"),
        (),
    ),
    "MedicationDispense-1000001": (
        "davinci-pdex",
        ("Lisinopril (Oral Pill): 60, April 15, 2024.", "Kind of fill: Refill", "Supply for: 30 days"),
        (),
    ),
}


@pytest.mark.parametrize(("folder", "told", "never"), CASES.values(), ids=CASES)
def test_a_published_record_reads_as_it_should(
    request: pytest.FixtureRequest, folder: str, told: tuple[str, ...], never: tuple[str, ...]
) -> None:
    text = page(tree_of(request.node.callspec.id, folder))
    assert [words for words in told if words not in text] == [], text
    assert [words for words in never if words in text] == [], text


def test_an_average_of_days_is_in_no_line_with_what_was_measured_once() -> None:
    keys = [
        {point.key for point in read(tree_of(f"Observation-{name}"))[1].points}
        for name in ("average-blood-pressure", "blood-pressure")
    ]
    assert all(keys) and not keys[0] & keys[1]


def test_a_qualitative_result_has_no_picture_and_no_number(
    alice_client: Client, connection: Connection
) -> None:
    keep(connection, tree_of("Observation-at-home-in-vitro-test"))
    html = alice_client.get(path_of(connection, "Observation/at-home-in-vitro-test")).content.decode()
    assert "Detected" in html and "care__mark" not in html and "badge--" not in html[html.index("<article") :]


def test_two_of_one_day_are_two_of_which_one_is_not_whole(
    alice_client: Client, connection: Connection
) -> None:
    whole, half = (tree_of(f"Observation-{name}") for name in ("blood-pressure", "bp-data-absent"))
    keep(connection, whole, half)
    html = alice_client.get("/care/?kind=measurement").content.decode()
    assert html.count('data-testid="care-row"') == 2
    assert "109 / 44" in html and "109 / not recorded" in html
    series = alice_client.get(path_of(connection, f"Observation/{half['id']}")).content.decode()
    assert series.count("109 / ") >= 1
    assert read(half)[1].points and len(read(half)[1].points) == 1, "a point for the systolic value alone"


def test_one_medicine_that_is_coded_contained_and_referred_to_is_one(
    alice_client: Client, connection: Connection
) -> None:
    routes = ("coded", "contained", "referenced")
    orders = [tree_of(f"MedicationRequest-medicationrequest-{route}-oral-axid") for route in routes]
    drugs = sorted((Path(SHARED) / "fhir" / US_CORE).glob("Medication-*.json"))
    keep(connection, *(json.loads(file.read_text()) for file in drugs), *orders)
    html = alice_client.get("/care/?kind=medicine").content.decode()
    once, _, every = html[html.index('data-testid="medicines"') :].partition("Every record of them")
    assert every.count('data-testid="care-row"') == 3
    titles = re.findall(r'row__title">(.*?)</span>', once, re.S)
    assert len(titles) == 1, titles
    assert "Nizatidine" in titles[0]


def test_a_fill_leads_to_its_prescription(alice_client: Client, connection: Connection) -> None:
    keep(
        connection,
        tree_of("MedicationRequest-medicationrequest-coded-oral-axid"),
        tree_of("MedicationDispense-medicationdispense-example"),
    )
    path = path_of(connection, "MedicationDispense/medicationdispense-example")
    html = alice_client.get(path).content.decode()
    order = path_of(connection, "MedicationRequest/medicationrequest-coded-oral-axid")
    assert f'href="{order}"' in html


def test_a_diagnosis_stands_with_its_visit(alice_client: Client, connection: Connection) -> None:
    keep(connection, tree_of("Encounter-example-1"), tree_of("Condition-encounter-diagnosis-example1"))
    visit = path_of(connection, "Encounter/example-1")
    assert "Burn" in alice_client.get(visit).content.decode()


SENSITIVE = (
    "Procedure-rehab",
    "ServiceRequest-rehab",
    "Observation-PHQ9-panel-example-44249-1",
    "Observation-PHQ9-item-example-44260-8",
    "Observation-AUDIT-C-panel-example-72109-2",
    "Observation-AUDIT-C-item-example-68519-8",
    "Observation-TAPS-panel-example-96841-2",
    "Observation-TAPS-item-example-96843-8",
    "Observation-AHC-HRSN-item-example-68517-2",
    "QuestionnaireResponse-phq-9-example",
    "QuestionnaireResponse-AUDIT-C",
    "QuestionnaireResponse-TAPS",
)


@pytest.mark.parametrize("name", SENSITIVE)
def test_care_of_substance_use_and_of_the_mind_is_known_as_sensitive(name: str) -> None:
    assert entry_of(read(tree_of(name))[1]).categories


def test_what_is_hidden_is_in_no_list_with_the_visit_it_belongs_to(
    alice: Member, alice_client: Client, connection: Connection
) -> None:
    bodies = [tree_of(name) for name in SENSITIVE]
    visit = tree_of("Encounter-example-1") | {"id": "rehab-visit"}
    bodies[0]["encounter"] = {"reference": "Encounter/rehab-visit"}
    keep(connection, *bodies, visit)
    titles = {wording.name_words(read(body)[1]) for body in bodies} - {"Questionnaire"}
    shown = alice_client.get("/care/").content.decode()
    assert "AUDIT-C" in shown
    browser = sure(alice_client, alice)
    choice = {"screen-substance": "out", "screen-mental": "out"}
    assert browser.post("/hiding/", choice).status_code == 303
    for path in ("/care/", "/care/?kind=answer", "/care/?kind=procedure", "/care/?kind=visit"):
        html = browser.get(path).content.decode()
        assert [title for title in titles if title in html] == [], path
    assert browser.get(path_of(connection, "Encounter/rehab-visit")).status_code in (200, 404)
