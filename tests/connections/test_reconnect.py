"""Renewing a connection in place: the same person goes on, another person is never mixed in."""

import re
import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connections as databases
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections import access, held_answers, member_trip, trips
from apps.connections.access import Access
from apps.connections.models import Connection, Handshake
from apps.connections.people import person_of
from apps.connections.tokens import open_tokens
from apps.plans.models import Plan
from apps.records.models import Record
from apps.sync.models import SyncRun
from apps.vault.boxes import box_for
from tests.conftest import signed_in
from tests.connections.conftest import again, come_back, later, leave
from tests.connections.conftest import renew as renewal
from tests.connections.leaving import text
from tests.connections.stub_plan import StubPlan, as_json
from tests.quirks import set_quirks


def renew(client: Client, connection: Connection, stub: StubPlan) -> HttpResponse:
    """Make the trip that renews a connection."""
    return come_back(client, stub.sign_in(renewal(client, connection)))


def somebody_else(stub: StubPlan) -> None:
    """From now on the plan answers for Ivo, p-2."""
    stub.patients["p-2"] = "Ivo Quill"
    stub.answer = {"patient": "p-2"}


def everybody(member: Member) -> dict[str, str]:
    """Return the state of each person's connection."""
    box = box_for(member)
    return {person_of(row, box).id: row.status for row in member.connections.all()}


@pytest.mark.parametrize("status", ["active", "needs_sign_in", "kept"])
def test_the_same_person_goes_on_in_the_same_row(
    alice_client: Client, alice: Member, made: Connection, stub: StubPlan, status: str
) -> None:
    """History kept, fresh tokens; also after a disconnect that kept the records."""
    now = timezone.now()
    SyncRun.objects.create(member=alice, connection=made, created_at=now, next_try_at=now, queued_at=now)
    sealed = b"" if status == "kept" else bytes(made.sealed_tokens)
    Connection.objects.update(
        status=status, sealed_tokens=sealed, ended_because="refused", ended_at=now, permission_ends_at=now
    )
    page = renew(alice_client, made, stub)
    assert page.status_code == 303
    row = alice.connections.get()
    assert page["Location"].startswith(f"/connections/{row.pk}/")
    assert row.pk == made.pk
    assert row.is_active
    assert (row.ended_because, row.ended_at, row.permission_ends_at) == ("", None, None)
    assert row.tokens_version == made.tokens_version + 1
    assert open_tokens(row, box_for(alice)).access_token in stub.access_tokens
    assert row.runs.count() == 1
    assert row.scopes_asked == "openid fhirUser launch/patient patient/*.read offline_access"


def test_s_06_a_member_reads_that_a_plan_was_connected(alice: Member, made: Connection) -> None:
    assert alice.security_events.filter(kind="connected").count() == 1


