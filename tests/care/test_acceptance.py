"""The acceptance cases of published clinical records (facts clinical 6a), as pages and lists show them."""

import json
import re
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
from tests.published import SHARED, needs_published
from tests.takeaway.given import sure

pytestmark = needs_published
US_CORE = "us-core-7.0.0"


def tree_of(name: str, folder: str = US_CORE) -> dict[str, Any]:
    """Return a published record, about the member of these tests."""
    text = (SHARED / "fhir" / folder / f"{name}.json").read_text()
    made: dict[str, Any] = json.loads(re.sub(r'"Patient/[\w.-]+"', '"Patient/1"', text))
    return made


CASES: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "Observation-average-blood-pressure": (
        US_CORE,
        ("109 / 72", "August 3 to 6, 2023", "By: Amy Shaw", "12 measurements"),
        ("Number of measurements | 3 #",),
    ),
    "Observation-observation-occupation-unknown": (
        US_CORE,
        ("History of Occupation: not recorded", "Industry | Home nursing services"),
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
            "Reported, not ordered",
            "You or somebody for you said that you take this.",
            "How to take it: Takes 1-2 tablets once daily at bedtime as needed for restless legs",
            "How it is taken: Drugs - partial non-compliance (Spouse, August 11, 2023)",
        ),
        (),
    ),
    "MedicationDispense-medicationdispense-example": (
        US_CORE,
        ("480 mL, December 8, 2016.", "Kind of fill: First Fill"),
        (),
    ),
    "Condition-condition-duodenal-ulcer": (US_CORE, ("Current", "Stated: August 10, 2016"), ("Began",)),
    "Condition-encounter-diagnosis-example1": (
        US_CORE,
        (
            "Burnt Ear",
            "Came to an end: December 1, 2015",
            "It was noted for one visit or claim.",
            "How it stood: resolved",
        ),
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
    "Observation-bp-data-absent": (US_CORE, ("109 / not recorded mmHg, July 2, 1999.",), ()),
    "Observation-blood-pressure": (US_CORE, ("109 / 44 mmHg, July 2, 1999.",), ()),
    "Observation-some-day-smoker": (
        US_CORE,
        ("Current some day smoker, since March 18, 2016.", "Kind: Answers about your life"),
        (),
    ),
    "Observation-pack-years-example": (US_CORE, ("26 pack-years, March 18, 2016.",), ()),
    "Encounter-1036": (
        US_CORE,
        ("Your plan calls this visit unfinished, and also says how it ended.", "did not share a date"),
        (),
    ),
    "CareTeam-missing-coded-data-example": (US_CORE, (" | not recorded",), ("unknown",)),
    "DocumentReference-discharge-summary": (US_CORE, ("Discharge Summary.",), ("did not send it",)),
    "DocumentReference-episode-summary": (
        US_CORE,
        ("CCD Document, March 9, 2016.", "About the time: December 23, 2004", "By: Ronald Bone, MD"),
        ("did not send it",),
    ),
    "Device-udi-1": (
        US_CORE,
        ("Pack good until: November 20, 2014", "Lot number: 7654321D", "Serial number: 10987654d321"),
        ("Ended", "no longer in use"),
    ),
    "Immunization-imm-1": (US_CORE, ("It was reported, not recorded by who gave it.",), ()),
    "MedicationDispense-1000001": (
        "davinci-pdex",
        ("Lisinopril (Oral Pill): amount 60, April 15, 2024.", "Kind of fill: Refill", "Supply for: 30 days"),
        (),
    ),
}


@pytest.mark.parametrize(("folder", "told", "never"), CASES.values(), ids=CASES)
def test_a_published_record_reads_as_it_should(
    request: pytest.FixtureRequest, folder: str, told: tuple[str, ...], never: tuple[str, ...]
) -> None:
    tree = tree_of(request.node.callspec.id, folder)
    standing = wording.standing_of(read(tree)[1])
    text = f"{page(tree)}\n{standing.words if standing else ''}"
    assert [words for words in told if words not in text] == [], text
    assert [words for words in never if words in text] == [], text


def test_papers_come_out_of_the_record_or_from_an_address_of_the_same_plan(
    alice_client: Client, connection: Connection
) -> None:
    """Cases DocumentReference-discharge-summary, -episode-summary (a relative address), chest-xray-report."""
    names = ("DocumentReference-discharge-summary", "DocumentReference-episode-summary")
    keep(connection, *map(tree_of, names), tree_of("DiagnosticReport-chest-xray-report"))

    def paper(own: str) -> tuple[str, str]:
        html = alice_client.get(path_of(connection, own)).content.decode()
        link = re.search(r'href="(/care/[^"]+/paper/0/)" data-testid="form"', html)
        assert link, own
        return html, alice_client.get(link[1]).content.decode()

    _, within = paper("DocumentReference/discharge-summary")
    assert 'data-testid="fetch"' not in within and "Binary" not in within
    _, elsewhere = paper("DocumentReference/episode-summary")
    assert '<form method="post"' in elsewhere, "it is fetched from the plan itself when asked for"
    report, page_of_report = paper("DiagnosticReport/chest-xray-report")
    for words in ("Clear lungs. Normal pulmonary vascularity.", "No acute abnormality"):
        assert words in page_of_report
    assert "<script" not in page_of_report[page_of_report.index("<main") :]
    assert "February 3, 2019" in report and "February 4, 2019" in report, "issued a day after"


