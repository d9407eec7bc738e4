"""What is sent several times stands once; what differs stands each, and says so (facts clinical 2c)."""

import re
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.records import projection
from apps.vault import boxes
from apps.vault.boxes import box_for
from tests.care.test_pages import LAB, a_result, keep, path_of
from tests.claims.given import NOW, a_connection

AT = "2026-03-10T08:15:00-05:00"
RAY: dict[str, Any] = {"performer": [{"display": "Riverside Laboratory"}], "effectiveDateTime": AT}
DIFFER = "Your plan sent another result of this test for the same time, and the two differ."
TWICE = "Your plan sent this result more than once."


def measured_by(words: str) -> dict[str, Any]:
    """Return a part of a result, which its value does not say."""
    return {"component": [{"code": {"text": "Measured by"}, "valueString": words}]}


def listed(client: Client) -> tuple[int, str]:
    """Return how many rows of tests there are, and the whole list."""
    html = client.get("/care/?kind=test").content.decode()
    return html.count('data-testid="care-row"'), html


def told(client: Client, connection: Connection, own: str = "Observation/o3") -> str:
    """Return the page of a result."""
    return client.get(path_of(connection, own)).content.decode()


def test_the_same_result_sent_twice_is_one_row_and_one_value_of_the_line(
    alice_client: Client, connection: Connection
) -> None:
    """Oddity 23: 60 of Athena's 431 groups. An id, a version and a note of ours apart, nothing differs."""
    twin = a_result(3, **RAY) | {"id": "again", "meta": {"versionId": "2"}, "issued": "2026-03-12"}
    keep(connection, a_result(3, **RAY), twin, a_result(2))
    number, html = listed(alice_client)
    assert number == 2 and "sent more than once" in html
    assert "Your plans shared 2 test results." in html
    assert "Listed, and not counted: 1 test result that was sent twice." in html
    page = told(alice_client, connection)
    assert TWICE in page and DIFFER not in page
    assert path_of(connection, "Observation/again") in page
    series = page[page.index("over time") :]
    assert len(re.findall(r"<td[^>]*>[^<]*5\.1", series)) == 2, "one value of each of two days"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (a_result(3, **RAY), a_result(3, 6.2, **RAY)),
        (a_result(3, **RAY, **measured_by("the eye")), a_result(3, **RAY, **measured_by("a machine"))),
    ],
    ids=["values", "parts"],
)
def test_two_results_of_one_moment_that_differ_both_stand_and_say_so(
    alice_client: Client, connection: Connection, one: dict[str, Any], other: dict[str, Any]
) -> None:
    """Oddity 23: nine groups of Athena's."""
    keep(connection, one, other | {"id": "other"})
    number, html = listed(alice_client)
    assert number == 2 and "sent more than once" not in html and "not counted" not in html
    for own in ("Observation/o3", "Observation/other"):
        page = told(alice_client, connection, own)
        assert DIFFER in page and TWICE not in page


@pytest.mark.parametrize(
    "changes",
    [
        {"effectiveDateTime": "2026-03-10T18:15:00-05:00"},
        {"performer": [{"display": "Lakeside Laboratory"}]},
        {"specimen": {"display": "Blood of the left arm"}},
        {"identifier": [{"value": "another number of the laboratory"}]},
        {"status": "corrected"},
        {"status": "preliminary"},
        measured_by("the eye"),
        {"focus": [{"display": "Fetus"}]},
    ],
    ids=str,
)
def test_what_may_be_another_result_is_another(
    alice_client: Client, connection: Connection, changes: dict[str, Any]
) -> None:
    keep(connection, a_result(3, **RAY), a_result(3, **RAY | changes) | {"id": "other"})
    assert listed(alice_client)[0] == 2
    for own in ("Observation/o3", "Observation/other"):
        page = told(alice_client, connection, own)
        assert TWICE not in page and DIFFER not in page


@pytest.mark.parametrize(
    "changes", [{"effectiveDateTime": None}, {"valueQuantity": None}, {"status": "preliminary"}], ids=str
)
def test_what_has_no_moment_or_value_or_is_not_final_is_never_the_same(
    alice_client: Client, connection: Connection, changes: dict[str, Any]
) -> None:
    body = {name: value for name, value in (a_result(3, **RAY) | changes).items() if value is not None}
    keep(connection, body, body | {"id": "other"})
    assert listed(alice_client)[0] == 2


def test_a_copy_that_is_no_longer_sent_and_one_of_another_plan_stand_by_themselves(
    alice: Member, alice_client: Client, connection: Connection
) -> None:
    keep(connection, a_result(3, **RAY), a_result(3, **RAY) | {"id": "gone"})
    keep(a_connection(alice, plan="Lakeside Health"), a_result(3, **RAY))
    assert listed(alice_client)[0] == 2
    went = boxes.source_key(box_for(alice), "Observation/gone")
    connection.records.filter(source_key=went).update(gone_at=NOW)
    projection.forget([connection.pk])
    projection.project(connection, box_for(alice), now=NOW)
    assert listed(alice_client)[0] == 3