def test_r_01_a_fresh_permission_waits_for_no_worker_that_refreshed_the_old_one(
    alice_client: Client, made: Connection, stub: StubPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have died at it; what it would bring is of the permission before."""
    Connection.objects.update(refresh_lease=uuid.uuid4(), refresh_lease_until=later(7200)())
    renew(alice_client, made, stub)
    monkeypatch.setattr(access, "PATIENCE_SECONDS", 0.0)
    assert Access(again(made), clock=later(3600)).ask("Patient/p-1").status == 200


def test_o_29_another_persons_answer_waits_for_the_members_choice(
    alice_client: Client, alice: Member, made: Connection, stub: StubPlan
) -> None:
    """O-29: nothing is mixed, nothing of the other person is stored in clear, the page says whose it is.

    They can be connected separately: a row of their own; the first one is as it was.
    """
    before = bytes(made.sealed_tokens)
    somebody_else(stub)
    page = renew(alice_client, made, stub)
    assert page.status_code == 303
    assert page["Location"].startswith("/connections/choose/")
    assert everybody(alice) == {"p-1": "active"}
    made.refresh_from_db()
    assert bytes(made.sealed_tokens) == before
    question = alice_client.get(page["Location"])
    assert "These are the records of Ivo Quill" in text(question)
    assert "You wanted to renew the connection for Rosa Quill" in text(question)
    assert b'data-testid="connect-separately"' in question.content
    assert b'data-testid="refuse"' in question.content
    waiting = alice.handshakes.exclude(sealed_answer=b"").get()
    assert b"Ivo" not in bytes(waiting.sealed_answer)
    for person in ("p-1", "", "p-3"):  # the choice cannot put the answer on the first person's row
        assert alice_client.post(page["Location"], {"person": person}).status_code == 400
    assert everybody(alice) == {"p-1": "active"}
    chosen = alice_client.post(page["Location"], {"person": "p-2"})
    assert chosen.status_code == 303
    assert str(made.pk) not in chosen["Location"]
    assert everybody(alice) == {"p-1": "active", "p-2": "active"}
    made.refresh_from_db()
    assert made.tokens_version == 1


@pytest.mark.parametrize("confirms", [True, False])
def test_o_29_the_other_persons_permission_can_be_thrown_away(
    alice_client: Client, alice: Member, made: Connection, stub: StubPlan, confirms: bool
) -> None:
    """O-29: ended at the plan; what was there stays."""
    kept = set(stub.access_tokens)
    somebody_else(stub)
    path = renew(alice_client, made, stub)["Location"]
    if not confirms:
        stub.override["/revoke"] = as_json({}, 503)
    page = alice_client.post(path, {"person": "p-2", "refuse": "1"}, follow=True)
    assert page.redirect_chain == [(f"/connections/{made.pk}/", 303)]
    words = "confirmed that this permission is over" if confirms else "has not confirmed the end yet"
    assert words in text(page)
    assert everybody(alice) == {"p-1": "active"}
    assert not alice.handshakes.exclude(sealed_answer=b"").exists()
    if confirms:
        assert stub.access_tokens == kept


def test_of_several_people_the_known_one_is_taken(
    alice_client: Client, alice: Member, made: Connection, stub: StubPlan
) -> None:
    """Nobody is asked what the connection already says."""
    stub.patients = {"p-0": "Ada Quill", "p-1": "Rosa Quill", "p-2": "Ivo Quill"}
    set_quirks(patient_lookup="search")
    made.plan.refresh_from_db()
    page = renew(alice_client, made, stub)
    assert page["Location"].startswith(f"/connections/{made.pk}/")
    assert everybody(alice) == {"p-1": "active"}


def test_o_29_of_several_others_one_is_chosen_or_none(
    alice_client: Client, alice: Member, made: Connection, stub: StubPlan
) -> None:
    """O-29: the known one is not among them, so nobody is taken."""
    stub.patients = {"p-2": "Ivo Quill", "p-3": "Ada Quill"}
    set_quirks(patient_lookup="search")
    made.plan.refresh_from_db()
    path = renew(alice_client, made, stub)["Location"]
    question = alice_client.get(path)
    assert "2 other people" in text(question)
    assert question.content.count(b'type="radio"') == 2
    alice_client.post(path, {"person": "p-3"})
    assert everybody(alice) == {"p-1": "active", "p-3": "active"}


def test_o_29_the_same_records_through_another_account_are_asked_about(
    alice_client: Client, alice: Member, made: Connection, stub: StubPlan
) -> None:
    """O-29: same patient, other (issuer, subject). Going on with it renews the row, so nothing is doubled."""
    stub.claims = {"sub": "member-2"}
    path = renew(alice_client, made, stub)["Location"]
    assert path.startswith("/connections/choose/")
    question = text(alice_client.get(path))
    assert "You signed in differently this time" in question
    assert "another account than last time" in question
    alice_client.post(path, {"person": "p-1"})
    row = alice.connections.get()
    assert row.pk == made.pk
    assert open_tokens(row, box_for(alice)).subject == "member-2"


def test_the_same_person_at_a_new_issuer_goes_on(
    alice_client: Client, alice: Member, made: Connection, stub: StubPlan
) -> None:
    """Subjects of two issuers cannot be compared; the patient can."""
    row = alice.connections.get()
    box = box_for(alice)
    tokens = open_tokens(row, box)
    row.sealed_tokens = box.seal(
        row,
        "sealed_tokens",
        tokens.to_bytes().replace(str(tokens.issuer).encode(), b"https://old.example.com"),
    )
    row.save()
    stub.claims = {"sub": "other name, other house"}
    assert renew(alice_client, made, stub)["Location"].startswith(f"/connections/{made.pk}/")


@pytest.mark.parametrize("button", ["person", "refuse"])
def test_a_double_click_on_a_choice_is_told_that_it_worked(
    alice_client: Client, alice: Member, made: Connection, stub: StubPlan, button: str
) -> None:
    """The second click finds nothing left to do, and does nothing."""
    somebody_else(stub)
    path = renew(alice_client, made, stub)["Location"]
    first = alice_client.post(path, {button: "p-2"})
    revoked = len(stub.requests_to("/revoke"))
    people = everybody(alice)
    for second in (alice_client.post(path, {button: "p-2"}), alice_client.get(path)):
        assert second.status_code == 400
        assert "used already" in text(second)
    assert first.status_code == 303
    assert everybody(alice) == people
    assert len(stub.requests_to("/revoke")) == revoked


def test_a_choice_that_waits_too_long_is_thrown_away(
    alice_client: Client, alice: Member, made: Connection, stub: StubPlan
) -> None:
    """Ten minutes; then the page says so, and the sweep ends the permission at the plan."""
    kept = set(stub.access_tokens)
    somebody_else(stub)
    path = renew(alice_client, made, stub)["Location"]
    with time_machine.travel(timezone.now() + timedelta(minutes=10, seconds=1)):
        for page in (alice_client.get(path), alice_client.post(path, {"person": "p-2"})):
            assert "That took too long" in text(page)
        trips.forget_abandoned(now=timezone.now())
    assert stub.access_tokens == kept
    assert everybody(alice) == {"p-1": "active"}


def test_a_choice_belongs_to_the_member_and_session_that_made_the_trip(
    alice_client: Client, bob_client: Client, alice: Member, made: Connection, stub: StubPlan
) -> None:
    """O-02, O-40: another member finds nothing, another browser of the same member is turned away."""
    somebody_else(stub)
    path = renew(alice_client, made, stub)["Location"]
    elsewhere = signed_in(alice)
    for send in ({"person": "p-2"}, {"refuse": "1"}):
        assert bob_client.post(path, send).status_code == 404
        assert Client().post(path, send).status_code == 302
        foreign = elsewhere.post(path, send)
        assert foreign.status_code == 403
        assert "Ivo" not in text(foreign)
    assert elsewhere.get(path).status_code == 403
    assert everybody(alice) == {"p-1": "active"}
    assert alice.handshakes.exclude(sealed_answer=b"").exists()
    assert alice_client.get(path).status_code == 200


def test_the_button_leads_to_the_page_before_leaving_with_the_connection(
    alice_client: Client, made: Connection
) -> None:
    """A GET form: nothing starts by looking."""
    Connection.objects.update(status="needs_sign_in")
    for path in ("/connections/", f"/connections/{made.pk}/"):
        page = alice_client.get(path).content.decode()
        form = re.search(
            r'<form method="get" action="/connections/begin/harborlight/">(.*?)</form>', page, re.S
        )
        assert form
        assert f'name="connection" value="{made.pk}"' in form[1]
        assert 'data-testid="reconnect"' in form[1]


def test_none_of_several_people_can_be_meant(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """A first connect: the whole answer is thrown away and ended at the plan."""
    stub.patients = {"p-1": "Rosa Quill", "p-2": "Ivo Quill"}
    stub.answer = {"patient": None}
    page = come_back(alice_client, stub.sign_in(leave(alice_client, plan)))
    done = alice_client.post(page["Location"], {"refuse": "1"})
    assert done["Location"] == "/connections/"
    assert everybody(alice) == {}
    assert not stub.access_tokens


@pytest.mark.skipif(databases["default"].vendor != "postgresql", reason="SQLite has one writer")
@pytest.mark.django_db(transaction=True)
def test_who_renews_while_a_worker_stores_a_page_waits_for_it(
    made: Connection, stub: StubPlan, alice_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker holds the connection, and its new rows point to the member: nobody waits in a ring."""
    answer = stub.sign_in(renewal(alice_client, made))
    is_held, is_saving = threading.Event(), threading.Event()
    errors = list[BaseException]()

    def store() -> None:
        try:
            with transaction.atomic():
                Connection.objects.select_for_update().get(pk=made.pk)
                is_held.set()
                assert is_saving.wait(10)
                now = timezone.now()
                Record.objects.create(
                    member=made.member,
                    connection=made,
                    fhir_type="Patient",
                    first_stored_at=now,
                    stored_at=now,
                )
        except Exception as error:  # noqa: BLE001 - a thread's own would be lost
            errors.append(error)
        finally:
            databases.close_all()

    def locked(handshake: Handshake) -> None:
        let_go(handshake)
        is_saving.set()  # not before: who comes first to the member's row waits for nobody

    let_go = held_answers.let_go
    monkeypatch.setattr(held_answers, "let_go", locked)
    worker = threading.Thread(target=store)
    worker.start()
    assert is_held.wait(10)
    page = come_back(alice_client, answer)
    worker.join(30)
    assert errors == []
    assert page.status_code == 303
    assert Record.objects.count() == 1
    assert Connection.objects.get().tokens_version == made.tokens_version + 1


@pytest.mark.skipif(databases["default"].vendor != "postgresql", reason="SQLite has one writer")
@pytest.mark.django_db(transaction=True)
def test_two_trips_that_come_back_at_once_make_one_connection(
    plan: Plan, stub: StubPlan, alice_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O-29: the second looks for this person's row when the first has saved it."""
    first, second = (stub.sign_in(leave(alice_client, plan)) for _ in range(2))
    pages = list[HttpResponse]()

    def come_too() -> None:
        browser = Client()
        browser.cookies = alice_client.cookies
        try:
            pages.append(come_back(browser, second))
        finally:
            databases.close_all()

    def taking(*what: Any, **more: Any) -> None:
        if other.ident is None:
            other.start()
            other.join(1)  # it waits for us: this only gives it time not to
        take(*what, **more)

    other, take = threading.Thread(target=come_too), member_trip._take
    monkeypatch.setattr(member_trip, "_take", taking)
    pages.append(come_back(alice_client, first))
    other.join(30)
    assert [page.status_code for page in pages] == [303, 303]
    assert Connection.objects.count() == 1
