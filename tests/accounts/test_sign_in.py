"""Signing in and out, forgotten passwords, limits on guessing."""

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Member

PASSWORD = "a long password of alice"


def sign_in(client: Client, email: str, password: str, **more: str) -> object:
    """Send the sign-in form."""
    return client.post(reverse("account_login"), {"login": email, "password": password, **more})


def test_alice_signs_in_and_lands_on_her_home_page(client: Client, confirmed_alice: Member) -> None:
    answer = client.post(reverse("account_login"), {"login": "ALICE@example.com", "password": PASSWORD})
    assert answer.headers["Location"] == reverse("overview:home")
    assert client.session["_auth_user_id"] == str(confirmed_alice.pk)


def test_the_link_for_a_forgotten_password_stands_behind_its_field_and_tells_of_it(client: Client) -> None:
    """Whoever goes by the keyboard came to it between the address and the password."""
    html = client.get(reverse("account_login")).content.decode()
    field, link = (html.index(words) for words in ('name="password"', reverse("account_reset_password")))
    assert field < link
    assert html.count('"id_password_helptext"') == 2, "the field names what helps with it"


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer_w_20(
    client: Client, confirmed_alice: Member
) -> None:
    answers = [
        Client()
        .post(reverse("account_login"), {"login": email, "password": "not the password"})
        .content.decode()
        for email in (confirmed_alice.email, "nobody@example.com")
    ]
    assert "do not belong together" in answers[0]
    plain = [re.sub(r'value="[^"]*"', "", text) for text in answers]
    assert plain[0] == plain[1]


@pytest.mark.parametrize("named", ["203.0.113.7", "no address, 203.0.113.7"])
def test_w_19_fewer_addresses_than_proxies_are_no_addresses(
    confirmed_alice: Member, settings: Any, named: str
) -> None:
    """W-19: the operator counted a proxy too many; who signs in is let in, counted as who is connected."""
    settings.TRUSTED_PROXIES = settings.ALLAUTH_TRUSTED_PROXY_COUNT = 3

    def tried(client: Client) -> int:
        fields = {"login": "", "password": ""}
        return client.post(reverse("account_login"), fields, headers={"x-forwarded-for": named}).status_code

    assert {tried(Client(REMOTE_ADDR="192.0.2.1")) for _ in range(30)} == {200}
    assert tried(Client(REMOTE_ADDR="192.0.2.1")) == 429
    other = Client(REMOTE_ADDR="192.0.2.2", headers={"x-forwarded-for": named})
    sign_in(other, confirmed_alice.email, PASSWORD)
    assert other.session["_auth_user_id"] == str(confirmed_alice.pk)


def test_an_unconfirmed_address_is_asked_for_a_code_first(client: Client, alice: Member) -> None:
    answer = client.post(reverse("account_login"), {"login": alice.email, "password": PASSWORD})
    assert answer.headers["Location"] == reverse("account_email_verification_sent")
    assert "_auth_user_id" not in client.session


def test_signing_out_needs_a_post_and_then_private_pages_ask_to_sign_in(alice_client: Client) -> None:
    assert "Sign out?" in alice_client.get(reverse("account_logout")).content.decode()
    alice_client.post(reverse("account_logout"))
    answer = alice_client.get(reverse("accounts:account"))
    assert answer.headers["Location"].startswith(reverse("account_login"))


def test_the_link_from_the_mail_sets_a_new_password_once(client: Client, confirmed_alice: Member) -> None:
    client.post(reverse("account_reset_password"), {"email": confirmed_alice.email})
    link = re.search(r"http://[^/]+(/account/password/reset/key/\S+)", str(mail.outbox[0].body))
    assert link
    form = client.get(link[1], follow=True)
    assert "Choose a new password" in form.content.decode()
    path = form.request["PATH_INFO"]
    new = {"password1": "nine slow paper boats", "password2": "nine slow paper boats"}
    assert client.post(path, new).headers["Location"] == reverse("account_reset_password_from_key_done")
    confirmed_alice.refresh_from_db()
    assert confirmed_alice.check_password("nine slow paper boats")
    assert "This link no longer works" in Client().get(link[1], follow=True).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name",
    [
        "account_login",
        "account_signup",
        "account_reset_password",
        "account_reset_password_done",
        "account_inactive",
    ],
)
def test_entrance_pages_are_open_to_charlie_and_never_cached(client: Client, name: str) -> None:
    answer = client.get(reverse(name))
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "style=" not in answer.content.decode()
