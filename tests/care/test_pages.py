"""The timeline and the page of one record, as a browser gets them."""

import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.fhir.bundles import read_resource
from apps.kinds.care.kind import MEDICINE, MISTAKE
from apps.records import mirror, projection
from apps.records.shelf import Library
from apps.sync.models import SyncChange
from apps.takeaway.contents import parts, text
from apps.takeaway.formats import ALL, Scope
from apps.vault import boxes
from apps.vault.boxes import box_for
from config.fhir_types import fhir_types
from tests.claims.given import NOW, files_noted, save
from tests.claims.test_people import about
from tests.takeaway.given import sure

LOINC = "http://loinc.org"
LAB = [{"coding": [{"code": "laboratory"}]}]


def a_result(number: int, value: Any = 5.1, **changes: Any) -> dict[str, Any]:
    """Return a laboratory result of 2026, of the month *number*."""
    return {
        "resourceType": "Observation",
        "id": f"o{number}",
        "status": "final",
        "category": LAB,
        "code": {"coding": [{"system": LOINC, "code": "4548-4", "display": "Hemoglobin A1c"}]},
        "subject": {"reference": "Patient/1"},
        "effectiveDateTime": f"2026-{number:02}-10",
        "valueQuantity": {"value": value, "unit": "%"},
        "referenceRange": [{"low": {"value": 4, "unit": "%"}, "high": {"value": 5.6, "unit": "%"}}],
    } | changes


def keep(connection: Connection, *bodies: dict[str, Any], now: datetime = NOW) -> None:
    """Mirror *bodies* under a consent to clinical records, and put them into books."""
    box = box_for(connection.member)
    with transaction.atomic():
        Connection.objects.select_for_update().get(pk=connection.pk)
        mirror.put(
            connection=connection,
            box=box,
            resources=[read_resource(json.dumps(body).encode()) for body in bodies],
            kept=frozenset(fhir_types()),
            now=now,
        )
    projection.project(connection, box, now=now)


def path_of(connection: Connection, reference: str) -> str:
    """Return the path of the page of a record."""
    key = boxes.source_key(box_for(connection.member), reference)
    return f"/care/{connection.records.get(source_key=key).pk}/"


CANARY = "Zebrafish"
MARK = 'class="care__mark'
PATIENT = {"reference": "Patient/1"}
GIVEN: tuple[dict[str, Any], ...] = (
    a_result(1, 5.4),
    a_result(3, 6.1, interpretation=[{"coding": [{"code": "H"}]}]),
    a_result(5, 5.8, encounter={"reference": "Encounter/e1"}),
    a_result(6, 39, status="entered-in-error", code={"text": CANARY}),
    a_result(7, 41, status="cancelled", code={"text": CANARY}),
    a_result(8, 43, subject={"reference": "Group/herd"}, code={"text": CANARY}),
    {
        "resourceType": "Condition",
        "id": "c1",
        "subject": PATIENT,
        "code": {"text": "Asthma"},
        "verificationStatus": {"coding": [{"code": "refuted"}]},
        "onsetDateTime": "2019",
    },
    {
        "resourceType": "Immunization",
        "id": "v1",
        "patient": PATIENT,
        "status": "not-done",
        "statusReason": {"text": "patient objection"},
        "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "140"}]},
        "occurrenceDateTime": "2020-06",
    },
    {
        "resourceType": "Encounter",
        "id": "e1",
        "subject": PATIENT,
        "status": "finished",
        "class": {"code": "AMB"},
        "type": [{"text": "Check-up"}],
        "period": {"start": "2026-05-10", "end": "2026-05-10"},
    },
    {
        "resourceType": "DocumentReference",
        "id": "d1",
        "subject": PATIENT,
        "status": "current",
        "type": {"text": "Letter"},
        "content": [{"attachment": {"contentType": "text/html", "data": "PHNjcmlwdD4="}}],
    },
)


def test_the_timeline_has_what_holds_newest_first_and_tells_the_rest_in_sentences(
    alice_client: Client, connection: Connection
) -> None:
    keep(connection, *GIVEN)
    html = alice_client.get("/care/").content.decode()
    assert html.index("Check-up") < html.index("6.1 %") < html.index("Ruled out:</strong> Asthma")
    assert "3 test results" in html
    assert "Listed, and not counted: 1 health problem that was ruled out" in html
    assert "Not given:" in html
    assert "June 2020" in html
    assert "Your plan marked 1 record as a mistake." in html
    assert "1 record was cancelled." in html
    assert "1 record was sent but is not yours" in html
    assert CANARY not in html
    assert "39 %" not in html


