"""The pages about connections, disconnecting, and what operators see."""

import html
import re
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.connections.tokens import open_tokens
from apps.plans.models import Plan
from apps.sync.models import SyncRun
from apps.vault.boxes import box_for
from tests.connections.conftest import connect
from tests.connections.stub_plan import StubPlan, as_json


@pytest.fixture
def made(alice_client: Client, plan: Plan, stub: StubPlan) -> Connection:
    """Return Alice's connection."""
    return connect(alice_client, plan, stub)


def text(page: Any) -> str:
    """Return the words of a page, blanks joined."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.content.decode())).split())


def test_a_member_without_plans_is_told_how_to_begin(alice_client: Client) -> None:
    """Empty pages say how to fill them."""
    page = alice_client.get("/connections/")
    assert "No plan is connected yet" in text(page)
    assert b'href="/plans/"' in page.content


def test_the_list_shows_plan_person_and_state(alice_client: Client, made: Connection) -> None:
    """One row per permission."""
    page = alice_client.get("/connections/")
    assert page.content.count(b'data-testid="connection-row"') == 1
    assert "Harborlight Health" in text(page)
    assert "Records of Rosa Quill" in text(page)
    assert "Connected" in text(page)
    assert "Harborlight Health shares records with you here." in text(page)
    assert "no-store" in page["Cache-Control"]


def test_a_connection_that_ended_offers_to_sign_in_again(alice_client: Client, made: Connection) -> None:
    """Reconnect in place; the records stay."""
    Connection.objects.update(status="needs_sign_in")
    for path in ("/connections/", f"/connections/{made.pk}/"):
        page = alice_client.get(path)
        assert "Sign in again" in text(page)
        assert b'data-testid="reconnect"' in page.content
        assert b'action="/connections/begin/harborlight/"' in page.content


def test_the_page_of_a_connection_says_what_was_granted(alice_client: Client, made: Connection) -> None:
    """In a member's words."""
    words = text(alice_client.get(f"/connections/{made.pk}/"))
    assert "Everything your plan shares" in words
    assert "Keep your records up to date" in words
    assert "patient/*" not in words


@pytest.mark.parametrize("tail", ["", "disconnect/"])
def test_others_find_nothing(client: Client, bob_client: Client, made: Connection, tail: str) -> None:
    """W-03: another member's row is not there, whatever the method; a visitor is asked to sign in."""
    path = f"/connections/{made.pk}/{tail}"
    unknown = f"/connections/00000000-0000-4000-8000-000000000000/{tail}"
    assert bob_client.get(path).status_code == 404
    assert bob_client.get(path).content.count(b"Harborlight") == 0
    assert bob_client.get(unknown).status_code == 404
    assert bob_client.post(path).status_code in (404, 405)
    assert client.get(path).status_code == 302
    assert client.post(path).status_code == 302
    assert Connection.objects.filter(pk=made.pk).exists()
    assert b"Harborlight" not in bob_client.get("/connections/").content


def test_asking_to_disconnect_changes_nothing_and_counts_what_would_go(
    alice_client: Client, alice: Member, made: Connection, stub: StubPlan, now: Any
) -> None:
    """W-29; destructive steps say exactly what will be gone."""
    SyncRun.objects.create(member=alice, connection=made, created_at=now, next_try_at=now, queued_at=now)
    page = alice_client.get(f"/connections/{made.pk}/disconnect/")
    assert f"1 {SyncRun._meta.verbose_name}" in text(page)
    assert "cannot be undone" in text(page)
    assert Connection.objects.filter(pk=made.pk, status="active").exists()
    assert not stub.requests_to("/revoke")


