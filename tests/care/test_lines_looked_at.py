"""How single lines of care pages read since they were looked at: what begins them, and what heads them."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.kinds.care import wording
from tests.care.given import LOINC, coded, concept, lab, read, sent
from tests.care.test_pages import PATIENT, keep, path_of
from tests.claims.given import a_connection


def test_parts_without_ranges_have_no_column_for_them(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    team = {"resourceType": "CareTeam", "id": "t1", "status": "active", "subject": PATIENT}
    keep(connection, team | {"participant": [{"role": [{"text": "Nurse"}], "member": {"display": "Kim"}}]})
    html = alice_client.get(path_of(connection, "CareTeam/t1")).content.decode()
    assert "Nurse" in html and "none sent" not in html and ">Range<" not in html


def test_a_line_begins_with_a_capital_and_says_of_the_sample_once(
    alice: Member, alice_client: Client
) -> None:
    connection = a_connection(alice)
    sample = {"type": concept("Serum"), "collection": {"collectedDateTime": "2026-01-02"}}
    keep(
        connection,
        sent("Condition", code=concept("Asthma"), onsetAge={"value": 52, "unit": "years"}, status=None),
        sent("Specimen", id="s1", status="available", **sample),
        lab(id="o1", specimen={"reference": "Specimen/s1", "display": "Serum"}, valueString="clear"),
    )
    problem = alice_client.get(path_of(connection, "Condition/x1")).content.decode()
    assert '"answer">At age 52 years.<' in problem
    result = alice_client.get(path_of(connection, "Observation/o1")).content.decode()
    assert '"answer">Clear. Your plan did not share a date.<' in result
    assert result.count(">Serum<") == 1 and "January 2, 2026" in result


@pytest.mark.parametrize(
    ("elements", "line"),
    [
        ({"clinicalStatus": coded("active"), "onsetDateTime": "2006-06-24"}, "Since June 24, 2006."),
        ({"clinicalStatus": coded("resolved"), "onsetDateTime": "2006-06-24"}, "June 24, 2006."),
        ({"clinicalStatus": coded("active"), "recordedDate": "2006-06-24"}, "Written down on June 24, 2006."),
    ],
)
def test_a_health_problem_that_is_current_is_there_since_it_began(
    elements: dict[str, Any], line: str
) -> None:
    assert wording.lede(read(sent("Condition", code=concept("Asthma"), **elements))[1]) == line


def test_a_first_line_of_ours_begins_with_a_capital() -> None:
    record = read(lab(code=concept("Glucose"), effectiveDateTime="2026-03-10"))[1]
    assert wording.lede(record) == "No value sent, March 10, 2026."
    sent_so = read(lab(code=concept("Ketones"), effectiveDateTime="2026-03-10", valueString="mg 6"))[1]
    assert wording.lede(sent_so) == "mg 6, March 10, 2026.", "a plan's own words stay as they are"


def test_how_a_diagnosis_of_a_visit_stood_is_said_in_the_readers_language(
    alice: Member, alice_client: Client
) -> None:
    connection, of_visit = a_connection(alice), [coded("encounter-diagnosis")]
    stood = {"clinicalStatus": coded("resolved"), "category": of_visit}
    keep(connection, sent("Condition", code=concept("Burn"), status=None, **stood))
    path = path_of(connection, "Condition/x1")
    assert ">resolved<" in alice_client.get(path).content.decode()
    alice_client.cookies["django_language"] = "es"
    assert ">resuelto<" in alice_client.get(path).content.decode()


def row_of(client: Client, path: str) -> str:
    """Return the first row of a list."""
    html = client.get(path).content.decode()
    return html[(start := html.index('data-testid="care-row"')) : html.index("</li>", start)]


def test_what_was_noted_for_one_visit_is_called_no_health_problem(
    alice: Member, alice_client: Client
) -> None:
    connection = a_connection(alice)
    keep(
        connection,
        sent("Condition", category=[coded("encounter-diagnosis")], code=concept("Burn"), status=None),
    )
    row = row_of(alice_client, "/care/?kind=diagnosis")
    assert "Diagnosis of a visit" in row and "Health problem" not in row


def test_values_over_time_are_headed_by_the_part_they_are_of(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    amount = {"value": 109, "unit": "mmHg"}
    top = {"code": concept("Systolic", (LOINC, "8480-6", "")), "valueQuantity": amount}
    bottom = {"code": concept("Diastolic", (LOINC, "8462-4", "")), "dataAbsentReason": coded("unknown")}
    vital = {
        "category": [coded("vital-signs")],
        "code": concept("Blood pressure", (LOINC, "85354-9", "")),
        "component": [top, bottom],
    }
    days = ("2026-01-05", "2026-02-05")
    keep(connection, *(sent("Observation", id=day, effectiveDateTime=day, **vital) for day in days))
    html = alice_client.get(path_of(connection, f"Observation/{days[0]}")).content.decode()
    assert "Systolic over time" in html and "Blood pressure over time" not in html
