"""Whose records a permission is about."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections import people
from apps.connections.models import Connection
from apps.connections.people import person_of
from apps.plans.models import Plan
from apps.vault.boxes import box_for
from tests.connections.conftest import come_back, connect, leave
from tests.connections.stub_plan import Reply, StubPlan, as_json
from tests.connections.test_access import known_after
from tests.quirks import set_quirks


def test_without_a_patient_in_the_token_the_plan_is_asked(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """1upHealth documents no `patient` (facts: payers.md 1.4)."""
    stub.answer = {"patient": None}
    made = connect(alice_client, plan, stub)
    assert person_of(made, box_for(alice)).id == "p-1"
    assert stub.requests_to("/fhir/Patient")


def test_the_proof_of_identity_may_name_the_patient(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """A payer's API says so: "Patient id in JWT id token" (developer.arkbluecross.com/api/fhir-eob)."""
    stub.patients["p-2"] = "Ivo Quill"
    stub.answer, stub.claims = {"patient": None}, {"patient": "p-2"}
    assert person_of(connect(alice_client, plan, stub), box_for(alice)).name == "Ivo Quill"


@pytest.mark.parametrize(
    ("answer", "path"), [({}, "/fhir/Patient/p-1"), ({"patient": None}, "/fhir/Patient")]
)
def test_a_token_that_is_not_known_everywhere_yet_finds_the_person_all_the_same(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan, answer: dict[str, object], path: str
) -> None:
    """Nobody was found, or a connection had no name, because the 401 came a moment too soon."""
    known_after(stub, len(people.FRESH_PAUSES), path)
    stub.answer = answer
    assert person_of(connect(alice_client, plan, stub), box_for(alice)).name == "Rosa Quill"


def test_the_token_does_not_live_longer_because_the_member_took_time_to_choose(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """Its end was counted from the choice: beyond it, the plan's 401 read as if somebody had ended it."""
    stub.answer = {"patient": None, "expires_in": 600}
    stub.patients["p-2"] = "Ivo Quill"
    page = come_back(alice_client, stub.sign_in(leave(alice_client, plan)))
    came_at = timezone.now() - timedelta(minutes=5)
    alice.handshakes.update(used_at=came_at)
    assert alice_client.post(page["Location"], {"person": "p-2"}).status_code == 303
    assert alice.connections.get().access_expires_at == came_at + timedelta(minutes=10)


def test_a_plan_set_to_search_is_asked_whatever_the_token_says(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """`patient_lookup: search`."""
    set_quirks(plan, patient_lookup="search")
    stub.answer = {"patient": "wrong"}
    assert person_of(connect(alice_client, plan, stub), box_for(alice)).id == "p-1"


def test_several_people_are_a_question_to_the_member(
    alice_client: Client, alice: Member, bob_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """Never silently the first (facts: payers.md 7, 9)."""
    stub.answer = {"patient": None}
    stub.patients["p-2"] = "Ivo Quill"
    page = come_back(alice_client, stub.sign_in(leave(alice_client, plan)))
    assert page.status_code == 303
    question = alice_client.get(page["Location"])
    assert b"Rosa Quill" in question.content
    assert b"Ivo Quill" in question.content
    assert bob_client.get(page["Location"]).status_code == 404
    assert bob_client.post(page["Location"], {"person": "p-2"}).status_code == 404
    assert alice_client.post(page["Location"], {"person": "p-3"}).status_code == 400
    assert not Connection.objects.exists()
    assert alice_client.post(page["Location"], {"person": "p-2"}).status_code == 303
    made = alice.connections.get()
    assert person_of(made, box_for(alice)).name == "Ivo Quill"
    assert alice_client.post(page["Location"], {"person": "p-1"}).status_code == 400
    assert alice.connections.count() == 1
    assert not any(bytes(row.sealed_answer) for row in alice.handshakes.all())


NOBODY: list[tuple[Reply, int]] = [
    (as_json({"resourceType": "Bundle", "entry": []}), 502),
    (as_json({"resourceType": "OperationOutcome"}, 403), 502),
    ((200, "text/html", b"<html>"), 502),
    ((503, "text/html", b"<html>"), 503),
]


def test_nobody_found_ends_the_new_permission_at_the_plan(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """Tokens nobody will use do not stay alive."""
    stub.answer = {"patient": None}
    for stub.override["/fhir/Patient"], status in NOBODY:
        assert come_back(alice_client, stub.sign_in(leave(alice_client, plan))).status_code == status
        assert not Connection.objects.exists()
        assert not stub.access_tokens | stub.refresh_tokens


def test_o_27_a_person_whose_id_is_known_is_not_asked_for_where_that_was_not_allowed(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """O-27, C-07: the connection then has no name; that is no reason to ask all the same."""
    stub.answer = {"scope": "openid patient/Coverage.read"}
    person = person_of(connect(alice_client, plan, stub), box_for(alice))
    assert (person.id, person.name) == ("p-1", "")
    assert not stub.people_asked_for()