def test_disconnecting_ends_the_permission_at_the_plan_and_deletes_everything(
    alice_client: Client, alice: Member, made: Connection, stub: StubPlan, now: Any
) -> None:
    """O-34: RFC 7009 for both tokens, then the rows."""
    SyncRun.objects.create(member=alice, connection=made, created_at=now, next_try_at=now, queued_at=now)
    tokens = open_tokens(made, box_for(alice))
    page = alice_client.post(f"/connections/{made.pk}/disconnect/")
    assert page.status_code == 200
    assert b'data-testid="revoked"' in page.content
    assert f"1 {SyncRun._meta.verbose_name}" in text(page)
    asked = stub.requests_to("/revoke")
    assert [(one.form["token"], one.form["token_type_hint"]) for one in asked] == [
        (tokens.refresh_token, "refresh_token"),
        (tokens.access_token, "access_token"),
    ]
    assert all("Authorization" in one.headers for one in asked)
    assert not stub.access_tokens
    assert not stub.refresh_tokens
    assert not Connection.objects.exists()
    assert not SyncRun.objects.exists()


def test_disconnecting_twice_does_no_harm(alice_client: Client, made: Connection, stub: StubPlan) -> None:
    """Idempotent: the double click is told that it is gone."""
    path = f"/connections/{made.pk}/disconnect/"
    alice_client.post(path)
    again = alice_client.post(path)
    assert again.status_code == 404
    assert "it is gone" in text(again)
    assert len(stub.requests_to("/revoke")) == 2


def test_a_disconnect_that_was_cut_off_can_be_finished(
    alice_client: Client, made: Connection, stub: StubPlan
) -> None:
    """The row in state "ending" is still the member's to end."""
    Connection.objects.update(status="ending")
    assert "Disconnecting" in text(alice_client.get("/connections/"))
    assert alice_client.post(f"/connections/{made.pk}/disconnect/").status_code == 200
    assert not Connection.objects.exists()


@pytest.mark.parametrize("trouble", ["down", "busy", "refuses", "no endpoint", "lost key"])
def test_a_plan_that_does_not_confirm_does_not_keep_the_data_here(
    alice_client: Client, made: Connection, plan: Plan, stub: StubPlan, trouble: str
) -> None:
    """O-34: gone here all the same; the member learns where to end it at the plan."""
    if trouble == "down":
        Plan.objects.filter(pk=plan.pk).update(revoke_url="http://127.0.0.1:9/revoke")
    elif trouble == "no endpoint":
        Plan.objects.filter(pk=plan.pk).update(
            discovery=None, authorize_url=f"{stub.origin}/a", token_url=f"{stub.origin}/token"
        )
        stub.override["/fhir/.well-known/smart-configuration"] = (404, "text/html", b"")
    elif trouble == "lost key":
        Connection.objects.update(sealed_tokens=b"garbage")
    else:
        status = 503 if trouble == "busy" else 400
        stub.override["/revoke"] = as_json({"error": "unsupported_token_type"}, status)
    page = alice_client.post(f"/connections/{made.pk}/disconnect/")
    assert page.status_code == 200
    assert b'data-testid="not-revoked"' in page.content
    assert b'href="https://harborlight.example.com/"' in page.content
    assert not Connection.objects.exists()


def test_operators_see_state_and_dates_and_never_a_member_or_a_token(
    made: Connection, alice: Member, stub: StubPlan
) -> None:
    """W-04, O-36."""
    staff = Member.objects.create_superuser("operator@example.com", "a long password of the operator")
    browser = Client()
    browser.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    tokens = open_tokens(made, box_for(alice))
    row = f"/admin/connections/connection/{made.pk}/change/"
    for path in ("/admin/connections/connection/", row):
        page = browser.get(path)
        assert page.status_code == 200
        content = page.content.decode()
        assert "Harborlight Health" in content
        for secret in (alice.email, "Rosa", tokens.access_token, "sealed_tokens", str(alice.pk)):
            assert secret not in content
    assert browser.post(row, {"status": "ending"}).status_code == 403
    assert browser.post(row.replace("change", "delete"), {"post": "yes"}).status_code == 403
    assert browser.get("/admin/connections/connection/add/").status_code == 403
    assert browser.get(f"/connections/{made.pk}/").status_code == 404
    assert Connection.objects.filter(pk=made.pk, status="active").exists()


def test_deleting_the_member_deletes_connections_and_handshakes(made: Connection, alice: Member) -> None:
    """Nothing of a member stays behind."""
    alice.delete()
    assert not Connection.objects.exists()