@pytest.mark.parametrize(
    ("bundle", "own", "says"),
    [
        ("lri-example", "Observation/org2-amp", "Ampicilin MIC: < 0.06 ug/ml · Susceptible"),
        ("lri-example", "Observation/organism2", "Klebsiella pneumonia"),
        ("lri-example", "Observation/growth1", "Moderate Growth"),
        ("lri-example", "Observation/gramstain2", "Gram Stain | Gram Positive Rods"),
        ("micro", "Observation/obx2-12", "Erythromycin: >= 8 · Resistant"),
        ("micro", "Observation/obx2-18", "Linezolid: 4 · Susceptible"),
        ("ghp", "Observation/r3", "Haematocrit: 55 % · High"),
        ("ghp", "Observation/r3", "range: 38 to 52 %"),
        ("lipids", "Observation/cholesterol", "Cholesterol: 6.3 mmol/L"),
        ("lipids", "Observation/hdlcholesterol", "range: 1.5 mmol/L or more"),
    ],
)
def test_a_published_panel_keeps_comparators_texts_and_ranges(bundle: str, own: str, says: str) -> None:
    """Cases Bundle-lri-example, -ghp, -micro and -lipids."""
    assert says in page(within(bundle)[own])


def within(bundle: str) -> dict[str, dict[str, Any]]:
    """Return the records of a published bundle by their references, each about the member."""
    records = [entry["resource"] for entry in tree_of(f"Bundle-{bundle}", "hl7-r4-core-examples")["entry"]]
    known = {f"{record['resourceType']}/{record['id']}": record for record in records}
    return {
        own: record | {"subject": {"reference": "Patient/1"}}
        for own, record in known.items()
        if record["resourceType"] in ("DiagnosticReport", "Observation")
    }


@pytest.mark.parametrize("name", ["ghp", "lipids", "micro"])
def test_a_published_report_leads_to_its_results_and_these_to_theirs(
    alice_client: Client, connection: Connection, name: str
) -> None:
    """The panel of Bundle-lipids; the trees of Bundle-micro and -ghp, of which a result leads to others."""
    records = within(name)
    keep(connection, *records.values())
    waiting, seen = [f"DiagnosticReport/{name}"], set[str]()
    while waiting:
        seen.add(own := waiting.pop())
        links = [*records[own].get("result", ()), *records[own].get("hasMember", ())]
        inside = [reference for link in links if (reference := link["reference"]) in records]
        html = alice_client.get(path_of(connection, own)).content.decode()
        assert [member for member in inside if path_of(connection, member) not in html] == [], own
        waiting += inside
    assert len(seen) > 4


@pytest.mark.parametrize(
    ("panel", "answers"),
    [
        ("PHQ9", "phq-9-example"),
        ("AUDIT-C", "AUDIT-C"),
        ("TAPS", "TAPS"),
        ("HVS", "hunger-vital-sign-example"),
        ("EVS", "exercise-vital-sign"),
        ("PRAPARE", "prapare-example"),
    ],
)
def test_a_published_questionnaire_is_listed_once(
    alice_client: Client, connection: Connection, panel: str, answers: str
) -> None:
    """Cases Observation-PHQ9, -AUDIT, -TAPS with QuestionnaireResponse-*: answers stand in the panel."""
    files = sorted((SHARED / "fhir" / US_CORE).glob(f"Observation-{panel}-*.json"))
    of_it = [*(tree_of(file.stem) for file in files), tree_of(f"QuestionnaireResponse-{answers}")]
    assert len(of_it) > 3
    keep(connection, *of_it)
    html = alice_client.get("/care/?kind=answer").content.decode()
    assert html.count('data-testid="care-row"') == 1, html
    assert f"{len(of_it) - 1} answers that stand in their questionnaires" in html


def test_an_average_of_days_is_in_no_line_with_what_was_measured_once() -> None:
    keys = [
        {named.point.key for named in read(tree_of(f"Observation-{name}"))[1].points}
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
    assert "These results are of one day, so no line over time is drawn." in series
    assert "over time<" not in series
    assert read(half)[1].points and len(read(half)[1].points) == 1, "a point for the systolic value alone"


def test_one_medicine_that_is_coded_contained_and_referred_to_is_one(
    alice_client: Client, connection: Connection
) -> None:
    routes = ("coded", "contained", "referenced")
    orders = [tree_of(f"MedicationRequest-medicationrequest-{route}-oral-axid") for route in routes]
    drugs = sorted((SHARED / "fhir" / US_CORE).glob("Medication-*.json"))
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
    of_visit = path_of(connection, "Encounter/rehab-visit")
    assert of_visit in shown
    for path in ("/care/", "/care/?kind=answer", "/care/?kind=procedure", "/care/?kind=visit", of_visit):
        html = browser.get(path).content.decode()
        assert [title for title in titles if title in html] == [], path
        assert path == of_visit or of_visit not in html, "the visit of what is hidden"
