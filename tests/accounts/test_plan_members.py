"""Members who came with their plan: no e-mail address, no password, until they want one."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from apps.accounts.models import Member
from apps.accounts.passkeys import PasskeyAdapter
from apps.accounts.ways import has_password, ways_in
from tests.accounts.conftest import by_plan

PASSWORD = "nine slow paper boats"


@pytest.fixture
def nora(db: None) -> Member:
    """Return a member without an address."""
    return Member.objects.create_from_plan()


@pytest.fixture
def nora_client(nora: Member) -> Client:
    """Return a browser in which Nora signed in with her plan a moment ago."""
    return by_plan(nora)


@pytest.mark.parametrize(
    "path",
    [
        "/account/",
        "/account/email/",
        "/home/",
        "/claims/",
        "/coverage/",
        "/connections/",
        "/plans/",
        "/privacy/",
    ],
)
def test_every_page_copes_with_a_member_without_an_address(nora_client: Client, path: str) -> None:
    page = nora_client.get(path)
    assert page.status_code == 200
    assert "None" not in re.sub(r"<[^>]+>", "", page.content.decode()).replace("None given", "")


def test_two_members_without_an_address_are_two(nora: Member) -> None:
    assert Member.objects.create_from_plan() != nora
    assert Member.objects.filter(email=None).count() == 2


def test_nobody_signs_in_with_no_address_and_no_password(client: Client, nora: Member) -> None:
    for login in ("", "None", "null"):
        client.post("/account/login/", {"login": login, "password": ""})
        assert "_auth_user_id" not in client.session


def test_a_password_asks_for_an_address_first(nora_client: Client) -> None:
    page = nora_client.get("/account/password/set/", follow=True)
    assert page.request["PATH_INFO"] == "/account/email/"
    assert "Add your e-mail address first" in page.content.decode()


def test_an_address_then_a_password_open_the_account(nora_client: Client, nora: Member) -> None:
    answer = nora_client.post("/account/email/", {"email": "nora@example.com", "action_add": ""})
    nora.refresh_from_db()
    assert nora.email is None, "it counts once the code is entered"
    code = re.search(r"^ {4}(\S+)$", str(mail.outbox[-1].body), re.MULTILINE)
    assert code
    nora_client.post(answer["Location"], {"code": code[1]})
    nora.refresh_from_db()
    assert nora.email == "nora@example.com"
    assert not has_password(nora)
    assert "Set a password" in nora_client.get("/account/").content.decode()
    done = nora_client.post("/account/password/set/", {"password1": PASSWORD, "password2": PASSWORD})
    assert done["Location"] == "/account/"
    nora.refresh_from_db()
    assert has_password(nora)
    assert ways_in(nora) == 1
    elsewhere = Client()
    elsewhere.post("/account/login/", {"login": "nora@example.com", "password": PASSWORD})
    assert elsewhere.session["_auth_user_id"] == str(nora.pk)


def test_an_address_of_another_member_cannot_be_taken(
    nora_client: Client, nora: Member, alice: Member
) -> None:
    """W-20: the page looks the same, the mail goes to Alice, and Nora gets nothing."""
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True, verified=True)
    nora_client.post("/account/email/", {"email": alice.email, "action_add": ""})
    nora.refresh_from_db()
    assert nora.email is None
    assert not EmailAddress.objects.filter(user=nora, verified=True).exists()


def test_the_admin_lists_a_member_without_an_address(nora: Member, operator: Client) -> None:
    assert str(nora.pk) in operator.get("/admin/accounts/member/").content.decode()
    page = operator.get(f"/admin/accounts/member/{nora.pk}/change/")
    assert page.status_code == 200
    assert operator.get("/admin/accounts/member/", {"q": "None"}).status_code == 200


def test_a_passkey_is_labelled_without_an_address(nora: Member, alice: Member) -> None:
    assert (
        PasskeyAdapter().get_public_key_credential_user_entity(nora)["name"].startswith("Plainclaim, since")
    )
    assert PasskeyAdapter().get_public_key_credential_user_entity(alice)["name"] == alice.email


@pytest.mark.django_db
def test_the_sign_in_page_offers_the_plan_too(client: Client) -> None:
    page = client.get("/account/login/").content.decode()
    assert "Sign in with your plan" in page
    assert 'href="/plans/"' in page
