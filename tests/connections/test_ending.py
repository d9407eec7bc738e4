"""Ending a permission: two buttons, and the receipt."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.connections import endings
from apps.connections.access import Access
from apps.connections.models import Connection, Receipt, Revocation
from apps.connections.tokens import open_tokens
from apps.plans.models import Plan
from apps.sync.models import SyncRun
from apps.vault.boxes import box_for
from tests.connections.conftest import connect, later, leave
from tests.connections.leaving import asked_of, end, text, the_revocation, tokens_of
from tests.connections.stub_plan import StubPlan
from tests.quirks import set_quirks


@pytest.fixture
def made(alice_client: Client, alice: Member, plan: Plan, stub: StubPlan, now: datetime) -> Connection:
    """Return Alice's connection, with one thing read through it."""
    made = connect(alice_client, plan, stub)
    SyncRun.objects.create(
        member=alice, connection=made, created_at=now, next_try_at=now, queued_at=now, state="finished"
    )
    return made


ONE_RUN = f"1 {SyncRun._meta.verbose_name}"


def test_asking_to_disconnect_changes_nothing_and_says_what_goes_and_what_stays(
    alice_client: Client, made: Connection, stub: StubPlan
) -> None:
    """W-29; destructive steps say exactly what will be gone, per button."""
    page = alice_client.get(f"/connections/{made.pk}/disconnect/")
    assert text(page).count(ONE_RUN) == 2
    assert b'data-testid="will-stay"' in page.content
    assert b'data-testid="will-be-gone"' in page.content
    assert "Disconnect and keep my records" in text(page)
    assert "Disconnect and erase" in text(page)
    assert "cannot be undone" in text(page)
    assert page.content.count(b"csrfmiddlewaretoken") >= 2
    assert Connection.objects.filter(pk=made.pk, status="active").exists()
    assert not stub.requests_to("/revoke")


@pytest.mark.parametrize("status", ["active", "needs_sign_in", "kept"])
def test_a_plan_is_erased_by_three_presses_of_which_the_last_says_what_goes(
    alice_client: Client, made: Connection, status: str
) -> None:
    """It took four for whoever has a password: the page of details stood between."""
    Connection.objects.update(status=status)
    question = f"/connections/{made.pk}/disconnect/"
    assert 'href="/account/"' in alice_client.get("/home/").content.decode()
    assert f'href="{question}"' in alice_client.get("/account/").content.decode()
    assert 'value="erase"' in alice_client.get(question).content.decode()
    assert alice_client.post(question, {"records": "erase"}).status_code == 303
    assert not Connection.objects.exists()


def test_who_has_only_a_plan_to_come_in_with_is_told_what_keeping_means(
    alice_client: Client, alice: Member, made: Connection
) -> None:
    """Signing in with the plan gives the permission again: kept records need another way in."""
    address = f"/connections/{made.pk}/disconnect/"
    assert b'data-testid="only-by-plan"' not in alice_client.get(address).content
    Member.objects.filter(pk=alice.pk).update(email=None)
    assert b'data-testid="only-by-plan"' in alice_client.get(address).content


def test_a_post_that_names_no_button_ends_nothing(
    alice_client: Client, made: Connection, stub: StubPlan
) -> None:
    for choice in ({}, {"records": ""}, {"records": "burn"}):
        page = alice_client.post(f"/connections/{made.pk}/disconnect/", choice)
        assert page.status_code == 400
        assert "Disconnect and erase" in text(page)
    assert Connection.objects.get().is_active
    assert not stub.requests_to("/revoke")


def test_o_34_erasing_ends_the_permission_at_the_plan_and_deletes_everything(
    alice_client: Client, made: Connection, stub: StubPlan
) -> None:
    """O-34: RFC 7009 for both tokens, the refresh token first, the client proving itself; then the rows."""
    access_token, refresh_token = tokens_of(made)
    page = end(alice_client, made)
    ((path, status),) = page.redirect_chain
    assert status == 303
    assert path.startswith("/connections/receipts/")
    assert b'data-testid="revoked"' in page.content
    assert b'data-testid="gone"' in page.content
    assert ONE_RUN in text(page)
    assert asked_of(stub) == [("refresh_token", refresh_token), ("access_token", access_token)]
    assert all("Authorization" in request.headers for request in stub.requests_to("/revoke"))
    assert not stub.access_tokens
    assert not stub.refresh_tokens
    assert not Connection.objects.exists()
    assert not SyncRun.objects.exists()
    noted = [event.kind for event in Member.objects.get().security_events.all()]
    assert noted.count("connected") == noted.count("disconnected") == 1, "S-06: the member reads it"


