"""What a record only names: told by its name where no plan sent it, and by nothing else."""

import json

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.kinds.care.entry import entry_of
from apps.vault.boxes import box_for
from tests.care.given import concept, lab, read, sent
from tests.care.test_pages import keep, path_of
from tests.claims.given import a_connection


def test_no_heading_stands_over_nothing(alice: Member, alice_client: Client) -> None:
    """A fill under way and its prescription: all of the medicine is named as the prescription."""
    connection = a_connection(alice)
    drug = {"medicationCodeableConcept": concept("Percocet")}
    order = sent("MedicationRequest", id="m1", status="completed", intent="order", **drug)
    named = [{"reference": "MedicationRequest/m1"}]
    fill = sent("MedicationDispense", id="d1", status="preparation", authorizingPrescription=named, **drug)
    keep(connection, order, fill)
    html = alice_client.get(path_of(connection, "MedicationDispense/d1")).content.decode()
    assert path_of(connection, "MedicationRequest/m1") in html and "This medicine" not in html


def test_what_a_report_names_and_no_plan_sent_is_told_by_its_name(
    alice: Member, alice_client: Client
) -> None:
    """Of what was sent nothing more is told than its own record tells: it may be hidden, or a mistake."""
    connection = a_connection(alice)
    names = {"none": "Chemistry Panel", "mistake": "Zebrafish count", "here": "Sodium by the report"}
    links = [{"reference": f"Observation/{own}", "display": name} for own, name in names.items()]
    keep(
        connection,
        sent("DiagnosticReport", id="r1", code=concept("Profile"), result=links),
        lab(id="mistake", status="entered-in-error", valueString="1"),
        lab(id="here", code=concept("Sodium"), valueString="140"),
    )
    html = alice_client.get(path_of(connection, "DiagnosticReport/r1")).content.decode()
    assert "Chemistry Panel: not among your records here" in html
    assert path_of(connection, "Observation/here") in html
    assert "Zebrafish" not in html and "by the report" not in html
    assert html.count("not among your records here") == 1
    assert "not shared by your plan" not in html, "it may not have been asked for, or is still to come"


def test_a_fact_of_the_same_label_hides_nothing_that_is_not_here(alice: Member, alice_client: Client) -> None:
    """A diagnosis told by its name alone swallowed the one beside it, which no plan sent."""
    connection = a_connection(alice)
    away = {"reference": "Condition/9", "display": "Asthma"}
    maker = {"reference": "Observation/9", "display": "HEART RATE"}
    keep(
        connection,
        sent("Encounter", id="e1", diagnosis=[{"condition": {"display": "Flu"}}, {"condition": away}]),
        lab(id="o1", derivedFrom=[maker]),
    )
    html = alice_client.get(path_of(connection, "Encounter/e1")).content.decode()
    assert "Flu" in html and "Asthma: not among your records here" in html
    html = alice_client.get(path_of(connection, "Observation/o1")).content.decode()
    assert "Heart Rate" in html and "not among your records here" not in html, "it is told already"


def test_what_is_only_named_tells_of_which_care_it_is() -> None:
    tree = sent("DiagnosticReport", code=concept("Profile"))
    named = tree | {"result": [{"reference": "Observation/none", "display": "HIV test"}]}
    assert not entry_of(read(tree)[1]).categories and entry_of(read(named)[1]).categories


@pytest.mark.parametrize(
    ("display", "is_hers"),
    [
        *(("Amy V. Shaw", True), ("SHAW, AMY", True), ("Patient", True), ("self", True), ("Member", True)),
        *(("Bob Shaw", False), ("A. Shaw", False), ("Subscriber", False)),
    ],
)
def test_a_subject_that_is_told_by_its_name_alone_is_hers_where_it_names_her_or_nobody(
    alice: Member, alice_client: Client, display: str, is_hers: bool
) -> None:
    """The plan was asked for hers alone. An initial may be a relative's; a subscriber may be one."""
    connection = a_connection(alice)
    person = json.dumps({"id": "1", "name": "Amy Shaw", "born": "1980-01-02"}).encode()
    connection.sealed_patient = box_for(alice).seal(connection, "sealed_patient", person)
    connection.save()
    keep(connection, lab(subject={"display": display}, code=concept("Zebrafish count"), valueString="1"))
    path = path_of(connection, "Observation/x1")
    assert (alice_client.get(path).status_code == 200) is is_hers
    found = alice_client.post("/search/", {"text": "zebrafish"}, follow=True)
    for page in (alice_client.get("/care/"), found):
        assert ("Zebrafish count" in page.content.decode()) is is_hers
