"""The page of what was done says what it cost, and the page of the claim says what was done."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.claim.kind import CLAIM
from apps.kinds.joined import wording
from apps.records.shelf import Library
from apps.vault.boxes import box_for
from tests.care.test_pages import keep, path_of
from tests.claims.given import NOW, an_eob
from tests.claims.test_people import about
from tests.joined.made import (
    PATIENT,
    a_fill,
    a_line,
    a_pharmacy_claim,
    a_procedure,
    a_visit,
    claim_path,
    told,
)


def test_a_visit_says_what_its_claim_says_and_the_claim_what_was_done(
    alice_client: Client, connection: Connection
) -> None:
    keep(connection, an_eob(1), an_eob(2, on="2026-04-01"), a_visit(identifier=[{"value": "CLM-1"}]))
    (cost,) = told(alice_client, path_of(connection, "Encounter/e1"), "joined-claim")
    assert "Its claim says: billed $480.00 and your share $53.52." in cost
    assert "This record and this claim carry the same number." in cost
    (done,) = told(alice_client, claim_path(connection, 1), "joined-care")
    assert done.startswith("Check-up")
    assert told(alice_client, claim_path(connection, 2), "joined-care") == []


def test_after_a_perhaps_a_claim_of_that_day_says_and_the_member_takes_it_apart_and_back(
    alice_client: Client, bob_client: Client, connection: Connection
) -> None:
    keep(connection, an_eob(1), a_visit())
    path, claim = path_of(connection, "Encounter/e1"), claim_path(connection, 1)
    (cost,) = told(alice_client, path, "joined-claim")
    assert "A claim of that day says: billed $480.00 and your share $53.52." in cost
    assert "Perhaps: same day, same clinic or doctor." in cost
    apart = f"{path}claims/{claim.split('/')[2]}/"
    assert bob_client.post(apart, {"apart": "yes"}).status_code == 404
    assert alice_client.post(apart, {"apart": "maybe"}).status_code == 404
    assert alice_client.post(f"{path}claims/{uuid4()}/", {"apart": "yes"}).status_code == 404
    assert alice_client.get(apart).status_code == 405
    assert alice_client.post(apart, {"apart": "yes"})["Location"] == f"{path}#cost"
    for page, row in ((path, "joined-claim"), (claim, "joined-care")):
        (taken,) = told(alice_client, page, row)
        assert "You said that this claim is not for it." in taken
        assert "$" not in taken
    assert alice_client.post(apart, {"apart": "no", "back": "claim"})["Location"] == f"{claim}#done"
    assert "A claim of that day says" in told(alice_client, path, "joined-claim")[0]


def test_a_visit_that_another_years_claim_names_is_no_perhaps_of_a_claim_of_that_day(
    alice_client: Client, connection: Connection
) -> None:
    """Lines may bear other dates than the care: the page of the visit had one claim, that of the other said
    "perhaps"."""
    naming = {"item": [{"sequence": 1, "encounter": [{"reference": "Encounter/e1"}]}]}
    scan = a_procedure(encounter={"reference": "Encounter/e1"})
    keep(connection, an_eob(1), an_eob(2, on="2024-05-01", **naming), a_visit(), scan)
    (cost,) = told(alice_client, path_of(connection, "Encounter/e1"), "joined-claim")
    assert "Your plan's own records name them together." in cost.replace("&#x27;", "'")
    assert told(alice_client, claim_path(connection, 1), "joined-care") == []
    done = told(alice_client, claim_path(connection, 2), "joined-care")
    assert [words.split(" Visit")[0].split(" Procedure")[0] for words in done] == [
        "Check-up",
        "X-ray of the wrist",
    ]
    html = alice_client.get("/care/").content.decode()
    assert claim_path(connection, 1) in html and claim_path(connection, 2) not in html, "each event once"


def test_a_procedure_is_joined_with_its_line(alice_client: Client, connection: Connection) -> None:
    lines = [a_line("99213", "300.00", "40.00"), a_line("73110", "180.00", "13.52")]
    claim = an_eob(1, item=lines, procedure=[{"procedureReference": {"reference": "Procedure/p1"}}])
    keep(connection, claim, a_procedure())
    (cost,) = told(alice_client, path_of(connection, "Procedure/p1"), "joined-claim")
    assert "Its line of the claim says: billed $180.00 and your share $13.52." in cost
    assert "Your plan's own records name them together." in cost.replace("&#x27;", "'")


def test_a_health_problem_costs_nothing_of_itself(alice_client: Client, connection: Connection) -> None:
    """It read "What it cost: Its claim says", and on the page of that claim "What was done: Asthma"."""
    named = {"diagnosis": [{"sequence": 1, "diagnosisReference": {"reference": "Condition/c1"}}]}
    problem = {"resourceType": "Condition", "id": "c1", "subject": PATIENT, "code": {"text": "Asthma"}}
    keep(connection, an_eob(1, **named), problem)
    path = path_of(connection, "Condition/c1")
    (cost,) = told(alice_client, path, "joined-claim")
    assert "A claim that names it says, for everything on it: billed $480.00" in cost
    html = alice_client.get(path).content.decode()
    assert "Claims that name it" in html and "What it cost" not in html
    assert [
        words.split(" Health")[0] for words in told(alice_client, claim_path(connection, 1), "joined-care")
    ] == ["Asthma"]
    html = alice_client.get(claim_path(connection, 1)).content.decode()
    assert "Diagnoses in your records that it names" in html and "What was done" not in html


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"item": [{"sequence": 1, "encounter": [{"reference": "Encounter/e1"}]}]},
            "The claim of its visit says, for everything on it: billed $480.00",
        ),
        (
            {"item": [a_line("73110", "180.00", "13.52")], "provider": {"display": "X"}},
            "A line of a claim of that day says: billed $180.00",
        ),
        (
            {"item": [a_line("73110", "240.00", "26.76")] * 2, "provider": {"display": "X"}},
            "A claim of that day says: billed $480.00",
        ),
    ],
)
def test_what_a_claim_is_for_besides_is_no_cost_of_what_was_done(
    alice_client: Client, connection: Connection, changes: dict[str, Any], says: str
) -> None:
    keep(connection, an_eob(1, **changes), a_visit(), a_procedure(encounter={"reference": "Encounter/e1"}))
    (cost,) = told(alice_client, path_of(connection, "Procedure/p1"), "joined-claim")
    assert says in cost


def test_no_amount_is_said_where_the_claim_has_none_or_contradicts_itself(
    alice_client: Client, connection: Connection
) -> None:
    keep(connection, an_eob(1, share=None), a_visit(identifier=[{"value": "CLM-1"}]))
    (cost,) = told(alice_client, path_of(connection, "Encounter/e1"), "joined-claim")
    assert "Its claim says: your share not shared by your plan." in cost
    assert "$" not in cost


def test_money_is_the_same_with_and_without_joins(
    alice: Member, alice_client: Client, connection: Connection
) -> None:
    def sums() -> list[Any]:
        library = Library(alice, box_for(alice))
        return [volume.summary for volume in library.volumes(CLAIM)]

    keep(connection, an_eob(1), an_eob(2))
    before, claims = sums(), alice_client.get("/claims/").content.decode().count("$53.52")
    keep(connection, a_visit(identifier=[{"value": "CLM-1"}]), a_procedure())
    assert sums() == before
    assert alice_client.get("/claims/").content.decode().count("$53.52") == claims


def test_sensitive_care_that_is_folded_stands_on_no_page_of_what_it_is_joined_with(
    alice: Member, alice_client: Client
) -> None:
    """A canary: the visit is folded, and neither its claim nor the visit of its claim says its name."""
    child = about(alice, "One Plan", "p1", "Leo Lopez", "2012-02-03")
    Connection.objects.filter(pk=child.pk).update(connected_at=NOW - timedelta(days=1))
    number = {"identifier": [{"value": "CLM-1"}]}
    code = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "F32.9"}]}
    keep(child, an_eob(1), a_visit(type=[{"text": "Zebrafish"}], reasonCode=[code], **number))
    assert "Zebrafish" not in alice_client.get(claim_path(child, 1)).content.decode()
    sensitive = {"diagnosis": [{"diagnosisCodeableConcept": code}], "provider": {"display": "Okapi House"}}
    keep(child, an_eob(2, **sensitive), a_visit(2, serviceProvider={}, identifier=[{"value": "CLM-2"}]))
    html = alice_client.get(path_of(child, "Encounter/e2")).content.decode()
    assert "Okapi" not in html
    assert 'data-testid="cost"' not in html


def test_a_share_that_other_figures_contradict_is_not_said_to_be_missing() -> None:
    entry = ClaimEntry(your_share=Decimal(5), disagrees=True)
    assert wording.share(entry) == "figures that do not agree"


def test_the_timeline_has_each_event_once(alice_client: Client, connection: Connection) -> None:
    """A visit and its claim are one; a claim alone stands for itself; one that was cancelled does not."""
    visit, fill = a_visit(identifier=[{"value": "CLM-1"}]), a_fill(1, "2026-03-20")
    order = a_fill(9, "2026-03-01", resourceType="MedicationRequest", intent="order", whenHandedOver=None)
    eye = an_eob(4, on="2026-04-02", provider={"display": "Lakeside Optics"})
    void = an_eob(5, on="2026-04-03", status="cancelled", provider={"display": "Okapi House"})
    keep(connection, an_eob(1), a_pharmacy_claim(2, "2026-03-20"), eye, void, visit, fill, order)
    html = re.sub("</?bdi>", "", alice_client.get("/care/").content.decode())
    titles = [" ".join(title.split()) for title in re.findall(r'row__title">(.*?)</span>', html, re.S)]
    assert titles == ["Medical care at Lakeside Optics", "Metformin 500 mg", "Check-up", "Metformin 500 mg"]
    assert "Lakeside" not in alice_client.get("/care/?kind=visit").content.decode()
    apart = f"{path_of(connection, 'Encounter/e1')}claims/{claim_path(connection, 1).split('/')[2]}/"
    alice_client.post(apart, {"apart": "yes"})
    page = alice_client.get("/care/").content.decode()
    assert "Medical care <bdi>at <bdi>Riverside Clinic</bdi></bdi>" in page


@pytest.mark.parametrize(
    ("record", "stands", "is_told"),
    [("fill", "completed", True)]
    + [("fill", stands, False) for stands in ("preparation", "in-progress", "on-hold", "stopped", "declined")]
    + [("visit", "finished", True), ("visit", "in-progress", True), ("visit", "planned", False)]
    + [("procedure", "stopped", True), ("procedure", "on-hold", False), ("procedure", "preparation", False)],
)
def test_what_is_not_known_to_have_happened_hides_no_claim_in_the_timeline(
    alice_client: Client, connection: Connection, record: str, stands: str, is_told: bool
) -> None:
    """Its claim is then the only word that it did; one that began is the event, whatever came of it."""
    number = {"identifier": [{"value": "CLM-1"}], "status": stands}
    made = {
        "fill": lambda: (a_fill(1, "2026-03-09", **number), a_pharmacy_claim(1, "2026-03-09")),
        "visit": lambda: (a_visit(**number), an_eob(1)),
        "procedure": lambda: (a_procedure(**number), an_eob(1)),
    }
    keep(connection, *made[record]())
    html = alice_client.get("/care/").content.decode()
    assert (f'href="{claim_path(connection, 1)}"' not in html) == is_told