def test_a_result_of_which_a_copy_was_marked_as_a_mistake_stays_and_says_so(
    alice_client: Client, connection: Connection
) -> None:
    keep(connection, a_result(3, **RAY), a_result(3, **RAY, status="entered-in-error") | {"id": "error"})
    assert "Your plans shared 1 test result." in listed(alice_client)[1]
    page = told(alice_client, connection)
    assert "Your plan also sent this result in a record that it marked as a mistake." in page
    assert path_of(connection, "Observation/error") not in page


def test_two_values_of_one_day_without_a_time_need_not_contradict_each_other(
    alice_client: Client, connection: Connection
) -> None:
    """Each may be of its own moment; the same value of the day is one result."""
    keep(connection, a_result(3), a_result(3, 6.2) | {"id": "other"}, a_result(3) | {"id": "again"})
    assert listed(alice_client)[0] == 2
    page = told(alice_client, connection)
    assert DIFFER not in page and TWICE in page


@pytest.mark.parametrize("whole", ["report", "panels"])
def test_what_stands_in_one_report_or_in_a_panel_is_never_taken_for_the_same(
    alice_client: Client, connection: Connection, whole: str
) -> None:
    """Published Bundle-lri-example: two bacteria, each with "heavy growth", and a drug that stops both."""
    growths = [a_result(3, **RAY) | {"id": name} for name in ("o3", "other")]
    about = {"status": "final", "subject": {"reference": "Patient/1"}, "code": {"text": "Culture"}}
    ways = [{"reference": "Observation/o3"}, {"reference": "Observation/other"}]
    wholes = {
        "report": [{"resourceType": "DiagnosticReport", "id": "r", "result": ways, "issued": "2026-01-01"}],
        "panels": [
            {
                "resourceType": "Observation",
                "category": LAB,
                "id": f"p{place}",
                "hasMember": [way],
                "effectiveDateTime": AT,
            }
            for place, way in enumerate(ways)
        ],
    }[whole]
    keep(connection, *growths, a_result(3, 6.2, **RAY) | {"id": "third"}, *(about | made for made in wholes))
    assert listed(alice_client)[0] == 3 + len(wholes)
    page = told(alice_client, connection)
    assert TWICE not in page and (DIFFER in page) == (whole == "report"), "the third stands in no report"


@pytest.mark.parametrize("status", ["final", "appended"])
def test_a_report_sent_twice_is_one_row(alice_client: Client, connection: Connection, status: str) -> None:
    report = {
        "resourceType": "DiagnosticReport",
        "id": "r1",
        "status": status,
        "code": {"text": "Chest X-ray"},
        "subject": {"reference": "Patient/1"},
        "effectiveDateTime": AT,
        "conclusion": "Clear.",
    }
    keep(connection, report, report | {"id": "r2"}, report | {"id": "r3", "conclusion": "Not clear."})
    assert listed(alice_client)[0] == 2


def test_a_team_that_is_sent_for_each_claim_stands_once_a_year_and_drafts_of_a_day_stand_last(
    alice_client: Client, connection: Connection
) -> None:
    """Oddity 11: Humana sends ten teams of one doctor, and draft plans of patient education."""

    def team(number: int, who: str = "Dr. Ray", **more: Any) -> dict[str, Any]:
        member = {"role": [{"text": "Doctor"}], "member": {"display": who}}
        about = {"subject": {"reference": "Patient/1"}, "period": {"start": f"2026-0{number}-10"}}
        made = {"resourceType": "CareTeam", "id": f"t{number}{who[-1]}", "status": "active"}
        return made | about | {"participant": [member]} | more

    def plan(number: int, title: str, status: str) -> dict[str, Any]:
        made = {"resourceType": "CarePlan", "id": f"p{number}", "status": status, "intent": "plan"}
        return made | {
            "title": title,
            "subject": {"reference": "Patient/1"},
            "period": {"start": "2026-02-01"},
        }

    teams = [team(1), team(2), team(3), team(3, "Dr. Kim"), team(4, status="inactive")]
    keep(connection, *teams, plan(9, "Patient Education", "draft"), plan(1, "After the stay", "active"))
    html = alice_client.get("/care/?kind=care-plan").content.decode()
    rows = re.findall(r'data-testid="care-row".*?</li>', html, re.S)
    assert len(rows) == 5
    assert [row for row in rows if "3 such teams" in row] == [rows[1]]
    assert "Your plans shared 7 plans of care." in html, "each is counted"
    assert html.index("After the stay") < html.index("Patient Education")
