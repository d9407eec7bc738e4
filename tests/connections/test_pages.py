"""The pages about connections, disconnecting, and what operators see."""

import re

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.connections import people
from apps.connections.models import Connection
from apps.connections.tokens import open_tokens
from apps.plans.models import Plan
from apps.vault.boxes import box_for
from apps.vault.errors import KeyUnavailable
from tests.connections.conftest import connect
from tests.connections.leaving import text
from tests.connections.stub_plan import StubPlan


def test_a_member_without_plans_is_told_how_to_begin(alice_client: Client) -> None:
    """Empty pages say how to fill them."""
    page = alice_client.get("/connections/")
    assert "No plan is connected yet" in text(page)
    assert b'href="/plans/"' in page.content


def test_the_list_shows_plan_person_and_state(alice_client: Client, made: Connection) -> None:
    """One row per permission; its own page says in a member's words what was granted."""
    page = alice_client.get("/connections/")
    assert page.content.count(b'data-testid="connection-row"') == 1
    assert "Harborlight Health, Rosa Quill" in text(page)
    assert "Connected" in text(page)
    assert "Harborlight Health shares records with you here." in text(page)
    assert "no-store" in page["Cache-Control"]
    words = text(alice_client.get(f"/connections/{made.pk}/"))
    assert "Everything your plan shares" in words
    assert "Keep your records up to date" in words
    assert "patient/*" not in words


def test_the_plans_own_page_leads_to_the_connection_there_is(
    alice_client: Client, bob_client: Client, made: Connection, plan: Plan
) -> None:
    """A newcomer tried to connect twice; nobody else is told."""
    page = alice_client.get(plan.get_absolute_url())
    assert b'data-testid="connected-already"' in page.content
    assert made.get_absolute_url().encode() in page.content
    for other in (bob_client, Client()):
        assert b'data-testid="connected-already"' not in other.get(plan.get_absolute_url()).content


@pytest.mark.parametrize("path", ["/connections/", "/account/"])
def test_a_plan_is_stopped_where_it_is_listed_but_by_who_comes_in_by_it_alone(
    alice: Member, alice_client: Client, made: Connection, path: str
) -> None:
    """Both lists have the button; whoever would lose their way in is first told so."""
    assert b'value="keep" data-testid="stop"' in alice_client.get(path).content
    alice.set_unusable_password()
    alice.save()
    alice_client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    html = alice_client.get(path).content.decode()
    assert 'data-testid="stop"' not in html
    assert f'href="/connections/{made.pk}/disconnect/"' in html


@pytest.mark.parametrize("path", ["/connections/", "/account/"])
def test_of_two_people_at_one_plan_each_button_and_heading_names_whose_records_it_ends(
    alice_client: Client, made: Connection, plan: Plan, stub: StubPlan, path: str
) -> None:
    """The plan alone would leave to a guess which of the two."""
    stub.patients["p-2"] = "Ivo Quill"
    stub.answer, stub.claims = {"patient": None}, {"patient": "p-2"}
    second = connect(alice_client, plan, stub)
    html = alice_client.get(path).content.decode()
    for row, name in ((made, "Rosa Quill"), (second, "Ivo Quill")):
        form = re.search(rf'<form[^>]*action="/connections/{row.pk}/disconnect/".*?</form>', html, re.DOTALL)
        assert form and form[0].count(f"Harborlight Health, {name}</span>") == 2
        for page in ("", "disconnect/"):
            heading = alice_client.get(f"/connections/{row.pk}/{page}").content.decode().partition("</h1>")[0]
            assert f"Harborlight Health, {name}" in heading.rpartition("<h1>")[2]


def test_where_nothing_tells_two_people_at_one_plan_apart_the_account_stops_neither(
    alice_client: Client, made: Connection, plan: Plan, stub: StubPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each one's own page is a step away; a page of the account stands too where no key is at hand."""
    stub.patients["p-2"] = "Rosa Quill"
    stub.answer, stub.claims = {"patient": None}, {"patient": "p-2"}
    second = connect(alice_client, plan, stub)
    for _ in range(2):
        html = alice_client.get("/account/").content.decode()
        assert 'data-testid="stop"' not in html
        for row in (made, second):
            assert f'href="/connections/{row.pk}/disconnect/"' in html

        def unavailable(*_: object) -> None:
            raise KeyUnavailable("the key service does not answer")

        monkeypatch.setattr(people, "box_for", unavailable)
    assert "Rosa" not in html


@pytest.mark.parametrize("tail", ["", "disconnect/"])
def test_others_find_nothing(client: Client, bob_client: Client, made: Connection, tail: str) -> None:
    """W-03: another member's row is not there, whatever the method; a visitor is asked to sign in."""
    path = f"/connections/{made.pk}/{tail}"
    unknown = f"/connections/00000000-0000-4000-8000-000000000000/{tail}"
    assert bob_client.get(path).status_code == 404
    assert bob_client.get(path).content.count(b"Harborlight") == 0
    assert bob_client.get(unknown).status_code == 404
    hers, nobodys = (text(bob_client.get(address)).replace(address, "") for address in (path, unknown))
    assert hers == nobodys, "W-38"
    assert bob_client.post(path).status_code in (404, 405)
    assert client.get(path).status_code == 302
    assert client.post(path).status_code == 302
    assert Connection.objects.filter(pk=made.pk).exists()
    assert b"Harborlight" not in bob_client.get("/connections/").content


def test_operators_see_state_and_dates_and_never_a_member_or_a_token(
    made: Connection, alice: Member, operator: Client
) -> None:
    """W-04, O-36."""
    tokens = open_tokens(made, box_for(alice))
    row = f"/admin/connections/connection/{made.pk}/change/"
    for path in ("/admin/connections/connection/", row):
        page = operator.get(path)
        assert page.status_code == 200
        content = page.content.decode()
        assert "Harborlight Health" in content
        for secret in (alice.email, "Rosa", tokens.access_token, "sealed_tokens", str(alice.pk)):
            assert secret not in content
    assert operator.post(row, {"status": "kept"}).status_code == 403
    assert operator.post(row.replace("change", "delete"), {"post": "yes"}).status_code == 403
    assert operator.get("/admin/connections/connection/add/").status_code == 403
    assert operator.get(f"/connections/{made.pk}/").status_code == 404
    assert Connection.objects.filter(pk=made.pk, status="active").exists()