def test_a_kind_is_chosen_and_pages_follow_each_other(alice_client: Client, connection: Connection) -> None:
    days = [f"2026-{month:02}-{day:02}" for month in range(1, 13) for day in (1, 11, 21)]
    keep(connection, *GIVEN, *(a_result(1, id=f"x{on}", effectiveDateTime=on) for on in days))
    first = alice_client.get("/care/?kind=test").content.decode()
    assert "Check-up" not in first
    assert first.count('data-testid="care-row"') == 25 + 1  # one more in what was marked as a mistake
    following = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = alice_client.get(f"/care/{following}").content.decode()
    assert second.count('data-testid="care-row"') == len(days) + 3 - 25 + 1
    none = alice_client.get("/care/?kind=implant").content.decode()
    assert re.findall(r'aria-current="true"[^>]*>([^<]*)<', none) == ["Devices (0)"], (
        "it says of what nothing came"
    )
    assert "<h1>Care: Devices</h1>" in none


def test_all_of_a_record_is_told_in_words_and_its_moments_as_days(
    alice_client: Client, connection: Connection
) -> None:
    """A report told its day in words and, below, the moment it was made available as a machine writes it."""
    keep(connection, a_result(3, issued="2026-03-11T00:00:00+00:00", performer=[{"display": "Lab One"}]))
    shown = alice_client.get(path_of(connection, "Observation/o3").replace("/care/", "/sync/records/"))
    told = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", shown.content.decode()))
    expected = {
        "State": "final",
        "Date": "March 10, 2026",
        "Made available on": "March 11, 2026",
        "By": "Lab One",
    }
    assert told.items() >= expected.items()


def test_a_record_says_its_answer_first_with_its_range_its_flag_and_its_line(
    alice_client: Client, connection: Connection
) -> None:
    keep(connection, *GIVEN)
    html = alice_client.get(path_of(connection, "Observation/o3")).content.decode()
    assert ">Result<" in html and ">Hemoglobin A1c<" in html
    assert '"answer">6.1 % · High, March 10, 2026.<' in html  # its title names it
    assert "4 to 5.6 %" in html
    assert html.count(MARK) == 3
    assert "care__band" in html
    assert html.count('<th scope="row">') == 3
    assert "Check-up" in alice_client.get(path_of(connection, "Observation/o5")).content.decode()
    assert "Hemoglobin" in alice_client.get(path_of(connection, "Encounter/e1")).content.decode()


def test_units_that_cannot_be_compared_share_no_line(alice_client: Client, connection: Connection) -> None:
    other = a_result(2, id="mmol", valueQuantity={"value": 38.25, "unit": "mmol/mol"})
    keep(
        connection,
        a_result(1),
        a_result(3, valueQuantity={"value": 6, "unit": "%", "comparator": "<"}),
        other,
    )
    html = alice_client.get(path_of(connection, "Observation/o1")).content.decode()
    assert "These results came in different units, which are not put on one line: % and mmol/mol." in html
    assert html.count(MARK) == 2
    assert html.count("care__mark--open") == 1
    assert "care__line" not in html
    assert "38.25" not in html


@pytest.mark.parametrize(("reference", "status"), [("Observation/o6", 200), ("Observation/o8", 404)])
def test_a_mistake_tells_that_it_is_one_and_somebody_elses_has_no_page(
    alice_client: Client, bob_client: Client, connection: Connection, reference: str, status: int
) -> None:
    keep(connection, *GIVEN)
    path = path_of(connection, reference)
    answer = alice_client.get(path)
    assert answer.status_code == status
    assert CANARY not in answer.content.decode()
    assert alice_client.get(path.replace("/care/", "/sync/records/")).status_code == status
    assert alice_client.post(f"{path}show/").status_code == {200: 303}.get(status, status)
    assert bob_client.get(path).status_code == 404


def test_a_paper_is_handed_over_as_sent(alice: Member, alice_client: Client, connection: Connection) -> None:
    keep(connection, *GIVEN)
    path = path_of(connection, "DocumentReference/d1")
    assert f'href="{path}paper/0/"' in alice_client.get(path).content.decode()
    answer = alice_client.get(f"{path}form/0/")
    assert answer.content == b"<script>"
    assert answer["Content-Disposition"] == 'attachment; filename="paper-1.html"'
    assert answer["Content-Type"] == "application/octet-stream"
    assert alice_client.get(f"{path}form/1/").status_code == 404
    assert files_noted(alice) == 1, "S-06: it is a file of hers"