def test_o_34_keeping_ends_the_permission_here_and_there_and_leaves_the_records(
    alice_client: Client, made: Connection, stub: StubPlan
) -> None:
    """O-34: no token is left on the row, the plan has forgotten both, and the rows are still there."""
    version = made.tokens_version
    page = end(alice_client, made, "keep")
    assert b'data-testid="revoked"' in page.content
    assert b'data-testid="kept"' in page.content
    assert ONE_RUN in text(page)
    assert not stub.access_tokens
    assert not stub.refresh_tokens
    made.refresh_from_db()
    assert made.status == Connection.Status.KEPT
    assert bytes(made.sealed_tokens) == b""
    assert made.tokens_version == version + 1
    assert (made.ended_because, made.ended_at is not None) == ("disconnected", True)
    assert (made.access_expires_at, made.refresh_lease, made.refresh_lease_until) == (None, None, None)
    assert SyncRun.objects.count() == 1


def test_pages_say_that_nothing_new_comes(alice_client: Client, made: Connection) -> None:
    """Wherever freshness is shown."""
    end(alice_client, made, "keep")
    Connection.objects.update(ended_at=datetime(2026, 11, 25, 17, tzinfo=UTC))
    for path in ("/connections/", f"/connections/{made.pk}/", "/home/"):
        page = alice_client.get(path)
        assert page.status_code == 200
        says = "is disconnected, so no newer claims come." if path == "/home/" else "Disconnected"
        assert says in text(page), path
        for untrue in ("Update now", "Up to date", "Health is connected"):
            assert untrue not in text(page), path
        assert b'data-testid="permission"' not in page.content
        if path != "/home/":
            assert "Disconnected · records kept" in text(page)
            assert b'data-testid="reconnect"' in page.content
    assert "The records of Harborlight Health are kept as they are." in text(
        alice_client.get("/connections/")
    )
    assert "Erase these records" in text(alice_client.get(f"/connections/{made.pk}/"))


def test_kept_records_can_be_erased_later(alice_client: Client, made: Connection, stub: StubPlan) -> None:
    """The permission is over already: the plan is not asked again, and nothing claims it was."""
    end(alice_client, made, "keep")
    stub.asked.clear()
    question = alice_client.get(f"/connections/{made.pk}/disconnect/")
    assert "Erase these records" in text(question)
    assert b"disconnect-keep" not in question.content
    page = end(alice_client, made)
    assert b'data-testid="gone"' in page.content
    assert b"revoked" not in page.content
    assert "had ended before" in text(page)
    assert not asked_of(stub)
    assert not Connection.objects.exists()
    assert not SyncRun.objects.exists()
    assert Receipt.objects.count() == 2


def test_connecting_again_revives_the_kept_row_with_its_history(
    alice_client: Client, made: Connection, plan: Plan, stub: StubPlan
) -> None:
    end(alice_client, made, "keep")
    again = connect(alice_client, plan, stub)
    assert again.pk == made.pk
    assert again.is_active
    assert (again.ended_because, again.ended_at) == ("", None)
    assert SyncRun.objects.filter(connection=again).count() == 1
    assert Access(again, clock=later(0)).ask("Patient/p-1").status == 200


@pytest.mark.parametrize("records", ["keep", "erase"])
def test_disconnecting_twice_does_no_harm(
    alice_client: Client, made: Connection, stub: StubPlan, records: str
) -> None:
    """Idempotent: the second click leads to the receipt of the first, and the plan is asked once."""
    first, second = end(alice_client, made, records), end(alice_client, made, records)
    assert first.redirect_chain == second.redirect_chain
    assert len(asked_of(stub)) == 2
    assert Receipt.objects.count() == Revocation.objects.count() == 1


def test_the_second_click_leads_to_the_receipt_of_this_connection_and_this_time(
    alice_client: Client, made: Connection, plan: Plan, stub: StubPlan
) -> None:
    """A family at one plan: each connection has its own receipts, and each ending of it one."""
    stub.answer, stub.patients["p-2"] = {"patient": "p-2", "id_token": None}, "Tom Quill"
    other = connect(alice_client, plan, stub)
    first = end(alice_client, made, "keep").redirect_chain
    second = end(alice_client, other, "keep").redirect_chain
    assert first != second
    assert end(alice_client, made, "keep").redirect_chain == first
    assert end(alice_client, other, "keep").redirect_chain == second
    assert connect(alice_client, plan, stub).pk == other.pk
    third = end(alice_client, other, "keep").redirect_chain
    assert end(alice_client, other, "keep").redirect_chain == third
    assert len({str(chain) for chain in (first, second, third)}) == 3


@pytest.mark.parametrize("records", ["keep", "erase"])
def test_a_permission_that_ended_with_its_tokens_is_not_ended_again(
    *,
    alice_client: Client,
    made: Connection,
    stub: StubPlan,
    caplog: pytest.LogCaptureFixture,
    records: str,
) -> None:
    """O-24: they were given back when it ended; the receipt says so, and no alarm calls an operator."""
    Connection.objects.update(status="needs_sign_in", sealed_tokens=b"", ended_because="another_person")
    page = end(alice_client, made, records)
    assert "The permission had ended before" in text(page)
    assert b"revoked" not in page.content
    assert not asked_of(stub)
    assert not Revocation.objects.exists()
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    assert end(alice_client, made, records).redirect_chain == page.redirect_chain


