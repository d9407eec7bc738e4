"""An approval that was refused has the way on of a claim: before the care, so what is urgent is first."""

import json
import re
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader

from apps.accounts.models import Member
from apps.records.models import Remark
from tests.appeals.test_views import page, refused, tick, told
from tests.claims.given import a_connection, an_eob, approvals_of, files_noted, save
from tests.claims.made import concept
from tests.claims.test_reading_approvals import reviewed
from tests.coverage.test_pages import a_coverage
from tests.takeaway.given import sure

pytestmark = pytest.mark.usefixtures("november_2026")


def asked(code: str = "A3", *, on: str = "2026-11-03", **changes: Any) -> dict[str, Any]:
    """Return a request for knee surgery that the plan reviewed with this code on a day."""
    line = {"sequence": 1, "productOrService": {"text": "Knee surgery"}}
    review = json.loads(json.dumps(reviewed(code, number="AUTH77")).replace("2026-02-03", on))
    own = {"use": "preauthorization", "item": [line], "adjudication": [review]}
    return an_eob("a", on=None, share="900.00", created=on, **own) | changes


@pytest.fixture
def address(alice: Member) -> str:
    connection = a_connection(alice)
    save(connection, asked())
    return f"/claims/{approvals_of(connection)[0].id}/appeal/"