def test_a_member_without_clinical_records_is_told_what_their_plans_share(
    alice_client: Client, connection: Connection
) -> None:
    html = alice_client.get("/care/").content.decode()
    assert "They have shared no clinical records" in html


def test_nothing_clinical_is_kept_under_a_consent_to_claims(connection: Connection) -> None:
    save(connection, *GIVEN)
    assert not connection.records.exists()


def test_kinds_that_share_types_lose_nothing_when_both_come_at_once(connection: Connection) -> None:
    """Books of one kind are written by several types in one go, and again by what comes later."""
    names = ("MedicationRequest", "MedicationDispense", "MedicationStatement", "Condition", "Procedure")
    for turn in (1, 2):
        made = [
            {"resourceType": name, "id": f"{name}{turn}{status}", "subject": PATIENT, "status": status}
            for name in names
            for status in ("active", "entered-in-error")
        ]
        keep(connection, *made)
        library = Library(connection.member, box_for(connection.member))
        assert library.counts(MEDICINE)[connection.pk].current == 3 * turn
        assert library.counts(MISTAKE)[connection.pk].current == 5 * turn


def test_other_rooms_follow_from_the_kinds(
    alice: Member, alice_client: Client, connection: Connection
) -> None:
    keep(connection, *GIVEN)
    found = alice_client.post("/search/", {"text": "hemoglobin"}, follow=True).content.decode()
    assert found.count('data-testid="care-row"') == 3
    missed = alice_client.post("/search/", {"text": CANARY}, follow=True).content.decode()
    assert "care-row" not in missed
    assert "/care/" in alice_client.get("/claims/").content.decode()
    library = Library(alice, box_for(alice))
    files = {
        key: b"".join(text(ALL[key], part) for part in parts(ALL[key], Scope(), library))
        for key in ("care", "reading")
    }
    assert b"Hemoglobin A1c" in files["care"]
    assert files["care"].count(b"\n") == 7
    assert b'"type":"Observation"' in files["reading"]
    assert CANARY.encode() not in files["care"] + files["reading"]


def test_of_a_child_of_fourteen_sensitive_care_is_folded_and_of_a_husband_not_asked_nothing_shows(
    alice: Member, alice_client: Client
) -> None:
    """Hidden in lists, search, lines and what stands beside; a record that says it in free text is too."""
    depressed = {
        "resourceType": "Condition",
        "id": "c9",
        "subject": PATIENT,
        "encounter": {"reference": "Encounter/e1"},
        "category": [{"coding": [{"code": "encounter-diagnosis"}]}],
        "code": {
            "text": CANARY,
            "coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "F32.9"}],
        },
    }
    survey = a_result(9, id="s1", category=[{"coding": [{"code": "survey"}]}], code={"text": CANARY})
    holder = about(alice, "Her Plan", "p0", "Ana Lopez", "1980-02-03")
    Connection.objects.filter(pk=holder.pk).update(connected_at=NOW - timedelta(days=1))
    keep(holder, a_result(2, 4.9, id="hers"))
    child = about(alice, "One Plan", "p1", "Leo Lopez", "2012-02-03")
    keep(child, *GIVEN, depressed, survey)
    husband = about(alice, "Other Plan", "p2", "Max Lopez", "1979-02-03")
    keep(husband, a_result(4, 77.7, id="his"), depressed)
    pages = [
        alice_client.get("/care/").content.decode(),
        alice_client.get(path_of(child, "Encounter/e1")).content.decode(),
        alice_client.post("/search/", {"text": "hemoglobin"}, follow=True).content.decode(),
    ]
    # The letter is free text; with what was found at a visit go the visit, and what else came of it.
    assert pages[0].count("Folded record") == 5
    assert "Folded recordDiagnosis of a visit" in re.sub(r"<[^>]*>", "", pages[0]), "as its kind is counted"
    assert "Some records are hidden" in pages[0]
    assert "February 10, 2026 · Ana Lopez" in re.sub(r"<[^>]*>", "", pages[0])
    for html in pages:
        assert (CANARY in html, "77.7" in html) == (False, False)
    his = path_of(husband, "Observation/his")
    for path in (his, f"{his}form/0/", his.replace("/care/", "/sync/records/")):
        assert alice_client.get(path).status_code == 404
    paths = [path_of(connection, "Condition/c9") for connection in (child, husband)]
    assert CANARY in alice_client.get(paths[0]).content.decode()
    assert sure(alice_client, alice).post("/hiding/", {"screen-mental": "out"}).status_code == 303
    answers = [alice_client.get(path) for path in paths]
    assert [answer.status_code for answer in answers] == [200, 404], "his is not said to be left out"
    assert b"You left this out" in answers[0].content