@pytest.mark.parametrize(
    ("trouble", "state", "records"),
    [
        ("down", "waiting", "keep"),
        ("busy", "waiting", "erase"),
        ("refuses", "not_offered", "keep"),
        ("no endpoint", "not_offered", "erase"),
        ("none offered", "not_offered", "keep"),
        ("lost key", "given_up", "erase"),
    ],
)
def test_o_34_a_plan_that_does_not_confirm_holds_nobody_up(
    *,
    alice_client: Client,
    made: Connection,
    plan: Plan,
    stub: StubPlan,
    trouble: str,
    state: str,
    records: str,
) -> None:
    """O-34: over here all the same, said so, and the member learns where to end it at the plan."""
    if trouble == "down":
        Plan.objects.filter(pk=plan.pk).update(revoke_url="http://127.0.0.1:9/revoke")
    elif trouble == "no endpoint":
        Plan.objects.filter(pk=plan.pk).update(
            discovery=None, authorize_url=f"{stub.origin}/a", token_url=f"{stub.origin}/token"
        )
        stub.override["/fhir/.well-known/smart-configuration"] = (404, "text/html", b"")
    elif trouble == "none offered":
        set_quirks(plan, revocation="none")
    elif trouble == "lost key":
        Connection.objects.update(sealed_tokens=b"garbage", sealed_patient=b"garbage")
        question = alice_client.get(f"/connections/{made.pk}/disconnect/")
        assert "cannot be opened any more" in text(question)
    else:
        status = 503 if trouble == "busy" else 400
        stub.override["/revoke"] = (status, "application/json", b'{"error": "unsupported_token_type"}')
        if trouble == "busy":
            stub.override["/revoke"] = (503, "text/html", b"<html>later</html>")
    page = end(alice_client, made, records)
    assert page.status_code == 200
    assert f'data-testid="not-revoked" data-state="{state}"'.encode() in page.content
    assert b'href="https://harborlight.example.com/"' in page.content
    assert the_revocation().state == state
    assert bool(the_revocation().sealed_tokens) == (state == "waiting")
    assert not Connection.objects.exclude(status="kept").exists()
    assert Connection.objects.count() == (records == "keep")
    assert "Harborlight Health" in text(alice_client.get("/connections/receipts/"))


def test_a_receipt_belongs_to_its_member(
    client: Client, alice_client: Client, bob_client: Client, made: Connection
) -> None:
    """W-03: Bob finds neither the connection, nor its receipt, nor a way to press the button twice."""
    assert end(bob_client, made).status_code == 404
    end(alice_client, made)
    path = Receipt.objects.get().get_absolute_url()
    pressed = bob_client.post(f"/connections/{made.pk}/disconnect/", {"records": "erase"})
    assert pressed.status_code == 404, "nor is he led to it"
    assert bob_client.get(path).status_code == 404
    assert b"Harborlight" not in bob_client.get("/connections/receipts/").content
    assert client.get(path).status_code == 302
    assert client.get("/connections/receipts/").status_code == 302
    assert alice_client.get(path).status_code == 200


def test_receipts_are_reached_from_the_connections_and_the_account(
    alice_client: Client, made: Connection
) -> None:
    for path in ("/connections/", "/account/"):
        assert b'href="/connections/receipts/"' in alice_client.get(path).content
    assert "You have not ended any permission" in text(alice_client.get("/connections/receipts/"))
    end(alice_client, made)
    assert b'data-testid="receipt-row"' in alice_client.get("/connections/receipts/").content
    assert b'href="/connections/receipts/"' in alice_client.get("/connections/").content


def test_tokens_that_wait_for_a_choice_are_revoked_too(
    alice_client: Client, made: Connection, plan: Plan, stub: StubPlan, now: datetime
) -> None:
    """The plan named two people, nobody was chosen yet, and the member disconnects the plan."""
    stub.answer = {"patient": None, "id_token": None}
    stub.patients = {"p-1": "Rosa Quill", "p-2": "Tom Quill"}
    alice_client.get("/connections/callback", stub.sign_in(leave(alice_client, plan)))
    assert len(stub.refresh_tokens) == 2
    end(alice_client, made)
    assert not made.member.handshakes.exists()
    assert sorted(Revocation.objects.values_list("state", flat=True)) == ["confirmed", "waiting"]
    waiting = Revocation.objects.select_related("plan").get(state="waiting")
    endings.revocations.ask(waiting, now=now)
    assert not stub.refresh_tokens


def test_a_person_the_member_still_has_elsewhere_is_left_alone(
    alice_client: Client, alice: Member, made: Connection, plan: Plan, stub: StubPlan
) -> None:
    """Two people of one plan: ending one leaves the other's permission and tokens as they are."""
    stub.answer = {"patient": "p-2", "id_token": None}
    stub.patients["p-2"] = "Tom Quill"
    other = connect(alice_client, plan, stub)
    before: Any = open_tokens(other, box_for(alice))
    end(alice_client, made)
    assert alice.connections.get() == other
    assert open_tokens(alice.connections.get(), box_for(alice)) == before
    assert before.refresh_token in stub.refresh_tokens