def test_paper_says_whose_refusal_it_is_and_of_which_plan(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    save(connection, asked(patient={"reference": "Patient/1", "display": "Alice Kay"}))
    own = f"/claims/approvals/{approvals_of(connection)[0].id}/"
    for address in (own, own.replace("approvals/", "") + "appeal/"):
        html = page(alice_client, address)
        printed = html[html.index("print-line") :].partition("</p>")[0]
        assert "Patient: Alice Kay." in printed and "Plan: Harborlight Health." in printed


def test_from_today_to_the_way_and_off_today_again(alice_client: Client, address: str) -> None:
    home = page(alice_client, "/home/")
    assert f'href="{address}"' in home and "Your plan did not approve this in advance." in home
    own = address.replace("/claims/", "/claims/approvals/").removesuffix("appeal/")
    shown = page(alice_client, own)
    assert f'href="{address}"' in shown and 'data-testid="who-helps"' in shown
    html = page(alice_client, address)
    assert f'href="{own}"' in html and "Knee surgery" in html and "Back to the request" in html
    assert "If this care is still to come and waiting could harm your health" in html
    assert "doctor&#x27;s help" in html
    tick("employer-appeal")
    alice_client.post(f"{address}letter/", {"letter_on": "2026-11-04", "kind": "employer"})
    html = page(alice_client, address)
    assert "arrives by May 3, 2027; the date in your letter counts" in told(html, "until")
    headings = re.findall(r"<h3>([^<]*)</h3>\s*<ul data-testid=\"rules\">", html)
    assert headings[0] == "If it is urgent, or about care still to come"
    assert "159 days are left." in page(alice_client, "/home/")
    alice_client.post(f"{address}progress/", {"is_dropped": "on"})
    assert address not in page(alice_client, "/home/")
    [moment] = re.findall(
        r'name="topic" value="appeal"><input[^>]*name="said_at" value="([^"]*)"', page(alice_client, address)
    )
    alice_client.post(f"{address}undo/", {"topic": "appeal", "said_at": moment})
    assert address in page(alice_client, "/home/")
    alice_client.post(f"{address}progress/", {"answered_on": "2026-11-20", "outcome": "paid"})
    assert "It is approved: the approval should come from your plan." in page(alice_client, address)


def test_its_page_tells_what_was_noted_of_the_appeal_and_leads_on(alice_client: Client, address: str) -> None:
    own = address.replace("/claims/", "/claims/approvals/").removesuffix("appeal/")
    assert 'data-testid="appeal-noted"' not in page(alice_client, own)
    alice_client.post(f"{address}progress/", {"sent_on": "2026-11-10"})
    shown = page(alice_client, own)
    assert "You noted that you sent your appeal on November 10, 2026." in shown
    assert "Go on with your appeal" in shown and "How to go on: dates, letter, papers" not in shown


def test_its_letter_and_packet_speak_of_a_request_and_of_no_bill(alice_client: Client, address: str) -> None:
    html = page(alice_client, address)
    assert "decided on November 3, 2026" in html
    draft = re.findall(r"<textarea[^>]*>(.*?)</textarea>", html, re.DOTALL)[0]
    assert "I appeal your decision not to approve this care in advance." in draft
    assert "Number of the request: AUTH77" in draft and "It is about: Knee surgery." in draft
    assert "approve this care" in draft
    for word in ("claim", "Billed", "$", "Date of care"):
        assert word not in draft, word
    response = alice_client.post(f"{address}packet/", {"text": "My letter"})
    sheet = PdfReader(BytesIO(response.content)).pages[2].extract_text()
    assert "The request as the plan sent it" in sheet and "AUTH77" in sheet


def test_s_06_a_packet_is_a_file_that_the_member_reads_of(
    alice: Member, alice_client: Client, address: str
) -> None:
    for _press in range(2):
        alice_client.post(f"{address}packet/", {"text": "My letter"})
    assert files_noted(alice) == 1, "once a day and session"


def test_what_the_plan_wrote_of_a_request_is_read_and_quoted(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    request = asked(processNote=[{"text": "First try six weeks of physical therapy."}], created=None)
    del request["adjudication"][0]["extension"][1]  # when it was decided
    save(connection, request)
    [asked_for] = approvals_of(connection)
    paths = (f"/claims/approvals/{asked_for.id}/", f"/claims/{asked_for.id}/appeal/")
    own, html = (page(alice_client, path) for path in paths)
    assert "decided on" not in html, "no day is known"
    quoted = "<p>First try six weeks of physical therapy.</p>"
    assert (quoted in own, quoted in html) == (True, True)
    assert own.index(quoted) < own.index("About this decision"), "it stood last on the page"
    assert "No reason in the data but what your plan wrote" in html and "reason that we can read" not in html
    draft = re.findall(r"<textarea[^>]*>(.*?)</textarea>", html, re.DOTALL)[0]
    assert "You wrote:\n- “First try six weeks of physical therapy.”" in draft


@pytest.mark.parametrize("other", ["A1", "A4", ""])
def test_a_line_that_was_refused_has_its_way_on_and_its_letter_names_it_alone(
    other: str, alice: Member, alice_client: Client
) -> None:
    names = {"A3": "Knee surgery", other: "Crutches"}
    items = [
        {
            "sequence": place,
            "productOrService": {"text": name},
            "adjudication": asked(code)["adjudication"] * bool(code),
        }
        for place, (code, name) in enumerate(names.items(), 1)
    ]
    connection = a_connection(alice)
    save(connection, asked(adjudication=[], item=items))
    address = f"/claims/{approvals_of(connection)[0].id}/appeal/"
    home = page(alice_client, "/home/")
    assert f'href="{address}"' in home and "Your plan did not approve a part of this in advance." in home
    own = page(alice_client, address.replace("/claims/", "/claims/approvals/").removesuffix("appeal/"))
    assert own.count('<span class="meta">Not approved</span>') == 1
    draft = re.findall(r"<textarea[^>]*>(.*?)</textarea>", page(alice_client, address), re.DOTALL)[0]
    assert "I appeal your decision not to approve a part of this care in advance." in draft
    assert "It is about: Knee surgery." in draft and "Crutches" not in draft


def test_what_was_not_refused_or_does_not_hold_leads_to_its_own_page(
    alice: Member, alice_client: Client
) -> None:
    connection = a_connection(alice)
    requests = (
        asked("A1", id="yes"),
        asked("A4", id="open"),
        asked(id="void", status="cancelled"),
        asked(id="estimate", use="predetermination"),
        asked(id="old", on="2026-01-03"),
    )
    save(connection, *(one | {"identifier": [{"value": one["id"]}]} for one in requests))
    home = page(alice_client, "/home/")
    old = next(one for one in approvals_of(connection) if one.entry.on.month == 1)
    for approval in approvals_of(connection):
        assert f"/claims/{approval.id}/appeal/" not in home
        response = alice_client.get(f"/claims/{approval.id}/appeal/")
        if approval.id == old.id:
            assert response.status_code == 200
        else:
            assert response.headers["Location"] == f"/claims/approvals/{approval.id}/"
    save(connection, a_coverage())
    card = alice.records.get(fhir_type="Coverage")
    assert alice_client.get(f"/claims/{card.pk}/appeal/").status_code == 404


def test_a_refusal_that_was_replaced_is_said_to_be_and_has_no_way_on(
    alice: Member, alice_client: Client
) -> None:
    connection = a_connection(alice)
    prior = {"reference": "ExplanationOfBenefit/eob-a"}
    related = [{"claim": prior, "relationship": {"coding": [{"code": "prior"}]}}]
    own = {"id": "eob-b", "identifier": [{"value": "CLM-b"}], "related": related}
    save(connection, asked(), asked("A1", on="2026-11-10") | own)
    [old] = [one for one in approvals_of(connection) if not one.entry.is_current]
    assert alice_client.get(f"/claims/{old.id}/appeal/").status_code == 302
    shown = page(alice_client, f"/claims/approvals/{old.id}/")
    assert (
        "A newer answer of your plan replaces this one, which no longer counts." in shown
        and 'data-testid="appeal"' not in shown
    )
    headings = re.findall(r"<h2>([^<]*)</h2>", page(alice_client, "/claims/approvals/"))
    assert headings == ["Approved", "Used up or over"]


@pytest.mark.parametrize(("choice", "is_shown"), [("fold", True), ("out", False)])
def test_of_hidden_care_only_what_is_folded_has_its_way_on(
    choice: str, *, is_shown: bool, alice: Member, alice_client: Client
) -> None:
    hiv = concept(("http://hl7.org/fhir/sid/icd-10-cm", "B20"))
    care = {"diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": hiv}]}
    save(a_connection(alice), asked(**care), refused(**care))
    assert sure(alice_client, alice).post("/hiding/", {"screen-hiv": choice}).status_code == 303
    ways = [alice_client.get(f"/claims/{row.pk}/appeal/") for row in alice.records.all()]
    assert ['data-testid="packet"' in way.content.decode() for way in ways] == [is_shown] * 2


def test_nobody_else_comes_near_it(bob_client: Client, address: str) -> None:
    for client, answer in ((bob_client, 404), (Client(), 302)):
        assert client.get(address).status_code == answer
        for action in ("letter", "text", "packet", "progress", "undo"):
            sent = {"text": "x", "letter_on": "2026-10-01", "kind": "employer", "topic": "letter"}
            assert client.post(f"{address}{action}/", sent).status_code == answer, action
    assert not Remark.objects.exists()