def test_what_came_anew_is_told_by_kind_and_leads_there(
    alice: Member, alice_client: Client, connection: Connection
) -> None:
    keep(connection, *GIVEN)
    for row in connection.records.filter(fhir_type__in=("Observation", "Encounter")):
        SyncChange.objects.create(
            member=alice, connection=connection, record=row, what=SyncChange.What.NEW, at=timezone.now()
        )
    html = alice_client.get("/home/").content.decode()
    assert "New or changed in your care: 1 visit and 3 test results." in html
    assert 'href="/care/"' in html


@pytest.mark.parametrize(("days", "is_told"), [(60, False), (61, True)])
def test_no_end_is_missed_of_a_stay_that_may_go_on(
    alice_client: Client, connection: Connection, days: int, is_told: bool
) -> None:
    start = (timezone.localdate() - timedelta(days=days)).isoformat()
    stay = {"resourceType": "Encounter", "id": "e9", "subject": PATIENT, "status": "in-progress"}
    keep(connection, stay | {"period": {"start": start}})
    html = alice_client.get(path_of(connection, "Encounter/e9")).content.decode()
    assert ("never recorded the end" in html) is is_told


def test_a_page_says_whose_it_is_on_paper_always_and_on_screen_where_there_are_several(
    alice: Member, alice_client: Client
) -> None:
    """Its title is of a day and of no care: a browser's history outlives the session."""
    hers = about(alice, "One Plan", "1", "Ana Lopez", "1980-02-03")
    keep(hers, a_result(1))
    path = path_of(hers, "Observation/o1")
    html = alice_client.get(path).content.decode()
    assert "<title>Care, January 10, 2026 · Plainclaim</title>" in html
    assert html.index("Patient: Ana Lopez.") < html.index("<h1>"), "on the first sheet"
    assert 'data-testid="person"' not in html
    child = about(alice, "Two Plan", "2", "Leo Lopez", "2020-02-03")
    keep(child, a_result(2, subject={"reference": "Patient/2"}))
    for whose, name in ((path, "Ana Lopez"), (path_of(child, "Observation/o2"), "Leo Lopez")):
        assert f'data-testid="person">{name}<' in alice_client.get(whose).content.decode()


def test_what_is_counted_by_the_piece_is_called_in_the_readers_language(
    alice_client: Client, connection: Connection
) -> None:
    """ "30 tablet" is how a list of units says 30 tablets."""
    keep(
        connection,
        {
            "resourceType": "MedicationDispense",
            "id": "m1",
            "subject": PATIENT,
            "status": "completed",
            "medicationCodeableConcept": {"text": "Lisinopril"},
            "quantity": {"value": 30, "unit": "tablet"},
            "whenHandedOver": "2026-02-03",
        },
    )
    fill = path_of(connection, "MedicationDispense/m1")
    assert "30 tablets, February 3, 2026." in alice_client.get(fill).content.decode()
    alice_client.cookies["django_language"] = "es"
    assert "30 tabletas" in alice_client.get(fill).content.decode()


def test_the_search_names_care_and_shows_its_rows_as_the_timeline_does(
    alice_client: Client, connection: Connection
) -> None:
    assert "Claims, care, providers" not in alice_client.get("/search/").content.decode()
    keep(connection, *GIVEN)
    address = alice_client.post("/search/", {"text": "hemoglobin"}).headers["Location"]
    html = alice_client.get(address).content.decode()
    assert "Claims, care, providers" in html
    assert "care.css" in html, "values stand beside names, as in the timeline"
    assert 'data-testid="found-care"' in html and "6.1 %" in html
    assert CANARY not in html


def test_that_it_is_not_the_whole_chart_stands_below_the_list(
    alice_client: Client, connection: Connection
) -> None:
    keep(connection, *GIVEN)
    html = alice_client.get("/care/").content.decode()
    assert html.rindex('data-testid="care-row"') < html.index('data-testid="not-your-chart"')
